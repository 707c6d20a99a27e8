// time limit: 360 s
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ADDED_MAX } from '../../server/core/scenario/choose.ts';
import { type ControlHouse, DEVICE, openControl } from './house.ts';

const APP = 'com.example.app';
const SCORES = 'com.example.scores';
const PROBLEM = 'application/problem+json';

let house: ControlHouse;
const test = suite('control: the API');
test.before(async () => {
  house = await openControl();
});
test.before.each(async () => {
  assert.is((await house.call('POST', '/api/v1/reset')).status, 200);
});
test.after(() => house.stop());

test('probes and trust', async () => {
  assert.equal((await house.get('/livez')).json, { status: 'ok' });
  assert.equal((await house.get('/readyz')).json, { status: 'ok' });
  assert.is((await house.get('/ca.pem')).text, house.mock.certificates.caPem);
  const bundle = (await house.get('/bundle.pem')).text;
  assert.ok(bundle.startsWith(house.mock.certificates.caPem.trim()));
  assert.ok((bundle.match(/BEGIN CERTIFICATE/g)?.length ?? 0) > 100);
});

test('info and env', async () => {
  const { json } = await house.get('/api/v1/info');
  assert.is(json.name, 'mock-apns');
  assert.equal(json.urls, house.mock.urls);
  assert.is(json.seed, 7);
  assert.is(json.counts.keys, 1);
  const env = (await house.get('/api/v1/env?format=json')).json;
  assert.is(env.APNS_URL, house.mock.urls.send);
  assert.is(env.APNS_KEY_ID, json.keyId);
  assert.match((await house.get('/api/v1/env')).text, /^export APNS_URL=https:\/\/127\.0\.0\.1:\d+\n/);
  assert.match((await house.get('/api/v1/env?format=dotenv')).text, /^APNS_URL=/);
});

test('exchanges: list, one, latest, delete', async () => {
  for (let i = 0; i < 3; i++) await house.push(DEVICE, `${APP}${i}`);
  const { json } = await house.get('/api/v1/exchanges');
  assert.equal(
    json.exchanges.map((each: { topic: string }) => each.topic),
    [`${APP}2`, `${APP}1`, `${APP}0`],
  );
  assert.is(json.more, false);
  const page = (await house.get('/api/v1/exchanges?limit=2')).json;
  assert.is(page.more, true);
  const next = (await house.get(`/api/v1/exchanges?limit=2&before=${page.exchanges[1].seq}`)).json;
  assert.equal(
    next.exchanges.map((each: { topic: string }) => each.topic),
    [`${APP}0`],
  );
  const latest = (await house.get(`/api/v1/exchanges/latest?q=topic:${APP}1`)).json;
  assert.is(latest.topic, `${APP}1`);
  assert.equal((await house.get(`/api/v1/exchanges/${latest.seq}`)).json, latest);
  assert.equal(latest.request.headers[0], [
    'authorization',
    `bearer (kid ${latest.connection.keyId}, iss ${latest.connection.teamId})`,
  ]);
  assert.is((await house.get('/api/v1/exchanges?kind=connection')).json.exchanges[0].kind, 'connection-opened');
  assert.equal((await house.call('DELETE', `/api/v1/exchanges?q=topic:${APP}1`)).json, { deleted: 1 });
  assert.is((await house.get(`/api/v1/exchanges/${latest.seq}`)).status, 404);
  assert.is((await house.get('/api/v1/exchanges')).json.exchanges.length, 2);
  const gone = await house.get('/api/v1/exchanges/latest?q=topic:nothing');
  assert.is(gone.status, 404);
  assert.is(gone.headers['content-type'], PROBLEM);
});

test('advice is in the record, and is:advised finds it', async () => {
  await house.push(DEVICE, APP, { aps: { badge: '3' } });
  await house.push(DEVICE, APP);
  const { exchanges } = (await house.get('/api/v1/exchanges?q=is:advised')).json;
  assert.is(exchanges.length, 1);
  assert.equal(exchanges[0].advice, [
    { id: 'badge-not-a-number', text: 'aps.badge is "3": give a whole number, 0 at least', at: 'aps.badge' },
  ]);
  assert.is(exchanges[0].response.status, 200);
});

