/** What Node brings along: node:http2, node:tls and fetch; and what only bare sockets show. */

import http2, {
  type ClientHttp2Session,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { createRequire } from 'node:module';
import tls from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { spellDeviceToken } from '../../server/core/targets.ts';
import { waiting as stopwatch } from '../patience.ts';
import { skip } from '../runner/skip.ts';
import { DEVICE, DOORS, type House, openHouse, TOPIC } from './house.ts';

const BODY = '{"aps":{"alert":"Hello"}}';

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

function ask(session: ClientHttp2Session, headers: OutgoingHttpHeaders, body = BODY): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const stream = session.request(headers);
    let got: IncomingHttpHeaders & IncomingHttpStatusHeader = {};
    let text = '';
    stream.setEncoding('utf8');
    stream.on('response', (given) => {
      got = given;
    });
    stream.on('data', (chunk: string) => {
      text += chunk;
    });
    stream.on('error', reject);
    stream.on('close', () => resolve({ status: got[':status'], headers: got, body: text }));
    if (body === '') stream.end();
    else stream.end(body);
  });
}

type AgentClass = new (options: object) => { close(): Promise<void> };

/** The constructor of the agent behind Node's own fetch, which has no name. */
function agentOfNode(): AgentClass | undefined {
  void globalThis.fetch('data:,').catch(() => undefined);
  for (const version of [1, 2, 3]) {
    const agent = (globalThis as Record<symbol, unknown>)[Symbol.for(`undici.globalDispatcher.${version}`)];
    if (agent?.constructor.name === 'Agent') return agent.constructor as AgentClass;
  }
  return undefined;
}

type Fetch = { readonly Agent: AgentClass | undefined; readonly fetch: typeof globalThis.fetch };
const FETCHES: Readonly<Record<string, Fetch>> = {
  // The one that comes with apns2. Before the other: asked for it, Node hands out whichever agent was there first.
  'fetch of undici': createRequire(import.meta.resolve('apns2'))('undici') as Fetch,
  'fetch of Node': { Agent: agentOfNode(), fetch: globalThis.fetch },
};

