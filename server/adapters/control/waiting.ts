import type { ExchangeEntry } from '../../core/journal.ts';
import type { Query } from '../../core/search/query.ts';
import type { Desk } from './desk.ts';
import type { ControlHouse } from './house.ts';

export interface Wait {
  readonly house: Pick<ControlHouse, 'driver' | 'clock'>;
  readonly desk: Pick<Desk, 'oldest'>;
  readonly filter: Query;
  readonly after: number | undefined;
  readonly count: number;
  /** Real milliseconds. */
  readonly timeout: number;
  readonly onGone: (call: () => void) => void;
}

/** Settles with what fits as soon as that is enough, or when the time is over. Woken by the journal; nothing is polled. */
export function waitFor({
  house,
  desk,
  filter,
  after,
  count,
  timeout,
  onGone,
}: Wait): Promise<readonly ExchangeEntry[]> {
  const found: ExchangeEntry[] = [];
  for (const entry of desk.oldest(after)) if (entry.kind === 'exchange' && filter.fits(entry)) found.push(entry);
  if (found.length >= count || timeout === 0) return Promise.resolve(found);
  return new Promise((resolve) => {
    const end = (): void => {
      stop();
      giveUp();
      resolve(found);
    };
    const stop = house.driver.subscribe((entry) => {
      if (entry.kind !== 'exchange' || !filter.fits(entry)) return;
      found.push(entry);
      if (found.length >= count) end();
    });
    const giveUp = house.clock.after(timeout, end);
    onGone(end);
  });
}

/** Settles with the next exchange that passes, or with `null` when so many real milliseconds are over. */
export function nextExchange(
  { driver, clock }: Pick<ControlHouse, 'driver' | 'clock'>,
  timeout: number,
  onGone: (call: () => void) => void,
  passes: (entry: ExchangeEntry) => boolean,
): Promise<ExchangeEntry | null> {
  if (timeout <= 0) return Promise.resolve(null);
  return new Promise((resolve) => {
    const end = (entry: ExchangeEntry | null): void => {
      stop();
      giveUp();
      resolve(entry);
    };
    const stop = driver.subscribe((entry) => {
      if (entry.kind === 'exchange' && passes(entry)) end(entry);
    });
    const giveUp = clock.after(timeout, () => end(null));
    onGone(() => end(null));
  });
}
