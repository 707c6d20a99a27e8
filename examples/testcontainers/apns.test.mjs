// npm install --save-dev testcontainers @parse/node-apn, and an image mock-apns (docker build -t mock-apns .); then
// node --test apns.test.mjs
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import apn from '@parse/node-apn';
import { GenericContainer, getContainerRuntimeClient, Wait } from 'testcontainers';

let container;
let control;
let provider;

before(async () => {
  const { info } = await getContainerRuntimeClient();
  container = await new GenericContainer('mock-apns:latest')
    .withExposedPorts(2195, 2196, 2197, 2198)
    // Where Docker is on another machine, or the tests are in a container themselves, this is not localhost.
    .withEnvironment({ MOCK_APNS_CERT_NAMES: info.containerRuntime.host })
    .withTmpFs({ '/certs': 'rw' })
    .withWaitStrategy(Wait.forHealthCheck())
    .start();
  const host = container.getHost();
  control = `http://${host}:${container.getMappedPort(2198)}`;
  const ca = await (await fetch(`${control}/ca.pem`)).text();
  const { p8, keyId, teamId } = await (await fetch(`${control}/api/v1/keys/generate`, { method: 'POST' })).json();
  provider = new apn.Provider({
    token: { key: p8, keyId, teamId },
    address: host,
    port: container.getMappedPort(2197),
    ca: [ca],
  });
});

after(async () => {
  await new Promise((done) => provider?.shutdown(done));
  await container?.stop();
});

const note = () =>
  Object.assign(new apn.Notification(), { topic: 'com.example.app', pushType: 'alert', alert: 'Hello' });

test('a push arrives', async () => {
  const { sent } = await provider.send(note(), 'ab'.repeat(32));
  assert.equal(sent.length, 1);
  const { exchanges } = await (await fetch(`${control}/api/v1/exchanges?topic=com.example.app`)).json();
  assert.equal(exchanges[0].request.payload.aps.alert, 'Hello');
});

test('a device that is gone', async () => {
  // Hexadecimal of "Unregistered", and zeros: docs/reasons.md
  const { failed } = await provider.send(note(), `${Buffer.from('Unregistered').toString('hex')}00`.padEnd(64, '0'));
  assert.equal(failed[0].status, 410);
});
