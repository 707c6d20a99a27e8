import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { deviceToken } from 'mock-apns/targets';
import { startApns } from 'mock-apns/testing';
import { PushService } from './push-service.mjs';

let apns;
let service;
before(async () => {
  apns = await startApns();
  service = new PushService({ url: apns.sendUrl, ca: apns.ca, ...apns.key, topic: 'com.example.app' });
});
beforeEach(() => apns.reset());
after(async () => {
  service.close();
  await apns.stop();
});

const DEVICE = 'a1'.repeat(32);

test('a push arrives', async () => {
  assert.equal(await service.push(DEVICE, { aps: { alert: 'Hi' } }), 'sent');
  await apns.verify({ operation: 'device.send', token: DEVICE, 'payload.aps.alert': 'Hi', status: 200 }, 1);
});

test('a device that is gone is forgotten', async () => {
  assert.equal(await service.push(deviceToken('Unregistered'), { aps: {} }), 'forget');
});

test('too many requests: the caller may try again', async () => {
  await apns.with({ reason: 'TooManyRequests' }, () =>
    assert.rejects(service.push(DEVICE, { aps: {} }), /429 TooManyRequests/),
  );
  assert.equal(await service.push(DEVICE, { aps: {} }), 'sent');
  await apns.verify({ operation: 'device.send' }, 2);
});

test('APNs goes away: the next push takes another connection', async () => {
  await service.push(DEVICE, { aps: {} });
  await apns.connections.goaway({ reason: 'Shutdown' });
  assert.equal(await service.push(DEVICE, { aps: {} }), 'sent');
});

test('an hour later the provider token is too old', async () => {
  await apns.clock.advance('61m');
  await assert.rejects(service.push(DEVICE, { aps: {} }), /403 ExpiredProviderToken/);
});