test('wait: what is there counts, what comes wakes, what does not come is told with the nearest', async () => {
  const waiting = house.get(`/api/v1/exchanges/wait?q=topic:${APP}&count=2&timeout=60s`);
  await house.push(DEVICE, APP);
  await house.push(DEVICE, APP);
  const { status, json } = await waiting;
  assert.is(status, 200);
  assert.is(json.exchanges.length, 2);
  assert.ok(json.exchanges[0].seq < json.exchanges[1].seq, 'oldest first');
  const last = json.exchanges[1].seq;
  const late = await house.get(`/api/v1/exchanges/wait?q=topic:${APP}&after=${last}&timeout=50ms`);
  assert.is(late.status, 408);
  const wrong = await house.get('/api/v1/exchanges/wait?q=topic:com.example.app+status:400&timeout=0ms');
  assert.is(wrong.status, 408);
  assert.match(
    wrong.json.title,
    /^Expected 1 exchange within 0 ms, but none came; the nearest is #\d+ device\.send com\.example\.app: status was 200, not 400$/,
  );
  assert.equal(wrong.json.nearMisses[0].why, ['status was 200, not 400']);
});

test('kind: in a query lifts the restriction to exchanges: list, latest, wait', async () => {
  await house.push(DEVICE, APP);
  const once = { reason: 'Shutdown', close: 'drained' };
  await house.call('POST', '/api/v1/connections/all/goaway', once);
  const q = 'q=kind:goaway-sent';
  const kinds = async (query: string): Promise<string[]> =>
    (await house.get(`/api/v1/exchanges?${query}`)).json.exchanges.map((each: { kind: string }) => each.kind);
  assert.equal(await kinds(q), ['goaway-sent']);
  const others = await kinds('q=-kind:goaway-sent');
  assert.ok(others.includes('exchange') && others.includes('operator') && !others.includes('goaway-sent'), `${others}`);
  assert.equal(await kinds(`${q}&kind=exchange`), []);
  const latest = (await house.get(`/api/v1/exchanges/latest?${q}`)).json;
  assert.is(latest.kind, 'goaway-sent');
  const there = await house.get(`/api/v1/exchanges/wait?${q}`);
  assert.equal([there.status, there.json.exchanges[0].seq], [200, latest.seq]);
  const waiting = house.get(`/api/v1/exchanges/wait?${q}&after=${latest.seq}&timeout=60s`);
  await house.push(DEVICE, APP);
  await house.call('POST', '/api/v1/connections/all/goaway', once);
  assert.is((await waiting).json.exchanges[0].kind, 'goaway-sent');
  const none = await house.get('/api/v1/exchanges/wait?q=kind:connection-refused&timeout=0ms');
  assert.match(none.json.title, /^Expected 1 entry within 0 ms, but none came$/);
  // Exchanges alone are verified; a query for something else would find nothing, and say all is well.
  const verified = await house.call('POST', '/api/v1/verify', { q: 'kind:goaway-sent', count: { exactly: 0 } });
  assert.is(verified.status, 400);
  assert.match(verified.json.title, /wait\?q=kind:/);
});

test('what a client sent is found, whether it is a word of ours or not', async () => {
  const { status } = await house.push(DEVICE, APP, { aps: {} }, { 'apns-push-type': 'bogus' });
  assert.is(status, 400);
  for (const q of ['type:bogus', 'com.example.a*'])
    assert.is((await house.get(`/api/v1/exchanges?q=${q}`)).json.exchanges.length, 1, q);
  const { json } = await house.get('/api/v1/exchanges?q=status:abc');
  assert.match(json.problems[0].message, /status: takes a status/);
});

