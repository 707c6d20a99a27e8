import { type Signal, signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { faultsOf } from '../text/fault.ts';
import { pulse } from './journal.ts';

/** Something that is asked of the server while a view shows it, and asked again when anything happens there. */
export interface Live<T> {
  readonly value: Signal<T | null>;
  readonly problem: Signal<string>;
  readonly refresh: () => Promise<void>;
}

export function live<T>(read: () => Promise<T>): Live<T> {
  const value = signal<T | null>(null);
  const problem = signal('');
  return {
    value,
    problem,
    async refresh() {
      try {
        value.value = await read();
        problem.value = '';
      } catch (error) {
        problem.value = faultsOf(error).join('; ');
      }
    },
  };
}

const PAUSE = 400;
const AT_LEAST_EVERY = 5000;

/** Keeps it fresh as long as the component is there. */
export function useLive<T>({ refresh }: Live<T>): void {
  useEffect(() => {
    let waiting: ReturnType<typeof setTimeout> | undefined;
    let last = 0;
    const soon = (): void => {
      if (waiting !== undefined) return;
      waiting = setTimeout(
        () => {
          waiting = undefined;
          last = performance.now();
          void refresh();
        },
        Math.max(0, last + PAUSE - performance.now()),
      );
    };
    const stop = pulse.subscribe(soon);
    const timer = setInterval(soon, AT_LEAST_EVERY);
    return () => {
      stop();
      clearInterval(timer);
      clearTimeout(waiting);
    };
  }, [refresh]);
}
