import type { Random } from '../random.ts';
import type { Rule } from './model.ts';

/** Different connections, tokens, channels or topics that a rule keeps apart; the one seen longest ago goes first. */
export const COUNTERS_MAX = 10_000;

interface Counter {
  /** Moments that fitted. */
  fitted: number;
  /** Turns taken. */
  taken: number;
}

/** Counts for one rule whose turn it is. */
export interface TurnCounter {
  /**
   * Counts a moment that fits, and says which effect's turn it is: its index, or -1. A lost throw of the dice is no
   * turn taken. `key` tells apart what the rule counts `per`.
   */
  readonly take: (key: string, random: Random) => number;
  readonly forget: (key: string) => void;
  readonly counts: () => { readonly fitted: number; readonly taken: number; readonly forgotten: number };
  readonly reset: () => void;
}

export function createTurnCounter({
  turn,
  effects,
  afterLast,
}: Pick<Rule, 'turn' | 'effects' | 'afterLast'>): TurnCounter {
  const { nth, from, every, times, probability, per } = turn;
  const ends = afterLast === 'fallthrough';
  const counters = new Map<string, Counter>();
  let only: Counter = { fitted: 0, taken: 0 };
  let fitted = 0;
  let taken = 0;
  let forgotten = 0;

  function counterOf(key: string): Counter {
    if (per === null) return only;
    const found = counters.get(key);
    if (found !== undefined) {
      // Back to the end of the line, where the latest stand.
      if (counters.size === COUNTERS_MAX) {
        counters.delete(key);
        counters.set(key, found);
      }
      return found;
    }
    if (counters.size === COUNTERS_MAX) {
      counters.delete(counters.keys().next().value as string);
      forgotten++;
    }
    const made = { fitted: 0, taken: 0 };
    counters.set(key, made);
    return made;
  }

  return {
    take(key, random) {
      const counter = counterOf(key);
      fitted++;
      const number = ++counter.fitted;
      if (nth !== null && number !== nth) return -1;
      const count = from === null ? number : number - from + 1;
      if (count < 1 || (every !== null && count % every !== 0)) return -1;
      if (times !== null && counter.taken >= times) return -1;
      if (ends && counter.taken >= effects.length) return -1;
      // Last, so that the dice are thrown only where they decide.
      if (probability !== null && random.fraction() >= probability) return -1;
      const step = counter.taken++;
      taken++;
      return afterLast === 'cycle' ? step % effects.length : Math.min(step, effects.length - 1);
    },
    forget: (key) => void (per === 'connection' && counters.delete(key)),
    counts: () => ({ fitted, taken, forgotten }),
    reset() {
      counters.clear();
      only = { fitted: 0, taken: 0 };
      fitted = 0;
      taken = 0;
      forgotten = 0;
    },
  };
}
