import { readDuration } from '../core/scenario/forms.ts';
import type { Duration } from './scenario.ts';

/** @throws TypeError for what is no length of time */
export function milliseconds(given: Duration | number, name: string): number {
  const ms = typeof given === 'number' ? given : readDuration(given);
  if (ms !== undefined && ms >= 0 && Number.isFinite(ms)) return ms;
  throw new TypeError(`${name} is ${JSON.stringify(given)}; give milliseconds, or a duration such as "250ms" or "2s"`);
}
