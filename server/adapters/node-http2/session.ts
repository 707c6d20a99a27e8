import {
  constants,
  type IncomingHttpHeaders,
  performServerHandshake,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Socket } from 'node:net';
import { BODY_KEPT_BYTES } from '../../core/engine.ts';
import {
  type Action,
  type HeaderList,
  HTTP2_ERROR_CODES,
  type Http2ErrorCode,
  type Request,
} from '../../protocol/model.ts';
import type { Clock } from '../../shell/clock.ts';
import type { ConnectionFacts, Driver, Line, Wire } from '../../shell/driver.ts';

/** How long a client gets to read what we said last: node:http2 stops reading then and cannot see the client close. */
const LINGER_MS = 500;

/**
 * The door on node:http2: translates and decides nothing. What it cannot do is told in docs/architecture.md; the wire of
 * our own can.
 */
export function openNodeHttp2(
  socket: Socket,
  facts: ConnectionFacts,
  driver: Driver,
  clock: Clock,
  maxStreams: number,
): void {
  const session = performServerHandshake(socket, {
    // In this order on the wire: 1, 3, 5, 6, as APNs sends them (apns-protocol 7.2).
    settings: {
      headerTableSize: 4096,
      maxConcurrentStreams: facts.maxConcurrentStreams ?? maxStreams,
      maxFrameSize: 16_384,
      maxHeaderListSize: 8000,
    },
  });
  const streams = new Map<number, ServerHttp2Stream>();
  const whenDrained: (() => void)[] = [];
  const line = driver.connect(facts, wireOf(session, socket, clock, streams, whenDrained));

  // The typings do not know the fourth argument, the only place where repeated headers are still to be seen.
  session.on('stream', ((stream: ServerHttp2Stream, headers: IncomingHttpHeaders, _flags: number, raw: string[]) => {
    const id = stream.id as number;
    streams.set(id, stream);
    // Told by 'close'; without a listener it would end the process.
    stream.on('error', () => undefined);
    stream.on('close', () => {
      streams.delete(id);
      if (streams.size === 0) for (const call of whenDrained) call();
    });
    collect(stream, id, requestOf(headers, raw), line);
  }) as never);
  session.on('goaway', (code, last, data) =>
    line.seen(
      'goaway-received',
      `the client said GOAWAY ${nameOf(code)}, last stream ${last}${data === undefined || data.length === 0 ? '' : `, ${data.toString('latin1')}`}`,
    ),
  );
  session.on('error', (error) => line.seen('protocol-error', error.message));
  session.on('close', () => line.closed('the connection ended'));
  socket.on('error', () => session.destroy());
}

function requestOf(headers: IncomingHttpHeaders, raw: readonly string[]): Omit<Request, 'body' | 'size'> {
  const list: string[] = [];
  for (let i = 0; i < raw.length; i += 2)
    if (!(raw[i] as string).startsWith(':')) list.push(raw[i] as string, raw[i + 1] as string);
  const text = (name: string): string => String(headers[name] ?? '');
  return { method: text(':method'), path: text(':path'), authority: text(':authority') || text('host'), headers: list };
}

/** Gathers the body; bytes beyond what a judge looks at are counted and let go. */
function collect(stream: ServerHttp2Stream, id: number, head: Omit<Request, 'body' | 'size'>, line: Line): void {
  const chunks: Buffer[] = [];
  let kept = 0;
  let size = 0;
  let complete = false;
  line.headers(id, { ...head, body: NO_BYTES, size: 0 });
  const request = (): Request => ({ ...head, body: Buffer.concat(chunks), size });
  stream.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (kept >= BODY_KEPT_BYTES) return;
    const part = chunk.subarray(0, BODY_KEPT_BYTES - kept);
    chunks.push(part);
    kept += part.length;
  });
  stream.on('end', () => {
    // A reset also ends the readable side.
    if (stream.rstCode !== constants.NGHTTP2_NO_ERROR || stream.aborted) return;
    complete = true;
    line.request(id, request());
  });
  stream.on('close', () => {
    const code = stream.rstCode ?? constants.NGHTTP2_NO_ERROR;
    if (!complete) line.failed(id, request(), nameOf(code), 'the stream ended before the request was complete');
    else if (!stream.headersSent && code !== constants.NGHTTP2_NO_ERROR)
      line.failed(id, request(), nameOf(code), 'the stream was reset before an answer left');
  });
}

