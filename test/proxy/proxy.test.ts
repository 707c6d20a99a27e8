import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Mock, startMock } from '../../server/mock.ts';
import { completeOptions } from '../../server/options.ts';
import { createClock } from '../../server/shell/clock.ts';
import { createLog } from '../../server/shell/log.ts';
import { find, run } from '../clients/command.ts';
import { skip } from '../runner/skip.ts';

const DEVICE = 'ab'.repeat(32);
const NODE_APN = new URL('programs/node-apn.mjs', import.meta.url);
/** A TLS record of a handshake with a ServerHello in it, whatever its length. */
const SERVER_HELLO = Buffer.of(22, 3, 3);

const folder = mkdtempSync(join(tmpdir(), 'mock-apns-proxy-'));
const ports = { ports: [0], managePort: 0, manageProductionPort: 0, controlPort: 0, proxyPort: 0 };
let mock: Mock;
let port: number;

const proxy = suite('CONNECT proxy');
proxy.before(async () => {
  const clock = createClock();
  const options = completeOptions({ ...ports, certs: 'memory', log: 'quiet' });
  mock = await startMock(options, createLog('quiet', process.stderr, clock), clock);
  port = Number(new URL(mock.urls.proxy as string).port);
});
proxy.after(async () => {
  await mock.stop(100);
  rmSync(folder, { recursive: true });
});

/** Sends some text and reads to the end. */
const ask = (text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.setEncoding('utf8').on('data', (part) => {
      answer += part;
    });
    socket.on('error', reject).on('end', () => socket.end());
    socket.on('close', () => resolve(answer));
  });
const entries = () => {
  const { journal } = mock.driver.engine;
  const { first, last } = journal.range();
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => journal.get(first + index));
};
const exchanges = () => entries().filter((entry) => entry?.kind === 'exchange');

proxy('what is not Apple is refused in clear text, and recorded', async () => {
  const answers = [
    ['CONNECT example.com:443', 'this proxy leads to api.push.apple.com, '],
    ['CONNECT 127.0.0.1:2197', 'and nowhere else'],
    ['CONNECT [::1]:22', 'and nowhere else'],
    ['CONNECT api.push.apple.com:80', 'api.push.apple.com answers on port 443 and 2197'],
    ['CONNECT api-manage-broadcast.push.apple.com:2195', 'answers on port 2196'],
    ['CONNECT api.push.apple.com.evil.example:443', 'and nowhere else'],
    ['GET http://api.push.apple.com/', 'use CONNECT'],
  ] as const;
  for (const [line, hint] of answers) {
    const answer = await ask(`${line} HTTP/1.1\r\nhost: x\r\n\r\n`);
    assert.match(answer, /^HTTP\/1\.1 403 Forbidden\r\n/, line);
    assert.match(answer, hint, line);
  }
  const refused = entries().filter((entry) => entry?.kind === 'connection-refused');
  assert.is(refused.length, answers.length);
  assert.match(JSON.stringify(refused[0]), 'it asked the proxy for example.com:443');
  assert.is(await ask('no HTTP at all\r\n\r\n'), '');
});

proxy('nothing is opened to anywhere: a listener of somebody else hears nothing', async () => {
  let heard = 0;
  const other = createServer().on('connection', () => heard++);
  await new Promise<void>((resolve) => void other.listen(0, '127.0.0.1', resolve));
  const { port: theirs } = other.address() as { port: number };
  assert.match(await ask(`CONNECT localhost:${theirs} HTTP/1.1\r\n\r\n`), /^HTTP\/1\.1 403 /);
  other.close();
  assert.is(heard, 0);
});

/** A connection through the proxy, once it has been let through. */
const tunnel = (target: string): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`CONNECT ${target} HTTP/1.1\r\nhost: x\r\n\r\n`));
    socket.once('data', (answer) =>
      String(answer) === 'HTTP/1.1 200 Connection established\r\n\r\n' ? resolve(socket) : reject(String(answer)),
    );
    socket.once('error', reject);
  });

proxy('names are read in any case; TLS is with the host that was asked for', async () => {
  const socket = await tunnel('API.Sandbox.Push.Apple.Com.:443');
  const tls = { socket, servername: 'api.sandbox.push.apple.com', ca: mock.certificates.caPem, ALPNProtocols: ['h2'] };
  const secure = connectTls(tls);
  await new Promise((resolve, reject) => void secure.once('secureConnect', resolve).once('error', reject));
  assert.equal([secure.alpnProtocol, secure.authorized], ['h2', true]);
  secure.destroy();
});

