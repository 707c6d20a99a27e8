/**
 * Time in tests. A busy machine runs them ten times as slowly as a quiet one, and stands still for seconds: a test that
 * looks at the clock on the wall fails there although nothing is wrong.
 */

/** What must come is waited for this long, ms. It ends what hangs, and says nothing of speed. */
export const PATIENCE = 60_000;

/** Milliseconds of processor time since it was called: how much this process has worked, however long others did. */
export function working(): () => number {
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  };
}

const TICK_MS = 5;

/**
 * Milliseconds since it was called, of which a pause counts little: how long this process has waited while it could run.
 * It is never more than what the wall's clock says. Call `stop` in the end.
 */
export function waiting(): { readonly ms: () => number; readonly stop: () => void } {
  let lived = 0;
  let last = performance.now();
  const look = (): void => {
    const now = performance.now();
    lived += Math.min(now - last, 2 * TICK_MS);
    last = now;
  };
  const ticker = setInterval(look, TICK_MS);
  return {
    ms() {
      look();
      return lived;
    },
    stop: () => clearInterval(ticker),
  };
}
