/** The one place where time is read and timers are set. Everything below asks for a wake-up and is told the time. */
export interface Clock {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Calls once at `at`; a later ask replaces an earlier one, `undefined` withdraws it. */
  readonly wakeAt: (at: number | undefined, call: () => void) => void;
  /** Calls once after so many real milliseconds, whatever the clock says; the answer withdraws it. */
  readonly after: (ms: number, call: () => void) => () => void;
  /** Calls again and again as long as anything else keeps the process alive. */
  readonly every: (ms: number, call: () => void) => void;
  /** Calls once, when the events at hand have been worked off. */
  readonly soon: (call: () => void) => void;
  /** Milliseconds that this process has been running. */
  readonly uptime: () => number;
}

/** Longest wait that a timer can be given; longer ones are reached in steps. */
const TIMER_MAX_MS = 2 ** 31 - 1;

export function systemClock(): Clock {
  let timer: NodeJS.Timeout | undefined;
  let wanted: number | undefined;

  function arm(call: () => void): void {
    if (wanted === undefined) return;
    const wait = Math.min(Math.max(0, wanted - Date.now()), TIMER_MAX_MS);
    timer = setTimeout(() => {
      timer = undefined;
      if (wanted !== undefined && Date.now() < wanted) return arm(call);
      wanted = undefined;
      call();
    }, wait);
    // A delayed answer must not keep a process alive whose listeners are closed.
    timer.unref();
  }

  return {
    now: Date.now,
    wakeAt(at, call) {
      if (at === wanted) return;
      clearTimeout(timer);
      wanted = at;
      arm(call);
    },
    after(ms, call) {
      const one = setTimeout(call, ms);
      return () => clearTimeout(one);
    },
    every: (ms, call) => void setInterval(call, ms).unref(),
    soon: (call) => void setImmediate(call),
    uptime: () => performance.now(),
  };
}
