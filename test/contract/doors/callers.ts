/** Two clients that can run a case: node:http2's, and the one that speaks in frames. */
import { type ClientHttp2Session, connect as connectHttp2, constants, type OutgoingHttpHeaders } from 'node:http2';
import { connect as connectTcp, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import type { Http2ErrorCode } from '../../../server/protocol/model.ts';
import type { Pairs } from '../../wire/hpack.ts';
import { CODES, Raw, say } from '../../wire/raw.ts';
import type { Answer, Frame } from '../doors.ts';

/** What came back on one stream, so far. */
export type Heard = Pick<Answer, 'status' | 'headers' | 'body' | 'frames'> & {
  readonly complete: boolean;
  readonly reset: Http2ErrorCode | null;
};

export interface Goaway {
  readonly code: Http2ErrorCode;
  readonly last: number;
  readonly debug: string;
}

export interface Asked {
  readonly stream: number;
  readonly heard: () => Heard;
  /** Settles when the stream or the connection has come to its end. */
  readonly settled: Promise<void>;
}

/** One connection of a client. */
export interface Caller {
  readonly ask: (headers: Pairs, body: Uint8Array) => Asked;
  /** All that came on this connection, in order. */
  readonly goaways: () => readonly Goaway[];
  readonly ended: () => boolean;
  /** Settles when the connection has ended. */
  readonly over: Promise<void>;
  /** Settles when what the server had said before has come, or the connection has ended. */
  readonly fence: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** `resume`: take up the last TLS session with this port again, which is cheaper than to begin anew. */
export type Call = (port: number, tls: ConnectionOptions | null, resume: boolean) => Promise<Caller>;

const sessions = new Map<number, Buffer>();
function resumed(port: number, tls: ConnectionOptions, resume: boolean): ConnectionOptions {
  const session = resume ? sessions.get(port) : undefined;
  return session === undefined ? tls : { ...tls, session };
}
const keep = (port: number, socket: Socket): void => {
  socket.on('session', (session: Buffer) => sessions.set(port, session));
};

export const rawCaller: Call = async (port, tls, resume) => {
  const raw = await Raw.open({ port, tls: tls === null ? null : resumed(port, tls, resume) });
  if (resume) keep(port, raw.socket);
  return {
    ask(headers, body) {
      const stream = raw.ask(headers, body.length === 0 ? null : body);
      return { stream, heard: () => heardBy(raw, stream), settled: raw.settled(stream) };
    },
    goaways: () =>
      raw.frames.flatMap(({ type, code, last, debug }) =>
        type === 'GOAWAY' ? [{ code: code as Http2ErrorCode, last: last ?? -1, debug: debug ?? '' }] : [],
      ),
    ended: () => raw.ended !== undefined,
    over: new Promise((resolve) => raw.socket.once('close', () => resolve()).once('end', () => resolve())),
    fence: () => raw.fence(),
    close: () => raw.close(),
  };
};

function heardBy(raw: Raw, stream: number): Heard {
  const mine = raw.of(stream);
  const resets = mine.filter(({ type }) => type === 'RST_STREAM');
  const parts = mine.filter(({ type }) => type !== 'RST_STREAM');
  const head = parts[0]?.headers ?? [];
  for (const [name] of head) if (name !== name.toLowerCase()) throw new Error(`the header ${name} has capital letters`);
  if (head.some(([name]) => name === 'date')) throw new Error('the answer has a date');
  if (head.length > 0 && head[0]?.[0] !== ':status') throw new Error(':status is not the first header');
  const status = head[0]?.[1];
  return {
    status: status === undefined ? null : Number(status),
    headers: head.slice(1),
    body: Buffer.concat(parts.slice(1).map(({ payload }) => payload)).toString(),
    frames: parts.map((each) => say(each).replace(/\[.*/, '') as Frame),
    complete: parts.at(-1)?.end === true,
    reset: resets.length === 0 ? null : (resets[0]?.code as Http2ErrorCode),
  };
}

/** What node:http2's client cannot be made to say, or to hear; `null`: it can do it all. */
export function beyondNode(headers: Pairs): string | null {
  const names = headers.map(([name]) => name);
  if (new Set(names).size < names.length) return 'a header that comes twice';
  if (headers.some(([, value]) => /[^\x20-\x7e]/.test(value))) return 'a header value that is not ASCII';
  return null;
}

/** No answer has to wait for it. */
const LARGE_WINDOW = 2 ** 30;

export const nodeCaller: Call = async (port, tls, resume) => {
  const session = connectHttp2(`${tls === null ? 'http' : 'https'}://127.0.0.1:${port}`, {
    settings: { initialWindowSize: LARGE_WINDOW },
    createConnection() {
      const place = { port, host: '127.0.0.1' };
      if (tls === null) return connectTcp(place);
      const options = { ...resumed(port, tls, resume), ...place, servername: 'localhost', ALPNProtocols: ['h2'] };
      const socket = connectTls(options);
      if (resume) keep(port, socket);
      return socket;
    },
  });
  const goaways: Goaway[] = [];
  let gone = false;
  // What is lost is told by what has not come.
  session.on('error', () => undefined);
  session.on('goaway', (code, last, data) =>
    goaways.push({ code: CODES[code] as Http2ErrorCode, last, debug: data?.toString('latin1') ?? '' }),
  );
  const over = new Promise<void>((resolve) => {
    session.once('close', () => {
      gone = true;
      resolve();
    });
  });
  await Promise.race([new Promise((resolve) => session.once('remoteSettings', resolve)), over]);
  if (!session.destroyed) session.setLocalWindowSize(LARGE_WINDOW);
  return {
    ask: (headers, body) => askNode(session, goaways, headers, body),
    goaways: () => goaways,
    ended: () => gone || session.closed,
    over,
    fence: () =>
      new Promise((resolve) => {
        session.once('close', resolve);
        if (session.destroyed || !session.ping(() => resolve())) resolve();
      }),
    async close() {
      session.destroy();
      await over;
    },
  };
};

function askNode(session: ClientHttp2Session, goaways: readonly Goaway[], pairs: Pairs, body: Uint8Array): Asked {
  const headers: OutgoingHttpHeaders = Object.fromEntries(pairs);
  const stream = session.request(headers, { endStream: body.length === 0 });
  const chunks: Buffer[] = [];
  let head: (readonly [string, string])[] = [];
  let complete = false;
  stream.on('error', () => undefined);
  stream.on('response', ((_headers: unknown, _flags: number, raw: readonly string[]) => {
    head = raw.flatMap((name, at) => (at % 2 === 0 ? [[name, raw[at + 1] as string] as const] : []));
  }) as never);
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.on('end', () => {
    complete = stream.rstCode === constants.NGHTTP2_NO_ERROR;
  });
  if (body.length > 0) stream.end(body);
  return {
    stream: stream.id ?? 0,
    settled: new Promise((resolve) => void stream.once('close', () => resolve())),
    heard() {
      const code = stream.rstCode ?? 0;
      // The client itself closes what a GOAWAY has disowned.
      const disowned = goaways.some(({ last }) => last < (stream.id ?? 0));
      const status = head.find(([name]) => name === ':status')?.[1];
      return {
        status: status === undefined ? null : Number(status),
        headers: head.filter(([name]) => name !== ':status'),
        body: Buffer.concat(chunks).toString(),
        complete,
        reset: code === 0 || complete || disowned || session.destroyed ? null : (CODES[code] as Http2ErrorCode),
      };
    },
  };
}
