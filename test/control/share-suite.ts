/** One of the suites that share a server: channels, broadcasts, rules and counts of its own app, reset in between. */
import * as assert from 'node:assert/strict';
import { connect } from 'node:http2';
import { callAt } from './house.ts';

const [control = '', h2c = '', token = '', app = ''] = process.argv.slice(2);
const ROUNDS = 8;

const session = connect(h2c);
const call = (method: string, path: string, body?: unknown) => callAt(control, method, path, body);

function send(path: string, headers: Record<string, string>, body: string) {
  const stream = session.request({ ':method': 'POST', ':path': path, authorization: `bearer ${token}`, ...headers });
  return new Promise<{ status: number; channel: string }>((resolve, reject) => {
    stream.on('response', (given) => {
      resolve({ status: Number(given[':status']), channel: String(given['apns-channel-id'] ?? '') });
    });
    stream.on('error', reject);
    stream.resume().end(body);
  });
}

for (let round = 1; round <= ROUNDS; round++) {
  assert.equal((await call('POST', `/api/v1/reset?topic=${app}`)).status, 200);
  assert.deepEqual((await call('GET', `/api/v1/channels?bundleId=${app}`)).json.channels, []);
  assert.deepEqual((await call('GET', `/api/v1/exchanges?topic=${app}`)).json.exchanges, []);
  const rule = { when: { operation: 'broadcast.send', topic: app }, nth: 2, sequence: [{ reason: 'TooManyRequests' }] };
  assert.equal((await call('POST', '/api/v1/rules', rule)).status, 201);
  const { channel } = await send(
    `/1/apps/${app}/channels`,
    {},
    '{"message-storage-policy":1,"push-type":"LiveActivity"}',
  );
  const headers = {
    'apns-channel-id': channel,
    'apns-push-type': 'liveactivity',
    'apns-priority': '10',
    'apns-expiration': '0',
  };
  const statuses: number[] = [];
  for (let i = 0; i < 3; i++) statuses.push((await send(`/4/broadcasts/apps/${app}`, headers, '{"aps":{}}')).status);
  // Had another suite's reset or rule struck here, the second would not be the one that is refused.
  assert.deepEqual(statuses, [200, 429, 200]);
  const verified = await call('POST', '/api/v1/verify', {
    topic: app,
    match: { operation: 'broadcast.send' },
    count: { exactly: 3 },
    order: [{ status: 200 }, { status: 429 }, { status: 200 }],
  });
  assert.equal(verified.status, 200, verified.text);
  assert.equal((await call('GET', `/api/v1/channels?bundleId=${app}`)).json.channels.length, 1);
}
session.close();
console.log('fine');
