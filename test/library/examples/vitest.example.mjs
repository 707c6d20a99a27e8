import { startApns } from 'mock-apns/testing';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { PushService } from './push-service.mjs';

let apns;
let service;
beforeAll(async () => {
  apns = await startApns();
  service = new PushService({ url: apns.sendUrl, ca: apns.ca, ...apns.key, topic: 'com.example.app' });
});
beforeEach(() => apns.reset());
afterAll(async () => {
  service.close();
  await apns.stop();
});

const DEVICE = 'a1'.repeat(32);

test('a push arrives', async () => {
  expect(await service.push(DEVICE, { aps: { alert: 'Hi' } })).toBe('sent');
  await apns.verify({ 'payload.aps.alert': 'Hi', status: 200 }, 1);
});

test('APNs stumbles twice, then it works', async () => {
  await apns.with({ times: 2, then: { reason: 'InternalServerError' } }, async () => {
    await expect(service.push(DEVICE, { aps: {} })).rejects.toThrow('500 InternalServerError');
    await expect(service.push(DEVICE, { aps: {} })).rejects.toThrow('500 InternalServerError');
    expect(await service.push(DEVICE, { aps: {} })).toBe('sent');
  });
});

test('a verification that fails says what came nearest', async () => {
  await service.push(DEVICE, { aps: { alert: 'Hi' } });
  await expect(apns.verify({ 'payload.aps.alert': 'Ho' }, 1)).rejects.toThrow(/payload\.aps\.alert was Hi, not Ho/);
});
