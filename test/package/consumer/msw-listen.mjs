// With listen(): the global fetch is answered by the handlers.
import assert from 'node:assert/strict';
import { handlers } from 'mock-apns/msw';
import { startApns } from 'mock-apns/testing';
import { setupServer } from 'msw/node';

const apns = await startApns();
const server = setupServer(...handlers(apns));
server.listen({ onUnhandledRequest: 'error' });
const answer = await fetch('https://api.push.apple.com/3/device/xyz', { method: 'POST', body: '{}' });
assert.equal(answer.status, 403);
await apns.verify({ reason: 'MissingProviderToken' }, 1);
server.close();
await apns.stop();
console.log('listen ok');