function wireOf(
  session: ServerHttp2Session,
  socket: Socket,
  clock: Clock,
  streams: ReadonlyMap<number, ServerHttp2Stream>,
  whenDrained: (() => void)[],
): Wire {
  /** Whatever the caller wants may come too late: the client can take a stream away at any moment. */
  const usable = (id: number): ServerHttp2Stream | undefined => {
    const stream = streams.get(id);
    return stream === undefined || stream.destroyed || stream.closed ? undefined : stream;
  };

  /**
   * Ends our side, once node:http2 has handed over what it still holds. session.destroy() would close a socket with unread
   * bytes, which resets it and takes answer and GOAWAY away from the client; it would also say GOAWAY again.
   */
  function end(): void {
    socket.once(
      'close',
      clock.after(LINGER_MS, () => socket.destroy()),
    );
    clock.soon(endWhenHandedOver);
  }
  function endWhenHandedOver(): void {
    // While one write is under way, further frames wait in its queue, and a socket that ends now would leave them there.
    if (!session.destroyed && (session.state.outboundQueueSize ?? 0) > 0) clock.soon(endWhenHandedOver);
    else socket.end();
  }

  function goaway({ code, lastStream, debug, close, stream }: Action & { do: 'goaway' }): void {
    if (session.destroyed) return;
    const send = (): void => {
      if (session.destroyed) return;
      // 0 comes out as the last stream that was processed: node:http2 cannot disown those (clients.md 4.2).
      const last = lastStream === 'none' ? 0 : lastStream === 'this' ? stream : session.state.lastProcStreamID;
      session.goaway(codeOf(code), last ?? 0, Buffer.from(debug));
      if (close === 'now' || (close === 'drained' && streams.size === 0)) end();
      else if (close === 'drained') whenDrained.push(end);
    };
    // Sent at once it would overtake the DATA of answers that are just leaving (clients.md 4.1).
    const leaving = [...streams.values()].filter((one) => one.headersSent && one.writableEnded && !one.closed);
    let left = leaving.length;
    if (left === 0) send();
    for (const one of leaving)
      one.once('close', () => {
        if (--left === 0) send();
      });
  }

  return {
    reply(id, status, headers, body) {
      const stream = usable(id);
      if (stream === undefined || stream.headersSent) return;
      stream.respond(asObject(status, headers), { ...NO_DATE, endStream: body === '' });
      if (body !== '') stream.end(body);
    },
    headers(id, status, headers) {
      const stream = usable(id);
      if (stream !== undefined && !stream.headersSent) stream.respond(asObject(status, headers), NO_DATE);
    },
    data(id, body, last) {
      const stream = usable(id);
      if (stream === undefined) return;
      if (last) stream.end(body);
      else stream.write(body);
    },
    reset(id, code) {
      const stream = usable(id);
      if (stream === undefined) return;
      // Behind headers close() ends the body properly and resets nothing; an error resets, as INTERNAL_ERROR whatever
      // was asked for (clients.md 4.3).
      if (stream.headersSent) stream.destroy(new Error('reset by a rule'));
      else stream.close(codeOf(code));
    },
    goaway,
    end,
    drop: () => socket.destroy(),
    settings(maxConcurrentStreams) {
      if (!session.destroyed) session.settings({ maxConcurrentStreams });
    },
    pings: () => undefined,
    window: () => undefined,
    cannot: CANNOT,
  };
}

/** Without `date`, as APNs answers (apns-protocol 4.5). The typings lack this option. */
const NO_DATE = { endStream: false, sendDate: false };
/** node:http2 answers PINGs and opens windows on its own. */
const CANNOT: Wire['cannot'] = new Set(['pings', 'window']);

function asObject(status: number, headers: HeaderList): Record<string, string | number> {
  const out: Record<string, string | number> = { ':status': status };
  for (let i = 0; i < headers.length; i += 2) out[headers[i] as string] = headers[i + 1] as string;
  return out;
}

const NO_BYTES = new Uint8Array(0);

const codeOf = (name: Http2ErrorCode): number => constants[`NGHTTP2_${name}`];

const NAMES = new Map(HTTP2_ERROR_CODES.map((name) => [codeOf(name), name]));
const nameOf = (code: number): Http2ErrorCode => NAMES.get(code) ?? 'PROTOCOL_ERROR';
