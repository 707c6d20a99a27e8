import type { Connection } from './connection.ts';
import { closeStream } from './ending.ts';
import { FLAG, FRAME, FRAME_HEADER, writeFrameHeader } from './frames.ts';
import { Output } from './output.ts';
import { returnConnectionWindow, returnStreamWindow } from './receive-data.ts';
import { NO_BYTES } from './request.ts';
import { endLocally, respond, writeResponseHeaders } from './respond.ts';
import { applyStreamLimit } from './settings-sync.ts';
import type { State } from './state.ts';
import { STATE } from './streams.ts';
import { writeFrame, writeGoaway } from './write.ts';

/**
 * Deliberate wrongness, by command. Each command writes what the correct path would never write, or keeps it from
 * doing what it must; the connection's own account (windows, streams) is kept as true as the wrongness allows, so that
 * afterwards the correct path goes on where that makes sense.
 */
export class Misbehave {
  private readonly s: State;

  constructor(connection: Connection) {
    this.s = connection.state;
  }

  /** Any frame: unknown types, flags, streams that do not exist. Nothing is checked and nothing remembered. */
  frame(type: number, flags: number, streamId: number, payload: Uint8Array = NO_BYTES): void {
    writeFrame(this.s, type, flags, streamId, payload);
  }

  /** Any bytes, frames or not. */
  bytes(raw: Uint8Array): void {
    this.s.out.append(raw);
  }

  /** The header block of a response, to be put into a raw frame: the table of the peer's decoder is kept in step. */
  headerBlock(status: number, headers: readonly string[]): Uint8Array {
    const out = new Output((size) => new Uint8Array(size));
    this.s.encoder.encode(out, status, headers);
    return out.take() ?? NO_BYTES;
  }

  /** Gives no window back, of no stream and not of the connection, until told otherwise. */
  holdWindows(hold: boolean): void {
    this.s.holdWindows = hold;
    if (hold || this.s.ended) return;
    returnConnectionWindow(this.s);
    for (const stream of this.s.streams.all()) returnStreamWindow(this.s, stream);
  }

  /** Answers no PING until told otherwise. */
  ignorePings(ignore: boolean): void {
    this.s.ignorePings = ignore;
  }

  /** Holds the client to MAX_CONCURRENT_STREAMS before it has acknowledged it, or could. */
  bindStreamsAtOnce(): void {
    this.s.streamsBindAtOnce = true;
    applyStreamLimit(this.s);
  }

  /**
   * GOAWAY with anything in it, as often as wanted, also 0 as the last stream or one larger than before. Requests that
   * are complete are answered all the same; one that it disowns and that is still on its way is as late as a new one.
   */
  goaway(lastStreamId: number, code: number, debug: Uint8Array = NO_BYTES): void {
    const { s } = this;
    writeGoaway(s, lastStreamId, code, debug);
    s.goawayLast = lastStreamId;
    s.goawaySent = true;
    if (s.streams.open === 0) s.events.onIdle?.();
    for (const stream of s.streams.all()) {
      const { id, state, request } = stream;
      if (id <= lastStreamId || state === STATE.HALF_CLOSED_REMOTE) continue;
      closeStream(s, stream, true);
      s.events.onLateStream?.(id, request);
    }
  }

  /** HEADERS that promise a body; then nothing, unless `data`, `reset` or another command follows. */
  headersOnly(streamId: number, status: number, headers: readonly string[]): boolean {
    const { s } = this;
    const stream = s.streams.get(streamId);
    if (s.ended || stream === undefined || stream.responded) return false;
    stream.responded = true;
    writeResponseHeaders(s, streamId, status, headers, 0);
    return true;
  }

  /** One DATA frame whatever the windows say, with END_STREAM or without, also before any HEADERS. */
  data(streamId: number, body: Uint8Array, endStream: boolean): boolean {
    const { s } = this;
    const stream = s.streams.get(streamId);
    if (s.ended || stream === undefined) return false;
    writeFrame(s, FRAME.DATA, endStream ? FLAG.END_STREAM : 0, streamId, body);
    s.sendWindow -= body.length;
    stream.sendWindow -= body.length;
    if (endStream && stream.responded) endLocally(s, stream);
    return true;
  }

  /** A DATA frame of which only the first `count` bytes of the body leave; nothing can follow, so the output is cut. */
  partOfData(streamId: number, body: Uint8Array, count: number): void {
    const { out } = this.s;
    out.reserve(FRAME_HEADER + body.length);
    writeFrameHeader(out.bytes, out.end, body.length, FRAME.DATA, FLAG.END_STREAM, streamId);
    out.end += FRAME_HEADER;
    out.append(body.subarray(0, count));
    this.cutAfter(out.waiting);
  }

  /** The whole response, its body in DATA frames of `piece` bytes at most. Within the rules, but few servers do it. */
  respondInPieces(
    streamId: number,
    status: number,
    headers: readonly string[],
    body: Uint8Array,
    piece: number,
  ): boolean {
    return respond(this.s, streamId, status, headers, body, Math.max(1, piece));
  }

  /** The whole response with its frames in the wrong order: DATA first, HEADERS behind it. */
  bodyFirst(streamId: number, status: number, headers: readonly string[], body: Uint8Array): boolean {
    if (!this.data(streamId, body, false)) return false;
    return respond(this.s, streamId, status, headers, undefined);
  }

  /** Lets `count` more bytes out, those that wait already included; then `connection.cut` says: destroy the socket. */
  cutAfter(count: number): void {
    this.s.out.cutAfter(count);
  }
}

export function misbehave(connection: Connection): Misbehave {
  return new Misbehave(connection);
}
