// time limit: 450 s
import { readdirSync, readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { stringify } from 'yaml';
import { EFFECT_CLASHES, MOMENT_CLASHES, RULE_CLASHES } from '../../../server/core/scenario/clashes.ts';
import { jsonFault } from '../../../server/core/scenario/json-fault.ts';
import { NO_EFFECT, type Scenario } from '../../../server/core/scenario/model.ts';
import { formatProblem, parseEffect, parseRule, parseScenario } from '../../../server/core/scenario/parse.ts';
import { PARTS, SCENARIO } from '../../../server/core/scenario/schema.ts';
import { TEXT_MAX } from '../../../server/core/scenario/source.ts';
import { working } from '../../patience.ts';

const good = (text: string): Scenario => {
  const parsed = parseScenario('s.yaml', text);
  if (!parsed.ok) throw new Error(parsed.problems.map(formatProblem).join('\n'));
  return parsed.scenario;
};
/** `line:column path: message` of each mistake, with the suggestion in brackets. */
const bad = (text: string): string[] => {
  const parsed = parseScenario('s.yaml', text);
  if (parsed.ok) throw new Error('it should have been refused');
  return parsed.problems.map(
    ({ line, column, path, message, suggestion }) =>
      `${line}:${column} ${path}: ${message}${suggestion === null ? '' : ` [${suggestion}]`}`,
  );
};
/** A rule within a whole file, on line 3. */
const withRule = (rule: string, head = ''): string => `version: 1\nrules:\n  - ${rule}\n${head}`;
const rule = (text: string, head = ''): Scenario['rules'][number] => {
  const [first] = good(withRule(text, head)).rules;
  assert.ok(first);
  return first;
};
const effect = (text: string): Scenario['rules'][number]['effects'][number] => {
  const [first] = rule(`then: ${text}`).effects;
  assert.ok(first);
  return first;
};

const reads = suite('scenario parse: every key');

reads('an empty scenario has every default', () => {
  assert.equal(good('version: 1'), {
    name: '',
    description: '',
    seed: null,
    clock: null,
    tokenRefresh: null,
    apps: [],
    devices: [],
    channels: [],
    keys: [],
    states: {},
    rules: [],
    expect: [],
  });
});

const PEM = '-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n';

reads('what stands at the top', () => {
  const scenario = good(`
$schema: ./scenario.schema.json
version: 1
name: n
description: d
seed: 42
clock: { offset: -90m, frozen: true }
tokenRefresh: { atMost: 1, within: 20m, per: key }
apps:
  - { bundleId: a.b, team: T, broadcast: false, keyIds: [K], channelLimit: 3 }
  - bundleId: c.d
devices:
  - { token: AAbb, environment: sandbox, topics: [a.b], state: unregistered, since: 2h ago }
  - { token: ccdd, state: expired, since: "2026-11-21T18:00:00Z" }
  - { token: eeff, state: unregistered, since: in 10m }
  - { token: "1122" }
channels:
  - { id: dHN0LXNyY2gtY2hubA==, bundleId: a.b, environment: production, policy: 0 }
  - { id: dHN0LXNyY2gtY2hubA==, bundleId: a.b }
keys:
  - { keyId: K, teamId: T, publicKey: ${JSON.stringify(PEM)}, topics: [a.b], environments: [sandbox] }
  - { keyId: L, teamId: T, publicKey: ${JSON.stringify(PEM)} }
states: { app: installed, left: 3, on: true }
`);
  assert.equal(scenario.clock, { offset: -5_400_000, frozen: true });
  assert.equal(scenario.tokenRefresh, { atMost: 1, within: 1_200_000, per: 'key' });
  assert.equal(scenario.apps, [
    { bundleId: 'a.b', team: 'T', broadcast: false, keyIds: ['K'], channelLimit: 3 },
    { bundleId: 'c.d', team: null, broadcast: true, keyIds: null, channelLimit: null },
  ]);
  assert.equal(scenario.devices, [
    { token: 'aabb', environment: 'sandbox', topics: ['a.b'], state: 'unregistered', since: { fromNow: -7_200_000 } },
    { token: 'ccdd', environment: null, topics: null, state: 'expired', since: { at: Date.UTC(2026, 10, 21, 18) } },
    { token: 'eeff', environment: null, topics: null, state: 'unregistered', since: { fromNow: 600_000 } },
    { token: '1122', environment: null, topics: null, state: 'active', since: { fromNow: 0 } },
  ]);
  assert.equal(scenario.channels, [
    { id: 'dHN0LXNyY2gtY2hubA==', bundleId: 'a.b', environment: 'production', policy: 0 },
    { id: 'dHN0LXNyY2gtY2hubA==', bundleId: 'a.b', environment: null, policy: 1 },
  ]);
  assert.equal(scenario.keys, [
    { keyId: 'K', teamId: 'T', publicKey: PEM, topics: ['a.b'], environments: ['sandbox'] },
    { keyId: 'L', teamId: 'T', publicKey: PEM, topics: [], environments: ['sandbox', 'production'] },
  ]);
  assert.equal(scenario.states, { app: 'installed', left: '3', on: 'true' });
});

reads('when: literal, number, glob, expression, list, test; dotted fields', () => {
  // In the order of the schema, whatever that of the file.
  const { when } = rule(
    'when: { operation: device.send, priority: 10, token: "AAAA*", topic: /^com\\./i, channel: [x, "y*"], expiration: { gt: 0, lt: 9 }, keyId: { not: [A, B] }, headers.Apns-Collapse-Id: { exists: false }, payload.aps.badge: true, path: /3/device/ }\n    then: { stall: true }',
  );
  const text = (of: string) => ({ is: 'text', text: of });
  const test = { is: 'test', not: null, gt: null, lt: null, exists: null };
  assert.equal(when, [
    { field: 'operation', is: text('device.send') },
    { field: 'topic', is: { is: 'regex', source: '^com\\.', flags: 'i' } },
    { field: 'channel', is: { is: 'any', of: [text('x'), { is: 'glob', pattern: 'y*' }] } },
    { field: 'token', is: { is: 'glob', pattern: 'aaaa*' } },
    { field: 'priority', is: text('10') },
    { field: 'expiration', is: { ...test, gt: 0, lt: 9 } },
    { field: 'keyId', is: { ...test, not: { is: 'any', of: [text('A'), text('B')] } } },
    // A slash inside is no expression unless it is escaped.
    { field: 'path', is: text('/3/device/') },
    { field: 'headers.apns-collapse-id', is: { ...test, exists: false } },
    { field: 'payload.aps.badge', is: text('true') },
  ]);
});
reads('when and match: every field', () => {
  const fields = {
    operation: 'device.send',
    topic: 'a',
    environment: 'sandbox',
    channel: 'a',
    token: 'aa',
    pushType: 'alert',
    priority: 5,
    expiration: 0,
    teamId: 'T',
    keyId: 'K',
    connection: 'c1',
    listener: 'send',
    method: 'POST',
    path: '/',
    verdict: 'accepted',
  };
  const known = rule(`{ when: ${JSON.stringify(fields)}, then: { drop: true } }`).when.map(({ field }) => field);
  assert.equal(known, Object.keys(fields));
  const later = { ...fields, status: 200, reason: 'BadTopic', rule: 'r', id: 'x', carriedOut: false };
  const [one] = good(`version: 1\nexpect: [{ match: ${JSON.stringify(later)} }]`).expect;
  assert.equal(
    one?.match.map(({ field }) => field),
    Object.keys(later),
  );
});
reads('when: verdict and state', () => {
  const { when } = rule(
    'when: { verdict: rejected, state: { app: installed } }\n    evenIfInvalid: true\n    then: { set: { app: gone } }',
    'states: { app: installed }',
  );
  assert.equal(when, [
    {
      field: 'verdict',
      is: { is: 'test', not: { is: 'text', text: 'accepted' }, gt: null, lt: null, exists: null },
    },
    { field: 'state.app', is: { is: 'text', text: 'installed' } },
  ]);
});

reads('whose turn', () => {
  assert.equal(rule('{ from: 2, every: 3, times: 4, probability: 0.5, per: connection, then: { stall: true } }').turn, {
    nth: null,
    from: 2,
    every: 3,
    times: 4,
    probability: 0.5,
    per: 'connection',
  });
  assert.is(rule('{ nth: 3, then: { stall: true } }').turn.nth, 3);
});
reads('names and ids', () => {
  const { rules } = good('version: 1\nrules: [{ name: first, then: { stall: true } }, { then: { drop: true } }]');
  assert.equal(
    rules.map(({ id, name }) => [id, name]),
    [
      ['r1', 'first'],
      ['r2', 'rule 2'],
    ],
  );
});
reads('then or sequence, and what comes behind the last', () => {
  assert.is(rule('then: { stall: true }').afterLast, 'repeat');
  assert.is(rule('sequence: [{ stall: true }]').afterLast, 'fallthrough');
  assert.is(rule('{ sequence: [{ stall: true }], afterLast: cycle }').afterLast, 'cycle');
  assert.is(rule('sequence: [{ stall: true }, { drop: true }]').effects.length, 2);
});

/** Each key of `then`, and what becomes of it. */
const EFFECTS: readonly (readonly [string, Partial<typeof NO_EFFECT>])[] = [
  ['{ reason: BadDeviceToken }', { reason: 'BadDeviceToken', carryOut: false }],
  [
    '{ reason: Unregistered, timestamp: 2h ago }',
    { reason: 'Unregistered', timestamp: { fromNow: -7_200_000 }, carryOut: false },
  ],
  ['{ reason: Unregistered, timestamp: 5 }', { reason: 'Unregistered', timestamp: { at: 5 }, carryOut: false }],
  ['{ reason: TooManyRequests, retryAfter: 5 }', { reason: 'TooManyRequests', retryAfter: 5, carryOut: false }],
  ['{ status: 503, retryAfter: 2m }', { status: 503, retryAfter: 120, carryOut: false }],
  ['{ status: 200, body: hi }', { status: 200, body: 'hi', carryOut: true }],
  ['{ status: 502, body: { a: [1] } }', { status: 502, body: '{"a":[1]}', carryOut: false }],
  ['{ body: "" }', { body: '' }],
  ['{ headers: { X-One: 1, two: [a, b] } }', { headers: ['x-one', '1', 'two', 'a', 'two', 'b'] }],
  ['{ delay: 250ms }', { delay: { kind: 'fixed', ms: 250 } }],
  ['{ delay: 1.5s }', { delay: { kind: 'fixed', ms: 1500 } }],
  ['{ delay: { min: 10ms, max: 2s } }', { delay: { kind: 'uniform', min: 10, max: 2000 } }],
  ['{ delay: { median: 80ms, sigma: 0.5 } }', { delay: { kind: 'lognormal', median: 80, sigma: 0.5 } }],
  [
    '{ goaway: true }',
    { goaway: { code: 'NO_ERROR', lastStream: 'this', debug: '', close: 'drained', twice: null, at: 'after' } },
  ],
  [
    '{ goaway: { reason: Shutdown, code: CANCEL, lastStream: all, close: 2s, twice: 50ms, at: before } }',
    {
      goaway: {
        code: 'CANCEL',
        lastStream: 'all',
        debug: '{"reason":"Shutdown"}',
        close: 2000,
        twice: 50,
        at: 'before',
      },
    },
  ],
  [
    '{ goaway: { debug: plain, close: now, twice: true } }',
    { goaway: { code: 'NO_ERROR', lastStream: 'this', debug: 'plain', close: 0, twice: 0, at: 'after' } },
  ],
  ['{ reset: CANCEL }', { reset: { code: 'CANCEL', at: 'before-headers' }, carryOut: false }],
  [
    '{ reset: { code: CANCEL, at: mid-body }, status: 500, body: x }',
    { reset: { code: 'CANCEL', at: 'mid-body' }, status: 500, body: 'x', carryOut: false },
  ],
  ['{ drop: true }', { drop: true, carryOut: false }],
  ['{ drop: true, carryOut: true }', { drop: true, carryOut: true }],
  ['{ stall: true }', { stall: true, carryOut: false }],
  ['{ streams: 1 }', { streams: 1 }],
  ['{ pings: ignore }', { pings: 'ignore' }],
  ['{ window: hold }', { window: 'hold' }],
  ['{ split: 3 }', { split: { frames: 3, every: 0 } }],
  ['{ split: { frames: 4, every: 100ms } }', { split: { frames: 4, every: 100 } }],
  ['{ carryOut: false }', { carryOut: false }],
];
for (const [text, expected] of EFFECTS)
  reads(`then: ${text}`, () => assert.equal(effect(text), { ...NO_EFFECT, ...expected }));

const ON_CONNECTION: readonly (readonly [string, Partial<typeof NO_EFFECT>])[] = [
  ['{ refuse: true }', { refuse: true }],
  ['{ handshake: stall }', { handshake: 'stall' }],
  ['{ certificate: wrong-host }', { certificate: 'wrong-host' }],
  [
    '{ idle: 30s }',
    {
      idle: 30_000,
      goaway: {
        code: 'NO_ERROR',
        lastStream: 'none',
        debug: '{"reason":"IdleTimeout"}',
        close: 0,
        twice: null,
        at: 'after',
      },
    },
  ],
  ['{ idle: 30s, drop: true }', { idle: 30_000, drop: true, carryOut: false }],
  [
    '{ goaway: true }',
    { goaway: { code: 'NO_ERROR', lastStream: 'none', debug: '', close: 'drained', twice: null, at: 'after' } },
  ],
];
for (const [text, expected] of ON_CONNECTION)
  reads(`on connection, then: ${text}`, () =>
    assert.equal(rule(`{ on: connection, then: ${text} }`).effects, [{ ...NO_EFFECT, ...expected }]),
  );

reads('expect', () => {
  const { expect } = good(`version: 1
expect:
  - {}
  - { name: n, match: { status: 4xx, carriedOut: true }, distinctBy: apns-id, count: { atLeast: 1, atMost: 2 }, gap: 1s, quiet: 5s }
  - { gap: { atLeast: 1s, atMost: 1m } }
  - { count: { exactly: 0 } }
`);
  assert.equal(expect[0], {
    name: 'expectation 1',
    match: [],
    distinctBy: null,
    count: { exactly: null, atLeast: 1, atMost: null },
    gap: null,
    quiet: null,
  });
  assert.equal(expect[1], {
    name: 'n',
    match: [
      { field: 'status', is: { is: 'glob', pattern: '4*' } },
      { field: 'carriedOut', is: { is: 'text', text: 'true' } },
    ],
    distinctBy: 'apns-id',
    count: { exactly: null, atLeast: 1, atMost: 2 },
    gap: { atLeast: 1000, atMost: null },
    quiet: 5000,
  });
  assert.equal(expect[2]?.gap, { atLeast: 1000, atMost: 60_000 });
  assert.is(expect[2]?.count, null);
});
reads('every key of the schema occurs in this file', () => {
  const source = readFileSync('test/core/scenario/parse.test.ts', 'utf8');
  for (const part of [SCENARIO, ...Object.values(PARTS)] as { entries?: object }[])
    for (const key of Object.keys(part.entries ?? {}))
      assert.match(source, new RegExp(`${key.replace('$', '\\$')}[: ]`), key);
});
reads('every scenario that comes with the package', () => {
  const files = readdirSync('scenarios').filter((name) => /\.ya?ml$/.test(name));
  assert.ok(files.length > 0);
  for (const name of files) {
    const text = readFileSync(`scenarios/${name}`, 'utf8');
    assert.match(text, /^# yaml-language-server: \$schema=/, name);
    assert.is(`${good(text).name}.yaml`, name);
  }
});
reads('a rule or an effect on its own', () => {
  const one = parseRule('rule', '{"times":1,"then":{"reason":"TooManyRequests"}}');
  assert.ok(one.ok && one.rule.turn.times === 1);
  assert.not(parseRule('rule', '{"then":{"set":{"a":"b"}}}').ok);
  assert.ok(parseRule('rule', '{"then":{"set":{"a":"b"}}}', { states: ['a'] }).ok);
  const goodbye = parseEffect('body', '{"goaway":{"reason":"Shutdown"}}', 'connection');
  assert.ok(goodbye.ok && goodbye.effect.goaway?.lastStream === 'none');
  const wrong = parseEffect('body', '{"reason":"Shutdown"}', 'connection');
  assert.equal(wrong.ok || wrong.problems.map(({ path, message }) => `${path}: ${message}`), [
    'reason: when a connection opens there is no request yet',
  ]);
});
reads.run();

const mistakes = suite('scenario parse: mistakes, each at its place');

const MISTAKES: readonly (readonly [string, readonly string[]])[] = [
  ['', ['1:1 : is empty: a scenario begins with version: 1']],
  ['# nothing\n', ['1:1 : is empty: a scenario begins with version: 1']],
  ['5', ['1:1 : must be a mapping: a scenario with its keys, not 5']],
  ['name: x', ['1:1 : is missing its "version"']],
  ['version: 2', ['1:10 version: must be 1, not 2']],
  ['version: 1\nversion: 1', ['2:1 version: is given twice: which of them counts?']],
  ['version: 1\nruls: []', ['2:1 ruls: is no key of a scenario [rules]']],
  ['version: 1\nseed: -1', ['2:7 seed: must be a whole number from 0 to 4294967295, not -1']],
  ['version: 1\nseed: 1.5', ['2:7 seed: must be a whole number from 0 to 4294967295, not 1.5']],
  ['version: 1\nseed: .inf', ['2:7 seed: must be a whole number from 0 to 4294967295, not Infinity']],
  ['version: 1\nname:', ['2:1 name: must be a name, not nothing']],
  ['version: 1\nrules: {}', ['2:8 rules: must be a list of rules, not a mapping']],
  ['version: 1\nrules: [5]', ['2:9 rules[0]: must be a mapping: a rule with its keys, not 5']],
  ['version: 1\nrules: [{}]', ['2:9 rules[0]: is missing its "then": what shall happen?']],
  [
    'version: 1\nstates: { __proto__: x }',
    ['2:11 states.__proto__: is no usable name: letters, digits, "_", "-" and "." make one'],
  ],
  [
    'version: 1\nstates: { constructor: x }',
    ['2:11 states.constructor: is no usable name: letters, digits, "_", "-" and "." make one'],
  ],
  ['version: 1\nclock: {}', ['2:8 clock: is empty: give offset or frozen']],
  ['version: 1\n? [a]\n: b', ['2:3 : has a key that is no text']],
  ['version: 1\n<<: { name: x }', ['2:1 <<: is no key of a scenario']],
  ['version: 1\nname: *nobody', ['2:7 name: is an alias of *nobody, which is not defined before it']],
  ['version: 1\nname: !!binary aGk=', ['2:16 name: has the tag tag:yaml.org,2002:binary, which means nothing here']],
  ['version: 1\n---\nversion: 1', ['2:1 : Source contains multiple documents; please use YAML.parseAllDocuments()']],
  ['version: 1\nrules: [', ['2:9 : Flow sequence in block collection must be sufficiently indented and end with a ]']],
  ['{"version": 1,\n "seed": "x"}', ['2:10 seed: must be a whole number from 0 to 4294967295, not "x"']],
  ['version: 1\napps: [{ bundleId: a }, { bundleId: a }]', ['2:37 apps[1].bundleId: is the same as that of apps[0]']],
  ['version: 1\ndevices: [{ token: AA }, { token: aa }]', ['2:35 devices[1].token: is the same as that of devices[0]']],
  [
    'version: 1\ndevices: [{ token: xyz }]',
    [
      '2:20 devices[0].token: must be an even number of hexadecimal digits (quote it when they are all decimal), not "xyz"',
    ],
  ],
  ['version: 1\ndevices: [{ token: 1122 }]', ['2:20 devices[0].token: must be text, not 1122']],
  [
    'version: 1\ndevices: [{ token: aa, since: tomorrow }]',
    [
      '2:31 devices[0].since: must be a point in time such as 2026-11-21T18:00:00Z, "2h ago" or "in 10m", not "tomorrow"',
    ],
  ],
  [
    'version: 1\ndevices: [{ token: aa, since: "2026-13-21T18:00:00Z" }]',
    [
      '2:31 devices[0].since: must be a point in time such as 2026-11-21T18:00:00Z, "2h ago" or "in 10m", not "2026-13-21T18:00:00Z"',
    ],
  ],
  [
    'version: 1\ndevices: [{ token: aa, environment: sandbocks }]',
    ['2:37 devices[0].environment: must be one of sandbox or production, not "sandbocks" [sandbox]'],
  ],
  [
    'version: 1\nchannels: [{ id: "?", bundleId: a }]',
    ['2:18 channels[0].id: must be standard base64 with padding, at most 64 characters, not "?"'],
  ],
  [
    'version: 1\nkeys: [{ keyId: A, teamId: B, publicKey: x }]',
    ['2:42 keys[0].publicKey: must be a public key in PEM, -----BEGIN PUBLIC KEY-----'],
  ],
];
for (const [text, expected] of MISTAKES)
  mistakes(JSON.stringify(text), () =>
    assert.equal(
      bad(text).map((line) => line.replace(/ at line.*/, '')),
      expected,
    ),
  );

/** Each fault, where it is seen first; in a file that is named JSON, and otherwise not in these words. */
const JSON_FAULTS: readonly (readonly [text: string, expected: string])[] = [
  ['{\n"rules": [\n{ "then": 1\n]\n}', '4:1 a comma or } must come here; the { of line 3 is still open'],
  ['{\n"rules": [\n{}\n]\n', '4:2 a comma or } must come before the end; the { of line 1 is still open'],
  ['{\n"version": 1\n"rules": []\n}', '3:1 a comma or } must come here; the { of line 1 is still open'],
  ['{\n"version: 1,\n"rules": []\n}', '2:1 this text has no closing quote on its line'],
  ['{\n"rules": [,]\n}', '2:11 a value or ] must come here; the [ of line 2 is still open'],
  ['{"a": {"b" "c": 1}}', '1:12 a colon must come here; the { of line 1 is still open'],
  ['{"version": 1}]', '1:15 stands behind the end of the JSON'],
];
for (const [text, expected] of JSON_FAULTS)
  mistakes(`as JSON: ${JSON.stringify(text)}`, () => {
    const told = (file: string): string[] => {
      const parsed = parseScenario(file, text);
      return parsed.ok ? [] : parsed.problems.map(({ line, column, message }) => `${line}:${column} ${message}`);
    };
    assert.equal(
      told('s.json').map((line) => line.replace('is no JSON: ', '')),
      [expected],
    );
    assert.ok(told('s.yaml').length > 0 && !told('s.yaml').join().includes('JSON'));
  });
mistakes('what is JSON has no fault, and what is cut off from it has one', () => {
  fc.assert(
    fc.property(fc.json(), fc.nat(), (json, cut) => {
      assert.is(jsonFault(json), null);
      const whole = `{"a":${json}}`;
      assert.ok(jsonFault(whole.slice(0, cut % whole.length)) !== null);
    }),
  );
});

/** One rule on line 3, from column 5. */
const RULE_MISTAKES: readonly (readonly [string, readonly string[]])[] = [
  ['{ naem: x, then: { stall: true } }', ['3:7 rules[0].naem: is no key of a rule [name]']],
  [
    '{ on: conection, then: { stall: true } }',
    ['3:11 rules[0].on: must be one of connection, stream or request, not "conection" [connection]'],
  ],
  [
    '{ per: conn, then: { stall: true } }',
    ['3:12 rules[0].per: must be one of connection, token, channel or topic, not "conn" [connection]'],
  ],
  ['{ every: 0, then: { stall: true } }', ['3:14 rules[0].every: must be a whole number, 1 at least, not 0']],
  [
    '{ probability: 0, then: { stall: true } }',
    ['3:20 rules[0].probability: must be a number above 0, at most 1, not 0'],
  ],
  [
    '{ probability: 2, then: { stall: true } }',
    ['3:20 rules[0].probability: must be a number above 0, at most 1, not 2'],
  ],
  ['then:', ['3:5 rules[0].then: must be a mapping: a then with its keys, not nothing']],
  [
    'then: {}',
    ['3:11 rules[0].then: does nothing; to let such requests through untouched by later rules, say carryOut: true'],
  ],
  [
    'then: { reason: BadDevicToken }',
    ['3:21 rules[0].then.reason: must be a reason of APNs, not "BadDevicToken" [BadDeviceToken]'],
  ],
  ['then: { status: 99 }', ['3:21 rules[0].then.status: must be a status from 200 to 599, not 99']],
  [
    'then: { delay: 250 }',
    [
      '3:20 rules[0].then.delay: must be a duration such as 250ms, 2s, 20m or 1h (30d at most), or {min, max}, or {median, sigma}, not 250',
    ],
  ],
  [
    'then: { delay: 2 sec }',
    ['3:20 rules[0].then.delay: must be a duration such as 250ms, 2s, 20m or 1h (30d at most), not "2 sec"'],
  ],
  [
    'then: { delay: 31d }',
    ['3:20 rules[0].then.delay: must be a duration such as 250ms, 2s, 20m or 1h (30d at most), not "31d"'],
  ],
  ['then: { delay: { min: 2s } }', ['3:20 rules[0].then.delay: is missing its "max"']],
  ['then: { delay: { min: 2s, max: 1s } }', ['3:20 rules[0].then.delay: has a min above its max']],
  [
    'then: { delay: { min: 2s, median: 1s, sigma: 9 } }',
    [
      '3:22 rules[0].then.delay.min: is no key of a delay around a median',
      '3:50 rules[0].then.delay.sigma: must be a number from 0 to 3, not 9',
    ],
  ],
  ['then: { stall: false }', ['3:20 rules[0].then.stall: must be true (leave the key out otherwise), not false']],
  [
    'then: { reset: CANCELED }',
    ['3:20 rules[0].then.reset: must be an HTTP/2 error code such as REFUSED_STREAM, not "CANCELED" [CANCEL]'],
  ],
  [
    'then: { goaway: { code: NO_EROR } }',
    ['3:29 rules[0].then.goaway.code: must be an HTTP/2 error code such as REFUSED_STREAM, not "NO_EROR" [NO_ERROR]'],
  ],
  [
    'then: { goaway: { close: soon } }',
    [
      '3:30 rules[0].then.goaway.close: must be now, drained, never, or a duration such as 250ms, 2s, 20m or 1h (30d at most), not "soon"',
    ],
  ],
  ['then: { goaway: false }', ['3:21 rules[0].then.goaway: must be true (leave the key out otherwise), not false']],
  [
    'then: { headers: { ":status": 1 } }',
    ['3:24 rules[0].then.headers.:status: is no usable name: letters, digits, "_", "-" and "." make one'],
  ],
  ['then: { headers: { a: "x\\r\\ny" } }', ['3:27 rules[0].then.headers.a: must be printable ASCII, not "x\\r\\ny"']],
  ['then: { split: 1 }', ['3:20 rules[0].then.split: must be a number of frames from 2 to 1000, not 1']],
  ['then: { retryAfter: 1500ms, status: 503 }', ['3:25 rules[0].then.retryAfter: must be whole seconds']],
  [
    'then: { __proto__: 1, constructor: 2 }',
    ['3:13 rules[0].then.__proto__: is no key of a then', '3:27 rules[0].then.constructor: is no key of a then'],
  ],
  ['sequence: []', ['3:15 rules[0].sequence: must be a list of effects with at least one, not an empty list']],
  [
    '{ when: { opperation: x }, then: { stall: true } }',
    ['3:15 rules[0].when.opperation: is no key of a when [operation]'],
  ],
  [
    '{ when: { status: 200 }, then: { stall: true } }',
    [
      '3:15 rules[0].when.status: is not known yet when a rule is chosen; verdict can be asked: accepted, rejected or the reason that APNs would give',
    ],
  ],
  [
    '{ when: { reason: BadTopic }, then: { stall: true } }',
    [
      '3:15 rules[0].when.reason: is not known yet when a rule is chosen; verdict can be asked: accepted, rejected or the reason that APNs would give',
    ],
  ],
  [
    '{ when: { priority: 7 }, then: { stall: true } }',
    ['3:25 rules[0].when.priority: is "7", which priority never is'],
  ],
  ['{ when: { header.x: a }, then: { stall: true } }', ['3:15 rules[0].when.header.x: is no key of a when [headers.]']],
  [
    '{ when: { operation: device.sned }, then: { stall: true } }',
    ['3:26 rules[0].when.operation: is "device.sned", which operation never is [device.send]'],
  ],
  [
    '{ when: { operation: [device.send, x] }, then: { stall: true } }',
    ['3:40 rules[0].when.operation[1]: is "x", which operation never is'],
  ],
  ['{ when: { operation: "x*" }, then: { stall: true } }', ['3:26 rules[0].when.operation: fits no operation at all']],
  [
    '{ when: { operation: unknown }, then: { stall: true } }',
    [
      '3:26 rules[0].when.operation: never fits: an unknown operation is always rejected, unless the rule says evenIfInvalid: true',
    ],
  ],
  [
    '{ when: { pushType: alrt }, then: { stall: true } }',
    ['3:25 rules[0].when.pushType: is "alrt", which pushType never is [alert]'],
  ],
  [
    '{ when: { topic: [] }, then: { stall: true } }',
    ['3:22 rules[0].when.topic: must be a list of values with at least one, not an empty list'],
  ],
  [
    '{ when: { topic: {} }, then: { stall: true } }',
    ['3:22 rules[0].when.topic: is an empty test: give not, gt, lt or exists'],
  ],
  [
    '{ when: { topic: { nott: a } }, then: { stall: true } }',
    ['3:24 rules[0].when.topic.nott: is no key of a test [not]'],
  ],
  [
    '{ when: { topic: { not: { not: [{ gt: x }] } } }, then: { stall: true } }',
    ['3:43 rules[0].when.topic.not.not[0].gt: must be a number, not "x"'],
  ],
  [
    '{ when: { expiration: { gt: 5, lt: 5 } }, then: { stall: true } }',
    ['3:27 rules[0].when.expiration: can never fit: no number is above 5 and below 5'],
  ],
  [
    '{ when: { expiration: { gt: 5, exists: false } }, then: { stall: true } }',
    ['3:27 rules[0].when.expiration: can never fit: what is not there is neither above nor below a number'],
  ],
  [
    '{ when: { topic: /(a/ }, then: { stall: true } }',
    ['3:22 rules[0].when.topic: is an expression that has a ( that is never closed'],
  ],
  [
    '{ when: { payload.x: "/(a)\\\\1/" }, then: { stall: true } }',
    [
      '3:26 rules[0].when.payload.x: is an expression that refers back with \\1, which cannot be followed in bounded time: spell the text out',
    ],
  ],
  [
    '{ when: { topic: null }, then: { stall: true } }',
    [
      '3:22 rules[0].when.topic: must be text, a number, true, false, a list of these, or a mapping of not, gt, lt and exists, not nothing',
    ],
  ],
  [
    '{ when: { verdict: BadTopic }, then: { stall: true } }',
    [
      '3:24 rules[0].when.verdict: never fits: a rejected request keeps its verdict, unless the rule says evenIfInvalid: true',
    ],
  ],
  [
    '{ when: { state: { ap: x } }, then: { stall: true } }',
    ['3:24 rules[0].when.state.ap: is a state that nobody declared: add states: {ap: …} with its first value'],
  ],
  [
    'then: { set: { ap: x } }',
    ['3:20 rules[0].then.set.ap: is a state that nobody declared: add states: {ap: …} with its first value'],
  ],
  [
    '{ when: { operation: broadcast.send }, then: { reason: Unregistered } }',
    ['3:60 rules[0].then.reason: is "Unregistered", which broadcast.send never answers'],
  ],
  [
    '{ when: { operation: [device.send, channels.list] }, then: { reason: TopicMismatch } }',
    ['3:74 rules[0].then.reason: is "TopicMismatch", which device.send never answers'],
  ],
  [
    '{ when: { operation: channels.list }, per: token, then: { stall: true } }',
    ['3:43 rules[0].per: does not go with channels.list, which has no token'],
  ],
  [
    'then: { reason: BadTopic, timestamp: now }',
    ['3:31 rules[0].then.timestamp: belongs to a reason of status 410: Unregistered or ExpiredToken'],
  ],
  [
    'then: { retryAfter: 5 }',
    ['3:13 rules[0].then.retryAfter: needs a reason or a status: an accepted request is not to be tried again'],
  ],
  ['then: { split: 3, body: "" }', ['3:13 rules[0].then.split: needs a body, and this one is empty']],
  [
    '{ on: connection, then: { delay: 1s } }',
    ['3:31 rules[0].then.delay: delays nothing: on a connection it needs goaway or drop'],
  ],
  [
    '{ on: stream, then: { delay: 1s } }',
    [
      '3:27 rules[0].then.delay: delays nothing: before the body is there it needs a reason, status, reset, drop or goaway',
    ],
  ],
  [
    '{ on: connection, when: { topic: x }, then: { refuse: true } }',
    [
      '3:31 rules[0].when.topic: is not known when a connection opens: only connection, listener, environment and state are',
    ],
  ],
  [
    '{ on: stream, when: { payload.x: x }, then: { stall: true } }',
    ['3:27 rules[0].when.payload.x: is not known before the body is there; use on: request'],
  ],
  [
    '{ on: connection, then: { goaway: { lastStream: this } } }',
    ['3:53 rules[0].then.goaway.lastStream: names no stream: when a connection opens there is none; use none or all'],
  ],
  [
    '{ on: connection, then: { goaway: { at: before } } }',
    ['3:41 rules[0].then.goaway.at: needs an answer to be before or behind; a connection has none'],
  ],
  [
    'then: { stall: true, goaway: { at: after } }',
    ['3:36 rules[0].then.goaway.at: never comes: what is stalled is never answered'],
  ],
  [
    'then: { goaway: { reason: Shutdown, debug: x } }',
    [
      '3:41 rules[0].then.goaway.debug: does not go with reason: both are the debug data: JSON with a reason, or plain text',
    ],
  ],
];
for (const [text, expected] of RULE_MISTAKES) mistakes(text, () => assert.equal(bad(withRule(text)), expected));

mistakes('a word of a state that was declared under another name', () => {
  assert.equal(bad(withRule('then: { set: { ap: x } }', 'states: { app: a }')), [
    '3:20 rules[0].then.set.ap: is a state that nobody declared: add states: {ap: …} with its first value [app]',
  ]);
});
mistakes('expectations', () => {
  const one = (text: string): string[] => bad(`version: 1\nexpect:\n  - ${text}\n`);
  assert.equal(one('{ match: { statuss: 200 } }'), ['3:16 expect[0].match.statuss: is no key of a match [status]']);
  // The state cannot be asked afterwards, so that nobody means it.
  assert.equal(one('{ match: { stats: 200 } }'), ['3:16 expect[0].match.stats: is no key of a match [status]']);
  assert.equal(one('{ count: {} }'), ['3:14 expect[0].count: is empty: give exactly, atLeast or atMost']);
  assert.equal(one('{ count: { exactly: 1, atMost: 2 } }'), [
    '3:28 expect[0].count.atMost: does not go with exactly: an exact number leaves no room',
  ]);
  assert.equal(one('{ count: { atLeast: 3, atMost: 2 } }'), [
    '3:25 expect[0].count.atLeast: is above atMost, so that no number is right',
  ]);
  assert.equal(one('{ gap: { atLeast: 3s, atMost: 2s } }'), [
    '3:23 expect[0].gap.atLeast: is above atMost, so that no time is right',
  ]);
  assert.equal(one('{ distinctBy: tokn }'), [
    '3:19 expect[0].distinctBy: is "tokn", which is no field and no header [token]',
  ]);
  assert.equal(one('{ match: { state: { a: b } } }'), [
    '3:16 expect[0].match.state: cannot be asked afterwards: exchanges do not keep the states of their time',
  ]);
});
mistakes('all of them at once, in the order of the file, and nothing is loaded', () => {
  const lines = bad(`versoin: 1
rules:
  - { naem: x, evry: 2, then: { reason: Nope, stall: true } }
  - { then: { drop: true, delay: x } }
expect: [{ count: { exactly: -1 } }]
`);
  assert.equal(
    lines.map((line) => line.split(' ')[0]),
    ['1:1', '1:1', '3:7', '3:16', '3:33', '3:41', '4:34', '5:30'],
  );
});
mistakes('a public key that cannot be used', () => {
  const parsed = parseScenario('s', `version: 1\nkeys: [{ keyId: A, teamId: B, publicKey: ${JSON.stringify(PEM)} }]`, {
    keyProblem: (pem) => (pem === PEM ? 'is no key at all' : null),
  });
  assert.equal(parsed.ok || parsed.problems.map(({ line, column, message }) => [line, column, message]), [
    [2, 42, 'is no key at all'],
  ]);
});
mistakes('more than a hundred are counted', () => {
  const lines = bad(`version: 1\nrules: [${'5, '.repeat(150)}5]`);
  assert.is(lines.length, 101);
  assert.match(lines.at(-1) ?? '', /has 51 more mistakes/);
});
mistakes('shown with its line and a caret, tabs and all', () => {
  const parsed = parseScenario('dir/s.yaml', '{\n\t"version": 1,\n\t"nmae": "x"\n}');
  assert.is(
    parsed.ok || parsed.problems.map(formatProblem).join('\n'),
    'dir/s.yaml:3:2 nmae: is no key of a scenario; did you mean "name"?\n  3 | \t"nmae": "x"\n      \t^',
  );
});
mistakes('lines that end in \\r\\n, and a last line without an end', () => {
  const parsed = parseScenario('s', 'version: 1\r\nnmae: x');
  assert.equal(parsed.ok || parsed.problems.map(({ line, column, lineText }) => [line, column, lineText]), [
    [2, 1, 'nmae: x'],
  ]);
});
mistakes.run();

const clashes = suite('scenario parse: combinations that make no sense');

/** A value that is right for each key. */
const RIGHT: Readonly<Record<string, string>> = {
  reason: 'Unregistered',
  timestamp: 'now',
  retryAfter: '5',
  status: '503',
  headers: '{ a: b }',
  body: 'x',
  split: '2',
  delay: '1s',
  goaway: 'true',
  reset: 'CANCEL',
  drop: 'true',
  stall: 'true',
  refuse: 'true',
  handshake: 'refuse',
  certificate: 'expired',
  idle: '1s',
  streams: '1',
  pings: 'ignore',
  window: 'hold',
  carryOut: 'true',
  // biome-ignore lint/suspicious/noThenProperty: the word of the language
  then: '{ drop: true }',
  sequence: '[{ drop: true }]',
  afterLast: 'cycle',
  nth: '1',
  from: '2',
  every: '2',
  times: '2',
  evenIfInvalid: 'true',
  on: 'connection',
  per: 'connection',
};
const flow = (keys: readonly string[]): string => `{ ${keys.map((key) => `${key}: ${RIGHT[key]}`).join(', ')} }`;

for (const { one, other, because } of EFFECT_CLASHES)
  for (const a of one)
    for (const b of other)
      clashes(`${a} with ${b}`, () => {
        const on = [...one, ...other].some((key) => ['refuse', 'handshake', 'idle', 'certificate'].includes(key))
          ? 'connection'
          : 'request';
        const also = because.startsWith('one thing happens') ? ', idle: 1s' : '';
        const text = flow([a, b]).replace(/ }$/, `${also} }`);
        const messages = bad(withRule(`{ on: ${also === '' ? on : 'connection'}, then: ${text} }`));
        assert.ok(
          messages.some((line) => line.endsWith(` rules[0].then.${b}: does not go with ${a}: ${because}`)),
          messages.join('\n'),
        );
      });
for (const { one, other, because } of RULE_CLASHES)
  for (const a of one)
    for (const b of other)
      clashes(`rule: ${a} with ${b}`, () => {
        const messages = bad(withRule(flow([a, b])));
        assert.ok(
          messages.some((line) => line.endsWith(` rules[0].${b}: does not go with ${a}: ${because}`)),
          messages.join('\n'),
        );
      });
for (const { on, keys, because } of MOMENT_CLASHES)
  for (const moment of on)
    for (const key of keys)
      clashes(`on ${moment}: ${key}`, () => {
        const messages = bad(withRule(`{ on: ${moment}, then: ${flow([key])} }`));
        assert.ok(
          messages.some((line) => line.endsWith(` rules[0].then.${key}: ${because}`)),
          messages.join('\n'),
        );
      });
clashes('what does go together', () => {
  for (const text of [
    '{ reason: TooManyRequests, retryAfter: 5, delay: 1s, goaway: { reason: Shutdown }, streams: 1, pings: ignore, window: hold, headers: { a: b }, carryOut: true }',
    '{ reason: BadTopic, body: "", headers: { a: b } }',
    '{ reason: Unregistered, reset: { code: CANCEL, at: after-headers }, delay: 1s }',
    '{ stall: true, goaway: true, carryOut: true, streams: 0 }',
    '{ drop: true, delay: 1s, carryOut: true }',
    '{ status: 204, headers: { a: b }, split: 2, body: abc }',
  ])
    effect(text);
  rule('{ on: connection, then: { certificate: expired, goaway: true, streams: 1, delay: 1s } }');
  rule('{ on: connection, then: { idle: 1s, goaway: { reason: IdleTimeout, close: now }, streams: 5 } }');
  rule('{ on: stream, then: { reset: REFUSED_STREAM, goaway: true, delay: 1s } }');
});
clashes.run();

const hostile = suite('scenario parse: hostile files');
const soon = (text: string, most = 3000): string[] => {
  const worked = working();
  const lines = bad(text);
  assert.ok(worked() < most, `${worked().toFixed(0)} ms`);
  return lines;
};

hostile('aliases that unfold without end', () => {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
  for (let i = 1; i < 12; i++)
    lines.push(
      `a${i}: &a${i} [${Array(10)
        .fill(`*a${i - 1}`)
        .join(', ')}]`,
    );
  assert.ok(soon(`version: 1\n${lines.join('\n')}`).some((line) => line.includes('once its aliases are unfolded')));
});
hostile('an alias within itself', () => {
  assert.ok(soon('version: 1\napps: &a [*a]').some((line) => line.includes('nests more than 60 deep')));
});
hostile('an alias is fine where it is harmless, and its mistakes are shown', () => {
  assert.is(good('version: 1\nname: &n x\ndescription: *n').description, 'x');
  assert.equal(
    bad('version: 1\nrules:\n  - &r { naem: x, then: { drop: true } }\n  - *r'),
    ['3:10 rules[0].naem: is no key of a rule [name]', '3:10 rules[1].naem: is no key of a rule [name]'].slice(0, 1),
  );
});
hostile('nests deep', () => {
  for (const [open, close] of [
    ['[', ']'],
    ['{a: ', '}'],
    ['- ', ''],
  ] as const)
    for (const depth of [100, 1000, 100_000]) {
      const text = `${open.repeat(depth)}1${close.repeat(depth)}`;
      const lines = soon(open === '- ' ? text : `version: 1\napps: ${text}`);
      assert.ok(
        lines.some((line) => /nests more than|cannot be read/.test(line)),
        lines.slice(0, 3).join('\n'),
      );
    }
  const indented = Array.from({ length: 1000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n');
  assert.ok(soon(indented).length > 0);
});
hostile('too large, and as large as may be', () => {
  assert.equal(soon(`version: 1\n# ${'x'.repeat(TEXT_MAX)}`), [
    `1:1 : is too large: ${TEXT_MAX + 13} characters, of which ${TEXT_MAX} are read at most; split it into several files`,
  ]);
  good(`version: 1\n# ${'x'.repeat(TEXT_MAX - 100)}`);
  good(`version: 1\ndescription: ${'x'.repeat(TEXT_MAX - 100)}`);
});
hostile('a megabyte of keys, of brackets, of rules, of doubled keys, of quotes', () => {
  const fill = (piece: (i: number) => string, size = TEXT_MAX - 1000): string => {
    let text = '';
    for (let i = 0; text.length < size; i++) text += piece(i);
    return text;
  };
  soon(`version: 1\n${fill((i) => `k${i}: 1\n`)}`, 8000);
  soon(`version: 1\n${fill(() => 'name: a\n')}`, 8000);
  soon(fill(() => '['));
  soon(fill(() => '{'));
  soon(
    fill(() => '"'),
    8000,
  );
  soon(
    fill(() => '&a '),
    8000,
  );
  soon(
    fill(() => '!a '),
    8000,
  );
  soon(
    fill(() => '? '),
    8000,
  );
  soon(`version: 1\nrules:\n${fill(() => '  - {}\n')}`, 8000);
});
hostile('prototype names change nothing', () => {
  bad('version: 1\n__proto__: { polluted: true }\nconstructor: { prototype: { polluted: true } }');
  bad('{"version":1,"rules":[{"then":{"__proto__":{"stall":true}}}]}');
  assert.is(({} as Record<string, unknown>)['polluted'], undefined);
  assert.equal(bad(withRule('then: { headers: { __proto__: x } }')), [
    '3:24 rules[0].then.headers.__proto__: is no usable name: letters, digits, "_", "-" and "." make one',
  ]);
  const when = rule('{ when: { payload.__proto__.x: a, payload.constructor: b }, then: { drop: true } }').when;
  assert.equal(
    when.map(({ field }) => field),
    ['payload.__proto__.x', 'payload.constructor'],
  );
});
hostile('never throws, whatever the text', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200, unit: 'binary' }), (text) => void parseScenario('s', text)),
    { numRuns: 1000 },
  );
  const piece = fc.constantFrom(
    'version: 1\n',
    'rules:\n',
    '  - ',
    'then: ',
    'when: ',
    '{',
    '}',
    '[',
    ']',
    ': ',
    ', ',
    '\n',
    '"',
    "'",
    '&a ',
    '*a',
    '!t ',
    '? ',
    '#',
    '|\n',
    '>-\n',
    '\t',
    '---\n',
    '...\n',
    'stall: true',
    'reason: X',
    '/(a/',
    '__proto__',
    'null',
    '5',
    '%YAML 9\n',
    '<<: ',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 25 }), (pieces) => void parseScenario('s', pieces.join(''))),
    { numRuns: 2000 },
  );
});
hostile('never throws, whatever the data', () => {
  fc.assert(
    fc.property(
      fc.json({ maxDepth: 4 }),
      fc.constantFrom('rules', 'expect', 'apps', 'states', 'clock', 'keys'),
      (json, key) => {
        parseScenario('s', `{"version":1,"${key}":${json}}`);
        parseScenario('s', `{"version":1,"${key}":[${json}]}`);
        parseRule('s', json);
      },
    ),
    { numRuns: 500 },
  );
});
hostile.run();

