/** apns2, as it comes from npm. */
import { createRequire } from 'node:module';
import { ApnsClient, ApnsError, Errors, Notification, type NotificationOptions, SilentNotification } from 'apns2';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { spellDeviceToken } from '../../server/core/targets.ts';
import { newEcKeyPem } from '../../server/shell/crypto.ts';
import { StartError } from '../../server/shell/start-error.ts';
import { skip } from '../runner/skip.ts';
import { DEVICE, DOORS, type House, header, headerNames, openHouse, TOPIC } from './house.ts';
import { startProgram } from './trusting.ts';

/** The very undici that apns2 runs on. */
const { Pool } = createRequire(import.meta.resolve('apns2'))('undici') as {
  Pool: new (origin: string, options: object) => ApnsClient['client'];
};

const optionsOf = ({ key }: House) => ({ team: key.teamId, keyId: key.keyId, signingKey: key.p8, defaultTopic: TOPIC });

/** The library knows port 443 only; another port needs another pool, with the options of its own. */
async function clientOf(house: House, changes: object = {}): Promise<ApnsClient> {
  const client = new ApnsClient({ ...optionsOf(house), host: 'localhost', ...changes });
  await client.client.destroy();
  (client as { client: ApnsClient['client'] }).client = new Pool(house.send.origin, {
    connections: 32,
    pipelining: 1,
    allowH2: true,
    maxConcurrentStreams: 100,
    connect: { ca: house.ca },
  });
  return client;
}

