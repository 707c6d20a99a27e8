import { completeOptions, type Options } from '../options.ts';
import type { MockOptions } from './options.ts';

/** @throws UsageError with every problem at once, by the names above */
export function readOptions({ scenario: _, ...given }: MockOptions, defaults: Partial<Options>): Options {
  return completeOptions({ ...defaults, ...withoutGaps(given) });
}

/** An option that is there and undefined has not been given. */
const withoutGaps = <T extends object>(given: T): Partial<Options> =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
