import { ERROR_CODES, errorName } from './errors.ts';
import { FLOODS, type FloodKind } from './limits.ts';
import type { State } from './state.ts';
import type { Stream } from './streams.ts';
import { latin1Bytes } from './text.ts';
import { writeGoaway, writeReset } from './write.ts';

/**
 * A connection error (RFC 9113 section 5.4.1): GOAWAY with the code, and the cause as debug data, is the last that is
 * written. The identifier in it never grows (section 6.8).
 */
export function fail(s: State, code: number, cause: string): void {
  if (s.ended) return;
  s.ended = true;
  s.goawayLast = Math.min(s.goawayLast, s.lastServed);
  s.goawaySent = true;
  writeGoaway(s, s.goawayLast, code, latin1Bytes(cause));
  s.events.onError?.(code, errorName(code), cause);
}

/** Counts something that may not come too often, and ends the connection when it does (RFC 9113 section 10.5). */
export function allow(s: State, kind: FloodKind): boolean {
  if (s.floods.allows(kind, s.now)) return true;
  fail(s, ERROR_CODES.ENHANCE_YOUR_CALM, `${FLOODS[kind]} (RFC 9113 section 10.5)`);
  return false;
}

/**
 * A stream error (RFC 9113 section 5.4.2) on a stream that may have a record or may not. A client that provokes them
 * makes us do what it may not do itself, reset streams fast (CVE-2025-8671), so they count as resets.
 */
export function streamError(s: State, streamId: number, code: number, cause: string): void {
  const request = s.streams.get(streamId)?.request;
  cutStream(s, streamId, code);
  s.events.onStreamError?.(streamId, code, cause, request);
  allow(s, 'resets');
}

/** RST_STREAM, and the end of the stream's record. */
export function cutStream(s: State, streamId: number, code: number): void {
  writeReset(s, streamId, code);
  const stream = s.streams.get(streamId);
  if (stream === undefined) s.streams.remember(streamId, true);
  else closeStream(s, stream, true);
}

/** The end of a stream's record, however it came about; `byUs`: the client may not know yet. */
export function closeStream(s: State, stream: Stream, byUs: boolean): void {
  if (stream.body !== undefined) {
    s.blocked.delete(stream);
    s.awaiting.delete(stream);
    s.queued -= stream.body.length - stream.bodyAt;
  }
  s.streams.close(stream, byUs);
  if (s.goawaySent && s.streams.open === 0 && !s.ended) s.events.onIdle?.();
}