proxy('bytes that come right behind CONNECT are not lost', async () => {
  // A client that does not wait for the 200: its CONNECT and its ClientHello arrive in one packet.
  const hello = await new Promise<Buffer>((resolve) => {
    const listener = createServer().listen(0, '127.0.0.1', () => {
      const { port: theirs } = listener.address() as { port: number };
      connectTls({ port: theirs, servername: 'api.push.apple.com', ALPNProtocols: ['h2'] }).on(
        'error',
        () => undefined,
      );
    });
    listener.removeAllListeners('connection').on('connection', (socket: Socket) =>
      socket.once('data', (bytes) => {
        resolve(bytes);
        socket.destroy();
        listener.close();
      }),
    );
  });
  const answer = await new Promise<Buffer>((resolve) => {
    const socket = connect(port, '127.0.0.1', () =>
      socket.write(Buffer.concat([Buffer.from('CONNECT api.push.apple.com:443 HTTP/1.1\r\n\r\n'), hello])),
    );
    let read = Buffer.alloc(0);
    socket.on('data', (bytes) => {
      read = Buffer.concat([read, bytes]);
      if (read.includes(SERVER_HELLO)) {
        resolve(read);
        socket.destroy();
      }
    });
  });
  assert.ok(answer.toString('latin1').startsWith('HTTP/1.1 200'));
});

proxy('@parse/node-apn with its own hosts: push and channels, both environments', async () => {
  const before = exchanges().length;
  const ca = join(folder, 'trust.pem');
  const key = join(folder, 'key.p8');
  const { p8, keyId, teamId } = mock.certificates.providerKey;
  writeFileSync(ca, mock.certificates.caPem);
  writeFileSync(key, p8, { mode: 0o600 });
  const named = { APNS_KEY_FILE: key, APNS_KEY_ID: keyId, APNS_TEAM_ID: teamId, PROXY_PORT: String(port) };
  const env = { ...process.env, ...named, NODE_EXTRA_CA_CERTS: ca };
  const { stdout, stderr } = await run(process.execPath, [fileURLToPath(NODE_APN)], { env });
  assert.is(stdout, '1 \n'.repeat(4), stderr);
  const seen = exchanges()
    .slice(before)
    .map((entry) => (entry?.kind === 'exchange' ? `${entry.operation} ${entry.environment}` : ''));
  assert.equal(seen, [
    'device.send production',
    'channels.create production',
    'device.send sandbox',
    'channels.create sandbox',
  ]);
});

const CURL = 'curl --proxy';
if (find('curl') === undefined) skip(proxy, CURL, 'curl is not installed');
else
  proxy(CURL, async () => {
    const ca = join(folder, 'ca.pem');
    writeFileSync(ca, mock.certificates.caPem);
    const curl = (url: string) =>
      run(
        'curl',
        [
          '-sS',
          '-o',
          '-',
          '-w',
          ' %{http_code}',
          '--http2',
          '--cacert',
          ca,
          '--noproxy',
          '',
          '-x',
          `http://127.0.0.1:${port}`,
          url,
        ],
        {},
      );
    const push = await curl('https://api.push.apple.com/3/device/abc');
    assert.match(push.stdout, / 405$/, push.stderr);
    const manage = await curl(
      'https://api-manage-broadcast.sandbox.push.apple.com:2195/1/apps/com.example.app/all-channels',
    );
    assert.match(manage.stdout, /MissingProviderToken.* 403$/);
    const other = await curl('https://example.com/');
    assert.match(other.stderr, '403');
  });

/** A push over a connection that somebody else has made; how it ended. */
const pushOver = (socket: TLSSocket): Promise<string> =>
  new Promise((resolve) => {
    const client = connectHttp2('https://api.push.apple.com', { createConnection: () => socket });
    client.on('error', (error: NodeJS.ErrnoException) => resolve(`session ${error.code}`));
    const stream = client.request({ ':method': 'POST', ':path': `/3/device/${DEVICE}` });
    stream.on('error', (error: NodeJS.ErrnoException) => resolve(`stream ${error.code}`));
    stream.on('response', (headers) => resolve(`status ${headers[':status']}`));
    stream.on('close', () => client.destroy());
    client.on('close', () => resolve('closed'));
    stream.resume().end('{}');
  });

proxy('a connection that is dropped on purpose is dropped for the client, as without a proxy', async () => {
  const rule = 'version: 1\nrules:\n  - { then: { drop: true }, evenIfInvalid: true }\n';
  assert.ok((await mock.scenario.load({ file: 'x', text: rule })).ok);
  const tls = { servername: 'api.push.apple.com', ca: mock.certificates.caPem, ALPNProtocols: ['h2'] };
  const straight = await pushOver(connectTls({ ...tls, port: Number(new URL(mock.urls.send).port) }));
  const led = await pushOver(connectTls({ ...tls, socket: await tunnel('api.push.apple.com:443') }));
  mock.scenario.unload();
  assert.not.match(straight, /^status/);
  assert.is(led, straight);
});
proxy.run();