const laws = suite('scenario parse: YAML and JSON');
const words = fc.constantFrom(
  'com.example.app',
  'com.*',
  '/^a+$/i',
  'x y',
  'null',
  'true',
  '1e3',
  '- a',
  'ü',
  '"',
  "'",
  '#',
);
const value = fc.oneof(
  words,
  fc.integer(),
  fc.boolean(),
  fc.array(words, { minLength: 1, maxLength: 3 }),
  fc.record({ not: words }),
  fc.record({ exists: fc.boolean() }),
);
const then = fc.oneof(
  fc.record({ stall: fc.constant(true) }),
  fc.record({ reason: fc.constantFrom('TooManyRequests', 'InternalServerError'), retryAfter: fc.nat(100) }),
  fc.record({ status: fc.integer({ min: 200, max: 599 }), body: fc.string({ maxLength: 20 }) }),
  fc.record({
    delay: fc.nat(5000).map((ms) => `${ms}ms`),
    goaway: fc.record({ close: fc.constantFrom('now', '2s'), debug: words }),
  }),
  fc.record({ set: fc.record({ app: words }) }),
);
const ruleShape = fc.record(
  {
    name: words,
    when: fc.record(
      { topic: value, 'headers.x-y': value, 'payload.a.b': value, state: fc.record({ app: value }) },
      { requiredKeys: [] },
    ),
    every: fc.integer({ min: 1, max: 9 }),
    per: fc.constantFrom('connection', 'topic'),
    then,
  },
  { requiredKeys: ['then'] },
);
laws('the same data in either spelling is the same scenario', () => {
  fc.assert(
    fc.property(fc.array(ruleShape, { maxLength: 4 }), (rules) => {
      const data = { version: 1, name: 'n', states: { app: 'a' }, rules };
      const json = good(JSON.stringify(data, null, 2));
      assert.equal(good(stringify(data)), json);
      assert.equal(good(JSON.stringify(data)), json);
      assert.equal(JSON.parse(JSON.stringify(json)), json, 'survives JSON');
    }),
    { numRuns: 300 },
  );
});
laws.run();
