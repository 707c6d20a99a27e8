/** The one record: its shape is the contract's (section 3), tokens never show, and sentences can be read aloud. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createEngine, type Engine } from '../../server/core/engine.ts';
import {
  type ConnectionRecord,
  connectionRecordOf,
  type Exchange,
  exchangeOf,
  lazyExchangeOf,
} from '../../server/core/exchange.ts';
import { sentence } from '../../server/core/explain.ts';
import { bytesOf, type CaseBody, LISTENERS, type ListenerName, NOW, type Step } from '../contract/case.ts';
import { BROADCAST_BODY, CREATE_BODY, GOOD, ID, step, TOKEN } from '../contract/cases/base.ts';
import { APP, authorizationOf, CERTIFICATES, type CertificateName, keyCommand } from '../contract/credentials.ts';
import { PORTS } from '../contract/direct.ts';

function house(listener: ListenerName = 'single-port', certificate: CertificateName | null = null): Engine {
  const engine = createEngine({
    seed: 1,
    profile: 'documented',
    auth: 'trusting',
    environment: 'sandbox',
    spelledTargets: true,
    maxEntries: 100,
    maxBytes: 1_000_000,
    ports: PORTS,
  });
  engine.handle({ type: 'command', at: NOW, command: keyCommand('main') });
  engine.handle({
    type: 'session-opened',
    at: NOW,
    session: 'c1',
    listener: LISTENERS[listener],
    alpn: 'h2',
    servername: 'localhost',
    remote: '127.0.0.1:50000',
    certificate: certificate === null ? null : CERTIFICATES[certificate],
  });
  return engine;
}

function send(engine: Engine, { credentials, request }: Step, stream = 1): void {
  const authorization = authorizationOf(credentials, NOW);
  const body = bytesOf(request.body);
  engine.handle({
    type: 'request',
    at: NOW + 123,
    session: 'c1',
    stream,
    request: {
      method: request.method,
      path: request.path,
      authority: request.authority ?? 'localhost:2197',
      headers: [...(authorization === undefined ? [] : ['authorization', authorization]), ...request.headers.flat()],
      body: body.subarray(0, 5120),
      size: body.length,
    },
  });
}

const lastOf = (engine: Engine): Exchange => {
  const entry = engine.journal.get(engine.journal.range().last);
  if (entry?.kind !== 'exchange') throw new Error('the last entry is no exchange');
  const exchange = exchangeOf(entry, PORTS);
  assert.equal(read(lazyExchangeOf(entry, PORTS), exchange), exchange, 'made lazily it says something else');
  return exchange;
};
/** A lazy exchange as a plain one, with the parts that this one has. */
const read = (lazy: Exchange, like: Exchange): unknown =>
  Object.fromEntries(
    Object.keys(like).map((name) => [
      name,
      name === 'request'
        ? Object.fromEntries(
            Object.keys(like.request).map((part) => [part, lazy.request[part as keyof Exchange['request']]]),
          )
        : lazy[name as keyof Exchange],
    ]),
  );
const said = (engine: Engine): string => {
  const entry = engine.journal.get(engine.journal.range().last);
  if (entry === undefined) throw new Error('the journal is empty');
  return sentence(entry);
};
const seen = (one: Step): Exchange => {
  const engine = house();
  send(engine, one);
  return lastOf(engine);
};
const keys = (value: unknown): string[] => Object.keys(value as object).sort();

