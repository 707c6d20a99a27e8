import { allow, fail, streamError } from './ending.ts';
import { ERROR_CODES } from './errors.ts';
import { FLAG, FRAME, FRAME_HEADER, FRAME_RULES, readUint31 } from './frames.ts';
import {
  receiveGoaway,
  receivePing,
  receivePriority,
  receiveReset,
  receiveSettings,
  receiveWindowUpdate,
} from './receive-control.ts';
import { receiveData } from './receive-data.ts';
import { receiveContinuation, receiveHeaders } from './receive-headers.ts';
import { checkOutput } from './respond.ts';
import type { State } from './state.ts';
import { latin1Bytes } from './text.ts';

/** RFC 9113 section 3.4. */
const PREFACE = latin1Bytes('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

/**
 * Bytes from the client, cut anywhere. Frames that lie whole in the chunk are read where they are; only of a frame that
 * is cut the beginning is copied, to be completed by what comes next.
 */
export function receive(s: State, chunk: Uint8Array, now: number) {
  s.now = now;
  if (s.ended) return;
  let at = s.prefaceAt < PREFACE.length ? receivePreface(s, chunk) : 0;
  if (s.restLength > 0) at = completeFrame(s, chunk, at);
  const end = chunk.length;
  while (end - at >= FRAME_HEADER && !s.ended) {
    const length = (chunk[at]! << 16) | (chunk[at + 1]! << 8) | chunk[at + 2]!;
    if (length > s.maxFrameSize) return tooLarge(s, length);
    const payload = at + FRAME_HEADER;
    if (payload + length > end) break;
    const id = readUint31(chunk, at + 5);
    receiveFrame(s, chunk[at + 3]!, chunk[at + 4]!, id, chunk, payload, payload + length);
    at = payload + length;
  }
  if (s.ended) return;
  if (at < end) keepRest(s, chunk, at, end);
  checkOutput(s);
}

function receivePreface(s: State, chunk: Uint8Array): number {
  let at = 0;
  while (at < chunk.length && s.prefaceAt < PREFACE.length) {
    if (chunk[at] !== PREFACE[s.prefaceAt]) {
      fail(s, ERROR_CODES.PROTOCOL_ERROR, `${strangerSays(s.prefaceAt, chunk[at]!)} (RFC 9113 section 3.4)`);
      return chunk.length;
    }
    at++;
    s.prefaceAt++;
  }
  return at;
}

/** Who it may be that does not speak HTTP/2, from the first byte that is wrong. */
function strangerSays(position: number, byte: number): string {
  if (position === 0 && byte === 0x16) return 'the client speaks TLS, and this is a cleartext connection';
  if (position < 3 && byte >= 0x41 && byte <= 0x5a) return 'the client seems to speak HTTP/1.1, not HTTP/2';
  return 'the connection does not begin with the preface of HTTP/2';
}

/** Adds to the frame that was cut, and reads it when it is complete. Returns where the chunk goes on. */
function completeFrame(s: State, chunk: Uint8Array, at: number): number {
  if (s.restLength < FRAME_HEADER) {
    at = addToRest(s, chunk, at, FRAME_HEADER);
    if (s.restLength < FRAME_HEADER) return at;
  }
  const rest = s.rest;
  const length = (rest[0]! << 16) | (rest[1]! << 8) | rest[2]!;
  if (length > s.maxFrameSize) {
    tooLarge(s, length);
    return chunk.length;
  }
  at = addToRest(s, chunk, at, FRAME_HEADER + length);
  if (s.restLength < FRAME_HEADER + length) return at;
  s.restLength = 0;
  const { rest: whole } = s;
  receiveFrame(s, whole[3]!, whole[4]!, readUint31(whole, 5), whole, FRAME_HEADER, FRAME_HEADER + length);
  return at;
}

/** Copies from the chunk until the frame that was cut has `wanted` bytes, or the chunk is at its end. */
function addToRest(s: State, chunk: Uint8Array, at: number, wanted: number): number {
  const count = Math.min(wanted - s.restLength, chunk.length - at);
  keepRest(s, chunk, at, at + count);
  return at + count;
}

function keepRest(s: State, chunk: Uint8Array, at: number, end: number) {
  const needed = s.restLength + end - at;
  if (needed > s.rest.length) {
    const larger = new Uint8Array(Math.max(1_024, needed * 2));
    larger.set(s.rest.subarray(0, s.restLength));
    s.rest = larger;
  }
  s.rest.set(at === 0 && end === chunk.length ? chunk : chunk.subarray(at, end), s.restLength);
  s.restLength = needed;
}

/** RFC 9113 section 4.2; told from the frame's header, before any of it is kept. */
function tooLarge(s: State, length: number) {
  const cause = `a frame of ${length} bytes; SETTINGS_MAX_FRAME_SIZE is ${s.maxFrameSize} (RFC 9113 section 4.2)`;
  fail(s, ERROR_CODES.FRAME_SIZE_ERROR, cause);
}

/** One whole frame, with the payload `bytes[at..end)`. */
function receiveFrame(s: State, type: number, flags: number, id: number, bytes: Uint8Array, at: number, end: number) {
  if (s.blockStream !== 0) {
    // RFC 9113 section 6.10: nothing may come between the frames of a header block.
    if (type === FRAME.CONTINUATION && id === s.blockStream) return receiveContinuation(s, flags, bytes, at, end);
    return fail(s, ERROR_CODES.PROTOCOL_ERROR, 'another frame inside of a header block (RFC 9113 section 6.10)');
  }
  if (s.sawSettings && id !== 0) {
    if (type === FRAME.DATA) return receiveData(s, flags, id, bytes, at, end);
    if (type === FRAME.HEADERS) return receiveHeaders(s, flags, id, bytes, at, end);
  }
  receiveOther(s, type, flags, id, bytes, at, end);
}

/** Every frame but the DATA and HEADERS of streams. */
function receiveOther(s: State, type: number, flags: number, id: number, bytes: Uint8Array, at: number, end: number) {
  if (!s.sawSettings) {
    if (type !== FRAME.SETTINGS || (flags & FLAG.ACK) !== 0) {
      return fail(s, ERROR_CODES.PROTOCOL_ERROR, 'the first frame is not SETTINGS (RFC 9113 section 3.4)');
    }
    s.sawSettings = true;
  }
  const rule = FRAME_RULES[type];
  if (rule === undefined) {
    allow(s, 'ignoredFrames'); // RFC 9113 section 5.5: frames of unknown types are ignored
    return;
  }
  if ((rule.on === 'stream' && id === 0) || (rule.on === 'connection' && id !== 0)) {
    const cause = `${rule.name} on ${id === 0 ? 'the connection' : `stream ${id}`} (RFC 9113 section ${rule.section})`;
    return fail(s, ERROR_CODES.PROTOCOL_ERROR, cause);
  }
  if (rule.length !== undefined && end - at !== rule.length) {
    const cause = `${rule.name} of ${end - at} bytes; it has ${rule.length} (RFC 9113 section ${rule.section})`;
    // PRIORITY alone concerns its stream only; but a stream that is idle cannot be reset.
    if (type === FRAME.PRIORITY && s.streams.get(id) !== undefined) {
      return streamError(s, id, ERROR_CODES.FRAME_SIZE_ERROR, cause);
    }
    return fail(s, ERROR_CODES.FRAME_SIZE_ERROR, cause);
  }
  switch (type) {
    case FRAME.PRIORITY:
      return receivePriority(s, id, bytes, at);
    case FRAME.RST_STREAM:
      return receiveReset(s, id, bytes, at);
    case FRAME.SETTINGS:
      return receiveSettings(s, flags, bytes, at, end);
    case FRAME.PING:
      return receivePing(s, flags, bytes, at, end);
    case FRAME.GOAWAY:
      return receiveGoaway(s, bytes, at, end);
    case FRAME.WINDOW_UPDATE:
      return receiveWindowUpdate(s, id, bytes, at);
    case FRAME.PUSH_PROMISE:
      return fail(s, ERROR_CODES.PROTOCOL_ERROR, 'a client cannot push (RFC 9113 section 8.4)');
    default:
      // CONTINUATION with no block begun (section 6.10).
      return fail(s, ERROR_CODES.PROTOCOL_ERROR, `${rule.name} follows no HEADERS (RFC 9113 section ${rule.section})`);
  }
}