test('verify: counts, order, quiet, near misses with their cause', async () => {
  const channel = await house.createChannel(SCORES);
  await house.broadcast(SCORES, channel);
  await house.broadcast(SCORES, channel, { 'apns-expiration': 'soon' });
  const verify = (body: unknown) => house.call('POST', '/api/v1/verify', body);
  const match = { operation: 'broadcast.send' };
  assert.is((await verify({ match, count: { exactly: 2 } })).status, 200);
  assert.is((await verify({ match, order: [{ status: 200 }, { status: 400 }] })).status, 200);
  assert.is((await verify({ order: [{ status: 400 }, { status: 200 }] })).status, 409);
  assert.is((await verify({ match, count: { exactly: 2 }, quiet: '100ms' })).status, 200);
  const silent = (await verify({ match, quiet: '10ms' })).json;
  assert.equal(
    [silent.expected, silent.actual],
    ['no broadcast.send in the last 10 ms', 'there were two, none of them in that time'],
  );
  assert.is(
    (await verify({ match: { ...match, status: '5xx' } })).json.expected,
    'at least one broadcast.send answered 5xx',
  );
  assert.is((await verify({ match: { stats: 200 } })).json.problems[0].suggestion, 'status');
  assert.is((await verify({ match, distinctBy: 'topic', count: { exactly: 1 } })).status, 200);
  const { status, json } = await verify({ match: { ...match, status: 200 }, count: { exactly: 2 } });
  assert.is(status, 409);
  assert.is(json.expected, 'exactly two broadcast.send answered 200');
  assert.is(json.actual, 'there was one');
  assert.match(json.nearMisses[0].sentence, /status was 400, not 200; BadExpirationDate, because .*soon/);
  assert.is((await verify({ match: { operation: 'brodcast.send' } })).json.problems[0].suggestion, 'broadcast.send');
  assert.is((await verify({ mach: {} })).json.problems[0].suggestion, 'match');
  assert.is((await verify({ count: { exactly: 0 }, q: `topic:${SCORES}` })).status, 409);
});

test('of a pause of the machine, who waits feels next to nothing', async () => {
  const waiting = [
    house.get(`/api/v1/exchanges/wait?q=topic:${APP}&count=2&timeout=2s`),
    house.call('POST', '/api/v1/verify', { match: { topic: APP }, count: { exactly: 2 }, timeout: '2s' }),
  ];
  await house.get('/readyz');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2200);
  await house.push(DEVICE, APP);
  await house.push(DEVICE, APP);
  for (const each of waiting) assert.is((await each).status, 200);
});

test('verify waits for what is missing, and notices what disturbs the quiet', async () => {
  const late = house.call('POST', '/api/v1/verify', { match: { topic: APP }, count: { exactly: 1 }, timeout: '60s' });
  await house.push(DEVICE, APP);
  assert.is((await late).status, 200);
  const quiet = house.call('POST', '/api/v1/verify', { match: { topic: APP }, count: { atLeast: 1 }, quiet: '60s' });
  // The question must have arrived before the disturbance: an answered call shows that the server got to it.
  await house.get('/livez');
  await house.push(DEVICE, APP);
  const { status, json } = await quiet;
  assert.is(status, 409);
  assert.match(json.actual, /came .* before the end/);
});

test('an exchange that never came may be a connection that failed', async () => {
  const { connect } = await import('node:net');
  const port = Number(new URL(house.mock.urls.send).port);
  await new Promise<void>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('POST / HTTP/1.1\r\n\r\n'));
    socket.on('close', () => resolve());
    socket.on('error', () => undefined);
    socket.resume();
  });
  const { json } = await house.get('/api/v1/exchanges/wait?timeout=0ms');
  assert.match(json.hints.join(), /connection-refused: .*it speaks no TLS/);
});