const shape = suite('core: an exchange');
/** Names of the contract's example, and what this project has added to it. */
const CONTRACT = {
  exchange: [
    'actions',
    'advice',
    'at',
    'connection',
    'environment',
    'operation',
    'request',
    'response',
    'rule',
    'seq',
    'topic',
    'verdict',
  ],
  connection: ['alpn', 'auth', 'id', 'keyId', 'stream', 'teamId'],
  request: ['headers', 'method', 'path', 'payload', 'size'],
  verdict: ['reason', 'status', 'trail', 'why'],
  response: ['body', 'headers', 'status'],
} as const;
const ADDED = {
  exchange: ['carriedOut', 'kind'],
  connection: ['listener'],
  request: ['authority', 'truncated'],
  verdict: [],
  response: [],
} as const;
for (const [called, one] of [
  ['accepted', step('push')],
  ['refused', step('broadcast', { headers: { 'apns-expiration': null } })],
  ['lost', step('push', { path: '/' })],
] as const)
  shape(`${called}: the keys of the contract`, () => {
    const exchange = seen(one);
    const parts = { exchange, ...exchange } as unknown as Record<keyof typeof CONTRACT, unknown>;
    for (const part of Object.keys(CONTRACT) as (keyof typeof CONTRACT)[])
      assert.equal(keys(parts[part]), [...CONTRACT[part], ...ADDED[part]].sort(), part);
  });
shape('survives JSON', () => {
  const exchange = seen(step('push', { headers: { 'apns-priority': '10' } }));
  assert.equal(JSON.parse(JSON.stringify(exchange)), exchange);
});
shape('a broadcast without expiration, whole', () => {
  const exchange = seen(step('broadcast', { headers: { 'apns-expiration': null, 'apns-channel-id': 'QUFBQQ==' } }));
  assert.is(exchange.kind, 'exchange');
  assert.is(exchange.at, '2026-11-21T18:00:00.123Z');
  assert.equal([exchange.operation, exchange.environment, exchange.topic], ['broadcast.send', 'sandbox', APP]);
  assert.equal(exchange.connection, {
    id: 'c1',
    stream: 1,
    listener: 'send',
    alpn: 'h2',
    auth: 'token',
    keyId: 'KEYMAIN001',
    teamId: 'TEAM123456',
  });
  assert.equal(
    exchange.request.headers.find(([name]) => name === 'apns-channel-id'),
    ['apns-channel-id', 'QUFBQQ=='],
  );
  assert.equal(exchange.request.payload, JSON.parse(BROADCAST_BODY));
  assert.equal(
    [
      exchange.request.method,
      exchange.request.path,
      exchange.request.authority,
      exchange.request.size,
      exchange.request.truncated,
    ],
    ['POST', `/4/broadcasts/apps/${APP}`, 'localhost:2197', BROADCAST_BODY.length, false],
  );
  assert.equal([exchange.verdict.status, exchange.verdict.reason], [400, 'BadExpirationDate']);
  assert.equal(
    exchange.verdict.trail.filter(({ ok }) => !ok),
    [{ check: 'apns-expiration', ok: false }],
  );
  assert.equal(exchange.verdict.trail.at(-1), { check: 'apns-expiration', ok: false });
  assert.is(exchange.rule, null);
  assert.equal(exchange.actions, [{ do: 'reply', status: 400 }]);
  assert.equal(exchange.response, {
    status: 400,
    headers: [
      ['content-type', 'application/json'],
      ['apns-request-id', ID],
    ],
    body: { reason: 'BadExpirationDate' },
  });
  assert.is(exchange.carriedOut, false);
  assert.equal(exchange.advice, []);
});
const payloads: readonly (readonly [string, CaseBody, unknown, number, boolean])[] = [
  ['JSON', '{"aps":{"badge":1}}', { aps: { badge: 1 } }, 19, false],
  ['text', 'Goal!', 'Goal!', 5, false],
  ['nothing', '', null, 0, false],
];
for (const [called, body, payload, size, truncated] of payloads)
  shape(`a body of ${called}`, () => {
    const { request } = seen(step('push', { body }));
    assert.equal([request.payload, request.size, request.truncated], [payload, size, truncated]);
  });
