import { allow, cutStream, fail, streamError } from './ending.ts';
import { ERROR_CODES } from './errors.ts';
import { FLAG, readUint31 } from './frames.ts';
import { finishRequest } from './receive-data.ts';
import { NO_BYTES, type Request } from './request.ts';
import type { State } from './state.ts';
import { STATE, type Stream } from './streams.ts';
import { readRequest, readTrailers } from './validate.ts';
import { writeReset } from './write.ts';

/** HEADERS, RFC 9113 section 6.2. */
export function receiveHeaders(s: State, flags: number, id: number, bytes: Uint8Array, at: number, end: number) {
  let selfDependent = false;
  if ((flags & (FLAG.PADDED | FLAG.PRIORITY)) !== 0) {
    const needed = ((flags & FLAG.PADDED) !== 0 ? 1 : 0) + ((flags & FLAG.PRIORITY) !== 0 ? 5 : 0);
    if (end - at < needed) {
      return fail(
        s,
        ERROR_CODES.FRAME_SIZE_ERROR,
        'HEADERS is too short for what its flags say (RFC 9113 section 6.2)',
      );
    }
    if ((flags & FLAG.PADDED) !== 0) end -= bytes[at++]!;
    if ((flags & FLAG.PRIORITY) !== 0) {
      // Priority has no effect (RFC 9113 section 5.3.2). RFC 7540 section 5.3.1 made this an error, and h2spec asks.
      selfDependent = readUint31(bytes, at) === id;
      at += 5;
    }
    if (at > end) {
      return fail(s, ERROR_CODES.PROTOCOL_ERROR, 'HEADERS has more padding than payload (RFC 9113 section 6.2)');
    }
  }
  if ((flags & FLAG.END_HEADERS) !== 0) {
    headerBlock(s, id, flags, selfDependent, bytes, at, end);
    return;
  }
  s.blockStream = id;
  s.blockFlags = flags;
  s.blockSelfDependent = selfDependent;
  s.blockLength = 0;
  s.blockFrames = 0;
  addToBlock(s, bytes, at, end);
}

/** CONTINUATION, RFC 9113 section 6.10. That it belongs to the block that was begun has been seen to. */
export function receiveContinuation(s: State, flags: number, bytes: Uint8Array, at: number, end: number) {
  if (++s.blockFrames > s.limits.continuations) {
    const cause = `more than ${s.limits.continuations} CONTINUATION frames for one header block (RFC 9113 section 10.5)`;
    return fail(s, ERROR_CODES.ENHANCE_YOUR_CALM, cause);
  }
  if (!addToBlock(s, bytes, at, end) || (flags & FLAG.END_HEADERS) === 0) return;
  const id = s.blockStream;
  const block = s.block;
  s.blockStream = 0;
  s.block = NO_BYTES;
  headerBlock(s, id, s.blockFlags, s.blockSelfDependent, block, 0, s.blockLength);
}

function addToBlock(s: State, bytes: Uint8Array, at: number, end: number): boolean {
  const needed = s.blockLength + end - at;
  if (needed > s.limits.headerBlock) {
    const cause = `a header block has more than ${s.limits.headerBlock} bytes (RFC 9113 section 10.5.1)`;
    fail(s, ERROR_CODES.ENHANCE_YOUR_CALM, cause);
    return false;
  }
  if (needed > s.block.length) {
    const larger = new Uint8Array(needed * 2);
    larger.set(s.block.subarray(0, s.blockLength));
    s.block = larger;
  }
  s.block.set(bytes.subarray(at, end), s.blockLength);
  s.blockLength = needed;
  return true;
}

/** A whole header block. It is decoded whatever becomes of its stream: the table must follow (RFC 9113 section 4.3). */
function headerBlock(
  s: State,
  id: number,
  flags: number,
  selfDependent: boolean,
  bytes: Uint8Array,
  at: number,
  end: number,
) {
  const { decoder, blocks } = s;
  const opens = id > s.lastSeen && (id & 1) === 1;
  // The same bytes mean the same headers for as long as the table has not changed. Whoever sends one notification to
  // one device again and again, as load generators do, sends just that; a client that adds to the table with each
  // request never does, and is not asked.
  const changes = decoder.changes;
  const wasStable = s.tableStable;
  if (opens && wasStable) {
    const known = blocks.find(changes, false, bytes, at, end);
    if (known !== undefined) return openStream(s, id, flags, selfDependent, known.again());
  }

  const flaw = decoder.decode(bytes, at, end, s.maxHeaderListSize);
  if (flaw !== '') return fail(s, ERROR_CODES.COMPRESSION_ERROR, flaw);
  s.tableStable = decoder.changes === changes;
  if (decoder.listSize > s.limits.headerListBomb) {
    const cause = `a header list of ${decoder.listSize} bytes came out of a block of ${end - at} (RFC 9113 section 10.5.1)`;
    return fail(s, ERROR_CODES.ENHANCE_YOUR_CALM, cause);
  }
  if (!opens) return furtherHeaders(s, id, flags);
  if (decoder.listSize > s.maxHeaderListSize) return openStream(s, id, flags, selfDependent, undefined);
  const request = readRequest(decoder.fields, decoder.count, s.paths);
  if (wasStable && s.tableStable && typeof request !== 'string') blocks.offer(changes, false, bytes, at, end, request);
  openStream(s, id, flags, selfDependent, request);
}

