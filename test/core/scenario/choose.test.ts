import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createRandom } from '../../../server/core/random.ts';
import { ADDED_MAX, compileRules, type Rules } from '../../../server/core/scenario/choose.ts';
import { compileConditions, compileMatcher, inside, type View } from '../../../server/core/scenario/match.ts';
import type { Matcher, On, PlainField, Scenario } from '../../../server/core/scenario/model.ts';
import { formatProblem, parseRule, parseScenario } from '../../../server/core/scenario/parse.ts';
import { COUNTERS_MAX } from '../../../server/core/scenario/turn.ts';
import { drawDelay } from '../../../server/core/steps.ts';

type Fields = Partial<Record<PlainField, string>> & {
  readonly headers?: Record<string, string>;
  readonly payload?: unknown;
};

/** A device push that APNs would accept, unless told otherwise. */
const view = (fields: Fields = {}): View => ({
  get: (field) => ({ operation: 'device.send', verdict: 'accepted', connection: 'c1', token: 'aa', ...fields })[field],
  header: (name) => fields.headers?.[name],
  payload: () => fields.payload,
});
const scenario = (rules: string, states = ''): Scenario => {
  const parsed = parseScenario('s', `version: 1\n${states}\nrules: ${rules}`);
  if (!parsed.ok) throw new Error(parsed.problems.map(formatProblem).join('\n'));
  return parsed.scenario;
};
const book = (rules: string, states = '', seed = 1): Rules => compileRules(scenario(rules, states), createRandom(seed));
/** Names of the rules that act, `-` where none does. */
const story = (rules: Rules, views: readonly View[], on: On = 'request'): string =>
  views.map((each) => rules.choose(on, each)?.rule.name ?? '-').join(' ');
const times = (count: number, fields: Fields = {}): View[] => Array.from({ length: count }, () => view(fields));

const turns = suite('scenario choose: whose turn it is');

const TURNS: readonly (readonly [string, string])[] = [
  ['{}', 'a a a a a a a a'],
  ['{ nth: 3 }', '- - a - - - - -'],
  ['{ from: 3 }', '- - a a a a a a'],
  ['{ every: 3 }', '- - a - - a - -'],
  ['{ every: 1 }', 'a a a a a a a a'],
  ['{ times: 2 }', 'a a - - - - - -'],
  ['{ from: 3, every: 2 }', '- - - a - a - a'],
  ['{ from: 2, times: 2 }', '- a a - - - - -'],
  ['{ every: 2, times: 2 }', '- a - a - - - -'],
  ['{ from: 2, every: 2, times: 1 }', '- - a - - - - -'],
];
for (const [turn, expected] of TURNS)
  turns(turn, () => {
    const rules = book(`[{ name: a, then: { drop: true }, ${turn.slice(2, -2)} }]`.replace(', }', ' }'));
    assert.is(story(rules, times(8)), expected);
  });

