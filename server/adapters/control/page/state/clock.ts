import { signal } from '@preact/signals';
import { readClock } from '../api/calls.ts';
import type { ClockView } from '../api/types.ts';
import { live } from './live.ts';

/** The server's clock, which a test can turn; it runs on here between two readings. */
export const clock = live(async () => {
  const view = await readClock();
  readAt = performance.now();
  return view;
});

let readAt = 0;

export function setClockView(view: ClockView): void {
  readAt = performance.now();
  clock.value.value = view;
  tick.value++;
}

/** Once a second: whoever shows the time. */
export const tick = signal(0);
setInterval(() => {
  if (!document.hidden) tick.value++;
}, 1000);

export function serverNow(): number {
  const view = clock.value.value;
  if (view === null) return Date.now();
  return view.frozen ? view.now : view.now + (performance.now() - readAt);
}
