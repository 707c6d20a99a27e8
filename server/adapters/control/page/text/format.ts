const TIME = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
const NUMBER = new Intl.NumberFormat('en-US');

export const clockTime = (ms: number): string => TIME.format(ms);
export const clockTimeExact = (ms: number): string => `${TIME.format(ms)}.${String(ms % 1000).padStart(3, '0')}`;
export const dayOf = (ms: number): string => DAY.format(ms);
export const count = (n: number): string => NUMBER.format(n);
export const plural = (n: number, one: string, many = `${one}s`): string => `${count(n)} ${n === 1 ? one : many}`;

/** A sentence with its capital, unless it begins with the name of something. */
export const capital = (text: string): string =>
  /^[a-z]+ /.test(text) ? `${text.slice(0, 1).toUpperCase()}${text.slice(1)}` : text;

/** The ends of something long, which are what people compare. */
export const clip = (text: string, head = 8, tail = 4): string =>
  text.length > head + tail + 1 ? `${text.slice(0, head)}…${tail === 0 ? '' : text.slice(-tail)}` : text;

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
] as const;

/** `2 h 5 min`: the two largest units, or as many as there is room for. */
export function duration(ms: number, units = 2): string {
  const whole = Math.abs(Math.round(ms));
  if (whole < 1000) return `${whole} ms`;
  const parts: string[] = [];
  let rest = whole;
  for (const [unit, size] of UNITS) {
    const n = Math.floor(rest / size);
    rest -= n * size;
    if (n > 0) parts.push(`${n} ${unit}`);
    if (parts.length === units || (parts.length === 1 && n === 0)) break;
  }
  return parts.join(' ');
}

export const bytes = (n: number): string => (n < 10_000 ? plural(n, 'byte') : `${(n / 1024).toFixed(1)} KB`);

/** A moment in epoch seconds, for people; as it is when it cannot be one. */
export function epoch(value: unknown): string {
  if (typeof value !== 'number' || !Number.isFinite(value)) return String(value);
  // In milliseconds it would be the year 50,000; say what a phone would read.
  const ms = value * 1000;
  if (Math.abs(ms) > 8.64e15 || value > 1e11) return `${value} (no date: seconds are expected)`;
  return `${dayOf(ms)}, ${clockTime(ms)}`;
}
