// time limit: 540 s
/** The commands that ask a running server, each in a process of its own: pipes get JSON, exit codes are those of the contract. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { lineOf } from '../../server/cli/line.ts';
import { type ControlHouse, DEVICE, openControl } from './house.ts';

const BIN = fileURLToPath(new URL('../../server/bin.ts', import.meta.url));
const TSX = import.meta.resolve('tsx');
const QUIET = [
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'REQUESTS_CA_BUNDLE',
  'CURL_CA_BUNDLE',
  'HTTPS_PROXY',
  'HTTP_PROXY',
  'ALL_PROXY',
  'https_proxy',
  'http_proxy',
  'all_proxy',
];

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function start(args: readonly string[], env: Record<string, string> = {}, cwd = process.cwd()) {
  const child = spawn(process.execPath, ['--import', TSX, BIN, ...args], {
    cwd,
    env: {
      ...process.env,
      ...Object.fromEntries(QUIET.map((name) => [name, ''])),
      APNS_CONTROL_URL: house.mock.urls.control,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  let wake: () => void = () => undefined;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    wake();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const ended = new Promise<Ended>((resolve) => child.once('close', (code) => resolve({ code, out, err })));
  const lines = async (count: number): Promise<readonly string[]> => {
    while (out.split('\n').length <= count)
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    return out.trimEnd().split('\n');
  };
  return { child, ended, lines };
}
const run = (args: readonly string[], env?: Record<string, string>, cwd?: string): Promise<Ended> =>
  start(args, env, cwd).ended;

let house: ControlHouse;
let folder: string;
const test = suite('control: commands');
test.before(async () => {
  house = await openControl();
  folder = mkdtempSync(join(tmpdir(), 'mock-apns-commands-'));
});
test.after(async () => {
  rmSync(folder, { recursive: true });
  await house.stop();
});

test('wait-ready: ready, or 124', async () => {
  assert.equal(await run(['wait-ready']), { code: 0, out: 'ready\n', err: '' });
  const none = await run(['wait-ready', '--control-port', '1', '--timeout', '300ms']);
  assert.is(none.code, 124);
  assert.match(none.err, /http:\/\/127\.0\.0\.1:1 was not ready within 300 ms \(.*ECONNREFUSED/);
  assert.is((await run(['wait-ready', '--timeout', 'soon'])).code, 1);
});

test('env: what a client needs', async () => {
  const { code, out } = await run(['env', '--format', 'json']);
  assert.is(code, 0);
  assert.is(JSON.parse(out).APNS_URL, house.mock.urls.send);
  const none = await run(['env', '--control-port', '1']);
  assert.is(none.code, 1);
  assert.match(none.err, /no server answers at http:\/\/127\.0\.0\.1:1 .*start one with: mock-apns/);
});

test('send: the answer, and what is behind it', async () => {
  const good = await run([
    'send',
    '--token',
    DEVICE,
    '--topic',
    'com.example.app',
    '--payload',
    '{"aps":{"badge":"3"}}',
  ]);
  assert.is(good.code, 0, good.err);
  const { status, exchange } = JSON.parse(good.out);
  assert.equal([status, exchange.topic, exchange.connection.listener], [200, 'com.example.app', 'send']);
  assert.is(exchange.advice[0].id, 'badge-not-a-number');
  const bad = await run(['send', '--channel', 'AAAA', '--topic', 'com.example.app']);
  assert.is(bad.code, 1);
  assert.match(JSON.parse(bad.out).exchange.verdict.why, /has no channel AAAA/);
  const cleartext = await run([
    'send',
    '--url',
    house.mock.urls.h2c as string,
    '--token',
    DEVICE,
    '--topic',
    'com.example.app',
    '--alert',
    'Hi',
  ]);
  assert.is(JSON.parse(cleartext.out).exchange.request.payload.aps.alert, 'Hi');
  const wrong = await run(['send', '--alert', 'a', '--payload', 'b']);
  assert.is(wrong.code, 1);
  assert.match(wrong.err, /give --token .*\n.*not both/s);
  const nobody = await run(['send', '--url', 'https://127.0.0.1:1', '--token', DEVICE, '--topic', 'a.b']);
  assert.match(nobody.err, /nobody listens there/);
});

test('send: a wrong key, certificate or address names the flag, the file, and what belongs there', async () => {
  const { caPem, providerKey } = house.mock.certificates;
  const [ca, key, empty] = ['some-ca.pem', 'some-key.p8', 'no.pem'].map((name) => join(folder, name)) as string[];
  writeFileSync(ca as string, caPem);
  writeFileSync(key as string, providerKey.p8);
  writeFileSync(empty as string, 'nothing\n');
  const device = ['send', '--token', DEVICE, '--topic', 'com.example.app'];
  const ids = [`--key-id=${providerKey.keyId}`, `--team-id=${providerKey.teamId}`];
  for (const [flags, ...says] of [
    [[`--key=${ca}`], `--key: ${ca} is no provider key`, '.p8', 'This is a certificate', 'private key'],
    [[`--key=${key}`, `--ca=${empty}`], `--ca: ${empty} holds no certificate`, '/ca.pem'],
    [[`--key=${key}`, `--ca=${key}`], `--ca: ${key} holds no certificate`],
    [['--url=ftp://foo'], '--url: "ftp://foo" is not valid', 'https://'],
    [['--url=https://127.0.0.1:1/3/device/a'], '--url: ', 'without a path'],
  ] as const) {
    const { code, err } = await run([...device, ...ids, ...flags]);
    assert.is(code, 1);
    for (const part of says) assert.match(err, part);
  }
  assert.is((await run([...device, ...ids, `--key=${key}`, `--ca=${ca}`])).code, 0);
});

test('tail: those before, then what comes, by query, as JSON lines', async () => {
  await house.call('POST', '/api/v1/reset');
  await house.push(DEVICE, 'com.example.before');
  await house.push(DEVICE, 'com.example.other');
  const tail = start(['tail', '-topic:com.example.other', 'kind:exchange']);
  await tail.lines(1);
  await house.get('/livez');
  await house.push(DEVICE, 'com.example.other');
  await house.push(DEVICE, 'com.example.after');
  const lines = await tail.lines(2);
  assert.equal(
    lines.map((line) => JSON.parse(line).topic),
    ['com.example.before', 'com.example.after'],
  );
  tail.child.kill();
  await tail.ended;
  const wrong = await run(['tail', 'tpic:x']);
  assert.is(wrong.code, 1);
  assert.match(wrong.err, /Correct the query.*\n {2}q at character 1: .*tpic.*; did you mean topic:\?/);
});

test('a reader that has had enough ends a command, and not with a stack', async () => {
  const doctor = start(['doctor']);
  doctor.child.stdout.destroy();
  const { code, err } = await doctor.ended;
  assert.equal([code, err], [0, '']);
});

test('a line for a terminal: aligned, and nothing that arrived steers it', async () => {
  await house.call('POST', '/api/v1/reset');
  await house.push(DEVICE, 'com.example.app', { aps: { badge: '\u001b[2J' } });
  await house.push(DEVICE, 'com.example.app', { aps: {} }, { 'apns-priority': '7' });
  const { exchanges } = (await house.get('/api/v1/exchanges')).json;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters
  const lines = exchanges.map(lineOf).map((line: string) => line.replaceAll(/\u001b\[\d+m/g, ''));
  assert.match(lines[0], /^\d\d:\d\d:\d\d\.\d{3} {2}400 +c\d+ +device\.send +com\.example\.app +\S+ +BadPriority: .*7/);
  assert.match(lines[1], /\n +advice badge-not-a-number: aps\.badge is/);
  assert.not.ok(lines.join('').includes('\u001b'));
  assert.is(lines[0].indexOf('com.example.app'), lines[1].indexOf('com.example.app'));
});

interface Finding {
  readonly check: string;
  readonly how: string;
  readonly says: string;
  readonly cure: string | null;
}
const findings = ({ out }: Ended): Finding[] =>
  out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Finding);

test('doctor: all well', async () => {
  await house.call('POST', '/api/v1/reset');
  const ca = join(folder, 'ca.pem');
  writeFileSync(ca, house.mock.certificates.caPem);
  const ended = await run(['doctor'], { NODE_EXTRA_CA_CERTS: ca }, folder);
  assert.is(ended.code, 0, ended.out + ended.err);
  assert.equal(
    [...new Set(findings(ended).map(({ check }) => check))],
    ['server', 'listeners', 'localhost', 'trust', 'clock', 'proxy', 'interceptors', 'connections', 'requests'],
  );
  assert.equal(
    findings(ended).filter(({ how, check }) => how !== 'ok' && check !== 'localhost'),
    [],
  );
});

test('doctor: names each cause and what helps', async () => {
  for (const [name, version] of [
    ['msw', '3.0.1'],
    ['nock', '15.0.0'],
  ] as const) {
    mkdirSync(join(folder, 'node_modules', name), { recursive: true });
    writeFileSync(join(folder, 'node_modules', name, 'package.json'), JSON.stringify({ name, version }));
  }
  await house.call('PUT', '/api/v1/clock', { offset: '2h', frozen: true });
  await house.push(DEVICE, 'com.example.app', { aps: {} }, { 'apns-priority': '7' });
  const { connect } = await import('node:net');
  await new Promise<void>((resolve) => {
    const socket = connect(Number(new URL(house.mock.urls.send).port), '127.0.0.1', () =>
      socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
    );
    socket.on('close', () => resolve());
    socket.on('error', () => undefined);
    socket.resume();
  });
  const ended = await run(
    ['doctor'],
    {
      NODE_EXTRA_CA_CERTS: '/nowhere/ca.pem',
      HTTPS_PROXY: 'http://proxy:3128',
      APNS_KEY_ID: house.mock.certificates.providerKey.keyId,
      APNS_TEAM_ID: 'TEAM000000',
    },
    folder,
  );
  assert.is(ended.code, 1);
  const all = findings(ended);
  const told = (check: string, says: RegExp, cure: RegExp): void =>
    assert.ok(
      all.some(
        (each) => each.check === check && each.how !== 'ok' && says.test(each.says) && cure.test(each.cure ?? ''),
      ),
      `${check} ${says} in ${ended.out}`,
    );
  told('trust', /NODE_EXTRA_CA_CERTS names \/nowhere\/ca\.pem/, /correct the path/);
  told('clock', /stands still/, /frozen/);
  told('clock', /turned by [67]\d{3} s/, /offset/);
  told('proxy', /HTTPS_PROXY/, /NO_PROXY/);
  told('interceptors', /msw 3\.0\.1/, /msw 2/);
  told('interceptors', /nock 15/, /nock/);
  told('connections', /it speaks no TLS/, /h2c/);
  told('requests', /belongs to/, /APNS_TEAM_ID=/);
  told('requests', /ExpiredProviderToken/, /iat is 1[2-9]\d minutes/);
  for (const { how, cure } of all) assert.is(how === 'ok', cure === null);
  const nobody = await run(['doctor', '--control-port', '1'], {}, folder);
  assert.is(nobody.code, 1);
  assert.match(findings(nobody)[0]?.cure ?? '', /start it/);
});
test.run();
