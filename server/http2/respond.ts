import { closeStream, fail } from './ending.ts';
import { ERROR_CODES } from './errors.ts';
import { FLAG, FRAME, FRAME_HEADER, writeFrameHeader } from './frames.ts';
import type { State } from './state.ts';
import { STATE, type Stream } from './streams.ts';

const NO_LIMIT = 0x7fff_ffff;

/**
 * A whole response: HEADERS, and one DATA frame with END_STREAM when there is a body and the windows allow for it;
 * what they do not is kept and sent as they open. `piece`: the most that one DATA frame may carry.
 */
export function respond(
  s: State,
  streamId: number,
  status: number,
  headers: readonly string[],
  body: Uint8Array | undefined,
  piece: number = NO_LIMIT,
): boolean {
  if (s.ended) return false;
  const stream = s.streams.get(streamId);
  if (stream === undefined || stream.responded) return false;
  const length = body === undefined ? 0 : body.length;
  writeResponseHeaders(s, streamId, status, headers, length === 0 ? FLAG.END_STREAM : 0);
  stream.responded = true;
  if (length === 0) {
    endLocally(s, stream);
    return true;
  }
  stream.body = body;
  stream.piece = piece;
  const first = s.queued === 0;
  s.queued += length;
  if (sendBody(s, stream)) return true;
  if (first) s.queuedSince = s.now;
  s.blocked.add(stream);
  if (stream.sendWindow > 0) s.awaiting.add(stream);
  checkOutput(s);
  return true;
}

/** HEADERS, and CONTINUATION when the block is larger than a frame of the peer's may be (RFC 9113 section 6.10). */
export function writeResponseHeaders(
  s: State,
  streamId: number,
  status: number,
  headers: readonly string[],
  flags: number,
): void {
  const { out } = s;
  out.reserve(FRAME_HEADER);
  // The block is encoded where it belongs, and the frame header written once its length is known. `reserve` may move
  // what waits to another place, hence the distance from the end of it rather than a position.
  const before = out.waiting;
  out.end += FRAME_HEADER;
  s.encoder.encode(out, status, headers);
  const length = out.waiting - before - FRAME_HEADER;
  const at = out.end - length - FRAME_HEADER;
  if (length <= s.peerMaxFrameSize) {
    writeFrameHeader(out.bytes, at, length, FRAME.HEADERS, flags | FLAG.END_HEADERS, streamId);
    return;
  }
  const block = out.bytes.slice(at + FRAME_HEADER, out.end);
  out.end = at;
  for (let from = 0; from < length; from += s.peerMaxFrameSize) {
    const to = Math.min(length, from + s.peerMaxFrameSize);
    const last = to === length ? FLAG.END_HEADERS : 0;
    out.reserve(FRAME_HEADER + to - from);
    const type = from === 0 ? FRAME.HEADERS : FRAME.CONTINUATION;
    writeFrameHeader(out.bytes, out.end, to - from, type, (from === 0 ? flags : 0) | last, streamId);
    out.bytes.set(block.subarray(from, to), out.end + FRAME_HEADER);
    out.end += FRAME_HEADER + to - from;
  }
}

/** Sends as much of the stream's body as both windows allow (RFC 9113 section 6.9.1); true when that was all of it. */
function sendBody(s: State, stream: Stream): boolean {
  const body = stream.body!;
  const { out } = s;
  for (;;) {
    const left = body.length - stream.bodyAt;
    const length = Math.min(left, s.sendWindow, stream.sendWindow, s.peerMaxFrameSize, stream.piece);
    if (length <= 0) return false;
    out.reserve(FRAME_HEADER + length);
    writeFrameHeader(out.bytes, out.end, length, FRAME.DATA, length === left ? FLAG.END_STREAM : 0, stream.id);
    // Nearly always the body is sent whole, and then no view of a part of it is needed.
    out.bytes.set(
      length === body.length ? body : body.subarray(stream.bodyAt, stream.bodyAt + length),
      out.end + FRAME_HEADER,
    );
    out.end += FRAME_HEADER + length;
    s.sendWindow -= length;
    stream.sendWindow -= length;
    s.queued -= length;
    stream.bodyAt += length;
    s.queuedSince = s.now;
    if (length === left) {
      stream.body = undefined;
      s.floods.earnWindowUpdates(4);
      endLocally(s, stream);
      return true;
    }
  }
}

/** The window of a stream has opened. */
export function goOn(s: State, stream: Stream): void {
  const done = sendBody(s, stream);
  if (done) s.blocked.delete(stream);
  if (!done && stream.sendWindow > 0) s.awaiting.add(stream);
  else s.awaiting.delete(stream);
}

/**
 * The window of the connection has opened, or with `all` that of every stream: whoever waited for it goes on, first
 * come, first served. Only those are looked at that can go on, as such frames may come by the thousand.
 */
export function sendBlocked(s: State, all: boolean): void {
  for (const stream of all ? s.blocked : s.awaiting) {
    if (s.sendWindow <= 0 && !all) return;
    goOn(s, stream);
  }
}

/** We have said all there is to say on a stream (RFC 9113 section 5.1): it closes when the client has too. */
export function endLocally(s: State, stream: Stream): void {
  if (stream.state === STATE.HALF_CLOSED_REMOTE) closeStream(s, stream, false);
  else stream.state = STATE.HALF_CLOSED_LOCAL;
}

/** A peer that asks and does not read makes us keep what it does not take; not without end (RFC 9113 section 10.5). */
export function checkOutput(s: State): void {
  if (s.out.waiting + s.queued <= s.limits.output) return;
  fail(
    s,
    ERROR_CODES.ENHANCE_YOUR_CALM,
    `the client does not read: ${s.out.waiting + s.queued} bytes wait to be sent (RFC 9113 section 10.5)`,
  );
}
