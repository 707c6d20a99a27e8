/**
 * The one place where time is read and timers are set. The server's time can be turned: shifted, frozen, advanced.
 * Everything below is told the time with each event and asks for a wake-up; it cannot tell the difference.
 */
export interface Clock {
  /** Milliseconds since 1970, as the server sees them. */
  readonly now: () => number;
  /** Calls once when the server's time has come to `at`; a later ask replaces an earlier one, `undefined` withdraws it. */
  readonly wakeAt: (at: number | undefined, call: () => void) => void;
  readonly state: () => ClockState;
  /** Stops the time, or lets it run on from where it stands. */
  readonly freeze: (frozen: boolean) => void;
  /** How far the server's time is to be from the machine's, in milliseconds; forwards it goes as by `advance`. */
  readonly shift: (offset: number) => void;
  /** Moves the time forwards, stopping at each due moment on the way; it never jumps over one. */
  readonly advance: (ms: number) => void;

  /**
   * Calls once after so many real milliseconds in which this process could run, whatever the server's time; the answer
   * withdraws it.
   */
  readonly after: (ms: number, call: () => void) => () => void;
  /** Calls every so many real milliseconds, as long as anything else keeps the process alive; the answer ends it. */
  readonly every: (ms: number, call: () => void) => () => void;
  /** Calls once, when the events at hand have been worked off. */
  readonly soon: (call: () => void) => void;
  /** Milliseconds that this process has been running. */
  readonly uptime: () => number;
}

export interface ClockState {
  readonly now: number;
  readonly frozen: boolean;
  /** Milliseconds between the server's time and the machine's. */
  readonly offset: number;
}

/** Longest wait that a timer can be given; longer ones are reached in steps. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/**
 * Parts that a wait is taken in, and how long each is at least. Of a pause, as shared machines make them for seconds, a
 * wait feels no more than one part: what was on its way in the meantime still comes in time.
 */
const PARTS = 20;
const PART_MIN_MS = 25;

export function createClock(): Clock {
  let offset = 0;
  let frozenAt: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  let wanted: number | undefined;
  let call: () => void = () => undefined;

  const now = (): number => frozenAt ?? Date.now() + offset;

  function arm(): void {
    clearTimeout(timer);
    if (wanted === undefined || frozenAt !== undefined) return;
    timer = setTimeout(
      () => (wanted !== undefined && now() < wanted ? arm() : ring()),
      Math.min(Math.max(0, wanted - now()), TIMER_MAX_MS),
    );
    // A delayed answer must not keep a process alive whose listeners are closed.
    timer.unref();
  }

  function ring(): void {
    wanted = undefined;
    call();
  }

  function advance(ms: number): void {
    const wasFrozen = frozenAt !== undefined;
    const target = now() + ms;
    // Time stands still at each stop, so that whoever is woken there sees that very moment.
    frozenAt = now();
    while (wanted !== undefined && wanted <= target) {
      frozenAt = Math.max(frozenAt, wanted);
      ring();
    }
    frozenAt = target;
    if (!wasFrozen) freeze(false);
  }

  function freeze(frozen: boolean): void {
    if (frozen) frozenAt = now();
    else if (frozenAt !== undefined) {
      offset = frozenAt - Date.now();
      frozenAt = undefined;
    }
    arm();
  }

  return {
    now,
    wakeAt(at, then) {
      call = then;
      if (at === wanted) return;
      wanted = at;
      arm();
    },
    state: () => ({ now: now(), frozen: frozenAt !== undefined, offset: now() - Date.now() }),
    freeze,
    shift(wantedOffset) {
      const target = Date.now() + wantedOffset;
      if (target >= now()) return advance(target - now());
      if (frozenAt !== undefined) frozenAt = target;
      else offset = wantedOffset;
      arm();
    },
    advance,
    after(ms, then) {
      let left = Math.max(1, Math.min(PARTS, Math.floor(ms / PART_MIN_MS)));
      const part = Math.ceil(ms / left);
      let one = setTimeout(function next() {
        if (--left === 0) then();
        else one = setTimeout(next, part);
      }, part);
      return () => clearTimeout(one);
    },
    every(ms, then) {
      const one = setInterval(then, ms);
      one.unref();
      return () => clearInterval(one);
    },
    soon: (then) => void setImmediate(then),
    uptime: () => performance.now(),
  };
}
