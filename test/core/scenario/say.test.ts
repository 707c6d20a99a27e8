import { readdirSync, readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Exchange } from '../../../server/core/exchange.ts';
import { type Judgement, judgeExpectation, judgeExpectations } from '../../../server/core/scenario/expect.ts';
import { explainEffect, explainRule, explainScenario } from '../../../server/core/scenario/explain.ts';
import { NO_EFFECT, type Scenario } from '../../../server/core/scenario/model.ts';
import { formatProblem, parseScenario } from '../../../server/core/scenario/parse.ts';

const scenario = (text: string): Scenario => {
  const parsed = parseScenario('s', `version: 1\n${text}`);
  if (!parsed.ok) throw new Error(parsed.problems.map(formatProblem).join('\n'));
  return parsed.scenario;
};

const explaining = suite('scenario explain');

const RULES: readonly (readonly [string, string])[] = [
  [
    '{ when: { operation: broadcast.send, topic: "com.example.*" }, every: 3, per: connection, then: { goaway: { reason: Shutdown, close: 2s } } }',
    'Every third broadcast.send for com.example.* on a connection: GOAWAY NO_ERROR {"reason":"Shutdown"} naming this stream, then close after 2 s.',
  ],
  ['{ then: { stall: true } }', 'Every request: never answered.'],
  ['{ nth: 21, then: { drop: true } }', 'The 21st request: connection cut.'],
  [
    '{ times: 2, when: { token: "aaaa*", operation: device.send }, then: { reason: TooManyRequests, retryAfter: 5 } }',
    'The first two device.send to aaaa*: 429 TooManyRequests, with retry-after 5 s.',
  ],
  [
    '{ times: 1, then: { drop: true, carryOut: true } }',
    'The first request: connection cut; carried out all the same.',
  ],
  [
    '{ from: 10, every: 2, times: 3, then: { delay: 250ms } }',
    'From the tenth on, every second request, three times at most: answered as APNs would after 250 ms.',
  ],
  [
    '{ probability: 0.05, then: { delay: { median: 80ms, sigma: 0.5 } } }',
    '5 % of all requests: answered as APNs would after about 80 ms (sigma 0.5).',
  ],
  ['{ nth: 2, probability: 0.5, then: { drop: true } }', 'In 50 % of cases the second request: connection cut.'],
  ['{ times: 2, then: { drop: true } }', 'The first two requests: connection cut.'],
  [
    '{ on: connection, probability: 0.1, then: { refuse: true } }',
    '10 % of all new connections: closed before a byte is said.',
  ],
  ['{ on: connection, then: { refuse: true } }', 'Every new connection: closed before a byte is said.'],
  ['{ on: connection, then: { idle: 30s, drop: true } }', 'Every new connection: once idle for 30 s, connection cut.'],
  ['{ on: connection, nth: 1, then: { handshake: stall } }', 'The first new connection: TLS handshake never answered.'],
  [
    '{ on: connection, then: { certificate: wrong-host } }',
    'Every new connection: shown a server certificate that is for another host.',
  ],
  [
    '{ on: connection, then: { stall: true, pings: ignore } }',
    'Every new connection: nothing is ever answered; no PING is answered any more.',
  ],
  [
    '{ on: stream, when: { operation: device.send }, then: { reset: REFUSED_STREAM, delay: 1s } }',
    'Every device.send before its body: RST_STREAM REFUSED_STREAM after 1 s.',
  ],
  [
    '{ evenIfInvalid: true, when: { verdict: rejected }, then: { carryOut: true } }',
    'Every request, valid or not, that APNs would reject: let through untouched.',
  ],
  ['{ then: { carryOut: false } }', 'Every request: not carried out.'],
  [
    '{ then: { reason: ExpiredToken, timestamp: 2h ago, split: { frames: 4, every: 20ms } } }',
    'Every request: 410 ExpiredToken, since 2 h ago, its body in 4 frames, 20 ms apart.',
  ],
  [
    '{ then: { status: 502, body: <html>, headers: { content-type: text/html } } }',
    'Every request: 502, with the body "<html>", with the header content-type.',
  ],
  [
    '{ then: { status: 500, body: x, reset: { code: CANCEL, at: mid-body } } }',
    'Every request: 500, with the body "x", cut off by RST_STREAM CANCEL in the middle of its body.',
  ],
  [
    '{ then: { goaway: { debug: no, lastStream: all, twice: 1s, close: never, at: before }, streams: 1, window: hold } }',
    'Every request: GOAWAY NO_ERROR no naming all streams before the answer, again after 1 s, and no close; MAX_CONCURRENT_STREAMS 1; no receive window is given back any more.',
  ],
  [
    '{ sequence: [{ stall: true }, { drop: true }], afterLast: cycle }',
    'Every request: in turn 1. never answered, 2. connection cut; then from the beginning.',
  ],
  [
    '{ when: { headers.x-a: { exists: true }, payload.aps.badge: { gt: 5, not: 7 }, expiration: [1, 2, "3*"], environment: sandbox, pushType: alert, priority: 5, keyId: A, teamId: { not: [B, C] }, connection: c1, listener: send, method: POST, path: "/3/*", channel: "*" }, then: { drop: true } }',
    'Every request in sandbox on channel * of type alert with priority 5 with expiration 1, 2 or 3* of team none of B and C with key A on connection c1 on listener send with method POST with path /3/* with the header x-a present with aps.badge above 5 and not 7 in its body: connection cut.',
  ],
];
for (const [text, expected] of RULES)
  explaining(text.slice(0, 90), () => {
    const [rule] = scenario(`rules: [${text}]`).rules;
    assert.ok(rule);
    assert.is(rule && explainRule(rule), expected);
  });
