import type { Socket } from 'node:net';
import { BODY_KEPT_BYTES } from '../../core/engine.ts';
import { Connection } from '../../http2/connection.ts';
import { ERROR_CODES, errorName } from '../../http2/errors.ts';
import { FieldMemo } from '../../http2/hpack-decode.ts';
import { DEFAULT_LIMITS } from '../../http2/limits.ts';
import { misbehave } from '../../http2/misbehave.ts';
import type { ConnectionEvents, ConnectionOptions } from '../../http2/state.ts';
import type { Http2ErrorCode } from '../../protocol/model.ts';
import type { Clock } from '../../shell/clock.ts';
import { latin1Decode } from '../../shell/crypto.ts';
import type { ConnectionFacts, Driver, Line, Wire } from '../../shell/driver.ts';

/** The door of our own: socket ↔ HTTP/2 machine ↔ engine. It translates and decides nothing. */
export type WireDoor = (socket: Socket, facts: ConnectionFacts) => void;

/** How often stalled connections are looked for. */
const TICK_MS = 5000;
/** How long a client may take to close a connection that we have closed on our side. */
const LINGER_MS = 2000;
/** RFC 9113 section 6.8: the largest identifier says that everything is still served. */
const LAST_STREAM_ALL = 2 ** 31 - 1;

export function createWireDoor(driver: Driver, clock: Clock, maxStreams: number): WireDoor {
  const options: ConnectionOptions = {
    settings: { maxConcurrentStreams: maxStreams },
    maxBody: BODY_KEPT_BYTES,
    // A device token with a blank in it must get its BadDeviceToken, not a reset (clients.md 4.5).
    paths: 'lenient',
    memo: new FieldMemo(),
    latin1: latin1Decode,
    allocate: (size) => Buffer.allocUnsafeSlow(size),
  };
  const ticks = new Set<Tick>();
  let stopTicking: (() => void) | undefined;
  const tick = (): void => {
    for (const one of ticks) one(clock.uptime());
  };
  return (socket, facts) =>
    open(socket, facts, {
      driver,
      clock,
      options,
      joins(one) {
        ticks.add(one);
        stopTicking ??= clock.every(TICK_MS, tick);
      },
      leaves(one) {
        ticks.delete(one);
        if (ticks.size > 0) return;
        stopTicking?.();
        stopTicking = undefined;
      },
    });
}

/** Looks whether a client owes something for too long; told the milliseconds that the process has been running. */
type Tick = (now: number) => void;

interface House {
  readonly driver: Driver;
  readonly clock: Clock;
  readonly options: ConnectionOptions;
  readonly joins: (tick: Tick) => void;
  readonly leaves: (tick: Tick) => void;
}

function open(socket: Socket, facts: ConnectionFacts, { driver, clock, options, joins, leaves }: House): void {
  let endWhenIdle = false;
  let finished = false;
  let cause = 'the client closed it';
  let receiving = false;
  /** Since when the client has not taken what was written, while we read nothing more of it. */
  let stuckSince: number | undefined;

  const onIdle = (): void => {
    if (endWhenIdle) finish('closed after GOAWAY');
  };
  const { maxConcurrentStreams } = facts;
  const connection = new Connection(
    maxConcurrentStreams === null ? options : { ...options, settings: { maxConcurrentStreams } },
    eventsOf(
      () => line,
      onIdle,
      finish,
      () => finished,
    ),
  );
  joins(tick);

  function tick(now: number): void {
    connection.tick(now);
    // What the socket holds is beyond what the machine can see.
    if (stuckSince === undefined || now - stuckSince < DEFAULT_LIMITS.writeStall || socket.destroyed) return;
    cause = `it has not read the ${socket.writableLength} bytes that wait for it, for ${DEFAULT_LIMITS.writeStall} ms`;
    line.seen('limit-tripped', `cut: ${cause} (RFC 9113 section 10.5)`);
    socket.destroy();
  }

  /** Everything that waits leaves in one write: once per chunk read, and once per command that comes from elsewhere. */
  function flush(): void {
    if (receiving) return;
    const bytes = connection.takeOutput();
    if (bytes !== undefined && socket.writable && !socket.write(bytes)) {
      stuckSince ??= clock.uptime();
      socket.pause();
    }
    if (connection.cut) socket.destroy();
  }

  /**
   * Ends our side. What the client still sends is read, to be told in the journal and never answered: closing a socket
   * with unread bytes resets it, and the client would lose our GOAWAY.
   */
  function finish(why: string): void {
    if (finished) return;
    finished = true;
    cause = why;
    receiving = false;
    flush();
    socket.resume();
    socket.end();
    const stop = clock.after(LINGER_MS, () => socket.destroy());
    socket.once('close', stop);
  }

  // A limit that a rule asks for bites from the first stream on; the usual one leaves a first burst alone.
  if (maxConcurrentStreams !== null) misbehave(connection).bindStreamsAtOnce();
  const wire = wireOf(connection, flush, {
    end(when) {
      if (when === 'drained') endWhenIdle = true;
      if (when === 'now' || connection.openStreams === 0) finish('closed by the server');
    },
    drop() {
      // What came in the same chunk is behind the cut, as if it had come a moment later.
      finished = true;
      cause = 'cut by the server';
      socket.destroy();
    },
  });
  // Before the driver hears of the connection: it may end it at once, and whoever finishes stops listening.
  socket.on('data', (chunk) => {
    receiving = true;
    connection.receive(chunk, clock.uptime());
    receiving = false;
    flush();
  });
  const line: Line = driver.connect(facts, wire);
  flush();

  socket.on('drain', () => {
    stuckSince = undefined;
    socket.resume();
  });
  socket.on('error', (error) => {
    cause = error.message;
  });
  socket.on('close', () => {
    leaves(tick);
    for (const { id, request } of connection.unfinished)
      line.failed(id, request, 'CANCEL', `the connection ended within the request, after ${bytesOf(request)}`);
    connection.close();
    line.closed(cause);
  });
}

