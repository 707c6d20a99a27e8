import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createPieces, isLong, jsonPieces } from '../../server/adapters/control/pieces.ts';
import { finish } from '../../server/core/work.ts';

const textOf = (value: unknown): string => Buffer.concat(finish(jsonPieces(value))).toString();
const LIST = Array.from({ length: 100 }, (_, index) => index);

const test = suite('control: answers in pieces');
test('long lists are told from short ones, as deep as they stand', () => {
  assert.equal([isLong(LIST), isLong({ a: LIST }), isLong({ log: { entries: LIST } })], [true, true, true]);
  assert.equal([isLong([1]), isLong({ a: [1] }), isLong(null), isLong('text'), isLong(7)], Array(5).fill(false));
  assert.is(isLong({ a: { b: { c: LIST } } }), false);
});
test('the text is that of JSON.stringify', () => {
  for (const value of [
    { exchanges: LIST, more: false, journal: { first: 1 } },
    { log: { version: '1.2', entries: LIST.map((n) => ({ n, text: '"\n€' })), comment: 'end' } },
    { gone: undefined, list: [...LIST, undefined], at: new Date(0), none: null, nested: { short: [], long: LIST } },
    LIST,
    [],
    'text',
  ])
    assert.is(textOf(value), JSON.stringify(value));
  fc.assert(
    fc.property(fc.array(fc.jsonValue(), { minLength: 30, maxLength: 40 }), fc.jsonValue(), (list, other) => {
      const value = { other, list, inner: { list, other } };
      assert.is(textOf(value), JSON.stringify(value));
    }),
  );
});
test('it can be put down after each item, and comes in bytes of a handy size', () => {
  const work = jsonPieces({ list: LIST.map(() => 'x'.repeat(10_000)) });
  let steps = 0;
  let step = work.next();
  for (; step.done !== true; step = work.next()) steps++;
  assert.is(steps, 100);
  const pieces = step.value;
  assert.ok(pieces.length > 10 && pieces.every(({ length }) => length < 80_000));
});
test('letters of several bytes are never cut', () => {
  const pieces = createPieces();
  for (let i = 0; i < 50_000; i++) pieces.add('€é');
  assert.is(Buffer.concat(pieces.all()).toString(), '€é'.repeat(50_000));
});
test.run();
