import type { Entry, ExchangeEntry } from '../../core/journal.ts';
import type { Work } from '../../core/work.ts';
import type { Desk, Filter } from './desk.ts';
import type { ControlHouse } from './house.ts';
import type { Ask } from './route.ts';

type Asked = Pick<Ask<unknown, unknown, unknown>, 'onGone' | 'inSlices'> & {
  readonly house: Pick<ControlHouse, 'driver' | 'clock'>;
};

export interface Wait extends Asked {
  readonly desk: Pick<Desk, 'oldest'>;
  readonly filter: Filter;
  readonly after: number | undefined;
  readonly count: number;
  /** Real milliseconds. */
  readonly timeout: number;
}

export interface Waited {
  readonly found: readonly Entry[];
  /** All that fits and has a number up to here is among them. */
  readonly last: number;
}

/** Settles with what fits as soon as that is enough, or when the time is over. Woken by the journal; nothing is polled. */
export async function waitFor({
  house: { driver, clock },
  desk,
  filter,
  after,
  count,
  timeout,
  onGone,
  inSlices,
}: Wait): Promise<Waited> {
  const { journal } = driver.engine;
  const { last } = journal.range();
  const wanted = (entry: Entry): boolean => (filter.namesKind || entry.kind === 'exchange') && filter.fits(entry);
  /** What comes from now on, while the journal is still being read as well. */
  const late: Entry[] = [];
  let enough = Number.POSITIVE_INFINITY;
  let over = timeout === 0;
  let end: () => void = () => undefined;
  const stop = driver.subscribe((entry) => {
    if (late.length >= count || !wanted(entry)) return;
    late.push(journal.get(entry.seq) as Entry);
    if (late.length >= enough) end();
  });
  const giveUp = clock.after(timeout, () => {
    over = true;
    end();
  });
  onGone(() => {
    over = true;
    end();
  });
  try {
    const found = await inSlices(past());
    if (found.length >= count) return { found, last };
    enough = count - found.length;
    if (!over && late.length < enough)
      await new Promise<void>((resolve) => {
        end = resolve;
      });
    const came = late.slice(0, enough);
    const full = came.length === enough;
    return { found: [...found, ...came], last: full ? (came.at(-1) as Entry).seq : journal.range().last };
  } finally {
    stop();
    giveUp();
  }

  function* past(): Work<Entry[]> {
    const found: Entry[] = [];
    for (const entry of desk.oldest(after)) {
      if (entry.seq > last) break;
      if (wanted(entry)) found.push(entry);
      yield;
    }
    return found;
  }
}

/** Knows of exchanges that pass, whether anybody is asking just then or not. */
export interface Watch {
  /** Whether one with a number above that one has come, as soon as it has; false once it is over. */
  readonly above: (seq: number) => Promise<boolean>;
  /** From now on it is over when so many real milliseconds are, or when the client has gone. */
  readonly endsAfter: (ms: number) => void;
  readonly isOver: () => boolean;
  readonly stop: () => void;
}

export function watch(
  { house: { driver, clock }, onGone }: Omit<Asked, 'inSlices'>,
  passes: (entry: ExchangeEntry) => boolean,
): Watch {
  let latest = 0;
  let over = false;
  let look: () => void = () => undefined;
  let withdraw: () => void = () => undefined;
  const end = (): void => {
    over = true;
    look();
  };
  const unsubscribe = driver.subscribe((entry) => {
    if (entry.kind !== 'exchange' || !passes(entry)) return;
    latest = entry.seq;
    look();
  });
  onGone(end);
  return {
    above: (seq) =>
      new Promise((resolve) => {
        look = () => {
          if (latest <= seq && !over) return;
          look = () => undefined;
          resolve(latest > seq);
        };
        look();
      }),
    endsAfter(ms) {
      withdraw = clock.after(Math.max(0, ms), end);
    },
    isOver: () => over,
    stop() {
      unsubscribe();
      withdraw();
    },
  };
}