for (const door of DOORS) {
  const test = suite(`apns2, door ${door}`);
  let house: House;
  let client: ApnsClient;
  test.before(async () => {
    house = await openHouse(door);
    client = await clientOf(house);
  });
  test.after(async () => {
    await client.destroy();
    await house.stop();
  });
  test.before.each(() => void house.taken());

  const push = (device: string, options: NotificationOptions = { alert: 'Hello' }) =>
    client.send(new Notification(device, options));
  async function refused(sent: Promise<unknown>): Promise<ApnsError> {
    try {
      await sent;
    } catch (error) {
      assert.instance(error, ApnsError);
      return error as ApnsError;
    }
    throw new Error('it was not refused');
  }
  const told = async (sent: Promise<unknown>): Promise<[number, string]> => {
    const { statusCode, reason } = await refused(sent);
    return [statusCode, reason];
  };

  test('a push: 200', async () => {
    assert.is((await push(DEVICE)).deviceToken, DEVICE);
    const [exchange] = house.exchanges();
    assert.is(exchange?.response?.status, 200);
    assert.is(exchange?.connection.alpn, 'h2');
    assert.is(exchange?.request.authority, house.send.host);
    assert.equal(headerNames(exchange), ['authorization', 'apns-push-type', 'apns-topic', 'content-length']);
    assert.ok(header(exchange, 'authorization')?.startsWith('bearer (kid '));
    // Left out when it is 10.
    assert.is(header(exchange, 'apns-priority'), undefined);
  });

  test('all its options', async () => {
    const expiration = new Date(Date.UTC(2030, 0, 1));
    await push(DEVICE, { alert: 'Hello', expiration, collapseId: 'x'.repeat(64), badge: 3, data: { match: 7 } });
    const [exchange] = house.exchanges();
    assert.is(header(exchange, 'apns-expiration'), '1893456000');
    assert.equal(exchange?.request.payload, { aps: { alert: 'Hello', badge: 3 }, match: 7 });
    await client.send(new SilentNotification(DEVICE));
    const [silent] = house.exchanges();
    assert.equal([header(silent, 'apns-push-type'), header(silent, 'apns-priority')], ['background', '5']);
  });

  test('forty at once', async () => {
    const devices = Array.from({ length: 40 }, (_, index) => index.toString(16).padStart(2, 'a').repeat(32));
    const results = await client.sendMany(devices.map((device) => new Notification(device, { alert: 'Hello' })));
    assert.equal(
      results.filter((result) => 'error' in result),
      [],
    );
    const exchanges = house.exchanges();
    assert.is(exchanges.length, 40);
    // Each of its connections carries one request at a time.
    assert.ok(new Set(exchanges.map(({ connection }) => connection.id)).size > 1);
  });

  test('refused by its own fault', async () => {
    assert.equal(await told(push('abc')), [400, Errors.badDeviceToken]);
    assert.equal(await told(push(DEVICE, { topic: '' })), [400, Errors.missingTopic]);
    assert.equal(await told(push(DEVICE, { collapseId: 'x'.repeat(65) })), [400, Errors.badCollapseId]);
    assert.equal(await told(push(DEVICE, { alert: 'x'.repeat(4096) })), [413, Errors.payloadTooLarge]);
    assert.equal(await told(push(DEVICE, { expiration: -1 })), [400, Errors.badExpirationDate]);
    // Percent-encoded by the library, decoded by the server.
    assert.equal(await told(push('no token')), [400, Errors.badDeviceToken]);
  });

  test('a device that is gone: 410 with the moment', async () => {
    const since = Date.UTC(2026, 10, 1, 12);
    const device = 'beef'.repeat(16);
    house.tell({
      put: 'device',
      device: { token: device, environment: null, topics: null, state: 'unregistered', since },
    });
    const error = await refused(push(device));
    assert.equal([error.statusCode, error.reason, error.timestamp], [410, Errors.unregistered, since]);
  });

  test('a foreign key', async () => {
    const stranger = await clientOf(house, { signingKey: newEcKeyPem() });
    try {
      const sent = stranger.send(new Notification(DEVICE, { alert: 'Hello' }));
      assert.equal(await told(sent), [403, Errors.invalidProviderToken]);
    } finally {
      await stranger.destroy();
    }
  });

  test('an expired provider token: an error, and a new token for the next push', async () => {
    await push(DEVICE);
    house.shiftClock(61 * 60_000);
    assert.equal(await told(push(DEVICE)), [403, Errors.expiredProviderToken]);
    house.shiftClock(0);
    assert.is((client as unknown as { _token: unknown })._token, null);
    await push(DEVICE);
    assert.is(house.exchanges().length, 3, 'nothing is repeated');
  });

  test('spelled answers are thrown and emitted, and tried once', async () => {
    for (const [reason, status] of [
      ['BadTopic', 400],
      ['Forbidden', 403],
      ['BadPath', 404],
      ['MethodNotAllowed', 405],
      ['TooManyRequests', 429],
      ['InternalServerError', 500],
      ['ServiceUnavailable', 503],
      ['Shutdown', 503],
    ] as const) {
      let emitted: unknown;
      client.once(reason, (error) => {
        emitted = error;
      });
      const error = await refused(push(spellDeviceToken(reason)));
      assert.equal([error.statusCode, error.reason], [status, reason]);
      assert.is(emitted, error);
    }
    assert.is(house.exchanges().length, 8);
  });

  test('bodies that APNs never sends: UnknownError', async () => {
    assert.equal(await told(push(spellDeviceToken('garbage'))), [500, Errors.unknownError]);
    assert.equal(await told(push(spellDeviceToken('empty'))), [500, Errors.unknownError]);
  });

  test('trouble on the wire: an error of the transport, and the next push passes', async () => {
    for (const fault of ['reset', 'drop'] as const) {
      const error = await push(spellDeviceToken(fault)).then(
        () => assert.unreachable(),
        (thrown: Error) => thrown,
      );
      assert.not.instance(error, ApnsError);
      await push(DEVICE);
    }
  });

  test('answered, then GOAWAY: the push has arrived, the next one takes another connection', async () => {
    const closed = house.next('connection-closed');
    await push(spellDeviceToken('goaway'));
    // A push in this very moment is lost: the pool still hands out the connection that is about to end.
    await closed;
    await push(DEVICE);
    assert.is(new Set(house.exchanges().map(({ connection }) => connection.id)).size, 2);
  });

  test.run();
}

const untouched = suite('apns2, nothing replaced: port 443, trust by NODE_EXTRA_CA_CERTS');
/** An address of this machine that nobody else listens on: any of 127.0.0.0/8 on Linux. */
const ADDRESS = `127.44.${process.pid % 250}.${1 + (process.ppid % 250)}`;
const NAME = 'a push, and a refusal';
await openHouse('own', ['--host', ADDRESS, '--port', '443']).then(
  (house) => {
    untouched(NAME, async () => {
      const program = startProgram('apns2', house.caFile);
      try {
        await program.ask('open', { ...optionsOf(house), host: ADDRESS });
        assert.is(await program.ask('push', { device: DEVICE, alert: 'Hello' }), DEVICE);
        const { statusCode, reason } = await program.fails('push', { device: 'abc', alert: 'Hello' });
        assert.equal([statusCode, reason], [400, 'BadDeviceToken']);
        // Without the port, since it is the usual one.
        assert.is(house.exchanges()[0]?.request.authority, ADDRESS);
      } finally {
        await program.end();
      }
    });
    untouched.after(() => house.stop());
  },
  (error: Error) => {
    if (!(error instanceof StartError)) throw error;
    skip(untouched, NAME, error.message);
  },
);
untouched.run();
