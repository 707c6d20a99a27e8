/** Whatever happens outside, the engine keeps its promises: any bytes, any order, any time. */
import { readdirSync, readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createAdviser } from '../../server/core/advice/advise.ts';
import { createEngine, type Engine } from '../../server/core/engine.ts';
import type { Event } from '../../server/core/events.ts';
import { connectionRecordOf, exchangeOf } from '../../server/core/exchange.ts';
import type { Entry } from '../../server/core/journal.ts';
import type { Scenario } from '../../server/core/scenario/model.ts';
import { NO_EFFECT } from '../../server/core/scenario/model.ts';
import { parseScenario } from '../../server/core/scenario/parse.ts';
import type { Action, Listener, Request } from '../../server/protocol/model.ts';
import { NODE_PORTS } from '../../server/shell/ports.ts';
import { LISTENERS } from '../contract/case.ts';
import { authorizationOf, CERTIFICATES, keyCommand } from '../contract/credentials.ts';
import { anyBody, anyText, isFromTable, mostly, runs } from './kit.ts';

const test = suite('fuzz: engine');

const START = Date.UTC(2026, 10, 21, 18);
const APP = 'com.example.app';
const CHANNEL = 'dHN0LXNyY2gtY2hubDAwMQ==';
const DEVICES = ['a1', 'b2', 'c3'].map((pair) => pair.repeat(32));
const IDS = ['c1', 'c2', 'c3'] as const;

const TOKENS = [
  authorizationOf({ token: {} }, START)!,
  authorizationOf({ token: { key: 'second' } }, START)!,
  authorizationOf({ token: { key: 'foreign' } }, START)!,
  authorizationOf({ token: { iat: -7200 } }, START)!,
  authorizationOf({ token: { signature: 'forged' } }, START)!,
  authorizationOf({ token: { claimsText: '{"iat":1e999,"iss":[]}' } }, START)!,
];

/** Every built-in scenario, and one in which everything is possible. */
const SCENARIOS: readonly Scenario[] = [
  ...readdirSync('scenarios')
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => read(readFileSync(`scenarios/${name}`, 'utf8'))),
  read(`version: 1
rules:
  - on: stream
    every: 3
    then: { reset: INTERNAL_ERROR }
  - every: 2
    then: { delay: 10s }
  - probability: 0.3
    then: { reason: TooManyRequests, retryAfter: 3 }
`),
];

function read(text: string): Scenario {
  const parsed = parseScenario('scenario.yaml', text);
  if (!parsed.ok) throw new Error(parsed.problems.map(({ message }) => message).join('\n'));
  return parsed.scenario;
}

const path = mostly(
  [
    ...DEVICES.map((token) => `/3/device/${token}`),
    `/4/broadcasts/apps/${APP}`,
    `/1/apps/${APP}/channels`,
    `/1/apps/${APP}/all-channels`,
    '/3/device/',
    '/3/device/__proto__',
    '/1/apps/constructor/channels',
    '/%',
  ],
  anyText(40).map((text) => `/3/device/${text}`),
);
const header: fc.Arbitrary<readonly [string, string]> = fc.oneof(
  fc.tuple(fc.constant('authorization'), mostly(TOKENS, anyText(60))),
  fc.tuple(fc.constant('apns-topic'), mostly([APP, `${APP}.voip`, '__proto__'], anyText(20))),
  fc.tuple(fc.constant('apns-push-type'), mostly(['alert', 'background', 'liveactivity'], anyText(8))),
  fc.tuple(fc.constant('apns-expiration'), mostly(['0', '99999999999', '-1', '1e400'], anyText(8))),
  fc.tuple(fc.constant('apns-priority'), mostly(['1', '5', '10', '7'], anyText(4))),
  fc.tuple(fc.constant('apns-channel-id'), mostly([CHANNEL, ''], anyText(30))),
  fc.tuple(fc.constant('apns-id'), mostly(['123e4567-e89b-12d3-a456-426614174000'], anyText(40))),
  fc.tuple(fc.constant('apns-collapse-id'), anyText(70)),
  fc.tuple(anyText(12), anyText(30)),
);
const good = [
  ['authorization', TOKENS[0]!],
  ['apns-topic', APP],
  ['apns-push-type', 'alert'],
] as const;
const request: fc.Arbitrary<Request> = fc
  .record({
    method: mostly(['POST', 'POST', 'GET', 'DELETE'], anyText(6)),
    path,
    authority: mostly(['localhost', 'api.push.apple.com', 'api.sandbox.push.apple.com:443'], anyText(20)),
    usual: fc.boolean(),
    headers: fc.array(header, { maxLength: 8 }),
    body: anyBody,
  })
  .map(({ usual, headers, body, ...rest }) => ({
    ...rest,
    headers: [...(usual ? good : []), ...headers].flat(),
    body: body.subarray(0, 5120),
    size: body.length,
  }));

/** An event but for its time, which runs on between events; `jump` moves it, also backwards. */
type Happening =
  | { readonly jump: number }
  | { readonly open: string; readonly listener: Listener; readonly certificate: keyof typeof CERTIFICATES | null }
  | { readonly close: string }
  | { readonly ask: string; readonly early: boolean; readonly request: Request }
  | { readonly event: (at: number) => Event };