explaining('a match is told back as it was written', () => {
  const said = (match: string): string => {
    const [judgement] = judgeExpectations(scenario(`expect: [{ match: ${match} }]`), [], 0);
    return judgement?.expected ?? '';
  };
  assert.is(said('{ status: 4xx }'), 'at least one request answered 4xx');
  assert.is(said('{ status: [4xx, 5xx, "20*"] }'), 'at least one request answered 4xx, 5xx or 20*');
  assert.is(said('{ reason: { exists: false } }'), 'at least one request answered without a reason');
  assert.is(said('{ status: { exists: false } }'), 'at least one request that got no answer');
});

explaining('states', () => {
  const said = explainScenario(
    scenario(
      'states: { app: here }\nrules: [{ name: n, when: { state: { app: here } }, then: { set: { app: gone } } }]',
    ),
  );
  assert.is(said, 'The state app begins as here.\n\n1. n\n   Every request while app is here: app becomes gone.\n');
});
explaining('a scenario, all of it', () => {
  const said = explainScenario(
    scenario(`name: n
description: d
seed: 42
clock: { offset: -1h, frozen: true }
tokenRefresh: { atMost: 1, within: 20m }
apps: [{ bundleId: a }, { bundleId: b }]
devices: [{ token: aa }]
expect: [{ name: none lost, match: { operation: broadcast.send, status: 200 }, distinctBy: apns-request-id, count: { atLeast: 10 } }, { name: calm, match: { status: 4xx }, gap: 1s, quiet: 2s }]`),
  );
  assert.is(
    said,
    `n
d
The dice start at 42.
The clock is 1 h behind and stands still.
Within 20 min, one provider token may be shown per connection.
Two apps and one device are registered.

Afterwards:
- none lost: at least ten broadcast.send answered 200, each apns-request-id counted once
- calm: requests answered 4xx at least 1 s apart, no requests answered 4xx in the last 2 s
`,
  );
});
explaining('nothing at all', () => assert.is(explainEffect(NO_EFFECT), 'let through untouched'));
explaining('every scenario of the package', () => {
  for (const name of readdirSync('scenarios').filter((each) => each.endsWith('.yaml'))) {
    const parsed = parseScenario(name, readFileSync(`scenarios/${name}`, 'utf8'));
    assert.ok(parsed.ok, name);
    if (!parsed.ok) continue;
    for (const rule of parsed.scenario.rules) assert.match(explainRule(rule), /^\S.*: \S.*\.$/, name);
    assert.not.match(explainScenario(parsed.scenario), /undefined|null|NaN|\[object/, name);
  }
});
explaining.run();

const judging = suite('scenario expect');

const START = Date.UTC(2026, 10, 21, 18);
interface Given {
  readonly seq: number;
  readonly ms?: number;
  readonly status?: number | null;
  readonly reason?: string;
  readonly verdict?: string;
  readonly id?: string;
  readonly token?: string;
  readonly rule?: string;
}
const exchange = ({
  seq,
  ms = seq * 1000,
  status = 200,
  reason,
  verdict,
  id = `id-${seq}`,
  token = 'aa',
  rule,
}: Given): Exchange =>
  ({
    seq,
    kind: 'exchange',
    at: new Date(START + ms).toISOString(),
    operation: 'device.send',
    environment: 'sandbox',
    topic: 'com.example.app',
    connection: { id: 'c1', listener: 'send', alpn: 'h2', auth: 'token', keyId: 'K', teamId: 'T', stream: seq },
    request: {
      method: 'POST',
      path: `/3/device/${token}`,
      authority: 'localhost',
      headers: [
        ['apns-topic', 'com.example.app'],
        ['apns-priority', '10'],
      ],
      size: 10,
      payload: { aps: { badge: seq } },
      truncated: false,
    },
    verdict: { status: verdict === undefined ? 200 : 400, reason: verdict ?? null, why: '', trail: [] },
    rule: rule === undefined ? null : { id: 'r1', name: rule },
    actions: [],
    carriedOut: verdict === undefined,
    response:
      status === null ? null : { status, headers: [['apns-id', id]], body: reason === undefined ? null : { reason } },
  }) as unknown as Exchange;

const judge = (expectation: string, exchanges: readonly Given[], now = START + 60_000): Judgement => {
  const [judgement] = judgeExpectations(scenario(`expect: [${expectation}]`), exchanges.map(exchange), now);
  assert.ok(judgement);
  return judgement as Judgement;
};
const THREE: readonly Given[] = [
  { seq: 1 },
  { seq: 2, status: 429, reason: 'TooManyRequests', rule: 'slow down' },
  { seq: 3, token: 'BB' },
];

judging('counts', () => {
  for (const [count, ok] of [
    ['exactly: 2', true],
    ['exactly: 3', false],
    ['atLeast: 2', true],
    ['atLeast: 3', false],
    ['atMost: 2', true],
    ['atMost: 1', false],
    ['exactly: 0', false],
    ['atLeast: 1, atMost: 5', true],
  ] as const)
    assert.is(judge(`{ match: { status: 200 }, count: { ${count} } }`, THREE).ok, ok, count);
  assert.ok(judge('{ match: { status: 200 } }', THREE).ok, 'one at least, where nothing is said');
  assert.not(judge('{}', []).ok);
});
judging('fields of an exchange', () => {
  for (const [match, count] of [
    ['status: 2xx', 2],
    ['status: { gt: 400 }', 1],
    ['reason: TooManyRequests', 1],
    ['reason: { exists: false }', 2],
    ['rule: slow*', 1],
    ['token: bb', 1],
    ['token: AA', 2],
    ['id: id-3', 1],
    ['carriedOut: true', 3],
    ['verdict: accepted', 3],
    ['operation: device.send', 3],
    ['topic: "*.app"', 3],
    ['headers.apns-priority: 10', 3],
    ['payload.aps.badge: { lt: 3 }', 2],
    ['connection: c1', 3],
    ['teamId: T', 3],
    ['listener: manage', 0],
    ['priority: 5', 0],
    ['path: /3/device/aa', 2],
  ] as const)
    assert.is(judge(`{ match: { ${match} }, count: { exactly: ${count} } }`, THREE).ok, true, match);
});
judging('a sentence with the expected, the actual and the nearest misses', () => {
  const judgement = judge(
    '{ name: all arrive, match: { operation: device.send, status: 200, token: aa }, count: { exactly: 2 } }',
    THREE,
  );
  assert.is(judgement.expected, 'exactly two device.send to aa answered 200');
  assert.is(judgement.actual, 'there was one');
  assert.is(judgement.sentence, 'all arrive: expected exactly two device.send to aa answered 200, but there was one');
  assert.equal(
    judgement.nearMisses.map(({ sentence }) => sentence),
    ['#3 device.send com.example.app: token was bb, not aa', '#2 device.send com.example.app: status was 429, not 200'],
  );
  assert.equal(judgement.nearMisses[0]?.why, ['token was bb, not aa']);
});
judging('what is not there is said to be absent', () => {
  const judgement = judge('{ match: { status: 200, channel: x } }', [{ seq: 1, status: null }, { seq: 2 }]);
  assert.equal(
    judgement.nearMisses.map(({ why }) => why),
    [['channel was absent, not x']],
  );
});
judging('distinctBy: a retry counts once', () => {
  const retries: readonly Given[] = [
    { seq: 1, id: 'a' },
    { seq: 2, id: 'a' },
    { seq: 3, id: 'b' },
  ];
  assert.ok(judge('{ distinctBy: apns-id, count: { exactly: 2 } }', retries).ok);
  assert.ok(judge('{ distinctBy: token, count: { exactly: 1 } }', retries).ok);
  assert.ok(judge('{ distinctBy: payload.aps.badge, count: { exactly: 3 } }', retries).ok);
  assert.is(
    judge('{ distinctBy: apns-id, count: { exactly: 3 } }', retries).actual,
    'there were two by apns-id (3 in all)',
  );
});
judging('too many are named', () => {
  assert.equal(judge('{ count: { atMost: 1 } }', THREE).offenders, [2, 3]);
});
judging('gap', () => {
  assert.ok(judge('{ gap: 1s }', THREE).ok);
  const close = judge('{ gap: 2s }', THREE);
  assert.not(close.ok);
  assert.match(close.sentence, /but #1 and #2 were 1 s apart; #2 and #3 were 1 s apart$/);
  assert.not(judge('{ gap: { atMost: 500ms } }', THREE).ok);
  assert.ok(judge('{ gap: 2s }', [{ seq: 1 }]).ok);
});
judging('quiet', () => {
  assert.ok(judge('{ quiet: 5s }', THREE, START + 60_000).ok);
  const loud = judge('{ quiet: 5s }', THREE, START + 4000);
  assert.match(loud.sentence, /but #3 came 1 s before the end$/);
  // Somebody who has listened knows better; what was expected is told all the same.
  const { expect } = scenario('expect: [{ match: {}, quiet: 5s }]');
  const listened = judgeExpectation(expect[0]!, THREE.map(exchange), START + 4000, true);
  assert.equal(
    [listened.ok, listened.expected, listened.actual],
    [true, 'no requests in the last 5 s', 'there were three, none of them in that time'],
  );
  assert.equal(loud.offenders, [1, 2, 3]);
});
judging.run();
