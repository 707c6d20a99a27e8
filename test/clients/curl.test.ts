/** curl: what a person types. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { spellChannelId, spellDeviceToken } from '../../server/core/targets.ts';
import { skip } from '../runner/skip.ts';
import { find, run } from './command.ts';
import { DEVICE, DOORS, type House, header, openHouse, TOPIC } from './house.ts';

const why =
  find('curl') === undefined
    ? 'curl is not installed'
    : /^Features:.*\bHTTP2\b/m.test((await run('curl', ['--version'])).stdout)
      ? null
      : 'this curl was built without HTTP/2';

const BODY = '{"aps":{"alert":"Hello"}}';

interface Got {
  /** Exit code of curl. */
  readonly code: number | null;
  readonly version: string;
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  readonly stderr: string;
}

for (const door of DOORS) {
  const test = suite(`curl, door ${door}`);
  if (why !== null) {
    skip(test, 'everything', why);
    test.run();
    continue;
  }
  let house: House;
  test.before(async () => {
    house = await openHouse(door, ['--h2c-port', '0']);
  });
  test.after(() => house.stop());
  test.before.each(() => void house.taken());

  async function curl(url: URL | string, options: readonly string[]): Promise<Got> {
    const format = ['--silent', '--show-error', '--include', '--write-out', '\n%{http_version}'];
    const { code, stdout, stderr } = await run('curl', [...format, '--cacert', house.caFile, ...options, String(url)]);
    const version = stdout.slice(stdout.lastIndexOf('\n') + 1);
    const [head = '', body = ''] = stdout.slice(0, stdout.lastIndexOf('\n')).split('\r\n\r\n', 2);
    const [first = '', ...lines] = head.split('\r\n');
    const headers = new Map(lines.map((line) => line.split(/: (.*)/s, 2) as [string, string]));
    return { code, version, status: Number(first.split(' ')[1]), headers, body, stderr };
  }
  const h = (...lines: string[]): string[] => lines.flatMap((line) => ['--header', line]);
  const auth = (): string[] => h(`authorization: ${house.token()}`);
  interface Push {
    readonly options?: readonly string[];
    readonly base?: URL | string;
    readonly data?: string;
    readonly authorized?: boolean;
  }
  const push = (device: string, { options = [], base = house.send, data = BODY, authorized = true }: Push = {}) =>
    curl(new URL(`/3/device/${device}`, base), [
      '--http2',
      ...(authorized ? auth() : []),
      ...h(`apns-topic: ${TOPIC}`, 'apns-push-type: alert'),
      ...['--data', data],
      ...options,
    ]);

  test('a push: 200, without date, server or content type', async () => {
    const got = await push(DEVICE, { options: h('apns-id: 0b8c5d70-1f0e-4e6b-9f0d-6a0c1b2d3e4f') });
    assert.equal([got.code, got.version, got.status, got.body], [0, '2', 200, '']);
    assert.equal([...got.headers.keys()], ['apns-id', 'apns-unique-id']);
    assert.is(got.headers.get('apns-id'), '0b8c5d70-1f0e-4e6b-9f0d-6a0c1b2d3e4f');
    const [exchange] = house.exchanges();
    // Sent by habit and no harm.
    assert.is(header(exchange, 'content-type'), 'application/x-www-form-urlencoded');
    assert.is(exchange?.request.authority, house.send.host);
  });

  test('refused, each with its reason', async () => {
    for (const [expected, got] of [
      ['400 {"reason":"BadDeviceToken"}', await push('abc')],
      ['400 {"reason":"PayloadEmpty"}', await push(DEVICE, { data: '' })],
      ['403 {"reason":"MissingProviderToken"}', await push(DEVICE, { authorized: false })],
      ['404 {"reason":"BadPath"}', await push(`${DEVICE}?x=1`)],
      ['405 {"reason":"MethodNotAllowed"}', await push(DEVICE, { options: ['--request', 'PUT'] })],
      ['429 {"reason":"TooManyRequests"}', await push(spellDeviceToken('TooManyRequests'))],
    ] as const)
      assert.match(`${got.status} ${got.body}`, expected);
  });

  test('a management path on the send port is told where it belongs', async () => {
    const got = await curl(new URL(`/1/apps/${TOPIC}/all-channels`, house.send), ['--http2', ...auth()]);
    assert.ok([404, 405].includes(got.status), `${got.status}`);
    assert.match(house.exchanges()[0]?.verdict.why as string, /manage|port/);
  });

  test('channels: create, read, list, broadcast, delete, broadcast again', async () => {
    const channels = new URL(`/1/apps/${TOPIC}/channels`, house.manage);
    const created = await curl(channels, [
      ...auth(),
      '--data',
      '{"message-storage-policy":1,"push-type":"LiveActivity"}',
    ]);
    assert.equal([created.status, created.body], [201, '']);
    const id = created.headers.get('apns-channel-id') as string;
    const read = await curl(channels, [...auth(), ...h(`apns-channel-id: ${id}`)]);
    assert.equal(
      [read.status, JSON.parse(read.body)],
      [200, { 'message-storage-policy': 1, 'push-type': 'LiveActivity' }],
    );
    const list = await curl(new URL(`/1/apps/${TOPIC}/all-channels`, house.manage), auth());
    assert.equal(JSON.parse(list.body), { channels: [id] });

    const cast = (channel: string) =>
      curl(new URL(`/4/broadcasts/apps/${TOPIC}`, house.send), [
        ...auth(),
        ...h(`apns-channel-id: ${channel}`, 'apns-push-type: liveactivity', 'apns-expiration: 0', 'apns-priority: 10'),
        '--data',
        '{"aps":{"event":"update","timestamp":1,"content-state":{}}}',
      ]);
    assert.is((await cast(id)).status, 200);
    const removed = await curl(channels, ['--request', 'DELETE', ...auth(), ...h(`apns-channel-id: ${id}`)]);
    assert.equal([removed.status, removed.body], [204, '']);
    assert.equal((await cast(id)).body, '{"reason":"ChannelNotRegistered"}');
    const busy = await cast(spellChannelId('Service Unavailable'));
    assert.equal([busy.status, busy.body], [503, '{"reason":"Service Unavailable"}']);
  });

  test('a client certificate in place of a token', async () => {
    const { certPem, keyPem } = await house.certificate();
    const file = join(house.folder, 'both.pem');
    writeFileSync(file, certPem + keyPem);
    const got = await push(DEVICE, { authorized: false, options: ['--cert', file] });
    assert.is(got.status, 200);
    assert.is(house.exchanges()[0]?.connection.auth, 'certificate');
  });

  test('a certificate of the other environment: the end of the connection', async () => {
    const { certPem, keyPem } = await house.certificateFor('sandbox');
    const file = join(house.folder, 'sandbox.pem');
    writeFileSync(file, certPem + keyPem);
    const got = await curl(new URL(`/1/apps/${TOPIC}/all-channels`, house.manageProduction), ['--cert', file]);
    assert.is.not(got.code, 0);
    assert.ok(house.taken().records.some(({ kind }) => kind === 'goaway-sent'));
  });

  test('HTTP/1.1 only: bytes that are no answer, and the cause in the journal', async () => {
    const got = await push(DEVICE, { options: ['--http1.1'] });
    // "Received HTTP/0.9 when not allowed", as with Apple's own.
    assert.is(got.code, 1, got.stderr);
    const { exchanges, records } = house.taken();
    assert.is(exchanges.length, 0);
    assert.match(records.find(({ kind }) => kind === 'connection-refused')?.detail as string, 'HTTP/2');
  });

  test('TLS without ALPN, HTTP/2 by prior knowledge', async () => {
    const got = await push(DEVICE, { options: ['--no-alpn', '--http2-prior-knowledge'] });
    assert.equal([got.code, got.version, got.status], [0, '2', 200], got.stderr);
    assert.is(house.exchanges()[0]?.connection.alpn, '');
  });

  test('cleartext, HTTP/2 by prior knowledge', async () => {
    const got = await push(DEVICE, { options: ['--http2-prior-knowledge'], base: house.mock.urls.h2c as string });
    assert.equal([got.code, got.version, got.status], [0, '2', 200], got.stderr);
  });

  test('TLS 1.2, and nothing older', async () => {
    assert.is((await push(DEVICE, { options: ['--tlsv1.2', '--tls-max', '1.2'] })).status, 200);
    const old = await push(DEVICE, { options: ['--tlsv1.0', '--tls-max', '1.1', '--ciphers', 'DEFAULT@SECLEVEL=0'] });
    assert.is.not(old.code, 0);
  });

  test('the certificate is asked about strictly: without the trust file there is no push', async () => {
    const refused = house.next('connection-refused');
    const got = await push(DEVICE, { options: ['--cacert', '/dev/null'] });
    assert.is.not(got.code, 0);
    await refused;
  });

  test('connections that go by Apple names', async () => {
    const port = house.send.port;
    const got = await curl(`https://api.push.apple.com:${port}/3/device/${DEVICE}`, [
      ...['--connect-to', `api.push.apple.com:${port}:localhost:${port}`],
      ...auth(),
      ...h(`apns-topic: ${TOPIC}`),
      ...['--data', '{}'],
    ]);
    assert.is(got.status, 200);
    assert.is(got.headers.has('apns-unique-id'), false, 'production has no unique ids');
    assert.is(house.exchanges()[0]?.environment, 'production');
  });

  test.run();
}