test('events: live, filtered, resumed', async () => {
  const all = await house.events('/api/v1/events');
  const some = await house.events(`/api/v1/events?q=topic:${APP}2`);
  await house.push(DEVICE, APP);
  await house.push(DEVICE, `${APP}2`);
  await all.until((seen) => seen.filter(({ event }) => event === 'exchange').length === 2);
  await some.until((seen) => seen.some(({ event }) => event === 'exchange'));
  assert.is(all.seen[0]?.event, 'hello');
  assert.equal(
    some.seen.map(({ event }) => event),
    ['hello', 'exchange'],
  );
  const [first, second] = all.seen.filter(({ event }) => event === 'exchange');
  assert.is(first?.data.topic, APP);
  assert.is(first?.id, String(first?.data.seq));
  all.end();
  some.end();
  await house.push(DEVICE, `${APP}3`);
  const again = await house.events('/api/v1/events', { 'last-event-id': first?.id as string });
  await again.until((seen) => seen.filter(({ event }) => event === 'exchange').length === 2);
  assert.equal(
    again.seen.filter(({ event }) => event === 'exchange').map(({ data }) => data.topic),
    [second?.data.topic, `${APP}3`],
  );
  assert.not.ok(again.seen.some(({ event }) => event === 'lost'));
  // What somebody deletes is told with what is left, and with the last number, so that a client goes on behind it.
  const last = again.seen.at(-1)?.id as string;
  await house.call('DELETE', `/api/v1/exchanges?topic=${APP}3`);
  await again.until((seen) => seen.at(-1)?.event === 'deleted');
  const { journal } = (await house.get('/api/v1/exchanges?limit=1')).json;
  assert.equal([again.seen.at(-1)?.id, again.seen.at(-1)?.data], [last, { journal }]);
  const told = again.seen.length;
  await house.call('DELETE', `/api/v1/exchanges?topic=${APP}3`);
  await house.push(DEVICE, `${APP}4`);
  await again.until((seen) => seen.at(-1)?.data.topic === `${APP}4`);
  assert.is(again.seen.length, told + 1, 'nothing was deleted, nothing is told');
  again.end();
});

test('rules: put on top, act once, are counted, go away', async () => {
  const made = await house.call('POST', '/api/v1/rules', {
    name: 'once',
    when: { operation: 'device.send' },
    times: 1,
    // biome-ignore lint/suspicious/noThenProperty: the word of the language
    then: { reason: 'TooManyRequests' },
  });
  assert.is(made.status, 201);
  assert.is(made.headers['location'], `/api/v1/rules/${made.json.id}`);
  assert.is((await house.get('/api/v1/rules?unused=1')).json.rules.length, 1);
  assert.equal([(await house.push(DEVICE, APP)).status, (await house.push(DEVICE, APP)).status], [429, 200]);
  const { rules } = (await house.get('/api/v1/rules')).json;
  assert.equal([rules[0].name, rules[0].hits, rules[0].fitted], ['once', 1, 2]);
  assert.is((await house.get('/api/v1/rules?unused=1')).json.rules.length, 0);
  assert.is((await house.call('DELETE', `/api/v1/rules/${made.json.id}`)).status, 204);
  assert.is((await house.call('DELETE', `/api/v1/rules/${made.json.id}`)).status, 404);
  const bad = await house.call('POST', '/api/v1/rules', 'when: {operation: device.snd}\nthen: {resaon: x}\n');
  assert.is(bad.status, 422);
  assert.equal(
    bad.json.problems.map((each: { suggestion: string }) => each.suggestion),
    ['device.send', 'reason'],
  );
  assert.is((await house.get('/api/v1/rules')).json.rules.length, 0);
});

test('scenario: replaced whole or not at all, unloaded, restored by a reset', async () => {
  assert.is((await house.get('/api/v1/scenario')).json.loaded, false);
  const text = 'version: 1\nname: mine\nrules:\n  - when: {operation: device.send}\n    then: {reason: Unregistered}\n';
  const put = await house.call('PUT', '/api/v1/scenario', text);
  assert.is(put.status, 200);
  assert.equal([put.json.loaded, put.json.name, put.json.text], [true, 'mine', text]);
  assert.is((await house.push(DEVICE, APP)).status, 410);
  const bad = await house.call('PUT', '/api/v1/scenario', `${text}expct: []\n`);
  assert.is(bad.status, 422);
  assert.equal([bad.json.problems[0].line, bad.json.problems[0].suggestion], [6, 'expect']);
  assert.is((await house.get('/api/v1/scenario')).json.name, 'mine');
  const { scenarios } = (await house.get('/api/v1/scenarios')).json;
  assert.ok(scenarios.length > 20);
  for (const body of [{ builtin: 'outage-then-recovers' }, 'builtin: flaky']) {
    const builtin = await house.call('PUT', '/api/v1/scenario', body);
    assert.is(builtin.status, 200, builtin.text);
  }
  assert.is((await house.call('PUT', '/api/v1/scenario', { builtin: 'flakey' })).status, 404);
  assert.is((await house.call('DELETE', '/api/v1/scenario')).json.loaded, false);
  await house.call('PUT', '/api/v1/scenario', text);
  await house.call('POST', '/api/v1/reset');
  assert.is((await house.get('/api/v1/scenario')).json.loaded, false);
});

