/** @parse/node-apn, as it comes from npm. */
import apn, { type ProviderOptions } from '@parse/node-apn';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { spellBundleId, spellChannelId, spellDeviceToken } from '../../server/core/targets.ts';
import { DEVICE, DOORS, type House, header, headerNames, openHouse, TOPIC } from './house.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What an entry of `sent` or `failed` can carry; the library's own types know only a part of it. */
interface Result {
  readonly device?: string;
  readonly bundleId?: string;
  readonly status?: number;
  readonly response?: { readonly reason: string; readonly timestamp?: number };
  readonly error?: Error;
  readonly channels?: readonly string[];
  readonly 'apns-id'?: string;
  readonly 'apns-unique-id'?: string;
  readonly 'apns-request-id'?: string;
  readonly 'apns-channel-id'?: string;
  readonly 'message-storage-policy'?: number;
  readonly 'push-type'?: string;
}

const where = ({ send, manage, ca }: House): ProviderOptions => ({
  address: send.hostname,
  port: Number(send.port),
  manageChannelsAddress: manage.hostname,
  manageChannelsPort: Number(manage.port),
  ca: [ca],
});
const withToken = (house: House): ProviderOptions => ({
  ...where(house),
  token: { key: house.key.p8, keyId: house.key.keyId, teamId: house.key.teamId },
});

/** Runs one conversation with a provider of its own, and ends it. */
async function provide<T>(options: ProviderOptions, use: (provider: apn.Provider) => Promise<T>): Promise<T> {
  const provider = new apn.Provider(options);
  try {
    return await use(provider);
  } finally {
    await new Promise<void>((done) => void provider.shutdown(done));
  }
}

const note = (properties: Partial<apn.Notification> = {}): apn.Notification =>
  Object.assign(new apn.Notification(), { topic: TOPIC, pushType: 'alert', alert: 'Hello', ...properties });
const activity = (channelId: string | undefined, properties: Partial<apn.Notification> = {}): apn.Notification =>
  Object.assign(new apn.Notification(), {
    channelId,
    pushType: 'liveactivity',
    expiry: Math.floor(Date.now() / 1000) + 3600,
    event: 'update',
    timestamp: Math.floor(Date.now() / 1000),
    contentState: { home: 1, away: 0 },
    ...properties,
  });

/** The only entry there is, of `sent` or of `failed`. */
function only(kind: 'sent' | 'failed', { sent, failed }: { sent: object[]; failed: object[] }): Result {
  const [one, ...others] = kind === 'sent' ? sent : failed;
  assert.is(others.length, 0);
  assert.ok(one, `nothing in ${kind}, but ${JSON.stringify(kind === 'sent' ? failed : sent)}`);
  return one as Result;
}