for (const door of DOORS) {
  const test = suite(`node:http2, door ${door}`);
  let house: House;
  let session: ClientHttp2Session;
  test.before(async () => {
    house = await openHouse(door);
    session = http2.connect(house.send, { ca: house.ca });
  });
  test.after(async () => {
    session.destroy();
    await house.stop();
  });
  test.before.each(() => void house.taken());

  const headersOf = (device = DEVICE): OutgoingHttpHeaders => ({
    ':method': 'POST',
    ':path': `/3/device/${device}`,
    authorization: house.token(),
    'apns-topic': TOPIC,
  });
  /** The frames that a bare TLS client is sent until the server ends, as type and payload. */
  async function frames(
    options: tls.ConnectionOptions,
    say: (string | Buffer)[],
  ): Promise<{ type: number; payload: Buffer }[]> {
    const base = { host: house.send.hostname, port: Number(house.send.port), servername: 'localhost', ca: house.ca };
    const socket = tls.connect({ ALPNProtocols: ['h2'], ...base, ...options });
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => void chunks.push(chunk));
    socket.on('secureConnect', () => {
      for (const bytes of say) socket.write(bytes);
    });
    await new Promise((resolve, reject) => socket.on('end', resolve).on('error', reject));
    socket.destroy();
    const all = Buffer.concat(chunks);
    const found: { type: number; payload: Buffer }[] = [];
    for (let at = 0; at < all.length; ) {
      const length = all.readUIntBE(at, 3);
      found.push({ type: all.readUInt8(at + 3), payload: all.subarray(at + 9, at + 9 + length) });
      at += 9 + length;
    }
    return found;
  }
  const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
  const EMPTY_SETTINGS = Buffer.from('000000040000000000', 'hex');

  test('a push: 200 without a body, ids letter by letter, no date', async () => {
    const id = '0B8C5D70-1F0E-4E6B-9F0D-6A0C1B2D3E4F';
    const { status, headers, body } = await ask(session, { ...headersOf(), 'apns-id': id });
    assert.equal([status, body, headers['apns-id']], [200, '', id]);
    assert.equal(Object.keys(headers), [':status', 'apns-id', 'apns-unique-id']);
  });

  test('what the server says of itself', async () => {
    await ask(session, headersOf());
    const { maxConcurrentStreams, maxFrameSize, maxHeaderListSize, headerTableSize } = session.remoteSettings;
    assert.equal([headerTableSize, maxConcurrentStreams, maxFrameSize, maxHeaderListSize], [4096, 1000, 16_384, 8000]);
  });

  test('PING is answered, with the same eight bytes', async () => {
    const sent = Buffer.from('mock-pns');
    const back = await new Promise<Buffer>((resolve, reject) =>
      session.ping(sent, (error, _ms, payload) => (error === null ? resolve(payload) : reject(error))),
    );
    assert.equal(back, sent);
  });

  test('a thousand at once on one connection', async () => {
    const answers = await Promise.all(Array.from({ length: 1000 }, () => ask(session, headersOf())));
    assert.is(answers.filter(({ status }) => status === 200).length, 1000);
    assert.is(new Set(answers.map(({ headers }) => headers['apns-id'])).size, 1000);
  });

  test('a body that comes in pieces, and one over the limit', async () => {
    const large = JSON.stringify({ aps: { alert: 'x'.repeat(200_000) } });
    const { status, body } = await ask(session, headersOf(), large);
    assert.equal([status, body], [413, '{"reason":"PayloadTooLarge"}']);
    const [exchange] = house.exchanges();
    assert.equal([exchange?.request.size, exchange?.request.truncated], [large.length, true]);
  });

  test('host in place of :authority', async () => {
    const { status } = await ask(session, { ...headersOf(), host: 'api.push.apple.com' });
    assert.is(status, 200);
    assert.is(house.exchanges()[0]?.environment, 'production');
  });

  test('channels from creation to deletion, by certificate', async () => {
    const { certPem, keyPem } = await house.certificate();
    const identity = { ca: house.ca, cert: certPem, key: keyPem };
    const [send, manage] = [http2.connect(house.send, identity), http2.connect(house.manage, identity)];
    try {
      const channels = { ':path': `/1/apps/${TOPIC}/channels` };
      const creation = '{"message-storage-policy":1,"push-type":"LiveActivity"}';
      const created = await ask(manage, { ...channels, ':method': 'POST' }, creation);
      assert.is(created.status, 201);
      const channel = { 'apns-channel-id': created.headers['apns-channel-id'] as string };
      const read = await ask(manage, { ...channels, ...channel }, '');
      assert.equal(JSON.parse(read.body), JSON.parse(creation));
      const list = await ask(manage, { ':path': `/1/apps/${TOPIC}/all-channels` }, '');
      assert.equal(JSON.parse(list.body), { channels: [channel['apns-channel-id']] });
      const broadcast = () =>
        ask(send, {
          ...{ ':method': 'POST', ':path': `/4/broadcasts/apps/${TOPIC}`, ...channel },
          ...{ 'apns-push-type': 'liveactivity', 'apns-expiration': '0', 'apns-priority': '5' },
        });
      assert.is((await broadcast()).status, 200);
      assert.is((await ask(manage, { ...channels, ...channel, ':method': 'DELETE' }, '')).status, 204);
      assert.is((await broadcast()).body, '{"reason":"ChannelNotRegistered"}');
    } finally {
      send.destroy();
      manage.destroy();
    }
  });

  test('a client that resets its request', async () => {
    const failed = house.next('stream-failed');
    const stream = session.request(headersOf());
    stream.on('error', () => undefined);
    stream.write('{"aps"');
    // Its close() would end the body first, which makes the request whole.
    setTimeout(() => stream.destroy(new Error('changed its mind')), 20);
    assert.match((await failed).detail, 'INTERNAL_ERROR');
    assert.is((await ask(session, headersOf())).status, 200, 'the others go on');
    assert.is(house.exchanges().filter(({ carriedOut }) => carriedOut).length, 1);
  });

  test('a stalled request is answered 503 Shutdown when the server stops, behind it GOAWAY and the end', async () => {
    const other = await openHouse(door);
    const client = http2.connect(other.send, { ca: other.ca });
    const goaway = new Promise<string>((resolve) => client.on('goaway', (_code, _last, data) => resolve(String(data))));
    const closed = new Promise((resolve) => client.on('close', resolve));
    const waiting = ask(client, { ...headersOf(spellDeviceToken('stall')), authorization: other.token() });
    await ask(client, { ...headersOf(), authorization: other.token() });
    const waited = stopwatch();
    const stopped = other.stop();
    const { status, body } = await waiting;
    assert.equal([status, body], [503, '{"reason":"Shutdown"}']);
    assert.is(await goaway, '{"reason":"Shutdown"}');
    await closed;
    await stopped;
    waited.stop();
    assert.ok(waited.ms() < 1500, 'nobody waits for the drain');
  });

  test('TLS without ALPN', async () => {
    const { hostname, port } = house.send;
    const bare = http2.connect(house.send, {
      createConnection: () =>
        tls.connect({ host: hostname, port: Number(port), servername: 'localhost', ca: house.ca }),
    });
    try {
      assert.is((await ask(bare, headersOf())).status, 200);
      assert.is(house.exchanges()[0]?.connection.alpn, '');
    } finally {
      bare.destroy();
    }
  });

  test('HTTP/1.1 only: an empty SETTINGS frame and the end, the cause in the journal', async () => {
    const got = await frames({ ALPNProtocols: ['http/1.1'] }, ['POST /3/device/x HTTP/1.1\r\nhost: localhost\r\n\r\n']);
    assert.equal(got, [{ type: 4, payload: Buffer.alloc(0) }]);
    const cause = house.taken().records.find(({ kind }) => kind === 'connection-refused');
    assert.match(cause?.detail as string, 'http/1.1 only');

    // Without ALPN the server notices at the first line.
    for (const [protocols, kind] of [
      [['http/1.1'], 'connection-refused'],
      [undefined, 'protocol-error'],
    ] as const) {
      const told = house.next(kind);
      const { hostname, port } = house.send;
      const error = await new Promise<Error>((resolve, reject) => {
        const alpn = protocols === undefined ? {} : { ALPNProtocols: [...protocols] };
        const request = httpsRequest({
          hostname,
          port,
          ca: house.ca,
          method: 'POST',
          path: '/',
          agent: false,
          ...alpn,
        });
        request.on('response', () => reject(new Error('an HTTP/1.1 client was answered')));
        request.on('error', resolve).end();
      });
      assert.match(error.message, /Parse Error|socket hang up/);
      const { detail } = await told;
      if (door === 'own') assert.match(detail, /http\/1\.1/i);
    }
  });

  test('a certificate of the other environment: GOAWAY, last stream 0, NO_ERROR, the reason, the end', async () => {
    const { certPem, keyPem } = await house.certificateFor('sandbox');
    const got = await frames({ port: Number(house.manageProduction.port), cert: certPem, key: keyPem }, [
      PREFACE,
      EMPTY_SETTINGS,
    ]);
    assert.is(got[0]?.type, 4);
    const goaways = got.filter(({ type }) => type === 7);
    assert.is(goaways.length, 1);
    const payload = goaways[0]?.payload as Buffer;
    assert.is(payload.length, 46);
    assert.equal([payload.readUInt32BE(0), payload.readUInt32BE(4)], [0, 0]);
    assert.is(payload.subarray(8).toString(), '{"reason":"BadCertificateEnvironment"}');
  });

  test('a certificate of the other environment, and node:http2 hears the reason', async () => {
    const { certPem, keyPem } = await house.certificateFor('sandbox');
    const client = http2.connect(house.manageProduction, { ca: house.ca, cert: certPem, key: keyPem });
    const heard = new Promise<unknown[]>((resolve) =>
      client.on('goaway', (code, last, data) => resolve([code, last, String(data)])),
    );
    const closed = new Promise((resolve) => client.on('close', resolve));
    client.on('error', () => undefined);
    const lost = ask(client, { ':path': `/1/apps/${TOPIC}/all-channels` }, '').catch(() => ({ status: undefined }));
    assert.equal(await heard, [0, 0, '{"reason":"BadCertificateEnvironment"}']);
    assert.is((await lost).status, undefined);
    await closed;
  });

  test('frames that make no sense end the connection, and the cause is told', async () => {
    const told = house.next('protocol-error');
    // WINDOW_UPDATE by 0. (After DATA on a stream that nobody opened node:http2 says GOAWAY, and nothing to us.)
    const update = Buffer.from('00000408000000000000000000', 'hex');
    const got = await frames({}, [PREFACE, EMPTY_SETTINGS, update]);
    assert.is(got.at(-1)?.type, 7);
    assert.ok((await told).detail.length > 10);
  });

  for (const [name, { Agent, fetch: fetchOver }] of Object.entries(FETCHES)) {
    if (Agent === undefined) {
      skip(test, name, 'this Node does not let its agent be seen');
      continue;
    }
    test(`${name} over HTTP/2`, async () => {
      const dispatcher = new Agent({ allowH2: true, connect: { ca: house.ca } });
      const authorization = house.token();
      const ask = (url: URL, init: object): Promise<Response> =>
        fetchOver(url, { ...init, dispatcher } as unknown as RequestInit);
      const push = (device: string) =>
        ask(new URL(`/3/device/${device}`, house.send), {
          method: 'POST',
          headers: { authorization, 'apns-topic': TOPIC },
          body: BODY,
        });
      try {
        const accepted = await push(DEVICE);
        assert.equal([accepted.status, await accepted.text()], [200, '']);
        const refused = await push('abc');
        assert.equal([refused.status, await refused.json()], [400, { reason: 'BadDeviceToken' }]);
        const channels = new URL(`/1/apps/${TOPIC}/channels`, house.manage);
        const created = await ask(channels, {
          method: 'POST',
          headers: { authorization },
          body: '{"message-storage-policy":0,"push-type":"LiveActivity"}',
        });
        assert.is(created.status, 201);
        const channel = { 'apns-channel-id': created.headers.get('apns-channel-id') as string };
        const broadcast = await ask(new URL(`/4/broadcasts/apps/${TOPIC}`, house.send), {
          method: 'POST',
          headers: {
            ...{ authorization, ...channel, 'apns-push-type': 'liveactivity' },
            ...{ 'apns-expiration': '0', 'apns-priority': '10' },
          },
          body: BODY,
        });
        assert.is(broadcast.status, 200);
        const removed = await ask(channels, { method: 'DELETE', headers: { authorization, ...channel } });
        assert.is(removed.status, 204);
        assert.is(house.exchanges()[0]?.connection.alpn, 'h2');
      } finally {
        await dispatcher.close();
      }
    });

    test(`${name} without a word about HTTP/2 is refused`, async () => {
      const dispatcher = new Agent({ connect: { ca: house.ca } });
      const refused = house.next('connection-refused');
      try {
        const init = { method: 'POST', body: BODY, dispatcher } as unknown as RequestInit;
        const status = await fetchOver(new URL(`/3/device/${DEVICE}`, house.send), init).then(
          (response) => response.status,
          () => null,
        );
        assert.is(status, null);
        assert.match((await refused).detail, 'http/1.1');
      } finally {
        await dispatcher.close();
      }
    });
  }

  test.run();
}