test('scenario: times in its registries count from the time that its own clock shows', async () => {
  const channel = 'dHN0LXNyY2gtY2hubA==';
  for (const offset of ['30m', '-2h']) {
    const put = await house.call('PUT', '/api/v1/scenario', {
      version: 1,
      clock: { offset, frozen: true },
      devices: [
        { token: DEVICE, state: 'unregistered', since: 'in 10m' },
        { token: 'ab'.repeat(32), state: 'unregistered', since: '1h ago' },
      ],
      channels: [{ id: channel, bundleId: SCORES }],
    });
    assert.is(put.status, 200, put.text);
    const now = Date.parse((await house.get('/api/v1/clock')).json.now);
    const since = async (token: string): Promise<number> =>
      Date.parse((await house.get(`/api/v1/devices/${token}`)).json.since);
    assert.equal([await since(DEVICE), await since('ab'.repeat(32))], [now + 600_000, now - 3_600_000], offset);
    const [seeded] = (await house.get(`/api/v1/channels?bundleId=${SCORES}`)).json.channels;
    assert.is(Date.parse(seeded.createdAt), now, offset);
  }
  // And once it is gone, from what the clock shows without it.
  const plain = { version: 1, devices: [{ token: DEVICE, state: 'unregistered', since: 'in 10m' }] };
  await house.call('PUT', '/api/v1/scenario', plain);
  const since = Date.parse((await house.get(`/api/v1/devices/${DEVICE}`)).json.since);
  assert.ok(Math.abs(since - Date.now() - 600_000) < 300_000, `${since - Date.now()} ms`);
});

test('rules on top that go with a scenario or a reset are counted and told', async () => {
  const scenario =
    'version: 1\nname: mine\nrules:\n  - when: {operation: device.send}\n    then: {reason: Unregistered}\n';
  const rule = `when: {topic: ${APP}}\nthen: {reason: TooManyRequests}\n`;
  const put = async (count: number): Promise<string[]> => {
    const ids: string[] = [];
    for (let i = 0; i < count; i++) ids.push((await house.call('POST', '/api/v1/rules', rule)).json.id);
    return ids;
  };
  const told = async (method: string, path: string, body?: string): Promise<[number, string[]]> => {
    const before = house.said.length;
    const { json } = await house.call(method, path, body);
    return [json.droppedRules, house.said.slice(before)];
  };
  const MORE = 'put there again what is still wanted';
  assert.equal(await told('PUT', '/api/v1/scenario', scenario), [0, []]);
  await put(2);
  assert.equal(await told('PUT', '/api/v1/scenario', scenario), [
    2,
    [`2 rules put on top went with the scenario that was replaced; ${MORE}`],
  ]);
  assert.equal((await house.get('/api/v1/rules')).json.rules.length, 1);
  // Those of the scenario itself are no loss, nor are those that somebody has taken away.
  assert.equal(await told('PUT', '/api/v1/scenario', scenario), [0, []]);
  const [first] = await put(2);
  await house.call('DELETE', `/api/v1/rules/${first}`);
  // Nor is one that has done what it was put there for.
  const once = `when: {topic: com.example.once}\ntimes: 1\nthen: {reason: TooManyRequests}\n`;
  await house.call('POST', '/api/v1/rules', once);
  assert.is((await house.push(DEVICE, 'com.example.once')).status, 429);
  assert.equal(await told('DELETE', '/api/v1/scenario'), [
    1,
    [`1 rule put on top went with the scenario that was unloaded; ${MORE}`],
  ]);
  // So many are kept, and the next one costs the oldest.
  await put(ADDED_MAX - 1);
  assert.equal(await told('POST', '/api/v1/rules', rule), [0, []]);
  const [oldest] = (await house.get('/api/v1/rules')).json.rules.slice(-1);
  assert.equal(await told('POST', '/api/v1/rules', rule), [
    1,
    [`1 rule put on top went with newer ones: ${ADDED_MAX} are kept; ${MORE}`],
  ]);
  const { rules } = (await house.get('/api/v1/rules')).json;
  assert.is(rules.length, ADDED_MAX);
  assert.not(rules.some(({ id }: { id: string }) => id === oldest.id));
  await house.call('DELETE', '/api/v1/scenario');
  await put(3);
  assert.equal(await told('PUT', '/api/v1/scenario', `${scenario}expct: []\n`), [undefined, []]);
  assert.equal(await told('POST', `/api/v1/reset?topic=${SCORES}`), [0, []]);
  await house.call('POST', '/api/v1/rules', `when: {topic: ${SCORES}}\nthen: {reason: TooManyRequests}\n`);
  assert.equal(await told('POST', `/api/v1/reset?topic=${SCORES}`), [
    1,
    [`1 rule put on top went with a reset for ${SCORES}; ${MORE}`],
  ]);
  assert.equal(await told('POST', '/api/v1/reset'), [3, [`3 rules put on top went with a reset; ${MORE}`]]);
  assert.equal(await told('POST', '/api/v1/reset'), [0, []]);
});

