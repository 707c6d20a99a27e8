// The handlers, asked directly: without listen() nothing in this process is patched.
import assert from 'node:assert/strict';
import { handlers } from 'mock-apns/msw';
import { startApns } from 'mock-apns/testing';
import { getResponse } from 'msw';

const apns = await startApns();
const all = handlers(apns);
const ask = (url) => getResponse(all, new Request(url, { method: 'POST', body: '{}' }));
const answer = await ask('https://api.sandbox.push.apple.com/3/device/xyz');
assert.equal(answer.status, 403);
assert.deepEqual(await answer.json(), { reason: 'MissingProviderToken' });
assert.equal((await ask('https://api-manage-broadcast.push.apple.com:2196/1/apps/com.example/channels')).status, 403);
assert.equal(await ask('https://example.com/3/device/xyz'), undefined);
await apns.verify({ listener: 'in-process' }, 2);
await apns.verify({ environment: 'production' }, 1);
const lost = await apns.with({ evenIfInvalid: true, then: { drop: true } }, () =>
  ask('https://api.push.apple.com/3/device/xyz'),
);
assert.equal(lost.type, 'error');
await apns.stop();
console.log('msw ok');