turns('a sequence falls through, repeats or begins again', () => {
  const effects = (rules: Rules, count: number): (number | null | undefined)[] =>
    times(count).map((each) => rules.choose('request', each)?.effect.status);
  const sequence = 'sequence: [{ status: 501 }, { status: 502 }]';
  assert.equal(effects(book(`[{ ${sequence} }, { then: { status: 599 } }]`), 4), [501, 502, 599, 599]);
  assert.equal(effects(book(`[{ ${sequence}, afterLast: repeat }]`), 4), [501, 502, 502, 502]);
  assert.equal(effects(book(`[{ ${sequence}, afterLast: cycle }]`), 5), [501, 502, 501, 502, 501]);
  assert.equal(effects(book(`[{ ${sequence}, afterLast: cycle, times: 3 }]`), 5), [
    501,
    502,
    501,
    undefined,
    undefined,
  ]);
  assert.equal(effects(book(`[{ ${sequence}, every: 2 }]`), 6), [undefined, 501, undefined, 502, undefined, undefined]);
});
turns('counted apart for each connection, token, channel or topic', () => {
  for (const per of ['connection', 'token', 'channel', 'topic'] as const) {
    const rules = book(`[{ name: a, every: 2, per: ${per}, then: { drop: true } }]`);
    const views = ['x', 'y', 'x', 'x', 'y', 'x'].map((value) => view({ operation: 'device.send', [per]: value }));
    assert.is(story(rules, views), '- - a - a a', per);
  }
});
turns('a sequence per device', () => {
  const rules = book('[{ name: a, sequence: [{ drop: true }, { stall: true }], per: token }]');
  const views = ['x', 'y', 'x', 'x', 'y', 'y'].map((token) => view({ token }));
  assert.is(story(rules, views), 'a a a - a -');
});
turns('tokens are the same in either case', () => {
  const rules = book('[{ name: a, every: 2, per: token, when: { token: "AB*" }, then: { drop: true } }]');
  assert.is(story(rules, [view({ token: 'abcd' }), view({ token: 'ABCD' })]), '- a');
});
turns('what has no such key shares one counter', () => {
  const rules = book('[{ name: a, nth: 2, per: token, then: { drop: true } }]');
  const views = ['broadcast.send', 'channels.list'].map(
    (operation): View => ({ ...view(), get: (field) => ({ operation, verdict: 'accepted' })[field as string] }),
  );
  assert.is(story(rules, views), '- a');
});
turns('a request that an earlier rule takes is not counted by later ones', () => {
  const rules = book('[{ name: a, every: 2, then: { drop: true } }, { name: b, every: 2, then: { drop: true } }]');
  assert.is(story(rules, times(8)), '- a b a - a b a');
  assert.equal(rules.hits(), [
    { id: 'r1', name: 'a', fitted: 8, taken: 4, forgotten: 0 },
    { id: 'r2', name: 'b', fitted: 4, taken: 2, forgotten: 0 },
  ]);
});
turns('counters are bounded: the one longest unseen begins again', () => {
  const rules = book('[{ name: a, nth: 2, per: token, then: { drop: true } }]');
  rules.choose('request', view({ token: 'first' }));
  for (let i = 1; i < COUNTERS_MAX; i++) rules.choose('request', view({ token: `t${i}` }));
  assert.is(rules.hits()[0]?.forgotten, 0);
  assert.is(story(rules, [view({ token: 'first' })]), 'a', 'still known, and now the latest');
  rules.choose('request', view({ token: 'one more' }));
  assert.is(rules.hits()[0]?.forgotten, 1);
  assert.is(story(rules, [view({ token: 't1' })]), '-', 'forgotten: it counts as the first');
  assert.is(story(rules, [view({ token: 't1' })]), 'a');
});
turns('a connection that is gone is forgotten', () => {
  const rules = book('[{ name: a, nth: 2, per: connection, then: { drop: true } }]');
  rules.choose('request', view());
  rules.forgetConnection('c1');
  assert.is(story(rules, times(2)), '- a');
});
turns('reset: counters at nothing, states as at first', () => {
  const rules = book('[{ name: a, nth: 1, then: { set: { app: gone } } }]', 'states: { app: here }');
  assert.is(story(rules, times(2)), 'a -');
  assert.equal(rules.states(), { app: 'gone' });
  rules.reset();
  assert.equal(rules.states(), { app: 'here' });
  assert.is(story(rules, times(2)), 'a -');
});
turns.run();

const dice = suite('scenario choose: dice');