function eventsOf(
  line: () => Line,
  onIdle: () => void,
  onEnd: (cause: string) => void,
  finished: () => boolean,
): ConnectionEvents {
  return {
    onHeaders(stream, request) {
      if (!finished()) line().headers(stream, request);
    },
    onRequest(stream, request) {
      if (!finished()) line().request(stream, request);
      else line().failed(stream, request, 'REFUSED_STREAM', 'it came when the server had ended the connection');
    },
    onStreamReset: (stream, code, request) =>
      line().failed(stream, request, nameOf(code), `the client reset the stream, after ${bytesOf(request)}`),
    onStreamError: (stream, code, cause, request) => line().failed(stream, request ?? null, nameOf(code), cause),
    onLateStream: (stream, request) => {
      const what = request === undefined ? '' : `: ${request.method} ${request.path}`;
      line().seen('late-stream', `the client opened stream ${stream} after it could know of the GOAWAY${what}`);
    },
    onGoaway: (last, code, debug) => {
      const text = Buffer.from(debug).toString('latin1');
      line().seen(
        'goaway-received',
        `the client said GOAWAY ${errorName(code)}, last stream ${last}${text === '' ? '' : `, ${text}`}`,
      );
    },
    onIdle,
    onError: (code, name, cause) => {
      const kind = code === ERROR_CODES.ENHANCE_YOUR_CALM ? 'limit-tripped' : 'protocol-error';
      line().seen(kind, `GOAWAY ${name}: ${cause}${cureFor(cause)}`);
      onEnd(`${name}: ${cause}`);
    },
  };
}

/** What helps a client that speaks something else than HTTP/2. */
function cureFor(cause: string): string {
  if (cause.includes('speaks TLS')) return '; use a port with TLS, or http:// with prior knowledge of HTTP/2';
  if (cause.includes('HTTP/1.1')) return '; use a client or setting with HTTP/2, such as curl --http2-prior-knowledge';
  return '';
}

const bytesOf = ({ size }: { readonly size: number }): string => `${size} byte${size === 1 ? '' : 's'} of its body`;

interface Ending {
  readonly end: (when: 'now' | 'drained') => void;
  readonly drop: () => void;
}

function wireOf(connection: Connection, flush: () => void, { end, drop }: Ending): Wire {
  const wrong = misbehave(connection);
  const bytes = (text: string): Uint8Array | undefined => (text === '' ? undefined : Buffer.from(text));
  /** A command, and what it wrote on its way. */
  const told =
    <Arguments extends readonly unknown[]>(command: (...given: Arguments) => void) =>
    (...given: Arguments): void => {
      command(...given);
      flush();
    };
  return {
    reply(stream, status, headers, body) {
      connection.respond(stream, status, headers, bytes(body));
      flush();
    },
    headers: told((stream, status, headers) => void wrong.headersOnly(stream, status, headers)),
    data: told((stream, body, last) => void wrong.data(stream, Buffer.from(body), last)),
    reset: told((stream, code) => void connection.reset(stream, ERROR_CODES[code])),
    goaway({ code, lastStream, debug, close, stream }) {
      const last = lastStream === 'none' ? 0 : lastStream === 'this' ? stream : LAST_STREAM_ALL;
      // The correct path never names a stream below one that it has answered, and APNs does (apns-protocol 7.5).
      wrong.goaway(last, ERROR_CODES[code], Buffer.from(debug));
      flush();
      if (close !== 'never') end(close);
    },
    end: () => end('now'),
    drop() {
      flush();
      drop();
    },
    settings: told((count) => connection.setMaxConcurrentStreams(count)),
    pings: told((ignore) => wrong.ignorePings(ignore)),
    window: told((hold) => wrong.holdWindows(hold)),
    cannot: NOTHING,
  };
}

const NOTHING: Wire['cannot'] = new Set();

const NAMES = new Set<string>(Object.keys(ERROR_CODES));
/** RFC 9113 section 7: codes that nobody has named are treated as INTERNAL_ERROR. */
function nameOf(code: number): Http2ErrorCode {
  const name = errorName(code);
  return NAMES.has(name) ? (name as Http2ErrorCode) : 'INTERNAL_ERROR';
}