shape('of a large body the beginning is kept, and all of it is counted', () => {
  const { request } = seen(step('push', { body: { bytes: 9000 } }));
  assert.equal([request.size, request.truncated, (request.payload as string).length], [9000, true, 5120]);
});
shape('a forced answer shows verdict and rule', () => {
  const token = `${Buffer.from('Shutdown').toString('hex')}00`.padEnd(64, '0');
  const exchange = seen(step('push', { path: `/3/device/${token}` }));
  assert.equal([exchange.verdict.status, exchange.verdict.reason], [200, null]);
  assert.equal(exchange.rule, { id: 'target:Shutdown', name: 'the target spells Shutdown' });
  assert.equal(exchange.actions, [{ do: 'reply', status: 503 }]);
  assert.is(exchange.carriedOut, false);
});
shape('a device token is no topic, whatever the method', () => {
  for (const [method, path] of [
    ['GET', `/3/device/${TOKEN}`],
    ['DELETE', '/3/device/c0ffee'],
    ['POST', `/3/device/${TOKEN}`],
  ] as const)
    assert.is(seen(step('push', { method, path, headers: { 'apns-topic': null } })).topic, '', `${method} ${path}`);
  // A bundle id in the path is one, and so is what the client says.
  assert.is(seen(step('push', { method: 'GET' })).topic, APP);
  assert.is(seen(step('create', { method: 'PUT' })).topic, APP);
});
shape('an accepted request says so in the trail', () => {
  const { verdict, carriedOut } = seen(step('push'));
  assert.ok(verdict.trail.length > 10 && verdict.trail.every(({ ok }) => ok));
  assert.is(carriedOut, true);
});
shape('a certificate shows as such', () => {
  const engine = house('send', 'universal');
  send(engine, step('push', { credentials: 'none' }));
  const { auth, keyId, teamId } = lastOf(engine).connection;
  assert.equal([auth, keyId, teamId], ['certificate', null, null]);
});
shape('a refused certificate leaves no trail and no answer', () => {
  const engine = house('send', 'expired');
  send(engine, step('push', { credentials: 'none' }));
  const exchange = lastOf(engine);
  assert.equal([exchange.verdict.reason, exchange.verdict.trail, exchange.response], ['BadCertificate', [], null]);
});
shape('a connection event has the same head', () => {
  const entry = house().journal.get(1);
  if (entry === undefined || entry.kind === 'exchange') throw new Error('the first entry is no connection event');
  const record: ConnectionRecord = connectionRecordOf(entry);
  assert.equal(keys(record), ['at', 'connection', 'detail', 'kind', 'seq', 'stream']);
  assert.equal([record.seq, record.kind, record.at], [1, 'connection-opened', '2026-11-21T18:00:00.000Z']);
  assert.is(record.connection?.auth, 'none');
});
shape.run();

const secrets = suite('core: tokens never show');
const token = (authorizationOf({ token: {} }, NOW) as string).slice('bearer '.length);
const forms: readonly (readonly [string, string, string])[] = [
  ['a good token', `bearer ${token}`, 'bearer (kid KEYMAIN001, iss TEAM123456)'],
  ['a good token, capital scheme', `Bearer ${token}`, 'Bearer (kid KEYMAIN001, iss TEAM123456)'],
  ['a token that is not one', `bearer ${token}x.y`, 'bearer (not shown)'],
  ['a token without a scheme', token, '(not shown)'],
  ['a token in place of the scheme', `${token} bearer`, '(not shown)'],
  ['another scheme', 'Basic dXNlcjpwYXNz', 'Basic (not shown)'],
  ['nothing', '', '(not shown)'],
];
for (const [called, authorization, shown] of forms)
  secrets(called, () => {
    const engine = house();
    send(engine, step('push', { credentials: { authorization } }));
    const exchange = lastOf(engine);
    assert.equal(
      exchange.request.headers.find(([name]) => name === 'authorization'),
      ['authorization', shown],
    );
    for (const text of [JSON.stringify(exchange), said(engine)])
      for (const part of [...token.split('.'), 'dXNlcjpwYXNz']) assert.not.ok(text.includes(part.slice(0, 16)), text);
  });
secrets.run();

