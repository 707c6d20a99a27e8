import { allow, closeStream, fail, streamError } from './ending.ts';
import { ERROR_CODES } from './errors.ts';
import { FLAG } from './frames.ts';
import { NO_BYTES, type Request } from './request.ts';
import type { State } from './state.ts';
import { STATE, type Stream } from './streams.ts';
import { writeWindowUpdate } from './write.ts';

/** DATA, RFC 9113 section 6.1. The frame's payload is `bytes[at..end)`; the stream identifier is not 0. */
export function receiveData(s: State, flags: number, id: number, bytes: Uint8Array, at: number, end: number) {
  // Padding included, whatever becomes of the frame (section 6.9.1): the client has counted it too.
  const counted = end - at;
  s.receiveWindow -= counted;
  if (s.receiveWindow < 0) {
    return fail(s, ERROR_CODES.FLOW_CONTROL_ERROR, 'DATA beyond the window of the connection (RFC 9113 section 6.9.1)');
  }
  s.unreturned += counted;
  if (s.unreturned * 2 >= s.connectionWindow && !s.holdWindows) returnConnectionWindow(s);

  if ((flags & FLAG.PADDED) !== 0) {
    const padding = counted === 0 ? 0 : bytes[at]!;
    at++;
    end -= padding;
    if (at > end)
      return fail(s, ERROR_CODES.PROTOCOL_ERROR, 'DATA has more padding than payload (RFC 9113 section 6.1)');
  }

  const stream = s.streams.get(id);
  if (stream === undefined) return dataWithoutStream(s, id, at === end);
  if (stream.state === STATE.HALF_CLOSED_REMOTE) {
    return streamError(s, id, ERROR_CODES.STREAM_CLOSED, 'DATA after the end of the request (RFC 9113 section 5.1)');
  }
  stream.receiveWindow -= counted;
  if (stream.receiveWindow < 0) {
    return streamError(
      s,
      id,
      ERROR_CODES.FLOW_CONTROL_ERROR,
      'DATA beyond the window of its stream (RFC 9113 section 6.9.1)',
    );
  }

  const request = stream.request!;
  request.size += end - at;
  if (request.contentLength >= 0 && request.size > request.contentLength) return wrongLength(s, stream, request);
  if ((flags & FLAG.END_STREAM) !== 0) {
    if (stream.keptLength === 0) {
      // The whole body in one frame, as nearly always: it stays where it is.
      request.bytes = bytes;
      request.start = at;
      request.end = Math.min(end, at + s.maxBody);
    } else {
      keep(s, stream, bytes, at, end);
    }
    return finishRequest(s, stream, request);
  }
  if (at === end && !allow(s, 'emptyFrames')) return;
  keep(s, stream, bytes, at, end);
  stream.unreturned += counted;
  if (stream.unreturned * 2 >= s.initialReceiveWindow && !s.holdWindows) returnStreamWindow(s, stream);
}

/** The request is complete: the application gets to know it. */
export function finishRequest(s: State, stream: Stream, request: Request) {
  if (request.contentLength >= 0 && request.size !== request.contentLength) return wrongLength(s, stream, request);
  const id = stream.id;
  if (stream.keptLength > 0) {
    request.bytes = stream.kept!;
    request.end = stream.keptLength;
  }
  // After `closeStream` and after the callback the record may be another stream's already.
  if (stream.state === STATE.HALF_CLOSED_LOCAL) closeStream(s, stream, false);
  else stream.state = STATE.HALF_CLOSED_REMOTE;
  s.events.onRequest(id, request);
  request.bytes = NO_BYTES;
  request.start = 0;
  request.end = 0;
}

/** RFC 9113 section 8.1.1. */
function wrongLength(s: State, stream: Stream, request: Request) {
  const cause = `content-length says ${request.contentLength}, the body has ${request.size} bytes or more (RFC 9113 section 8.1.1)`;
  streamError(s, stream.id, ERROR_CODES.PROTOCOL_ERROR, cause);
}

function dataWithoutStream(s: State, id: number, empty: boolean) {
  if (id > s.lastSeen || (id & 1) === 0) {
    return fail(s, ERROR_CODES.PROTOCOL_ERROR, `DATA on stream ${id}, which is idle (RFC 9113 section 5.1)`);
  }
  // The client may not have known yet that we have ended the stream (section 5.1, closed): drop it.
  if (s.streams.wasCutByUs(id)) {
    if (empty) allow(s, 'emptyFrames');
    return;
  }
  streamError(s, id, ERROR_CODES.STREAM_CLOSED, 'DATA on a stream that is closed (RFC 9113 section 5.1)');
}

/** Keeps a part of a body, up to `maxBody` in all. */
function keep(s: State, stream: Stream, bytes: Uint8Array, at: number, end: number) {
  const length = Math.min(end - at, s.maxBody - stream.keptLength);
  if (length <= 0) return;
  const needed = stream.keptLength + length;
  let kept = stream.kept;
  if (kept === undefined || kept.length < needed) {
    const larger = new Uint8Array(Math.min(s.maxBody, Math.max(needed * 2, 512)));
    if (kept !== undefined) larger.set(kept.subarray(0, stream.keptLength));
    kept = larger;
    stream.kept = larger;
  }
  kept.set(bytes.subarray(at, at + length), stream.keptLength);
  stream.keptLength = needed;
}

/** Gives the client back what it has used up: in large portions, so that small requests cost no frame at all. */
export function returnConnectionWindow(s: State) {
  if (s.unreturned === 0) return;
  writeWindowUpdate(s, 0, s.unreturned);
  s.receiveWindow += s.unreturned;
  s.unreturned = 0;
}

export function returnStreamWindow(s: State, stream: Stream) {
  if (stream.unreturned === 0) return;
  writeWindowUpdate(s, stream.id, stream.unreturned);
  stream.receiveWindow += stream.unreturned;
  stream.unreturned = 0;
}