/** A stream that is new. `request`: or why it is malformed, or undefined when its header list is too large. */
function openStream(
  s: State,
  id: number,
  flags: number,
  selfDependent: boolean,
  request: Request | string | undefined,
) {
  s.lastSeen = id;
  if (id > s.goawayLast) return lateStream(s, id, request);
  const { streams } = s;
  if (streams.open >= s.streamLimit || streams.open >= s.limits.openStreams) return refuse(s, id, request);
  if (request === undefined) return listTooLarge(s, id);
  if (selfDependent) {
    return streamError(s, id, ERROR_CODES.PROTOCOL_ERROR, 'a stream depends on itself (RFC 7540 section 5.3.1)');
  }
  if (typeof request === 'string') return streamError(s, id, ERROR_CODES.PROTOCOL_ERROR, request);
  s.lastServed = id;
  const stream = streams.add(id, s.initialReceiveWindow, s.initialSendWindow);
  stream.request = request;
  if ((flags & FLAG.END_STREAM) !== 0) finishRequest(s, stream, request);
  else s.events.onHeaders?.(id, request);
}

/** HEADERS on a stream that is not new: trailers, or too late, or an error. */
function furtherHeaders(s: State, id: number, flags: number) {
  const stream = s.streams.get(id);
  if (stream !== undefined) return trailers(s, stream, flags);
  if ((id & 1) === 0) {
    return fail(s, ERROR_CODES.PROTOCOL_ERROR, `HEADERS on stream ${id}: a client's are odd (RFC 9113 section 5.1.1)`);
  }
  // RFC 9113 section 5.1, closed: the client may not have known yet that we have ended the stream.
  if (s.streams.wasCutByUs(id)) {
    allow(s, 'ignoredFrames');
    return;
  }
  if (s.streams.wasOpen(id)) {
    return fail(s, ERROR_CODES.STREAM_CLOSED, `HEADERS on stream ${id}, which is closed (RFC 9113 section 5.1)`);
  }
  const cause = `HEADERS on stream ${id} after stream ${s.lastSeen}: identifiers must grow (RFC 9113 section 5.1.1)`;
  fail(s, ERROR_CODES.PROTOCOL_ERROR, cause);
}

/** RFC 9113 section 5.1.2: REFUSED_STREAM says that nothing was done, and the client may try again. */
function refuse(s: State, id: number, request: Request | string | undefined) {
  const limit = Math.min(s.streamLimit, s.limits.openStreams);
  cutStream(s, id, ERROR_CODES.REFUSED_STREAM);
  const cause = `${s.streams.open} streams are open, and ${limit} is the most (RFC 9113 section 5.1.2)`;
  s.events.onStreamError?.(id, ERROR_CODES.REFUSED_STREAM, cause, typeof request === 'string' ? undefined : request);
  allow(s, 'refusals');
}

/**
 * RFC 9113 section 10.5.1. The request has not been looked at; but REFUSED_STREAM would have the client try the same
 * again and again, so it is asked to calm down.
 */
function listTooLarge(s: State, id: number) {
  const cause = `a header list of ${s.decoder.listSize} bytes; SETTINGS_MAX_HEADER_LIST_SIZE is ${s.maxHeaderListSize} (RFC 9113 section 10.5.1)`;
  streamError(s, id, ERROR_CODES.ENHANCE_YOUR_CALM, cause);
}

/** RFC 9113 section 6.8: beyond the last stream of our GOAWAY nothing is served, but the decoder's state goes on. */
function lateStream(s: State, id: number, request: Request | string | undefined) {
  s.streams.remember(id, true);
  if (s.refuseLate) writeReset(s, id, ERROR_CODES.REFUSED_STREAM);
  s.events.onLateStream?.(id, typeof request === 'string' ? undefined : request);
  allow(s, 'refusals');
}

/** HEADERS on a stream that has had its headers (RFC 9113 section 8.1): they must be the end of it. */
function trailers(s: State, stream: Stream, flags: number) {
  const { decoder } = s;
  const id = stream.id;
  if (stream.state === STATE.HALF_CLOSED_REMOTE) {
    return streamError(s, id, ERROR_CODES.STREAM_CLOSED, 'HEADERS after the end of the request (RFC 9113 section 5.1)');
  }
  if ((flags & FLAG.END_STREAM) === 0) {
    const cause = 'a second HEADERS frame does not end its stream (RFC 9113 section 8.1)';
    return streamError(s, id, ERROR_CODES.PROTOCOL_ERROR, cause);
  }
  if (decoder.listSize > s.maxHeaderListSize) return listTooLarge(s, id);
  const fields = readTrailers(decoder.fields, decoder.count);
  if (typeof fields === 'string') return streamError(s, id, ERROR_CODES.PROTOCOL_ERROR, fields);
  const request = stream.request!;
  request.trailers = fields;
  finishRequest(s, stream, request);
}