const sentences = suite('core: sentences');
const log = (one: Step): string => {
  const engine = house();
  send(engine, one, 3);
  return said(engine);
};
const LINES: readonly (readonly [Step, string])[] = [
  [step('push'), `c1/3 device push ${APP} (sandbox) to ${TOKEN.slice(0, 12)}…${TOKEN.slice(-4)}: 200`],
  [
    step('push', { body: '' }),
    `c1/3 device push ${APP} (sandbox) to ${TOKEN.slice(0, 12)}…${TOKEN.slice(-4)}: 400 PayloadEmpty, because the push has no body`,
  ],
  [
    step('push', { credentials: 'none' }),
    `c1/3 device push com.example.app (sandbox) to ${TOKEN.slice(0, 12)}…${TOKEN.slice(-4)}: 403 MissingProviderToken, because the request has no authorization header and the connection no client certificate`,
  ],
  [step('create'), `c1/3 create channel ${APP} (sandbox): 201`],
  [step('list'), `c1/3 list channels ${APP} (sandbox): 200`],
  [
    step('read', { headers: { 'apns-channel-id': 'QUFBQQ==' } }),
    `c1/3 read channel ${APP} (sandbox) on channel QUFBQQ==: 400 ChannelNotRegistered, because ${APP} has no channel QUFBQQ== in sandbox`,
  ],
  [
    step('remove', { headers: { 'apns-channel-id': null } }),
    `c1/3 delete channel ${APP} (sandbox): 400 MissingChannelId, because the header apns-channel-id is missing`,
  ],
  [
    step('broadcast', { headers: { 'apns-priority': '3' } }),
    `c1/3 broadcast ${APP} (sandbox) on channel c3RvcmluZy1jaGFubmVsMQ==: 400 BadPriority, because apns-priority is "3"; it must be 10, 5 or 1`,
  ],
  [
    step('push', { path: '/index.html' }),
    'c1/3 POST /index.html: 404 BadPath, because there is nothing at "POST /index.html"',
  ],
];
for (const [one, line] of LINES) sentences(line, () => assert.is(log(one), line));
sentences('a forced answer names its rule', () => {
  const id = Buffer.from('TooManyRequests').toString('base64');
  assert.match(
    log(step('broadcast', { headers: { 'apns-channel-id': id } })),
    /: 429 TooManyRequests, because the target spells TooManyRequests$/,
  );
});
for (const good of Object.keys(GOOD) as (keyof typeof GOOD)[])
  sentences(`${good}: acceptance has a reason too`, () => {
    const engine = house();
    send(engine, step('create'));
    const id = lastOf(engine).response?.headers.find(([name]) => name === 'apns-channel-id')?.[1] as string;
    send(
      engine,
      step(good, {
        headers: good === 'read' || good === 'remove' || good === 'broadcast' ? { 'apns-channel-id': id } : {},
      }),
      3,
    );
    assert.match(lastOf(engine).verdict.why, /^every check passed: /);
  });
sentences('the article fits the type of the push', () => {
  const why = (type: string, priority: string): string =>
    log(step('push', { headers: { 'apns-push-type': type, 'apns-priority': priority, 'apns-topic': 'a.voip' } }));
  assert.match(why('alert', '5'), 'an alert push goes to the plain bundle id');
  assert.match(why('background', '5'), 'a background push goes to the plain bundle id');
});
sentences('nothing from outside begins a line or steers a terminal', () => {
  const line = log(step('list', { path: '/1/apps/com%0Ac1%1B%5B31m/all-channels' }));
  assert.is(line, 'c1/3 list channels com\\u000ac1\\u001b[31m (sandbox): 200');
  assert.match(log(step('push', { path: '/3/device/%0A%1B' })), /"\\u000a\\u001b" is not an even number/);
});
sentences('every sentence of a refusal is one line, without a full stop', () => {
  for (const body of ['', '{', CREATE_BODY, 'x\ny'])
    for (const good of Object.keys(GOOD) as (keyof typeof GOOD)[]) {
      const line = log(step(good, { body }));
      assert.not.match(line, /[\n\r]|\.$/);
    }
});
sentences.run();