test('apps, devices, keys, channels', async () => {
  assert.equal((await house.get(`/api/v1/apps/${APP}`)).json.registered, false);
  const app = (await house.call('PUT', `/api/v1/apps/${SCORES}`, { channelLimit: 1 })).json;
  assert.equal([app.registered, app.channelLimit, app.broadcast], [true, 1, true]);
  const channel = await house.createChannel(SCORES);
  await house.broadcast(SCORES, channel, { 'apns-expiration': String(Math.floor(Date.now() / 1000) + 600) });
  const [listed] = (await house.get(`/api/v1/channels?bundleId=${SCORES}`)).json.channels;
  assert.equal([listed.id, listed.accepted, listed.policy], [channel, 1, 1]);
  assert.is(listed.stored.payload.aps.event, 'update');
  assert.equal((await house.get('/api/v1/channels?environment=production')).json.channels, []);

  assert.is(
    (await house.call('PUT', `/api/v1/devices/${DEVICE}`, { state: 'unregistered', since: '2h ago' })).json.state,
    'unregistered',
  );
  assert.is((await house.push(DEVICE, APP)).status, 410);
  assert.is((await house.call('DELETE', `/api/v1/devices/${DEVICE}`)).json.registered, false);
  assert.is((await house.push(DEVICE, APP)).status, 200);
  assert.is((await house.get('/api/v1/devices/xyz')).status, 400);

  const made = await house.call('POST', '/api/v1/keys/generate', { teamId: 'TEAM123456' });
  assert.is(made.status, 201);
  assert.match(made.json.p8, /BEGIN PRIVATE KEY/);
  const keys = (await house.get('/api/v1/keys')).text;
  assert.ok(keys.includes(made.json.keyId));
  assert.not.match(keys, /PRIVATE|handle/);
  const { keyId, teamId, publicKey } = made.json;
  assert.is((await house.call('PUT', '/api/v1/keys', { keyId, teamId, publicKey })).status, 200);
  assert.is((await house.call('PUT', '/api/v1/keys', { keyId, teamId, publicKey: made.json.p8 })).status, 400);
});

