// The same for require().
const assert = require('node:assert/strict');
const { createMock } = require('mock-apns');
const { createFetch } = require('mock-apns/fetch');
const { deviceToken } = require('mock-apns/targets');
const { connect, startApns } = require('mock-apns/testing');

(async () => {
  const apns = await startApns();
  const answer = await createFetch(apns)('https://api.push.apple.com/3/device/xyz', { method: 'POST', body: '{}' });
  assert.equal(answer.status, 403);
  await apns.verify({ reason: 'MissingProviderToken' }, 1);
  await (await connect(apns.controlUrl)).verify({}, 1);
  await apns.stop();
  const mock = await createMock({
    ports: [0],
    managePort: 0,
    manageProductionPort: 0,
    controlPort: 0,
    certs: 'memory',
  });
  await mock.stop();
  assert.match(deviceToken('Unregistered'), /^[0-9a-f]{64}$/);
  assert.equal(require('mock-apns/scenario.schema.json').type, 'object');
  assert.throws(() => require('mock-apns/msw'), /msw/);
  console.log('cjs ok');
})();
