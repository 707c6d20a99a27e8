import { closeStream, cutStream, fail } from './ending.ts';
import { ERROR_CODES } from './errors.ts';
import { DEFAULT_WINDOW, FRAME, MAX_31 } from './frames.ts';
import { receive } from './receive.ts';
import { NO_BYTES, type Request } from './request.ts';
import { respond } from './respond.ts';
import type { Settings } from './settings.ts';
import { sendSettings } from './settings-sync.ts';
import { checkStalls } from './stalls.ts';
import { type ConnectionEvents, type ConnectionOptions, State } from './state.ts';
import { STATE } from './streams.ts';
import { writeFrame, writeGoaway, writeWindowUpdate } from './write.ts';

/** What APNs was seen to send: 24 bytes, in this order. */
const APNS_SETTINGS: Settings = {
  headerTableSize: 4_096,
  maxConcurrentStreams: 1_000,
  maxFrameSize: 16_384,
  maxHeaderListSize: 8_000,
};

export interface GoawayOptions {
  readonly code?: number;
  /** The last stream that is still served; unless told otherwise, the last that was begun. It never grows. */
  readonly lastStreamId?: number;
  readonly debug?: Uint8Array;
}

/**
 * The server's side of one HTTP/2 connection (RFC 9113), without a socket: bytes in and events out, commands in and
 * bytes out. Time is a number (ms) that comes with the bytes. After `receive`, `tick` or commands: `takeOutput`.
 */
export class Connection {
  /** For `misbehave.ts` and for nobody else. */
  readonly state: State;

  constructor(options: ConnectionOptions, events: ConnectionEvents) {
    const s = new State(options, events);
    this.state = s;
    // RFC 9113 section 3.4: the server's preface is SETTINGS, and need not wait for the client's.
    sendSettings(s, { ...APNS_SETTINGS, ...options.settings });
    if (s.connectionWindow > DEFAULT_WINDOW) {
      writeWindowUpdate(s, 0, s.connectionWindow - DEFAULT_WINDOW);
      s.receiveWindow = s.connectionWindow;
    }
  }

  /** True when the connection is over: write what `takeOutput` still gives, and close the socket. */
  get ended(): boolean {
    return this.state.ended;
  }

  /** True when `misbehave` has cut the output: destroy the socket. */
  get cut(): boolean {
    return this.state.out.cut;
  }

  /** Bytes that wait: those not yet taken, and response bodies held back by flow control. */
  get waiting(): number {
    return this.state.out.waiting + this.state.queued;
  }

  /** Streams whose request or response is not complete. */
  get openStreams(): number {
    return this.state.streams.open;
  }

  /** We have said GOAWAY, and nothing is left to do. */
  get idle(): boolean {
    return this.state.goawaySent && this.state.streams.open === 0 && this.state.queued === 0;
  }

  /** Requests whose headers have come and whose end has not. */
  get unfinished(): readonly { readonly id: number; readonly request: Request }[] {
    return this.state.streams
      .all()
      .flatMap(({ id, state, request }) =>
        state === STATE.HALF_CLOSED_REMOTE || request === undefined ? [] : [{ id, request }],
      );
  }

  /** How many of our SETTINGS the client has yet to acknowledge. */
  get settingsPending(): number {
    return this.state.unacknowledged.length;
  }

  /** Bytes from the client; `now` in ms, from a clock that does not go back. The chunk is not kept. */
  receive(chunk: Uint8Array, now: number): void {
    try {
      receive(this.state, chunk, now);
    } catch (error) {
      // An event's handler has thrown in the middle of a chunk: what comes next could not be made sense of.
      fail(this.state, ERROR_CODES.INTERNAL_ERROR, 'the server failed');
      throw error;
    }
  }

  /** Time has passed: looks for stalls. To be called every few seconds, or never. */
  tick(now: number): void {
    checkStalls(this.state, now);
  }

  /** Everything to write now, or undefined. The bytes belong to the caller and are never touched again. */
  takeOutput(): Uint8Array | undefined {
    return this.state.out.take();
  }

  /**
   * Answers a request: HEADERS, and one DATA frame for the body. `headers`: name, value, name, value; names in lower
   * case, values as char codes 0-255. The body is not copied before it can be sent, and must not change until then.
   * False when there is no such stream any more: it was reset, or the connection is over.
   */
  respond(streamId: number, status: number, headers: readonly string[], body?: Uint8Array): boolean {
    return respond(this.state, streamId, status, headers, body);
  }

  /** RST_STREAM; false when there is no such stream any more. */
  reset(streamId: number, code: number): boolean {
    const s = this.state;
    if (s.ended || s.streams.get(streamId) === undefined) return false;
    cutStream(s, streamId, code);
    return true;
  }

  /**
   * GOAWAY (RFC 9113 section 6.8). Streams up to the last one go on, and `onIdle` tells when there are none left; those
   * beyond it are given up, so that the client may send their requests again elsewhere. For an end without losses say
   * 2^31-1 first, and the default a round trip later.
   */
  goaway({ code = ERROR_CODES.NO_ERROR, lastStreamId, debug = NO_BYTES }: GoawayOptions = {}): void {
    const s = this.state;
    if (s.ended) return;
    const last = Math.min(s.goawayLast, lastStreamId ?? s.lastServed, MAX_31);
    s.goawayLast = last;
    s.goawaySent = true;
    writeGoaway(s, last, code, debug);
    if (s.streams.open === 0) s.events.onIdle?.();
    for (const stream of s.streams.all()) if (stream.id > last) closeStream(s, stream, true);
  }

  /** New settings of ours; they bind the client once it has acknowledged them. */
  settings(settings: Settings): void {
    sendSettings(this.state, settings);
  }

  setMaxConcurrentStreams(count: number): void {
    sendSettings(this.state, { maxConcurrentStreams: count });
  }

  /** PING with eight bytes; `onPing` tells of the answer. */
  ping(data: Uint8Array = new Uint8Array(8)): void {
    if (!this.state.ended) writeFrame(this.state, FRAME.PING, 0, 0, data.subarray(0, 8));
  }

  /** The socket is gone: nothing more will come or can be sent. */
  close(): void {
    const s = this.state;
    s.ended = true;
    for (const stream of s.streams.all()) closeStream(s, stream, true);
  }
}

export function createConnection(options: ConnectionOptions, events: ConnectionEvents): Connection {
  return new Connection(options, events);
}
