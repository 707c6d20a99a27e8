import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseQuery, QUERY_MAX, type Term } from '../../../server/core/search/grammar.ts';

const terms = (query: string): readonly Term[] => {
  const parsed = parseQuery(query);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.terms;
};
const brief = (query: string): unknown[] => terms(query).map(({ negated, field, value }) => [negated, field, value]);
const problems = (query: string) => {
  const parsed = parseQuery(query);
  return parsed.ok ? [] : parsed.problems;
};

const test = suite('core: search grammar');
test('nothing asked for is no term', () => {
  assert.equal(terms(''), []);
  assert.equal(terms(' \t\n'), []);
});
test('fields, words, negation and places', () => {
  assert.equal(brief('operation:device.send -status:4xx hello -"two words"'), [
    [false, 'operation', { is: 'text', text: 'device.send' }],
    [true, 'status', { is: 'glob', pattern: '4*' }],
    [false, null, { is: 'text', text: 'hello' }],
    [true, null, { is: 'text', text: 'two words' }],
  ]);
  assert.equal(
    terms('a  -topic:b').map(({ at }) => at),
    [0, 3],
  );
});
test('values: glob, list, comparison, expression, quotes', () => {
  assert.equal(brief('topic:com.*')[0], [false, 'topic', { is: 'glob', pattern: 'com.*' }]);
  assert.equal(brief('topic:"com.*"')[0], [false, 'topic', { is: 'text', text: 'com.*' }]);
  assert.equal(brief('status:400,41*')[0], [
    false,
    'status',
    {
      is: 'any',
      of: [
        { is: 'text', text: '400' },
        { is: 'glob', pattern: '41*' },
      ],
    },
  ]);
  assert.equal(brief('priority:>=5')[0], [false, 'priority', { is: 'number', sign: '>=', number: 5 }]);
  assert.equal(brief('token:/^a+$/i')[0], [false, 'token', { is: 'regex', source: '^a+$', flags: 'i' }]);
  assert.equal(brief('payload.aps.alert.title:"Say \\"Hi\\", you"')[0], [
    false,
    'payload.aps.alert.title',
    { is: 'text', text: 'Say "Hi", you' },
  ]);
  assert.equal(brief('payload.Key:a,b')[0], [false, 'payload.Key', { is: 'text', text: 'a,b' }]);
  assert.equal(brief('Headers.APNS-Id:x')[0], [false, 'headers.apns-id', { is: 'text', text: 'x' }]);
  assert.equal(brief('channel:""')[0], [false, 'channel', { is: 'text', text: '' }]);
});
test('a status is a number, a kind of them, a glob or a comparison', () => {
  for (const good of ['200', '4xx', '4XX', '4*', '40*', '*', '>=400', '<500', '200,4xx', '"200"', '""', '/^4/'])
    assert.equal(problems(`status:${good}`), [], good);
  for (const bad of ['abc', '>x', '>', '1000', '200,>x', '9xx', 'OK'])
    assert.match(problems(`status:${bad}`)[0]?.message ?? '', /^status: takes a status \(200\)/, bad);
});
test('a word may be a glob, and is no expression and no list', () => {
  assert.equal(brief('com.example.sc*')[0], [false, null, { is: 'glob', pattern: 'com.example.sc*' }]);
  assert.equal(brief('"com.example.sc*"')[0], [false, null, { is: 'text', text: 'com.example.sc*' }]);
  assert.equal(brief('/3/device/abc a,b'), [
    [false, null, { is: 'text', text: '/3/device/abc' }],
    [false, null, { is: 'text', text: 'a,b' }],
  ]);
});
test('times, ages and numbers', () => {
  assert.equal(
    brief('after:2026-11-21T18:00:00Z before:5m after:#41 before:7').map((term) => (term as unknown[])[2]),
    [
      { is: 'moment', at: Date.parse('2026-11-21T18:00:00Z') },
      { is: 'ago', ms: 300_000 },
      { is: 'seq', seq: 41 },
      { is: 'seq', seq: 7 },
    ],
  );
});
test('mistakes say where and what may have been meant', () => {
  assert.equal(
    problems('ok opration:x topic: after:soon is:forcd token:/(/ "open').map(({ at, suggestion }) => [at, suggestion]),
    [
      [3, 'operation:'],
      [20, null],
      [27, null],
      [35, 'forced'],
      [47, null],
      [51, null],
    ],
  );
  assert.match(problems('after:soon')[0]?.message ?? '', /takes a time .* an age .* or the number/);
  assert.is(problems('environment:prodction')[0]?.suggestion, 'production');
  // Whatever a client sent is recorded, and can be looked for.
  assert.equal(problems('type:bogus'), []);
  assert.is(problems('http://x').length, 1);
  assert.is(problems('"http://x"').length, 0);
  assert.is(problems('a '.repeat(60)).length, 1);
  assert.is(problems('x'.repeat(QUERY_MAX + 1)).length, 1);
});
test('whatever is typed, there is an answer, and places lie within', () => {
  const piece = fc.constantFrom('topic:', 'is:', '-', '"', '\\', ' ', '*', '/', ',', '>', 'a', 'payload.', ':', '400');
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(piece, { maxLength: 12 }).map((list) => list.join('')),
      ),
      (query) => {
        for (const { at, message } of problems(query)) {
          assert.ok(at >= 0 && at <= query.length);
          assert.ok(message.length > 5);
        }
      },
    ),
  );
});
test('any text in quotes is found as that text', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, maxLength: 50 }), (text) => {
      const [term] = terms(`topic:"${text.replace(/["\\]/g, '\\$&')}"`);
      assert.equal(term?.value, { is: 'text', text });
    }),
  );
});
test.run();
