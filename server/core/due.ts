import type { Action } from '../protocol/model.ts';

/** Actions whose time has not come, in the order in which they fall due. */
export interface Due {
  readonly add: (at: number, actions: readonly Action[]) => void;
  /** Takes all that is due at `now`, earliest first, and among equals in the order of being added. */
  readonly take: (now: number) => readonly Action[];
  readonly takeAll: () => readonly Action[];
  readonly next: () => number | undefined;
  /** Drops what was planned for a session, or for one stream of it. */
  readonly forget: (session: string, stream?: number) => void;
}

interface Item {
  readonly at: number;
  readonly actions: readonly Action[];
}

export function createDue(): Due {
  // Sorted by time. Delays are few beside requests, so a sorted list beats a heap in everything but size.
  let items: Item[] = [];

  const take = (now: number): readonly Action[] => {
    let count = 0;
    while (count < items.length && (items[count] as Item).at <= now) count++;
    return count === 0 ? [] : items.splice(0, count).flatMap((item) => item.actions);
  };
  return {
    add(at, actions) {
      let low = 0;
      let high = items.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((items[middle] as Item).at <= at) low = middle + 1;
        else high = middle;
      }
      items.splice(low, 0, { at, actions });
    },
    take,
    takeAll: () => take(Number.POSITIVE_INFINITY),
    next: () => items[0]?.at,
    forget(session, stream) {
      if (items.length === 0) return;
      const stays = (action: Action): boolean =>
        action.session !== session || (stream !== undefined && (!('stream' in action) || action.stream !== stream));
      items = items
        .map((item) => ({ at: item.at, actions: item.actions.filter(stays) }))
        .filter((item) => item.actions.length > 0);
    },
  };
}