for (const door of DOORS) {
  const test = suite(`node-apn, door ${door}`);
  let house: House;
  test.before(async () => {
    house = await openHouse(door);
  });
  test.after(() => house.stop());
  test.before.each(() => void house.taken());

  /** One push; what came of it. */
  const push = (notification: apn.Notification, device = DEVICE, options = withToken(house)) =>
    provide(options, (provider) => provider.send(notification, device));

  test('a push: 200, the id comes back letter by letter', async () => {
    const id = '0B8C5D70-1F0E-4E6B-9F0D-6A0C1B2D3E4F';
    const sent = only('sent', await push(note({ id })));
    assert.is(sent.device, DEVICE);
    assert.is(sent['apns-id'], id);
    assert.match(sent['apns-unique-id'] as string, UUID);

    const [exchange] = house.exchanges();
    assert.is(exchange?.operation, 'device.send');
    assert.is(exchange?.connection.alpn, 'h2');
    assert.is(exchange?.connection.auth, 'token');
    // The host without its port, the library's habit.
    assert.is(exchange?.request.authority, 'localhost');
    assert.equal(exchange?.request.payload, { aps: { alert: 'Hello' } });
    assert.equal(headerNames(exchange), ['apns-priority', 'apns-id', 'apns-topic', 'apns-push-type', 'authorization']);
    assert.is(header(exchange, 'apns-priority'), '10');
    assert.ok(header(exchange, 'authorization')?.startsWith('bearer (kid '));
  });

  test('a push without an id: the server makes one', async () => {
    assert.match(only('sent', await push(note()))['apns-id'] as string, UUID);
  });

  test('a burst of ten from a fresh connection passes', async () => {
    const devices = Array.from({ length: 10 }, (_, index) => index.toString(16).padStart(2, 'a').repeat(32));
    const { sent, failed } = await provide(withToken(house), (provider) => provider.send(note(), devices));
    assert.equal(failed, []);
    assert.is(sent.length, 10);
    const { exchanges, records } = house.taken();
    assert.is(new Set(exchanges.map((exchange) => exchange.connection.id)).size, 1);
    assert.is(records.filter((record) => record.kind === 'connection-opened').length, 1);
  });

  test('refused by its own fault', async () => {
    const failed = async (notification: apn.Notification, device?: string): Promise<unknown> => {
      const { status, response } = only('failed', await push(notification, device));
      return [status, response];
    };
    assert.equal(await failed(note(), 'abc'), [400, { reason: 'BadDeviceToken' }]);
    assert.equal(await failed(note(), '0'.repeat(64)), [400, { reason: 'BadDeviceToken' }]);
    assert.equal(await failed(note({ topic: '' })), [400, { reason: 'MissingTopic' }]);
    assert.equal(await failed(note({ collapseId: 'x'.repeat(65) })), [400, { reason: 'BadCollapseId' }]);
    assert.equal(await failed(note({ priority: 7 })), [400, { reason: 'BadPriority' }]);
    assert.equal(await failed(note({ pushType: 'voip' })), [400, { reason: 'BadTopic' }]);
    assert.equal(await failed(note({ id: 'not-a-uuid' })), [400, { reason: 'BadMessageId' }]);
    assert.equal(await failed(note({ alert: 'x'.repeat(4096) })), [413, { reason: 'PayloadTooLarge' }]);
    // This library sends a notification that says nothing without any body.
    assert.equal(await failed(note({ rawPayload: {} })), [400, { reason: 'PayloadEmpty' }]);
    const reasons = house.exchanges().map((exchange) => exchange.verdict.reason);
    assert.is(reasons.length, 9);
    assert.not.ok(reasons.includes(null), 'each by the rules, none spelled by its target');
  });

  test('a device that is gone: 410 with the moment', async () => {
    const since = Date.UTC(2026, 10, 1, 12);
    const device = 'beef'.repeat(16);
    house.tell({
      put: 'device',
      device: { token: device, environment: null, topics: null, state: 'unregistered', since },
    });
    const { status, response } = only('failed', await push(note(), device));
    assert.is(status, 410);
    assert.equal(response, { reason: 'Unregistered', timestamp: since });
  });

  test('a foreign key: InvalidProviderToken', async () => {
    const stranger = { ...withToken(house).token, key: (await import('../../server/shell/crypto.ts')).newEcKeyPem() };
    const result = await push(note(), DEVICE, { ...withToken(house), token: stranger as apn.ProviderToken });
    const { status, response } = only('failed', result);
    assert.equal([status, response], [403, { reason: 'InvalidProviderToken' }]);
  });

  test('an expired provider token: a new one is made and the push repeated at once', async () => {
    await provide(withToken(house), async (provider) => {
      only('sent', await provider.send(note(), DEVICE));
      house.taken();
      // The client's token is an hour old for the server, and so is every new one.
      house.shiftClock(61 * 60_000);
      const failed = only('failed', await provider.send(note(), DEVICE));
      assert.is(failed.error?.message, 'ExpiredProviderToken');
      house.shiftClock(0);
    });
    const reasons = house.exchanges().map((exchange) => exchange.verdict.reason);
    assert.equal(reasons, Array(4).fill('ExpiredProviderToken'));
  });

  test('spelled answers reach the caller', async () => {
    for (const [reason, status] of [
      ['BadTopic', 400],
      ['DeviceTokenNotForTopic', 400],
      ['Forbidden', 403],
      ['BadPath', 404],
      ['PayloadTooLarge', 413],
    ] as const) {
      const failed = only('failed', await push(note(), spellDeviceToken(reason)));
      assert.equal([failed.status, failed.response], [status, { reason }]);
    }
    const expired = only('failed', await push(note(), spellDeviceToken('ExpiredToken')));
    assert.is(expired.status, 410);
    assert.type(expired.response?.timestamp, 'number');
  });

  test('429 and 503 are tried four times in no time, 500 closes the connection', async () => {
    for (const [reason, status] of [
      ['TooManyRequests', 429],
      ['ServiceUnavailable', 503],
      ['InternalServerError', 500],
    ] as const) {
      house.taken();
      const failed = only('failed', await push(note(), spellDeviceToken(reason)));
      assert.is(failed.status, status);
      if (status === 500) assert.is(failed.error?.message, 'Error 500, stream ended unexpectedly');
      else assert.equal(failed.response, { reason });
      const { exchanges } = house.taken();
      assert.is(exchanges.length, 4, `${reason} was tried ${exchanges.length} times`);
    }
  });

  test('trouble on the wire: never an answer, always an error, and the next push passes', async () => {
    const losing =
      (provider: apn.Provider) =>
      async (fault: string): Promise<string> => {
        const failed = only('failed', await provider.send(note(), spellDeviceToken(fault)));
        only('sent', await provider.send(note(), DEVICE));
        return failed.error?.message ?? JSON.stringify(failed);
      };
    await provide({ ...withToken(house), requestTimeout: 2000 }, async (provider) => {
      assert.is(await losing(provider)('stall'), 'apn write timeout');
    });
    await provide(withToken(house), async (provider) => {
      const lost = losing(provider);
      assert.match(await lost('reset'), /NGHTTP2_INTERNAL_ERROR|stream ended unexpectedly/);
      assert.match(await lost('drop'), /ECONNRESET|stream ended unexpectedly|aborted/);
      assert.match(await lost('garbage'), 'Unexpected error processing APNs response');
      assert.match(await lost('empty'), 'stream ended unexpectedly with status 500 and empty body');
    });
  });

  test('answered, then GOAWAY: nothing is lost, the next push opens a new connection', async () => {
    await provide(withToken(house), async (provider) => {
      const closed = house.next('connection-closed');
      only('sent', await provider.send(note(), spellDeviceToken('goaway')));
      // A push in this very moment is lost: the library still uses the connection that is about to end.
      await closed;
      only('sent', await provider.send(note(), DEVICE));
    });
    const connections = house.exchanges().map((exchange) => exchange.connection.id);
    assert.is(new Set(connections).size, 2);
  });

  test('channels: create, read, list, broadcast, delete, broadcast again', async () => {
    await provide(withToken(house), async (provider) => {
      const manage = (notification: apn.Notification, action: apn.ChannelAction, topic = TOPIC) =>
        provider.manageChannels(notification, topic, action);
      const requestId = 'a3c14b5e-2f69-4d6c-8f43-7b7f1d9e0a11';

      const created = only(
        'sent',
        await manage(
          Object.assign(new apn.Notification(), { requestId, payload: { 'message-storage-policy': 1 } }),
          'create',
        ),
      );
      const channelId = created['apns-channel-id'] as string;
      assert.is(Buffer.from(channelId, 'base64').length, 16);
      assert.is(created['apns-request-id'], requestId);
      const [creation] = house.exchanges();
      assert.is(creation?.response?.status, 201);
      // Lower case, and a priority where there is nothing to prioritise: both are this library's and must do no harm.
      assert.equal(creation?.request.payload, { 'message-storage-policy': 1, 'push-type': 'liveactivity' });
      assert.is(header(creation, 'apns-priority'), '10');
      assert.is(creation?.environment, 'sandbox');

      const channel = (): apn.Notification => Object.assign(new apn.Notification(), { channelId });
      const read = only('sent', await manage(channel(), 'read'));
      assert.is(read['message-storage-policy'], 1);
      assert.is(read['push-type'], 'LiveActivity');
      assert.equal(only('sent', await manage(new apn.Notification(), 'readAll')).channels, [channelId]);

      const cast = only('sent', await provider.broadcast(activity(channelId), TOPIC));
      assert.match(cast['apns-request-id'] as string, UUID);
      assert.match(cast['apns-unique-id'] as string, UUID);

      only('sent', await manage(channel(), 'delete'));
      assert.is(house.exchanges().at(-1)?.response?.status, 204);
      const gone = only('failed', await provider.broadcast(activity(channelId), TOPIC));
      assert.equal([gone.status, gone.response], [400, { reason: 'ChannelNotRegistered' }]);
      const unread = only('failed', await manage(channel(), 'read'));
      assert.equal([unread.status, unread.response], [400, { reason: 'ChannelNotRegistered' }]);
      assert.equal(only('sent', await manage(new apn.Notification(), 'readAll')).channels, []);
    });
  });

  test('channels refused: by fault, and spelled', async () => {
    await provide(withToken(house), async (provider) => {
      const failed = async (result: Promise<{ sent: object[]; failed: object[] }>): Promise<unknown> => {
        const { status, response } = only('failed', await result);
        return [status, response?.reason];
      };
      const create = (payload: object, topic = TOPIC) =>
        failed(provider.manageChannels(Object.assign(new apn.Notification(), { payload }), topic, 'create'));
      assert.equal(await create({}), [400, 'BadRequestParams']);
      // As a text, which the library's own README shows.
      assert.equal(await create({ 'message-storage-policy': '1' }), [400, 'BadRequestParams']);
      assert.equal(await create({ 'message-storage-policy': 1, colour: 'red' }), [400, 'BadRequestParams']);
      assert.equal(await create({ 'message-storage-policy': 1, 'push-type': 'alert' }), [400, 'InvalidPushType']);
      assert.equal(await create({ 'message-storage-policy': 1 }, `${TOPIC}.push-type.liveactivity`), [
        400,
        'TopicDisallowed',
      ]);
      assert.equal(await create({ 'message-storage-policy': 1 }, spellBundleId('CannotCreateChannelConfig')), [
        400,
        'CannotCreateChannelConfig',
      ]);

      const cast = (notification: apn.Notification) => failed(provider.broadcast(notification, TOPIC));
      assert.equal(await cast(activity(undefined)), [400, 'MissingChannelId']);
      assert.equal(await cast(activity('***')), [400, 'BadChannelId']);
      assert.equal(await cast(activity(spellChannelId('none'), { expiry: -1 })), [400, 'BadExpirationDate']);
      assert.equal(await cast(activity(spellChannelId('FeatureNotEnabled'))), [400, 'FeatureNotEnabled']);
      assert.equal(await cast(activity(spellChannelId('Shutdown'))), [503, 'Shutdown']);
    });
  });

  test('a client certificate in place of a token', async () => {
    const { certPem, keyPem } = await house.certificate();
    const options = { ...where(house), cert: certPem, key: keyPem };
    only('sent', await push(note(), DEVICE, options));
    const { exchanges, records } = house.taken();
    assert.is(exchanges[0]?.connection.auth, 'certificate');
    assert.is(header(exchanges[0], 'authorization'), undefined);
    assert.match(records[0]?.detail as string, 'Apple Push Services');

    await provide(options, async (provider) => {
      const created = only(
        'sent',
        await provider.manageChannels(
          Object.assign(new apn.Notification(), { payload: { 'message-storage-policy': 0 } }),
          TOPIC,
          'create',
        ),
      );
      only('sent', await provider.broadcast(activity(created['apns-channel-id'], { expiry: 0 }), TOPIC));
    });
    const other = only('failed', await push(note({ topic: 'com.example.other' }), DEVICE, options));
    assert.equal([other.status, other.response], [400, { reason: 'TopicDisallowed' }]);
  });

  test('a certificate of the other environment: GOAWAY, no status', async () => {
    const { certPem, keyPem } = await house.certificateFor('sandbox', 'rsa');
    const options = {
      ...where(house),
      cert: certPem,
      key: keyPem,
      manageChannelsPort: Number(house.manageProduction.port),
    };
    const logged: string[] = [];
    const failed = await provide(options, async (provider) => {
      const listen = Object.assign((line: string) => void logged.push(line), { enabled: true });
      // Declared on the provider, present on its client only.
      void (provider as unknown as { client: Pick<apn.Provider, 'setLogger'> }).client.setLogger(listen, listen);
      return provider.manageChannels(
        Object.assign(new apn.Notification(), { payload: { 'message-storage-policy': 0 } }),
        TOPIC,
        'create',
      );
    });
    assert.ok(only('failed', failed).error instanceof Error);
    const said = house.taken().records.filter((record) => record.kind === 'goaway-sent');
    assert.match(said[0]?.detail as string, '{"reason":"BadCertificateEnvironment"}');
    assert.ok(
      logged.some((line) => line.includes('opaqueData: {"reason":"BadCertificateEnvironment"}')),
      logged.join('\n'),
    );
  });

  test.run();
}
