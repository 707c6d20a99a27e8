import type { Action } from '../protocol/model.ts';

/** Something to be done when its time has come. */
export interface Appointment {
  readonly at: number;
  readonly session: string;
  /** `null`: it concerns the whole connection, and stays when a stream goes. */
  readonly stream: number | null;
  /** Told the time; what it answers is done then. */
  readonly run: (at: number) => readonly Action[];
}

/** Appointments in the order in which they fall due, and among equals in the order of being made. */
export interface Due {
  readonly add: (appointment: Appointment) => void;
  /** Keeps every appointment that is due at `now`, including those that they make themselves. */
  readonly take: (now: number) => readonly Action[];
  readonly next: () => number | undefined;
  /** Drops what was planned for a session, for one stream of it, or (`null`) for the connection as a whole. */
  readonly forget: (session: string, stream?: number | null) => void;
  /** Streams of a session for which something is planned. */
  readonly streams: (session: string) => ReadonlySet<number>;
}

export function createDue(): Due {
  // Sorted by time. Delays are few beside requests, so a sorted list beats a heap in everything but size.
  let items: Appointment[] = [];
  return {
    add(appointment) {
      let low = 0;
      let high = items.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((items[middle] as Appointment).at <= appointment.at) low = middle + 1;
        else high = middle;
      }
      items.splice(low, 0, appointment);
    },
    take(now) {
      const actions: Action[] = [];
      for (let first = items[0]; first !== undefined && first.at <= now; first = items[0]) {
        items.shift();
        actions.push(...first.run(first.at));
      }
      return actions;
    },
    next: () => items[0]?.at,
    forget(session, stream) {
      if (items.length === 0) return;
      items = items.filter((item) => item.session !== session || (stream !== undefined && item.stream !== stream));
    },
    streams: (session) =>
      new Set(
        items.filter((item) => item.session === session && item.stream !== null).map((item) => item.stream as number),
      ),
  };
}