test('clock: shifted, frozen, advanced through what falls due', async () => {
  await house.call('POST', '/api/v1/rules', 'when: {operation: device.send}\nthen: {delay: 1h}\n');
  assert.is((await house.call('PUT', '/api/v1/clock', { frozen: true })).json.frozen, true);
  const pushed = house.push(DEVICE, APP);
  assert.is((await house.get('/api/v1/exchanges/wait?timeout=60s')).status, 200);
  await house.call('POST', '/api/v1/clock/advance', { by: '61m' });
  assert.is((await pushed).status, 200);
  const clock = (await house.get('/api/v1/clock')).json;
  assert.ok(clock.offsetMs > 3_500_000);
  assert.is((await house.call('POST', '/api/v1/clock/advance', { by: 'soon' })).status, 400);
  await house.call('POST', '/api/v1/reset');
  assert.ok(Math.abs((await house.get('/api/v1/clock')).json.offsetMs) < 1000);
});

test('connections: seen, and handled by hand', async () => {
  await house.push(DEVICE, APP);
  const { connections } = (await house.get('/api/v1/connections')).json;
  const [{ id, listener, requests, auth }] = connections;
  assert.equal([listener, auth], ['h2c', 'token']);
  assert.ok(requests > 0);
  for (const [what, body] of [
    ['streams', 5],
    ['streams', { streams: 6 }],
    ['reset', '"CANCEL"'],
    ['reset', undefined],
  ] as const)
    assert.equal(
      (await house.call('POST', `/api/v1/connections/${id}/${what}`, body)).json,
      { connections: [id] },
      what,
    );
  assert.is((await house.call('POST', `/api/v1/connections/${id}/streams`)).status, 400);
  assert.is((await house.call('POST', `/api/v1/connections/${id}/goaway`, { reason: 'Shutdwn' })).status, 422);
  assert.is((await house.call('POST', '/api/v1/connections/c999/drop')).status, 404);
  assert.is((await house.call('POST', `/api/v1/connections/${id}/goaway`, { reason: 'Shutdown' })).status, 200);
  const said = (await house.get('/api/v1/exchanges?kind=connection&q=kind:goaway-sent')).json.exchanges;
  assert.match(said.at(-1).detail, /Shutdown/);
  await house.push(DEVICE, APP);
  assert.is((await house.call('POST', '/api/v1/connections/all/drop')).status, 200);
});

test('a stalled request is reset by hand', async () => {
  await house.call('POST', '/api/v1/rules', 'when: {operation: device.send}\nthen: {stall: true}\n');
  const pushed = house.push(DEVICE, APP).then(
    () => 'answered',
    (error: NodeJS.ErrnoException) => error.code,
  );
  await house.get('/api/v1/exchanges/wait?timeout=60s');
  await house.call('POST', '/api/v1/connections/all/reset', { code: 'REFUSED_STREAM' });
  assert.is(await pushed, 'ERR_HTTP2_STREAM_ERROR');
});

test('export: lines, HAR, a scenario that plays again', async () => {
  await house.call(
    'POST',
    '/api/v1/rules',
    'times: 1\nwhen: {operation: device.send}\nthen: {reason: TooManyRequests, retryAfter: 5}\n',
  );
  await house.push(DEVICE, APP);
  await house.push(DEVICE, APP);
  const lines = (await house.get('/api/v1/export')).text.trimEnd().split('\n');
  assert.is(lines.filter((line) => JSON.parse(line).kind === 'exchange').length, 2);
  const { log } = (await house.get('/api/v1/export?format=har')).json;
  assert.equal(
    log.entries.map((entry: { response: { status: number } }) => entry.response.status),
    [429, 200],
  );
  assert.not.match(JSON.stringify(log), /eyJ/);
  const scenario = (await house.get('/api/v1/export?format=scenario')).text;
  await house.call('POST', '/api/v1/reset');
  assert.is((await house.call('PUT', '/api/v1/scenario', scenario)).status, 200);
  assert.equal([(await house.push(DEVICE, APP)).status, (await house.push(DEVICE, APP)).status], [429, 200]);
  const { expectations } = (await house.get('/api/v1/scenario')).json;
  assert.ok(expectations.length === 2 && expectations.every(({ ok }: { ok: boolean }) => ok));
});