dice('each probability within its bounds over 10,000 throws', () => {
  for (const probability of [0.005, 0.05, 0.5, 0.95]) {
    const rules = book(`[{ probability: ${probability}, then: { drop: true } }]`);
    for (let i = 0; i < 10_000; i++) rules.choose('request', view());
    const taken = rules.hits()[0]?.taken ?? 0;
    const sigma = Math.sqrt(10_000 * probability * (1 - probability));
    assert.ok(Math.abs(taken - 10_000 * probability) < 4 * sigma, `${probability}: ${taken}`);
  }
  const always = book('[{ name: a, probability: 1, then: { drop: true } }]');
  assert.is(story(always, times(3)), 'a a a');
});
dice('the same seed tells the same story, another seed another', () => {
  const tell = (seed: number): string =>
    story(
      book(
        '[{ name: a, probability: 0.3, then: { drop: true } }, { name: b, probability: 0.3, then: { stall: true } }]',
        '',
        seed,
      ),
      times(200),
    );
  assert.is(tell(7), tell(7));
  assert.is.not(tell(7), tell(8));
});
dice('are thrown only where they decide', () => {
  const rest = '{ name: b, probability: 0.5, then: { stall: true } }';
  const alone = story(book(`[${rest}]`), times(50));
  const behind = story(
    book(`[{ name: a, when: { topic: other }, probability: 0.5, then: { drop: true } }, ${rest}]`),
    times(50),
  );
  assert.is(alone, behind);
});
dice('with times: a lost throw is no turn', () => {
  const rules = book('[{ probability: 0.1, times: 3, then: { drop: true } }]');
  for (let i = 0; i < 1000; i++) rules.choose('request', view());
  assert.is(rules.hits()[0]?.taken, 3);
});
dice('delays: fixed, even, log-normal', () => {
  const random = createRandom(3);
  assert.is(drawDelay({ kind: 'fixed', ms: 250 }, random), 250);
  const even = Array.from({ length: 2000 }, () => drawDelay({ kind: 'uniform', min: 10, max: 30 }, random));
  assert.ok(Math.min(...even) === 10 && Math.max(...even) === 30);
  const draws = Array.from({ length: 10_001 }, () => drawDelay({ kind: 'lognormal', median: 80, sigma: 0.5 }, random));
  const sorted = draws.sort((a, b) => a - b);
  const at = (part: number): number => sorted[Math.floor(part * 10_000)] as number;
  assert.ok(Math.abs(at(0.5) - 80) < 4, `median ${at(0.5)}`);
  // One sigma above the median lies at 84.1 %.
  assert.ok(Math.abs(at(0.841) - 80 * Math.exp(0.5)) < 8, `84 % ${at(0.841)}`);
  assert.ok(draws.every((ms) => Number.isInteger(ms) && ms >= 0));
  assert.is(drawDelay({ kind: 'lognormal', median: 80, sigma: 0 }, random), 80);
});
dice.run();

const fitting = suite('scenario choose: what fits');

fitting('the first from the top', () => {
  const rules = book('[{ name: a, when: { topic: x }, then: { drop: true } }, { name: b, then: { drop: true } }]');
  assert.is(story(rules, [view({ topic: 'x' }), view({ topic: 'y' }), view({})]), 'a b b');
});
fitting('rejected requests keep their verdict, unless evenIfInvalid', () => {
  const rules = book(
    '[{ name: a, then: { drop: true } }, { name: b, evenIfInvalid: true, when: { verdict: BadTopic }, then: { drop: true } }, { name: c, evenIfInvalid: true, when: { verdict: rejected }, then: { drop: true } }]',
  );
  const verdicts = ['accepted', 'BadTopic', 'MissingTopic'].map((verdict) => view({ verdict }));
  assert.is(story(rules, verdicts), 'a b c');
});
fitting('moments do not mix', () => {
  const rules = book(
    '[{ name: a, on: connection, then: { refuse: true } }, { name: b, on: stream, then: { stall: true } }, { name: c, then: { drop: true } }]',
  );
  for (const [on, name] of [
    ['connection', 'a'],
    ['stream', 'b'],
    ['request', 'c'],
  ] as const) {
    assert.ok(rules.watches(on));
    assert.is(story(rules, [view({ verdict: 'BadTopic' }), view()], on), on === 'request' ? '- c' : `${name} ${name}`);
  }
  assert.not(book('[{ then: { drop: true } }]').watches('stream'));
  assert.is(book('[]').choose('request', view()), null);
});
fitting('a reason is spelled as the operation at hand spells it, and skips operations without it', () => {
  const rules = book('[{ then: { reason: ServiceUnavailable } }]');
  const reasonOn = (operation: string): string | null | undefined =>
    rules.choose('request', view({ operation }))?.effect.reason;
  assert.is(reasonOn('device.send'), 'ServiceUnavailable');
  assert.is(reasonOn('broadcast.send'), 'Service Unavailable');
  assert.is(reasonOn('channels.list'), 'Service Unavailable');
  const device = book(
    '[{ name: a, when: { operation: "*" }, then: { reason: Unregistered } }, { name: b, then: { drop: true } }]',
  );
  assert.is(story(device, [view(), view({ operation: 'broadcast.send' })]), 'a b');
});
fitting('states: asked, set, and set from outside', () => {
  const rules = book(
    '[{ name: gone, when: { state: { app: gone } }, then: { reason: Unregistered } }, { name: leaves, nth: 2, then: { set: { app: gone } } }]',
    'states: { app: here }',
  );
  assert.is(story(rules, times(4)), '- leaves gone gone');
  rules.setState('app', 'here');
  assert.is(story(rules, times(1)), '-');
});
fitting('headers and payload', () => {
  const rules = book(
    '[{ name: a, when: { headers.x-a: "1*", payload.aps.alert.title: Hi, payload.list.1: 7, payload.com.example.id: true }, then: { drop: true } }]',
  );
  const payload = { aps: { alert: { title: 'Hi' } }, list: [0, 7], 'com.example.id': true };
  assert.is(
    story(rules, [
      view({ headers: { 'x-a': '12' }, payload }),
      view({ headers: { 'x-a': '2' }, payload }),
      view({ payload }),
    ]),
    'a - -',
  );
});
fitting('a rule put on top, and taken away', () => {
  const rules = book('[{ name: a, then: { drop: true } }]');
  const one = parseRule('r', '{"name":"b","times":1,"then":{"stall":true}}');
  assert.ok(one.ok);
  const id = one.ok ? rules.add(one.rule) : '';
  assert.is(id, 'a1');
  assert.is(story(rules, times(2)), 'b a');
  assert.equal(
    rules.hits().map((each) => [each.id, each.taken]),
    [
      ['a1', 1],
      ['r1', 1],
    ],
  );
  assert.ok(rules.remove(id));
  assert.not(rules.remove(id));
  assert.is(rules.rules().length, 1);
  assert.ok(rules.remove('r1'));
  assert.not(rules.watches('request'));
});
fitting('rules put on top are bounded: the spent ones make room first, then the oldest', () => {
  const rules = book('[{ name: last, then: { drop: true } }]');
  const add = (text: string): string => {
    const one = parseRule('r', text);
    return one.ok ? rules.add(one.rule) : '';
  };
  const oldest = add('{"when":{"topic":"nobody"},"then":{"stall":true}}');
  const spent = add('{"times":1,"then":{"stall":true}}');
  rules.choose('request', view());
  for (let i = 2; i < ADDED_MAX; i++) add('{"when":{"topic":"nobody"},"then":{"stall":true}}');
  const ids = (): readonly string[] => rules.rules().map(({ id }) => id);
  assert.is(ids().length, ADDED_MAX + 1);
  add('{"then":{"stall":true}}');
  assert.is(ids().length, ADDED_MAX + 1);
  assert.not(ids().includes(spent));
  assert.ok(ids().includes(oldest));
  add('{"then":{"stall":true}}');
  assert.not(ids().includes(oldest));
  assert.is(ids().at(-1), 'r1');
  assert.is(new Set(ids()).size, ADDED_MAX + 1);
});
fitting('the same rule that acts alike is the same object', () => {
  const rules = book('[{ then: { reason: ServiceUnavailable } }]');
  assert.is(rules.choose('request', view()), rules.choose('request', view()));
});
fitting.run();

