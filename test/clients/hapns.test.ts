/** hapns, as it comes from npm, in a process of its own: it trusts by environment only and never closes a connection. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { spellBundleId, spellChannelId, spellDeviceToken } from '../../server/core/targets.ts';
import { newEcKeyPem } from '../../server/shell/crypto.ts';
import { DEVICE, DOORS, type House, header, headerNames, openHouse, TOPIC } from './house.ts';
import type { Told } from './programs/answer.ts';
import { type Program, startProgram } from './trusting.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

interface Delivery {
  readonly apnsId: string;
  readonly apnsUniqueId?: string;
}

for (const door of DOORS) {
  const test = suite(`hapns, door ${door}`);
  let house: House;
  let program: Program;
  const open = (given: object): Promise<void> =>
    program.ask('open', { push: house.send.origin, channels: house.manage.origin, ...given });
  const token = (changes: object = {}): object => {
    const { p8, keyId, teamId } = house.key;
    return { token: { key: p8, keyId, teamIdentifier: teamId, ...changes } };
  };
  test.before(async () => {
    house = await openHouse(door);
    program = startProgram('hapns', house.caFile);
  });
  test.after(async () => {
    await program.end();
    await house.stop();
  });
  test.before.each(async () => {
    await open(token());
    house.taken();
  });

  const push = (device: string, more: object = {}) => program.ask<Delivery>('push', { device, topic: TOPIC, ...more });
  const refused = (device: string, more: object = {}) => program.fails('push', { device, topic: TOPIC, ...more });
  /** Its errors carry the status, and the reason in their name. */
  const told = ({ name, statusCode }: Told): unknown => [statusCode, name];

  test('a push: 200, the id comes back letter by letter', async () => {
    const apnsId = '0B8C5D70-1F0E-4E6B-9F0D-6A0C1B2D3E4F';
    const delivery = await push(DEVICE, { apnsId });
    assert.is(delivery.apnsId, apnsId);
    assert.match(delivery.apnsUniqueId as string, UUID);
    const [exchange] = house.exchanges();
    assert.is(exchange?.connection.alpn, 'h2');
    assert.is(exchange?.request.authority, house.send.host);
    assert.equal(headerNames(exchange), [
      'apns-expiration',
      'apns-priority',
      'apns-topic',
      'apns-push-type',
      'apns-id',
      'authorization',
      'content-length',
    ]);
    // With a capital letter.
    assert.ok(header(exchange, 'authorization')?.startsWith('Bearer (kid '));
    assert.is(header(exchange, 'apns-expiration'), '0');
  });

  test('ten at once: ten connections', async () => {
    const devices = Array.from({ length: 10 }, (_, index) => index.toString(16).padStart(2, 'a').repeat(32));
    const deliveries = await program.ask<Delivery[]>('burst', { devices, topic: TOPIC });
    assert.is(new Set(deliveries.map(({ apnsId }) => apnsId)).size, 10);
    assert.is(new Set(house.exchanges().map(({ connection }) => connection.id)).size, 10);
  });

  test('refused by its own fault: an error of its own for each', async () => {
    assert.equal(told(await refused('abc')), [400, 'BadDeviceTokenError']);
    assert.equal(told(await refused(DEVICE, { topic: 'not a topic' })), [400, 'BadTopicError']);
    assert.equal(told(await refused(DEVICE, { body: 'x'.repeat(4096) })), [413, 'PayloadTooLargeError']);
    const wrong = await refused(DEVICE, { apnsId: 'no-uuid' });
    assert.equal(told(wrong), [400, 'BadMessageIdError']);
    assert.match(wrong.apnsId as string, UUID, 'the server makes an id in its place');
  });

  test('a device that is gone', async () => {
    const device = 'beef'.repeat(16);
    const since = Date.UTC(2026, 10, 1, 12);
    house.tell({
      put: 'device',
      device: { token: device, environment: null, topics: null, state: 'unregistered', since },
    });
    // The moment is in the answer, and this library drops it.
    assert.equal(told(await refused(device)), [410, 'UnregisteredError']);
    assert.equal(house.exchanges()[0]?.response?.body, { reason: 'Unregistered', timestamp: since });
  });

  test('a foreign key', async () => {
    await open(token({ key: newEcKeyPem() }));
    assert.equal(told(await refused(DEVICE)), [403, 'InvalidProviderTokenError']);
  });

  test('an expired provider token is kept and sent again', async () => {
    await push(DEVICE);
    house.shiftClock(61 * 60_000);
    assert.equal(told(await refused(DEVICE)), [403, 'ExpiredProviderTokenError']);
    assert.equal(told(await refused(DEVICE)), [403, 'ExpiredProviderTokenError']);
    house.shiftClock(0);
    await push(DEVICE);
  });

  test('spelled answers', async () => {
    for (const [reason, status] of [
      ['BadTopic', 400],
      ['Forbidden', 403],
      ['UnrelatedKeyIdInToken', 403],
      ['BadPath', 404],
      ['ExpiredToken', 410],
      ['TooManyRequests', 429],
      ['TooManyProviderTokenUpdates', 429],
      ['ServiceUnavailable', 503],
      ['Shutdown', 503],
    ] as const)
      assert.equal(told(await refused(spellDeviceToken(reason))), [status, `${reason}Error`]);
    assert.equal(told(await refused(spellDeviceToken('InternalServerError'))), [500, 'InternalServerError']);
    // A reason that it has never heard of loses its status.
    const unknown = await refused(spellDeviceToken('BadEnvironmentKeyIdInToken'));
    assert.is(unknown.message, 'Unknown APNs error reason received: BadEnvironmentKeyIdInToken');
  });

  test('bodies that APNs never sends: a SyntaxError', async () => {
    assert.is((await refused(spellDeviceToken('garbage'))).name, 'SyntaxError');
    assert.is((await refused(spellDeviceToken('empty'))).name, 'SyntaxError');
  });

  test('trouble on the wire: an error of the transport, and the next push passes', async () => {
    for (const fault of ['reset', 'drop']) {
      const error = await refused(spellDeviceToken(fault));
      assert.is(error.statusCode, undefined);
      await push(DEVICE);
    }
  });

  test('answered, then GOAWAY: the push has arrived, and so does the next one', async () => {
    await push(spellDeviceToken('goaway'));
    await push(DEVICE);
    assert.is(house.exchanges().length, 2);
  });

  test('channels: create, read, list, broadcast, delete, broadcast again', async () => {
    const requestId = 'a3c14b5e-2f69-4d6c-8f43-7b7f1d9e0a11';
    const channelId = await program.ask<string>('create', { bundleId: TOPIC, policy: 1, requestId });
    const [creation] = house.exchanges();
    assert.equal(creation?.request.payload, { 'message-storage-policy': 1, 'push-type': 'LiveActivity' });
    assert.is(header(creation, 'apns-request-id'), requestId);
    assert.is(Buffer.from(channelId, 'base64').length, 16);

    const channel = { bundleId: TOPIC, channelId };
    assert.equal(await program.ask('read', channel), { messageStoragePolicy: 1, pushType: 'LiveActivity' });
    assert.equal(await program.ask('list', channel), [channelId]);

    house.taken();
    const cast = await program.ask<Delivery>('broadcast', {
      ...channel,
      expiration: Math.floor(Date.now() / 1000) + 600,
    });
    assert.match(cast.apnsId, UUID);
    assert.match(cast.apnsUniqueId as string, UUID);
    const [broadcast] = house.exchanges();
    // A topic where none belongs, and a time in milliseconds: both are this library's and must do no harm.
    assert.is(header(broadcast, 'apns-topic'), `${TOPIC}.push-type.liveactivity`);
    const payload = broadcast?.request.payload as { aps: { timestamp: number } } | undefined;
    assert.ok((payload?.aps.timestamp ?? 0) > 1e12);

    const removed = await program.ask<{ success: boolean; apnsRequestId: string }>('remove', channel);
    assert.ok(removed.success);
    assert.match(removed.apnsRequestId, UUID);
    assert.equal(told(await program.fails('broadcast', channel)), [400, 'ChannelNotRegisteredError']);
    assert.equal(told(await program.fails('read', channel)), [400, 'ChannelNotRegisteredError']);
    assert.equal(await program.ask('list', channel), []);
  });

  test('channels refused: by fault, and spelled', async () => {
    const bundleId = TOPIC;
    const channelId = await program.ask<string>('create', { bundleId, policy: 0 });
    assert.equal(told(await program.fails('broadcast', { bundleId, channelId, expiration: 1_893_456_000 })), [
      400,
      'BadExpirationDateError',
    ]);
    assert.equal(told(await program.fails('broadcast', { bundleId, channelId: '***' })), [400, 'BadChannelIdError']);
    const suffixed = `${TOPIC}.push-type.liveactivity`;
    assert.equal(told(await program.fails('create', { bundleId: suffixed, policy: 0 })), [400, 'TopicDisallowedError']);
    assert.equal(
      told(await program.fails('create', { bundleId: spellBundleId('CannotCreateChannelConfig'), policy: 0 })),
      [400, 'CannotCreateChannelConfigError'],
    );
    assert.equal(told(await program.fails('broadcast', { bundleId, channelId: spellChannelId('FeatureNotEnabled') })), [
      400,
      'FeatureNotEnabledError',
    ]);
    assert.equal(told(await program.fails('read', { bundleId, channelId: spellChannelId('TooManyRequests') })), [
      429,
      'TooManyRequestsError',
    ]);
  });

  test('a client certificate in place of a token', async () => {
    const { certPem, keyPem } = await house.certificate();
    await open({ certificate: { cert: certPem, key: keyPem } });
    await push(DEVICE);
    const [exchange] = house.exchanges();
    assert.is(exchange?.connection.auth, 'certificate');
    assert.is(header(exchange, 'authorization'), undefined);
    const channelId = await program.ask<string>('create', { bundleId: TOPIC, policy: 0 });
    await program.ask('broadcast', { bundleId: TOPIC, channelId });
    assert.equal(told(await refused(DEVICE, { topic: 'com.example.other' })), [400, 'TopicDisallowedError']);
    assert.equal(told(await program.fails('create', { bundleId: 'com.example.other', policy: 0 })), [
      403,
      'TopicMismatchError',
    ]);
  });

  test('a certificate of the other environment: no status', async () => {
    const { certPem, keyPem } = await house.certificateFor('sandbox');
    await open({ certificate: { cert: certPem, key: keyPem }, channels: house.manageProduction.origin });
    const error = await program.fails('create', { bundleId: TOPIC, policy: 0 });
    assert.is(error.statusCode, undefined);
    const said = house.taken().records.filter(({ kind }) => kind === 'goaway-sent');
    assert.match(said[0]?.detail as string, '{"reason":"BadCertificateEnvironment"}');
  });

  test.run();
}
