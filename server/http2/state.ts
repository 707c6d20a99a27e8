import { ByteMemo } from './byte-memo.ts';
import type { ErrorName } from './errors.ts';
import { FloodGuard } from './floods.ts';
import { DEFAULT_FRAME_SIZE, DEFAULT_WINDOW } from './frames.ts';
import { type FieldMemo, HpackDecoder } from './hpack-decode.ts';
import { HpackEncoder } from './hpack-encode.ts';
import { type LimitOptions, type Limits, makeLimits } from './limits.ts';
import { Output } from './output.ts';
import { NO_BYTES, type Request } from './request.ts';
import type { Settings } from './settings.ts';
import { type Stream, Streams } from './streams.ts';
import type { Latin1 } from './text.ts';
import type { Paths } from './validate.ts';

export interface ConnectionOptions {
  /** What our first SETTINGS frame says; the default is what APNs was seen to send, with 1000 streams. */
  readonly settings?: Settings | undefined;
  readonly limits?: LimitOptions | undefined;
  /** Bytes of a request body that are kept. What comes after is counted only. */
  readonly maxBody?: number | undefined;
  /** The window of the connection for what we receive; 65535, the least, needs no WINDOW_UPDATE (RFC 9113 6.9.2). */
  readonly connectionWindow?: number | undefined;
  /** What to do with malformed paths: see `Paths`. */
  readonly paths?: Paths | undefined;
  /** Streams opened beyond our GOAWAY: say nothing (RFC 9113 section 6.8), or RST_STREAM REFUSED_STREAM. */
  readonly lateStreams?: 'ignore' | 'refuse' | undefined;
  /** Shared by the connections of a server, so that equal header values are one string for all of them. */
  readonly memo?: FieldMemo | undefined;
  /** The runtime's own way from bytes to a string of char codes 0-255: faster than what can be had without it. */
  readonly latin1?: Latin1 | undefined;
  /** Makes the buffers for output; they need not be zeroed, and must belong to nobody else. */
  readonly allocate?: ((size: number) => Uint8Array) | undefined;
}

/**
 * What happens on a connection. Called while `receive` or a command runs, one at a time; they may give commands, and
 * must not throw: an exception passes through `receive` and ends the connection. None but `onRequest` has to be there, and one that is not there costs nothing.
 */
export interface ConnectionEvents {
  /** A request is complete. Its body is valid until this returns. */
  onRequest(streamId: number, request: Request): void;
  /** The headers of a request have come and its body has not; `onRequest` follows with the same object. */
  onHeaders?(streamId: number, request: Request): void;
  /** The client has reset a stream that was open; `request`: what had come of it. */
  onStreamReset?(streamId: number, code: number, request: Request): void;
  /** We have reset or refused a stream because of something that the client did; `request`: if it could be read. */
  onStreamError?(streamId: number, code: number, cause: string, request: Request | undefined): void;
  /** A request was opened beyond the last stream that our GOAWAY named; it is not served. */
  onLateStream?(streamId: number, request: Request | undefined): void;
  onSettings?(settings: Settings): void;
  /** The client has acknowledged the oldest of our SETTINGS that it had not. */
  onSettingsAck?(settings: Settings): void;
  /** A PING; `ack`: the answer to one of ours. The bytes are valid until this returns. */
  onPing?(data: Uint8Array, ack: boolean): void;
  /** The client says GOAWAY. The bytes are valid until this returns. */
  onGoaway?(lastStreamId: number, code: number, debug: Uint8Array): void;
  /** We have said GOAWAY, and no stream is open any more; again when one that our GOAWAY allowed has come and gone. */
  onIdle?(): void;
  /** The connection ends because of something that the client did; a GOAWAY with this code is the last that is sent. */
  onError?(code: number, name: ErrorName | string, cause: string): void;
}

/** Everything a connection knows. The functions beside this file work on it; none of it is for the application. */
export class State {
  readonly events: ConnectionEvents;
  readonly limits: Limits;
  readonly floods: FloodGuard;
  readonly out: Output;
  readonly decoder: HpackDecoder;
  readonly encoder = new HpackEncoder();
  readonly streams = new Streams();
  /** Requests by their header blocks and the state of the table in which these were read (`receive-headers.ts`). */
  readonly blocks: ByteMemo<number, Request> = new ByteMemo(64);
  readonly maxBody: number;
  readonly connectionWindow: number;
  readonly paths: Paths;
  readonly refuseLate: boolean;

  /** The connection is over: nothing is read and nothing of the correct path is written any more. */
  ended = false;
  /** When the last bytes came; unknown until some have. */
  now = Number.NaN;

  // Reading: how much of the preface has come, the unfinished frame, and the header block in several frames.
  prefaceAt = 0;
  sawSettings = false;
  rest: Uint8Array = NO_BYTES;
  restLength = 0;
  block: Uint8Array = NO_BYTES;
  blockLength = 0;
  blockStream = 0;
  blockFlags = 0;
  blockFrames = 0;
  blockSelfDependent = false;
  /** Whether the last block left the dynamic table as it was. */
  tableStable = false;

  // The client's streams: the highest opened, the highest that reached the application, and what our GOAWAY says.
  lastSeen = 0;
  lastServed = 0;
  goawayLast = Number.POSITIVE_INFINITY;
  goawaySent = false;

  // Our settings: those that the client has acknowledged, and those it has not, oldest first.
  acknowledged: Settings = {};
  readonly unacknowledged: Settings[] = [];
  unacknowledgedSince = Number.NaN;
  streamLimit = Number.POSITIVE_INFINITY;
  maxFrameSize = DEFAULT_FRAME_SIZE;
  maxHeaderListSize = Number.POSITIVE_INFINITY;
  /** The window with which a stream begins for the client, as far as it is sure to know. */
  initialReceiveWindow = DEFAULT_WINDOW;

  // The client's settings.
  peerMaxFrameSize = DEFAULT_FRAME_SIZE;
  initialSendWindow = DEFAULT_WINDOW;

  // Flow control of the connection as a whole.
  receiveWindow = DEFAULT_WINDOW;
  unreturned = 0;
  sendWindow = DEFAULT_WINDOW;
  /** Streams whose response waits for a window, in the order in which they came to wait, and how much they hold. */
  readonly blocked = new Set<Stream>();
  /** Those of them whose own window is open: they wait for that of the connection. */
  readonly awaiting = new Set<Stream>();
  queued = 0;
  queuedSince = 0;

  // Deliberate wrongness (`misbehave.ts`).
  holdWindows = false;
  ignorePings = false;
  streamsBindAtOnce = false;

  constructor(options: ConnectionOptions, events: ConnectionEvents) {
    this.events = events;
    this.limits = makeLimits(options.limits);
    this.floods = new FloodGuard(this.limits.floods);
    this.out = new Output(options.allocate ?? ((size) => new Uint8Array(size)));
    this.decoder = new HpackDecoder(4_096, options.memo, options.latin1);
    this.maxBody = options.maxBody ?? 5_121;
    this.connectionWindow = Math.max(DEFAULT_WINDOW, options.connectionWindow ?? 1_048_576);
    this.paths = options.paths ?? 'lenient';
    this.refuseLate = options.lateStreams === 'refuse';
  }
}
