import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { each, those, type Work } from '../../server/core/work.ts';
import { createSlices, Unwanted } from '../../server/shell/slices.ts';

/** A loop that is turned by hand, and a time that passes with each step of the work. */
function bench() {
  let time = 0;
  const soon: (() => void)[] = [];
  const slices = createSlices({ soon: (call) => void soon.push(call), uptime: () => time });
  const done: string[] = [];
  return {
    slices,
    done,
    asked: () => soon.length,
    /** One turn of the loop: how long it took. */
    turn(): number {
      const began = time;
      for (const call of soon.splice(0)) call();
      return time - began;
    },
    *work(name: string, steps: number, ms = 1): Work<string> {
      for (let i = 0; i < steps; i++) {
        time += ms;
        done.push(name);
        yield;
      }
      return name;
    },
  };
}

const test = suite('slices');
test('nothing is done at once, and in one turn no more than five milliseconds', async () => {
  const { slices, work, turn, asked, done } = bench();
  const running = slices.run(work('a', 12));
  assert.equal([done.length, asked()], [0, 1]);
  assert.equal([turn(), turn(), turn()], [5, 5, 2]);
  assert.is(await running, 'a');
  assert.equal([turn(), asked()], [0, 0]);
});
test('several share a turn: all of them together take no longer, and the short does not wait for the long', async () => {
  const { slices, work, turn, done } = bench();
  const long = slices.run(work('long', 100));
  const short = slices.run(work('short', 3));
  let over = '';
  void short.then((name) => {
    over = name;
  });
  assert.equal([turn(), turn()], [5, 5]);
  assert.equal(done.slice(0, 10), [
    ...Array<string>(5).fill('long'),
    ...Array<string>(3).fill('short'),
    'long',
    'long',
  ]);
  await short;
  assert.is(over, 'short');
  while (turn() > 0);
  assert.is(await long, 'long');
});
test('an error is that of its work alone', async () => {
  const { slices, work, turn } = bench();
  function* wrong(): Work<never> {
    yield;
    throw new Error('no such thing');
  }
  const [bad, good] = [slices.run(wrong()), slices.run(work('good', 7))];
  bad.catch(() => undefined);
  while (turn() > 0);
  assert.is(await bad.catch((error: Error) => error.message), 'no such thing');
  assert.is(await good, 'good');
});
test('what nobody wants is given up, and cleans up', async () => {
  const { slices, work, turn, done } = bench();
  let wanted = true;
  let cleaned = false;
  function* tidy(): Work<string> {
    try {
      return yield* work('tidy', 50);
    } finally {
      cleaned = true;
    }
  }
  const running = slices.run(tidy(), () => !wanted);
  running.catch(() => undefined);
  turn();
  wanted = false;
  turn();
  assert.instance(await running.catch((error: unknown) => error), Unwanted);
  assert.equal([done.length, cleaned, turn()], [5, true, 0]);
});
test('lists, item by item', async () => {
  const { slices, turn } = bench();
  const running = [slices.run(each([1, 2, 3], (one) => one * 2)), slices.run(those([1, 2, 3], (one) => one !== 2))];
  turn();
  turn();
  assert.equal(await Promise.all(running), [
    [2, 4, 6],
    [1, 3],
  ]);
});
test.run();
