import type { Work } from '../core/work.ts';
import type { Clock } from './clock.ts';

/** Does long work a little at a time, so that whatever else happens has its turn in between. */
export interface Slices {
  /** Settles with what the work comes to. Given up, and rejected, as soon as nobody wants it any more. */
  readonly run: <T>(work: Work<T>, unwanted?: () => boolean) => Promise<T>;
}

/** Nobody waits for the answer any more. */
export class Unwanted extends Error {
  override readonly name = 'Unwanted';
}

/**
 * How long one turn of the loop is spent on all such work together, in milliseconds. A push that comes meanwhile waits
 * so long at most, which is less than a round trip to Apple takes; more turns would make the work itself no faster.
 */
const SLICE_MS = 5;

export function createSlices({ soon, uptime }: Pick<Clock, 'soon' | 'uptime'>): Slices {
  /** Each goes on until that moment and says whether it is over. */
  const jobs: ((until: number) => boolean)[] = [];
  let asked = false;

  function ask(): void {
    if (asked || jobs.length === 0) return;
    asked = true;
    soon(turn);
  }

  function turn(): void {
    asked = false;
    const until = uptime() + SLICE_MS;
    do {
      const job = jobs.shift();
      // Taking turns: short work does not wait for the end of long work.
      if (job?.(until) === false) jobs.push(job);
    } while (jobs.length > 0 && uptime() < until);
    ask();
  }

  return {
    run: (work, unwanted = () => false) =>
      new Promise((resolve, reject) => {
        jobs.push((until) => {
          try {
            if (unwanted()) {
              work.return(undefined as never);
              reject(new Unwanted('nobody waits for it any more'));
              return true;
            }
            do {
              const step = work.next();
              if (step.done !== true) continue;
              resolve(step.value);
              return true;
            } while (uptime() < until);
            return false;
          } catch (error) {
            reject(error);
            return true;
          }
        });
        ask();
      }),
  };
}
