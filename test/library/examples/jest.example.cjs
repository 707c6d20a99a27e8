const { deviceToken } = require('mock-apns/targets');
const { startApns } = require('mock-apns/testing');
const { PushService } = require('./push-service.cjs');

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

test('a device that is gone is forgotten', async () => {
  expect(await service.push(deviceToken('Unregistered'), { aps: {} })).toBe('forget');
});

test('too many requests: the caller may try again', async () => {
  await apns.with({ reason: 'TooManyRequests' }, async () => {
    await expect(service.push(DEVICE, { aps: {} })).rejects.toThrow('429 TooManyRequests');
  });
});

test('a verification that fails says what came nearest', async () => {
  await service.push(DEVICE, { aps: { alert: 'Hi' } });
  await expect(apns.verify({ 'payload.aps.alert': 'Ho' }, 1)).rejects.toThrow(/payload\.aps\.alert was Hi, not Ho/);
});
