import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createClock } from '../../server/shell/clock.ts';
import { PATIENCE } from '../patience.ts';

const near = (value: number, wanted: number): void =>
  assert.ok(Math.abs(value - wanted) < 20_000, `${value} is not near ${wanted}`);

const test = suite('clock');
test('shows the time of the machine until it is told otherwise', () => {
  const clock = createClock();
  near(clock.now(), Date.now());
  near(clock.state().offset, 0);
  assert.is(clock.state().frozen, false);
});
test('frozen it stands still, and goes on from there', async () => {
  const clock = createClock();
  clock.freeze(true);
  const then = clock.now();
  await new Promise((resolve) => clock.after(5, () => resolve(null)));
  assert.is(clock.now(), then);
  assert.is(clock.state().frozen, true);
  clock.freeze(false);
  assert.ok(clock.now() >= then && clock.now() < then + 1000);
});
test('advancing stops at each due moment, in order, and those see their own time', () => {
  const clock = createClock();
  clock.freeze(true);
  const start = clock.now();
  const seen: number[] = [];
  const due = [10, 20, 3_600_000];
  const ask = (): void => {
    const next = due.shift();
    clock.wakeAt(next === undefined ? undefined : start + next, () => {
      seen.push(clock.now() - start);
      ask();
    });
  };
  ask();
  clock.advance(3_600_000);
  assert.equal(seen, [10, 20, 3_600_000]);
  assert.is(clock.now(), start + 3_600_000);
});
test('advancing less than the next moment wakes nobody', () => {
  const clock = createClock();
  clock.freeze(true);
  let woken = false;
  clock.wakeAt(clock.now() + 1000, () => {
    woken = true;
  });
  clock.advance(999);
  assert.is(woken, false);
  clock.advance(1);
  assert.is(woken, true);
});
test('a later ask replaces the earlier, undefined withdraws it', () => {
  const clock = createClock();
  clock.freeze(true);
  const seen: string[] = [];
  const at = clock.now() + 10;
  clock.wakeAt(at, () => void seen.push('first'));
  clock.wakeAt(at + 10, () => void seen.push('second'));
  clock.advance(100);
  clock.wakeAt(at + 200, () => void seen.push('third'));
  clock.wakeAt(undefined, () => void seen.push('never'));
  clock.advance(1000);
  assert.equal(seen, ['second']);
});
test('running, it wakes by itself', async () => {
  const clock = createClock();
  // The clock itself keeps no process alive.
  const release = clock.after(PATIENCE, () => undefined);
  const asked = clock.now();
  const woken = await new Promise<number>((resolve) => clock.wakeAt(asked + 15, () => resolve(clock.now())));
  release();
  assert.ok(woken >= asked + 15, String(woken - asked));
});
test('of a pause of the whole process, a wait feels next to nothing', async () => {
  const clock = createClock();
  const over = new Promise<void>((resolve) => void clock.after(1000, resolve));
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500);
  const paused = performance.now();
  await over;
  assert.ok(performance.now() - paused > 900, 'what was on its way has time to come');
});
test('a wait that is withdrawn in its midst never ends', async () => {
  const clock = createClock();
  let ended = false;
  const withdraw = clock.after(200, () => {
    ended = true;
  });
  await new Promise<void>((resolve) => void clock.after(100, resolve));
  withdraw();
  await new Promise<void>((resolve) => void clock.after(400, resolve));
  assert.is(ended, false);
});
test('running, an advance runs on from where it led', () => {
  const clock = createClock();
  clock.advance(60_000);
  near(clock.state().offset, 60_000);
  assert.is(clock.state().frozen, false);
});
test('shifted forwards it passes each due moment, backwards it just goes there', () => {
  const clock = createClock();
  let woken = 0;
  clock.wakeAt(clock.now() + 30_000, () => woken++);
  clock.shift(60_000);
  assert.is(woken, 1);
  near(clock.now(), Date.now() + 60_000);
  clock.shift(-60_000);
  near(clock.now(), Date.now() - 60_000);
  near(clock.state().offset, -60_000);
});
test('a moment farther away than a timer can count does not come early', async () => {
  const clock = createClock();
  let woken = false;
  clock.wakeAt(clock.now() + 2 ** 40, () => {
    woken = true;
  });
  await new Promise((resolve) => clock.after(10, () => resolve(null)));
  assert.is(woken, false);
  clock.wakeAt(undefined, () => undefined);
});
test('what repeats ends when told, and keeps no process alive', async () => {
  const clock = createClock();
  let count = 0;
  const end = await new Promise<() => void>((resolve) => {
    const stop = clock.every(1, () => {
      if (++count < 3) return;
      release();
      resolve(stop);
    });
    const release = clock.after(2000, () => resolve(stop));
  });
  end();
  assert.is(count, 3);
});
test.run();