const laws = suite('scenario choose: laws');
const letters = fc.stringMatching(/^[ab*.]{0,5}$/);
const texts = fc.option(fc.stringMatching(/^[ab.]{0,6}$/), { nil: undefined });
const plain = fc.oneof(
  letters.map((text): Matcher => ({ is: 'text', text })),
  letters.map((pattern): Matcher => ({ is: 'glob', pattern })),
  fc.constantFrom('a+', '^b', 'a|b$').map((source): Matcher => ({ is: 'regex', source, flags: '' })),
);
const test = (part: Partial<Extract<Matcher, { is: 'test' }>>): Matcher => ({
  is: 'test',
  not: null,
  gt: null,
  lt: null,
  exists: null,
  ...part,
});

laws('not is the opposite; twice not is nothing', () => {
  fc.assert(
    fc.property(plain, texts, (matcher, value) => {
      const fits = compileMatcher(matcher)(value);
      assert.is(compileMatcher(test({ not: matcher }))(value), !fits);
      assert.is(compileMatcher(test({ not: test({ not: matcher }) }))(value), fits);
    }),
  );
});
laws('a list fits when one of it does, in any order', () => {
  fc.assert(
    fc.property(fc.array(plain, { maxLength: 4 }), texts, (of, value) => {
      const expected = of.some((one) => compileMatcher(one)(value));
      assert.is(compileMatcher({ is: 'any', of })(value), expected);
      assert.is(compileMatcher({ is: 'any', of: of.toReversed() })(value), expected);
    }),
  );
});
laws('a glob is the expression with .* for its stars', () => {
  fc.assert(
    fc.property(letters, fc.stringMatching(/^[ab.]{0,8}$/), (pattern, value) => {
      const oracle = new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*')}$`, 's');
      assert.is(compileMatcher({ is: 'glob', pattern })(value), oracle.test(value), `${pattern} on ${value}`);
    }),
    { numRuns: 3000 },
  );
});
laws('above, below, there and not there', () => {
  const cases: readonly (readonly [Partial<Extract<Matcher, { is: 'test' }>>, string | undefined, boolean])[] = [
    [{ gt: 5 }, '6', true],
    [{ gt: 5 }, '5', false],
    [{ gt: 5 }, '5.5', true],
    [{ gt: 5 }, '', false],
    [{ gt: 5 }, 'x', false],
    [{ gt: 5 }, '0x10', false],
    [{ gt: -5 }, '-4', true],
    [{ gt: 5 }, undefined, false],
    [{ lt: 5 }, '4', true],
    [{ lt: 5 }, '1e1', false],
    [{ gt: 1, lt: 3 }, '2', true],
    [{ gt: 1, lt: 3 }, '3', false],
    [{ exists: true }, '', true],
    [{ exists: true }, undefined, false],
    [{ exists: false }, undefined, true],
    [{ exists: false }, 'a', false],
    [{ not: { is: 'text', text: 'a' } }, undefined, true],
    [{ not: { is: 'text', text: 'a' }, exists: true }, undefined, false],
  ];
  for (const [part, value, expected] of cases)
    assert.is(compileMatcher(test(part))(value), expected, JSON.stringify([part, value]));
});
laws('paths into a payload', () => {
  const payload = { a: { b: 1, 'c.d': 2 }, 'a.b': 3, 'x.y': { z: 4 }, list: [{ q: 5 }], nothing: null };
  assert.is(inside(payload, 'a.b'), 3, 'the longest key first');
  assert.is(inside(payload, 'a.c.d'), 2);
  assert.is(inside(payload, 'x.y.z'), 4);
  assert.is(inside(payload, 'list.0.q'), 5);
  assert.is(inside(payload, 'nothing'), null);
  for (const path of ['', '.', 'a.', 'a.x', 'nothing.a', 'toString', '__proto__.x', 'a.constructor', 'list.length.x'])
    assert.is(inside(payload, path), undefined, path);
  for (const value of [undefined, null, 5, 'text']) assert.is(inside(value, 'length'), undefined);
});
laws('the index finds what a look at each rule would', () => {
  const name = fc.constantFrom('a', 'b', 'c', 'a*', '*');
  const shape = fc.record(
    {
      when: fc.record(
        {
          topic: fc.oneof(name, fc.array(name, { minLength: 1, maxLength: 2 })),
          token: name,
          operation: fc.constantFrom('device.send', 'broadcast.send', '*'),
        },
        { requiredKeys: [] },
      ),
      every: fc.integer({ min: 1, max: 3 }),
      evenIfInvalid: fc.boolean(),
      // biome-ignore lint/suspicious/noThenProperty: the word of the language
      then: fc.constant({ drop: true }),
    },
    { requiredKeys: ['then'] },
  );
  const asked = fc.record({
    topic: fc.constantFrom('a', 'b', 'd'),
    token: fc.constantFrom('a', 'c', 'd'),
    operation: fc.constantFrom('device.send', 'broadcast.send'),
    verdict: fc.constantFrom('accepted', 'BadTopic'),
  });
  fc.assert(
    fc.property(fc.array(shape, { maxLength: 12 }), fc.array(asked, { maxLength: 12 }), (shapes, requests) => {
      const { rules } = scenario(JSON.stringify(shapes));
      const indexed = compileRules({ rules, states: {} }, createRandom(1));
      const counts = rules.map(() => 0);
      for (const request of requests) {
        const each = view(request);
        let expected: string | undefined;
        for (const [index, rule] of rules.entries()) {
          if (request.verdict !== 'accepted' && !rule.evenIfInvalid) continue;
          if (!compileConditions(rule.when)(each, new Map())) continue;
          counts[index] = (counts[index] ?? 0) + 1;
          if ((counts[index] ?? 0) % (rule.turn.every ?? 1) !== 0) continue;
          expected = rule.id;
          break;
        }
        assert.is(indexed.choose('request', each)?.rule.id, expected);
      }
    }),
    { numRuns: 500 },
  );
});
laws.run();
