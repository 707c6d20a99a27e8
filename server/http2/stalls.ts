import { fail } from './ending.ts';
import { ERROR_CODES } from './errors.ts';
import type { State } from './state.ts';
import { STATE } from './streams.ts';

/** Looks for a peer that has gone silent where it owes us something. Nothing here is a matter of bytes, only of time. */
export function checkStalls(s: State, now: number) {
  if (s.ended) return;
  // Until bytes have come, the connection is as old as the first look at it.
  if (Number.isNaN(s.now)) s.now = now;
  if (Number.isNaN(s.unacknowledgedSince)) s.unacknowledgedSince = now;
  const { readStall, writeStall, settingsAck } = s.limits;
  const after = (limit: number, since: number) => limit > 0 && now - since >= limit;

  if (after(readStall, s.now) && owesBytes(s)) {
    const cause = `nothing came for ${readStall} ms, and the preface, a frame or a request is unfinished`;
    return fail(s, ERROR_CODES.ENHANCE_YOUR_CALM, `${cause} (RFC 9113 section 10.5)`);
  }
  if (after(writeStall, s.queuedSince) && s.queued > 0) {
    const cause = `a response has been waiting for WINDOW_UPDATE for ${writeStall} ms`;
    return fail(s, ERROR_CODES.ENHANCE_YOUR_CALM, `${cause} (RFC 9113 section 10.5)`);
  }
  if (after(settingsAck, s.unacknowledgedSince) && s.unacknowledged.length > 0) {
    const cause = `SETTINGS were not acknowledged for ${settingsAck} ms (RFC 9113 section 6.5.3)`;
    return fail(s, ERROR_CODES.SETTINGS_TIMEOUT, cause);
  }
}

function owesBytes(s: State): boolean {
  if (!s.sawSettings || s.restLength > 0 || s.blockStream !== 0) return true;
  return s.streams.all().some((stream) => stream.state !== STATE.HALF_CLOSED_REMOTE);
}
