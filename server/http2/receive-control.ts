import { allow, closeStream, fail, streamError } from './ending.ts';
import { ERROR_CODES } from './errors.ts';
import { FLAG, FRAME, MAX_31, readUint31, readUint32 } from './frames.ts';
import { goOn, sendBlocked } from './respond.ts';
import { parseSettings } from './settings.ts';
import { acknowledged, applyPeerSettings } from './settings-sync.ts';
import type { State } from './state.ts';
import { writeFrame, writeSettingsAck } from './write.ts';

/** PRIORITY, RFC 9113 section 6.3: without effect. */
export function receivePriority(s: State, id: number, bytes: Uint8Array, at: number) {
  if (!allow(s, 'priorities')) return;
  if (readUint31(bytes, at) !== id) return;
  // RFC 7540 section 5.3.1 made this a stream error. A stream that is idle cannot be reset (RFC 9113 section 5.1).
  const cause = 'a stream depends on itself (RFC 7540 section 5.3.1)';
  if (s.streams.get(id) === undefined) fail(s, ERROR_CODES.PROTOCOL_ERROR, cause);
  else streamError(s, id, ERROR_CODES.PROTOCOL_ERROR, cause);
}

/** RST_STREAM, RFC 9113 section 6.4. */
export function receiveReset(s: State, id: number, bytes: Uint8Array, at: number) {
  if (isIdle(s, id)) {
    return fail(s, ERROR_CODES.PROTOCOL_ERROR, `RST_STREAM on stream ${id}, which is idle (RFC 9113 section 6.4)`);
  }
  const stream = s.streams.get(id);
  if (stream !== undefined) {
    const request = stream.request!; // the record is used again once it is closed
    closeStream(s, stream, false);
    s.events.onStreamReset?.(id, readUint32(bytes, at), request);
  }
  allow(s, 'resets');
}

/** SETTINGS, RFC 9113 section 6.5. */
export function receiveSettings(s: State, flags: number, bytes: Uint8Array, at: number, end: number) {
  if ((flags & FLAG.ACK) !== 0) {
    if (end > at) return fail(s, ERROR_CODES.FRAME_SIZE_ERROR, 'SETTINGS ACK with a payload (RFC 9113 section 6.5)');
    if (s.unacknowledged.length > 0) acknowledged(s);
    else allow(s, 'ignoredFrames');
    return;
  }
  if ((end - at) % 6 !== 0) {
    return fail(
      s,
      ERROR_CODES.FRAME_SIZE_ERROR,
      'SETTINGS of a length that is no multiple of 6 (RFC 9113 section 6.5)',
    );
  }
  if (!allow(s, 'settings')) return;
  const settings = parseSettings(bytes, at, end);
  if ('cause' in settings) return fail(s, settings.code, settings.cause);
  const flaw = applyPeerSettings(s, settings);
  if (flaw !== '') return fail(s, ERROR_CODES.FLOW_CONTROL_ERROR, flaw);
  writeSettingsAck(s);
  s.events.onSettings?.(settings);
  if (!s.ended && settings.initialWindowSize !== undefined) sendBlocked(s, true);
}

/** PING, RFC 9113 section 6.7. */
export function receivePing(s: State, flags: number, bytes: Uint8Array, at: number, end: number) {
  const ack = (flags & FLAG.ACK) !== 0;
  if (!allow(s, 'pings')) return;
  const data = bytes.subarray(at, end);
  if (!ack && !s.ignorePings) writeFrame(s, FRAME.PING, FLAG.ACK, 0, data);
  s.events.onPing?.(data, ack);
}

/** GOAWAY, RFC 9113 section 6.8: the client opens no more streams; those that are open go on. */
export function receiveGoaway(s: State, bytes: Uint8Array, at: number, end: number) {
  if (end - at < 8) {
    return fail(s, ERROR_CODES.FRAME_SIZE_ERROR, 'GOAWAY with less than 8 bytes (RFC 9113 section 6.8)');
  }
  if (!allow(s, 'settings')) return;
  s.events.onGoaway?.(readUint31(bytes, at), readUint32(bytes, at + 4), bytes.subarray(at + 8, end));
}

/** WINDOW_UPDATE, RFC 9113 section 6.9. */
export function receiveWindowUpdate(s: State, id: number, bytes: Uint8Array, at: number) {
  if (!allow(s, 'windowUpdates')) return;
  const increment = readUint31(bytes, at);
  if (id === 0) {
    if (increment === 0) {
      return fail(s, ERROR_CODES.PROTOCOL_ERROR, 'WINDOW_UPDATE by 0 (RFC 9113 section 6.9)');
    }
    if (s.sendWindow + increment > MAX_31) {
      return fail(
        s,
        ERROR_CODES.FLOW_CONTROL_ERROR,
        'the window of the connection exceeds 2^31-1 (RFC 9113 section 6.9.1)',
      );
    }
    s.sendWindow += increment;
    return sendBlocked(s, false);
  }
  if (isIdle(s, id)) {
    return fail(s, ERROR_CODES.PROTOCOL_ERROR, `WINDOW_UPDATE on stream ${id}, which is idle (RFC 9113 section 5.1)`);
  }
  const stream = s.streams.get(id);
  if (stream === undefined) return; // it may have ended while the frame was on its way (section 5.1, closed)
  if (increment === 0) {
    return streamError(s, id, ERROR_CODES.PROTOCOL_ERROR, 'WINDOW_UPDATE by 0 (RFC 9113 section 6.9)');
  }
  if (stream.sendWindow + increment > MAX_31) {
    const cause = 'the window of a stream exceeds 2^31-1 (RFC 9113 section 6.9.1)';
    return streamError(s, id, ERROR_CODES.FLOW_CONTROL_ERROR, cause);
  }
  stream.sendWindow += increment;
  if (stream.body !== undefined) goOn(s, stream);
}

/** RFC 9113 section 5.1.1: not opened yet; even ones never are, as we push nothing. */
function isIdle(s: State, id: number): boolean {
  return id > s.lastSeen || (id & 1) === 0;
}
