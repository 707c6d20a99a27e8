// Every entry point as an ES module uses it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createMock } from 'mock-apns';
import { createFetch } from 'mock-apns/fetch';
import { bundleId, channelId, deviceToken } from 'mock-apns/targets';
import { connect, startApns } from 'mock-apns/testing';

const apns = await startApns();
const send = createFetch(apns);
const answer = await send('https://api.push.apple.com/3/device/xyz', { method: 'POST', body: '{}' });
assert.equal(answer.status, 403);
assert.deepEqual(await answer.json(), { reason: 'MissingProviderToken' });
await apns.verify({ reason: 'MissingProviderToken', listener: 'in-process' }, 1);
await assert.rejects(apns.verify({}, 2), { name: 'AssertionError', expected: 'exactly two requests' });
await apns.scenario.load('flaky');
const same = await connect(apns.controlUrl);
await same.verify({ reason: 'MissingProviderToken' }, 1);
await same.stop();
await apns.stop();

const mock = await createMock({ ports: [0], managePort: 0, manageProductionPort: 0, controlPort: 0, certs: 'memory' });
assert.match(mock.urls.send, /^https:/);
await mock.stop();

assert.match(deviceToken('Unregistered'), /^[0-9a-f]{64}$/);
assert.equal(channelId('Shutdown'), 'U2h1dGRvd24=');
assert.equal(bundleId('stall'), 'com.example.mock.stall');

const schema = JSON.parse(
  readFileSync(createRequire(import.meta.url).resolve('mock-apns/scenario.schema.json'), 'utf8'),
);
assert.equal(schema.type, 'object');

// The one dependency is optional, and is named when it is missing.
await assert.rejects(import('mock-apns/msw'), /msw/);
console.log('esm ok');
