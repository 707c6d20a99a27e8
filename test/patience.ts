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

/**
 * Calls back when so many milliseconds are over in which this process could run; it is not kept alive for it. Calling
 * what it answers calls that off.
 */
export function afterWaiting(ms: number, call: () => void): () => void {
  const tick = Math.min(100, ms / 20);
  let left = ms;
  // However long a pause was, the next tick comes but once.
  const ticker = setInterval(() => {
    left -= tick;
    if (left > 0) return;
    clearInterval(ticker);
    call();
  }, tick).unref();
  return () => clearInterval(ticker);
}
