import type { Moment } from './model.ts';

/** Values that are written as text, and what they stand for. */

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** Thirty days. Longer than any test; short enough for every timer. */
export const DURATION_MAX_MS = 30 * 86_400_000;

export const DURATION_SAYS = 'a duration such as 250ms, 2s, 20m or 1h (30d at most)';
export const DURATION_PATTERN = '^\\d{1,9}(\\.\\d{1,3})?(ms|s|m|h|d)$';

/** Milliseconds. */
export function readDuration(text: string): number | undefined {
  const [, digits, unit] = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)$/.exec(text) ?? [];
  if (digits === undefined || unit === undefined) return undefined;
  const ms = Math.round(Number(digits) * (UNITS[unit] as number));
  return ms <= DURATION_MAX_MS ? ms : undefined;
}

export const OFFSET_SAYS = 'a duration such as 61m, or -10m for behind';
export const OFFSET_PATTERN = '^-?\\d{1,9}(\\.\\d{1,3})?(ms|s|m|h|d)$';

/** Milliseconds of a duration that may be below zero. */
export function readOffset(text: string): number | undefined {
  const behind = text.startsWith('-');
  const ms = readDuration(behind ? text.slice(1) : text);
  return ms === undefined ? undefined : behind && ms > 0 ? -ms : ms;
}

/** The shortest way to write it: `90s`, `1h`. */
export function durationText(ms: number): string {
  const unit = ['d', 'h', 'm', 's'].find((name) => ms !== 0 && ms % (UNITS[name] as number) === 0) ?? 'ms';
  return `${ms / (UNITS[unit] as number)}${unit}`;
}

export const MOMENT_SAYS = 'a point in time such as 2026-11-21T18:00:00Z, "2h ago" or "in 10m"';
export const MOMENT_PATTERN =
  '^(\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d(:\\d\\d(\\.\\d{1,3})?)?(Z|[+-]\\d\\d:\\d\\d)|in \\d+(\\.\\d+)?(ms|s|m|h|d)|\\d+(\\.\\d+)?(ms|s|m|h|d) ago|now)$';

export function readMoment(text: string): Moment | undefined {
  if (text === 'now') return { fromNow: 0 };
  const ahead = text.startsWith('in ') ? readDuration(text.slice(3)) : undefined;
  if (ahead !== undefined) return { fromNow: ahead };
  const ago = text.endsWith(' ago') ? readDuration(text.slice(0, -4)) : undefined;
  if (ago !== undefined) return { fromNow: ago === 0 ? 0 : -ago };
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : { at };
}

/** A moment in milliseconds, seen from `now`. */
export const momentAt = (moment: Moment, now: number): number => ('at' in moment ? moment.at : now + moment.fromNow);
