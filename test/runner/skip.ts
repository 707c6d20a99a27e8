import type { Test } from 'uvu';

/** Skips a test, counted, with its reason in the runner's output. A bare `.skip` fails. */
export function skip<T>(suite: Test<T>, name: string, reason: string): void {
  // uvu ignores further arguments; the runner's stand-in (uvu.ts) reads the third.
  const skipWithReason = suite.skip as (name: string, test: undefined, reason: string) => void;
  skipWithReason(name, undefined, reason);
}
