import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createDue, type Due } from '../../server/core/due.ts';
import type { Action } from '../../server/protocol/model.ts';

const drop = (session: string): Action => ({ do: 'drop', session });
/** An appointment that shows by its action where it came from. */
const plan = (due: Due, at: number, session: string, stream: number | null = null): void =>
  due.add({ at, session, stream, run: (moment) => [drop(`${session}/${stream ?? '-'}@${moment}`)] });
const taken = (due: Due, now: number): string[] =>
  due.take(now).map((action) => (action.do === 'drop' ? action.session : action.do));

const test = suite('core: due');
test('nothing waits', () => {
  const due = createDue();
  assert.is(due.next(), undefined);
  assert.equal(taken(due, 1e15), []);
});
test('due at its moment and not before', () => {
  const due = createDue();
  plan(due, 100, 'c1');
  assert.is(due.next(), 100);
  assert.equal(taken(due, 99), []);
  assert.equal(taken(due, 100), ['c1/-@100']);
  assert.is(due.next(), undefined);
});
test('earliest first, and among equals in the order of being made', () => {
  const due = createDue();
  for (const [at, session] of [
    [300, 'a'],
    [100, 'b'],
    [200, 'c'],
    [100, 'd'],
    [100, 'e'],
  ] as const)
    plan(due, at, session);
  assert.is(due.next(), 100);
  assert.equal(taken(due, 250), ['b/-@100', 'd/-@100', 'e/-@100', 'c/-@200']);
  assert.is(due.next(), 300);
});
test('each is told its own moment, not the present one', () => {
  const due = createDue();
  plan(due, 100, 'a');
  plan(due, 150, 'b');
  assert.equal(taken(due, 5000), ['a/-@100', 'b/-@150']);
});
test('what an appointment makes falls due in its turn', () => {
  const due = createDue();
  due.add({
    at: 100,
    session: 'a',
    stream: null,
    run(at) {
      plan(due, at + 50, 'child');
      plan(due, at + 5000, 'later');
      return [drop('parent')];
    },
  });
  plan(due, 200, 'b');
  assert.equal(taken(due, 300), ['parent', 'child/-@150', 'b/-@200']);
  assert.is(due.next(), 5100);
});
test('forgets a connection, a stream of it, or what concerns the connection as a whole', () => {
  const make = (): Due => {
    const due = createDue();
    for (const [session, stream] of [
      ['a', 1],
      ['a', 3],
      ['a', null],
      ['b', 1],
      ['b', null],
    ] as const)
      plan(due, 10, session, stream);
    return due;
  };
  const after = (forget: (due: Due) => void): string[] => {
    const due = make();
    forget(due);
    return taken(due, 10).map((text) => text.slice(0, -3));
  };
  assert.equal(
    after((due) => due.forget('a')),
    ['b/1', 'b/-'],
  );
  assert.equal(
    after((due) => due.forget('a', 3)),
    ['a/1', 'a/-', 'b/1', 'b/-'],
  );
  assert.equal(
    after((due) => due.forget('a', null)),
    ['a/1', 'a/3', 'b/1', 'b/-'],
  );
  assert.equal(
    after((due) => due.forget('c')),
    ['a/1', 'a/3', 'a/-', 'b/1', 'b/-'],
  );
});
test('streams of a connection for which something is planned', () => {
  const due = createDue();
  for (const [session, stream] of [
    ['a', 5],
    ['a', 1],
    ['a', 5],
    ['a', null],
    ['b', 7],
  ] as const)
    plan(due, 10, session, stream);
  assert.equal([...due.streams('a')].sort(), [1, 5]);
  assert.equal([...due.streams('c')], []);
});
test('in any order of planning, all come in order of time, and stable', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20), { maxLength: 60 }), fc.nat(25), (times, now) => {
      const due = createDue();
      times.forEach((at, index) => void plan(due, at, `s${index}`));
      const sorted = times.map((at, index) => ({ at, index })).sort((a, b) => a.at - b.at || a.index - b.index);
      const show = ({ at, index }: { at: number; index: number }): string => `s${index}/-@${at}`;
      assert.equal(taken(due, now), sorted.filter(({ at }) => at <= now).map(show));
      assert.is(due.next(), sorted.find(({ at }) => at > now)?.at);
      assert.equal(taken(due, 100), sorted.filter(({ at }) => at > now).map(show));
    }),
  );
});
test.run();