test('metrics', async () => {
  await house.push(DEVICE, APP);
  const { text, headers } = await house.get('/metrics');
  assert.match(String(headers['content-type']), /^text\/plain; version=0\.0\.4/);
  assert.match(
    text,
    /^mock_apns_exchanges_total\{operation="device\.send",environment="sandbox",status="200",verdict="accepted"\} \d+$/m,
  );
  for (const line of text.trimEnd().split('\n'))
    assert.match(line, /^(# (HELP|TYPE) mock_apns_\w+ .+|mock_apns_\w+(\{(\w+="([^"\\]|\\.)*",?)+\})? -?[\d.e+]+)$/);
});

test('a reset for one app leaves the others alone', async () => {
  const channel = await house.createChannel(SCORES);
  await house.createChannel('com.example.other');
  await house.push(DEVICE, APP);
  await house.push(DEVICE, `${SCORES}.voip`, { call: 1 }, { 'apns-push-type': 'voip' });
  await house.call('POST', '/api/v1/rules', `when: {topic: ${SCORES}}\nthen: {reason: TooManyRequests}\n`);
  await house.call('POST', '/api/v1/rules', `when: {topic: ${APP}}\nthen: {reason: TooManyRequests}\n`);
  await house.call('PUT', `/api/v1/devices/${DEVICE}`, { topics: [SCORES] });
  await house.call('PUT', '/api/v1/devices/abcd', { topics: [SCORES, APP] });
  assert.equal((await house.call('POST', `/api/v1/reset?topic=${SCORES}`)).json, {
    reset: SCORES,
    deleted: 2,
    droppedRules: 1,
  });
  assert.equal(
    (await house.get('/api/v1/channels')).json.channels.map((each: { bundleId: string }) => each.bundleId),
    ['com.example.other'],
  );
  assert.equal(
    (await house.get('/api/v1/exchanges')).json.exchanges.map((each: { topic: string }) => each.topic),
    [APP, 'com.example.other'],
  );
  assert.equal((await house.get('/api/v1/rules')).json.rules.length, 1);
  assert.equal(
    (await house.get('/api/v1/devices')).json.devices.map((each: { token: string }) => each.token),
    ['abcd'],
  );
  assert.is((await house.broadcast(SCORES, channel)).status, 400);
});

test('errors say what to do', async () => {
  const cases: readonly [string, string, unknown, number, RegExp][] = [
    ['GET', '/api/v1/exchangs', undefined, 404, /did you mean \/api\/v1\/exchanges\?/],
    ['POST', '/api/v1/info', undefined, 405, /takes GET, not POST/],
    ['GET', '/api/v1/exchanges?limit=0', undefined, 400, /query\.limit must be a whole number from 1 to 1000, not 0/],
    ['GET', '/api/v1/exchanges?limt=1', undefined, 400, /query\.limt is no key of the query/],
    ['GET', '/api/v1/exchanges?q=a:b', undefined, 400, /Correct the query/],
    ['GET', '/api/v1/exchanges?q=a&q=b', undefined, 400, /Give q once/],
    ['POST', '/api/v1/verify', '{', 400, /Send JSON/],
    ['POST', '/api/v1/verify', undefined, 400, /Send a body/],
    ['POST', '/api/v1/verify', `"${'x'.repeat(1024 * 1024)}"`, 413, /at most 1048576 bytes/],
    ['PUT', '/api/v1/scenario', 'version: 2', 422, /Nothing has changed/],
    ['GET', '/api/v1/%zz', undefined, 404, /There is nothing at/],
    ['GET', '/api/v1/rules/%zz', undefined, 400, /no percent-encoding/],
  ];
  for (const [method, path, body, status, title] of cases) {
    const answer = await house.call(method, path, body);
    assert.is(answer.status, status, `${method} ${path}: ${answer.text.slice(0, 200)}`);
    assert.is(answer.headers['content-type'], PROBLEM);
    assert.match(answer.json.title, title);
    assert.is(answer.json.status, status);
  }
  assert.is((await house.call('HEAD', '/api/v1/events')).status, 200);
  const head = await house.call('HEAD', '/api/v1/info');
  assert.equal([head.status, head.text], [200, '']);
});
test.run();
