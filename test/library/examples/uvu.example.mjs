import { startApns } from 'mock-apns/testing';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { PushService } from './push-service.mjs';

const push = suite('push');

push.before(async (context) => {
  context.apns = await startApns();
  context.service = new PushService({
    ...context.apns.key,
    url: context.apns.sendUrl,
    ca: context.apns.ca,
    topic: 'com.example.app',
  });
});
push.before.each(({ apns }) => apns.reset());
push.after(async ({ apns, service }) => {
  service.close();
  await apns.stop();
});

push('arrives', async ({ apns, service }) => {
  assert.is(await service.push('a1'.repeat(32), { aps: { alert: 'Hi' } }), 'sent');
  const { request } = await apns.exchanges.next({ operation: 'device.send' });
  assert.equal(request.payload, { aps: { alert: 'Hi' } });
});

push('is lost with the connection', async ({ apns, service }) => {
  await apns.with({ drop: true }, async () => {
    let lost = false;
    await service.push('a1'.repeat(32), { aps: {} }).catch(() => {
      lost = true;
    });
    assert.ok(lost);
  });
  await apns.verify({ carriedOut: false }, 1);
});

push.run();