const id = fc.constantFrom(...IDS);
const DAY = 86_400_000;
const commands: readonly (Event & { type: 'command' })['command'][] = [
  {
    put: 'device',
    device: { token: DEVICES[1]!, environment: null, topics: null, state: 'unregistered', since: START },
  },
  {
    put: 'device',
    device: { token: DEVICES[2]!, environment: 'production', topics: [APP], state: 'active', since: 0 },
  },
  { remove: 'device', token: DEVICES[1]! },
  { put: 'channel', channel: { id: CHANNEL, bundleId: APP, environment: 'sandbox', policy: 1 } },
  { put: 'app', app: { bundleId: APP, team: null, broadcast: false, keyIds: null, channelLimit: 2 } },
  { put: 'app', app: { bundleId: APP, team: 'TEAM123456', broadcast: true, keyIds: null, channelLimit: 1 } },
  { do: 'reset', bundleId: null },
  { do: 'reset', bundleId: APP },
  { do: 'forget', seqs: [1, 2, 3, 5, 8, -1, 1e9] },
  { do: 'load', scenario: null },
  { do: 'operate', session: 'all', effect: { ...NO_EFFECT, reset: { code: 'CANCEL', at: 'before-headers' } } },
  { do: 'operate', session: 'c9', effect: { ...NO_EFFECT, drop: true } },
];
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ ask: id, early: fc.boolean(), request }) },
  {
    weight: 2,
    arbitrary: fc.record({
      open: id,
      listener: fc.constantFrom(...Object.values(LISTENERS)),
      certificate: mostly<keyof typeof CERTIFICATES | null>(
        [null],
        fc.constantFrom(...(Object.keys(CERTIFICATES) as (keyof typeof CERTIFICATES)[])),
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ close: id }) },
  { weight: 2, arbitrary: fc.record({ jump: fc.constantFrom(1, 999, 60_000, 3_600_000, DAY, 400 * DAY, -1, -DAY) }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(...commands).map((command) => ({
      event: (at: number): Event => ({ type: 'command', at, command }),
    })),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(...SCENARIOS).map((scenario) => ({
      event: (at: number): Event => ({ type: 'command', at, command: { do: 'load', scenario } }),
    })),
  },
  {
    weight: 1,
    arbitrary: fc.record({ session: id, stream: fc.nat(9) }).map(({ session, stream }) => ({
      event: (at: number): Event => ({
        type: 'stream-failed',
        at,
        session,
        stream,
        request: null,
        code: 'CANCEL',
        cause: 'the client reset the stream',
      }),
    })),
  },
);

const story = fc.record({
  seed: fc.nat(),
  observed: fc.boolean(),
  auth: fc.constantFrom('trusting', 'registered', 'off') as fc.Arbitrary<'trusting' | 'registered' | 'off'>,
  maxEntries: fc.constantFrom(3, 1000),
  shutdown: fc.boolean(),
  happenings: fc.array(happening, { minLength: 1, maxLength: 40 }),
});

function engineOf({
  seed,
  observed,
  auth,
  maxEntries,
}: Pick<Told, 'seed' | 'observed' | 'auth' | 'maxEntries'>): Engine {
  const engine = createEngine({
    seed,
    profile: observed ? 'observed' : 'documented',
    auth,
    environment: 'sandbox',
    spelledTargets: true,
    maxEntries,
    maxBytes: 1_000_000,
    ports: NODE_PORTS,
  });
  for (const name of ['main', 'second', 'foreign'] as const)
    engine.handle({ type: 'command', at: START, command: keyCommand(name) });
  return engine;
}

type Told = typeof story extends fc.Arbitrary<infer T> ? T : never;

/** All that a request may change and a refused one may not. */
function holdings({ registry }: Engine): string {
  const gone = registry.deletedChannel('sandbox', APP, CHANNEL) ?? registry.deletedChannel('production', APP, CHANNEL);
  return JSON.stringify([registry.apps(), registry.devices(), registry.channels(), gone]);
}

/** Plays a story, checks every promise on the way, and says all that came of it. */
function play(told: Told): { actions: (readonly Action[])[]; journal: unknown[] } {
  const engine = engineOf(told);
  const advise = createAdviser({ journal: engine.journal, registry: engine.registry, ports: NODE_PORTS });
  const streams = new Map<string, number>();
  const actions: (readonly Action[])[] = [];
  const journal: unknown[] = [];
  let at = START;
  let last = 0;

  /** What an event left in the journal. Everybody's views of it must be there too. */
  const handle = (event: Event): { entries: Entry[]; done: readonly Action[] } => {
    const done = engine.handle(event);
    actions.push(done);
    const entries: Entry[] = [];
    const range = engine.journal.range();
    assert.ok(range.last - range.first < told.maxEntries, 'the journal keeps its bound');
    if (event.type === 'command') last = Math.min(last, range.last);
    for (; last < range.last; ) {
      const entry = engine.journal.get(++last);
      if (entry === undefined) continue;
      assert.is(entry.seq, last);
      entries.push(entry);
      const view = entry.kind === 'exchange' ? exchangeOf(entry, NODE_PORTS, advise(entry)) : connectionRecordOf(entry);
      journal.push(JSON.parse(JSON.stringify(view)));
    }
    return { entries, done };
  };

  function ask(session: string, early: boolean, request: Request): void {
    if (!streams.has(session)) return;
    const stream = streams.get(session)!;
    streams.set(session, stream + 2);
    const before = holdings(engine);
    const parts: { entries: Entry[]; done: readonly Action[] }[] = [];
    if (early && engine.wants('stream-opened'))
      parts.push(
        handle({
          type: 'stream-opened',
          at,
          session,
          stream,
          request: { ...request, body: new Uint8Array(0), size: 0 },
        }),
      );
    // No door tells of more on a stream that it has reset.
    const isReset = parts.some(({ done }) => done.some((action) => action.do === 'reset' && action.stream === stream));
    if (!isReset) parts.push(handle({ type: 'request', at, session, stream, request }));
    const exchanges = parts.flatMap(({ entries }) => entries.filter((entry) => entry.kind === 'exchange'));
    assert.is(exchanges.length, 1, 'a request is one exchange');
    const exchange = exchanges[0] as Entry & { kind: 'exchange' };
    assert.is(exchange.stream, stream);
    assert.ok(!exchange.carriedOut || exchange.verdict.reason === null, 'what is refused is not carried out');
    if (!exchange.carriedOut) assert.is(holdings(engine), before, 'a refused request changes nothing');
    const replies = parts.flatMap(({ done }) =>
      done.filter((action) => action.do === 'reply' && action.stream === stream),
    );
    assert.ok(replies.length <= 1, 'a request is answered once');
    const { response, rule } = exchange;
    if (response !== null && (rule === null || rule.id.startsWith('target:')))
      assert.ok(isFromTable(response.status, response.body), `${response.status} ${response.body} is in no table`);
    if (rule === null && response !== null) assert.is(replies.length, 1, 'without a rule the answer comes at once');
  }

  for (const next of told.happenings) {
    at += 7;
    if ('jump' in next) {
      at += next.jump;
      // Time never jumps over a moment that somebody waits for.
      for (let due = engine.nextWake(), n = 0; due !== undefined && due <= at; due = engine.nextWake()) {
        assert.ok(n++ < 1000, 'time stands still');
        handle({ type: 'time', at: due });
      }
      handle({ type: 'time', at });
    } else if ('open' in next) {
      if (streams.has(next.open)) continue;
      streams.set(next.open, 1);
      const { listener, open: session, certificate } = next;
      if (engine.wants('connection-arrived'))
        handle({ type: 'connection-arrived', at, session, listener, remote: '127.0.0.1:5' });
      handle({
        type: 'session-opened',
        at,
        session,
        listener,
        alpn: 'h2',
        servername: '',
        remote: '127.0.0.1:5',
        certificate: certificate === null ? null : CERTIFICATES[certificate],
      });
    } else if ('close' in next) {
      streams.delete(next.close);
      handle({ type: 'session-closed', at, session: next.close, cause: 'the client closed it' });
    } else if ('ask' in next) ask(next.ask, next.early, next.request);
    else handle(next.event(at));
  }
  if (told.shutdown) handle({ type: 'command', at, command: { do: 'shutdown' } });
  for (const session of streams.keys()) {
    ask(session, false, {
      method: 'POST',
      path: '/3/device/a1',
      authority: '',
      headers: [],
      body: new Uint8Array(0),
      size: 0,
    });
    handle({ type: 'session-closed', at, session, cause: 'over' });
  }
  assert.is(engine.sessions.size, 0, 'a session is left');
  assert.is(engine.nextWake(), undefined, 'an appointment of a closed session is left');
  return { actions, journal };
}

test('any events: every request one exchange, what is refused changes nothing, the same story twice', () => {
  fc.assert(
    fc.property(story, (told) => {
      const first = play(told);
      assert.equal(play(told), first);
    }),
    runs(1_000),
  );
});

test('any text as a scenario: it is taken or refused with problems that have a place', () => {
  const words = [
    'version: 1\n',
    'rules:\n',
    '  - ',
    'then: ',
    'when: ',
    '{',
    '}',
    '[',
    ']',
    '*a',
    '&a ',
    'drop: true\n',
  ];
  const yaml = fc.array(mostly(words, anyText(6)), { maxLength: 20 }).map((parts) => parts.join(''));
  const json = fc
    .record({ version: mostly<unknown>([1], fc.jsonValue()), rules: fc.array(fc.jsonValue()) }, { requiredKeys: [] })
    .map((value) => JSON.stringify(value));
  fc.assert(
    fc.property(fc.oneof(yaml, json, anyText(80)), (text) => {
      const parsed = parseScenario('fuzz.yaml', text);
      if (parsed.ok) return;
      assert.ok(parsed.problems.length > 0);
      for (const { message } of parsed.problems) assert.type(message, 'string');
    }),
    runs(500),
  );
});

test.run();
