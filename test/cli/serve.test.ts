// time limit: 360 s
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:http2';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { signProviderToken } from '../../server/shell/crypto.ts';
import { FREE_PORTS, type Running, run, serve } from './child.ts';

const folder = mkdtempSync(join(tmpdir(), 'mock-apns-cli-'));
const certs = join(folder, 'certs');
const CERTS = `--certs=${certs}`;

interface Answer {
  readonly status: number | null;
  readonly goaway: string | null;
}

/** Sends one device push over a connection of its own. */
function push({ ready }: Running, topic: string | null, token = 'ab'.repeat(32)): Promise<Answer> {
  const { keyId, teamId, keyFile } = JSON.parse(readFileSync(join(certs, 'provider.json'), 'utf8'));
  const p8 = readFileSync(join(certs, keyFile), 'utf8');
  const jwt = signProviderToken({ p8, keyId, teamId, iat: Math.floor(Date.now() / 1000) });
  return new Promise((resolve) => {
    const client = connect(ready['send'] as string, { ca: readFileSync(join(certs, 'ca.pem')) });
    let status: number | null = null;
    let goaway: string | null = null;
    client.on('error', () => undefined);
    client.on('goaway', (_code, _last, data) => {
      goaway = Buffer.from(data ?? []).toString();
    });
    client.on('close', () => resolve({ status, goaway }));
    const stream = client.request({
      ':method': 'POST',
      ':path': `/3/device/${token}`,
      authorization: `bearer ${jwt}`,
      ...(topic === null ? {} : { 'apns-topic': topic }),
    });
    stream.on('error', () => undefined);
    stream.on('response', (headers) => {
      status = headers[':status'] ?? null;
    });
    stream.on('close', () => client.close());
    stream.resume().end('{"aps":{}}');
  });
}

const start = suite('serve: start and end');
start.after(() => rmSync(folder, { recursive: true }));
start('one ready line, with what a client needs; the same in the ready file; SIGTERM ends it well', async () => {
  const readyFile = join(folder, 'ready.json');
  const server = await serve([CERTS, `--ready-file=${readyFile}`, '--seed=42', '--log=quiet']);
  const url = 'https://127\\.0\\.0\\.1:\\d+';
  assert.match(
    server.line,
    new RegExp(
      `^mock-apns ready send=${url} manage=${url} manage-production=${url} control=http://127\\.0\\.0\\.1:\\d+ ca=\\S+ca\\.pem seed=42 \\(\\d+ ms\\)\n$`,
    ),
  );
  const { ms, seed, ...words } = JSON.parse(readFileSync(readyFile, 'utf8'));
  assert.type(ms, 'number');
  assert.equal({ ...words, seed: String(seed) }, server.ready);
  assert.equal(await push(server, 'com.example.app'), { status: 200, goaway: null });
  const { code, out, err } = await server.stop();
  assert.equal([code, out, err], [0, server.line, '']);
});
start('every file that the variables of an environment name is there', async () => {
  const fresh = mkdtempSync(join(folder, 'fresh-'));
  const server = await serve([`--certs=${fresh}`, '--log=quiet']);
  const env = (await (await fetch(`${server.ready['control']}/api/v1/env?format=json`)).json()) as Record<
    string,
    string
  >;
  const files = Object.entries(env).filter(([name]) => name.endsWith('_FILE'));
  assert.ok('APNS_CLIENT_CERT_FILE' in env && 'APNS_CLIENT_KEY_FILE' in env);
  for (const [name, file] of files) assert.ok(existsSync(file), `${name}: ${file}`);
  await server.stop();
});
start('several send ports: all of them are told, the first by the names that one port has', async () => {
  const readyFile = join(folder, 'several.json');
  const server = await serve([CERTS, `--ready-file=${readyFile}`, '--log=quiet', '--port=0,0']);
  const { send, sends, control } = JSON.parse(readFileSync(readyFile, 'utf8'));
  assert.is(new Set(sends).size, 2);
  assert.equal([server.ready['send'], server.ready['sends']], [send, sends.join(',')]);
  assert.is(sends[0], send);
  const info = (await (await fetch(`${control}/api/v1/info`)).json()) as {
    readonly urls: { readonly sends: string[] };
    readonly listeners: readonly { readonly name: string; readonly url: string }[];
  };
  assert.equal(info.urls.sends, sends);
  assert.equal(
    info.listeners.filter(({ name }) => name === 'send').map(({ url }) => url),
    sends,
  );
  for (const url of sends)
    assert.is((await push({ ...server, ready: { ...server.ready, send: url } }, 'com.example.app')).status, 200);
  const { out } = await run(['doctor', `--control-port=${new URL(control).port}`]);
  for (const url of sends) assert.match(out, `send at ${url}: TLS`);
  await server.stop();
});
start('what was made at the first start is used by the second; private keys are for the owner alone', async () => {
  const ca = readFileSync(join(certs, 'ca.pem'), 'utf8');
  const server = await serve([CERTS, '--log=quiet']);
  assert.is(readFileSync(join(certs, 'ca.pem'), 'utf8'), ca);
  const { keyFile } = JSON.parse(readFileSync(join(certs, 'provider.json'), 'utf8'));
  for (const name of ['ca.key', 'server.key', keyFile])
    assert.is(statSync(join(certs, name)).mode & 0o777, 0o600, name);
  assert.is((await server.stop('SIGINT')).code, 0);
});
start('open connections are told goodbye', async () => {
  const server = await serve([CERTS, '--log=quiet']);
  const client = connect(server.ready['send'] as string, { ca: readFileSync(join(certs, 'ca.pem')) });
  await new Promise((resolve) => client.once('remoteSettings', resolve));
  const goaway = new Promise<string>((resolve) =>
    client.once('goaway', (_code, _last, data) => resolve(Buffer.from(data ?? []).toString())),
  );
  const ended = server.stop();
  assert.is(await goaway, '{"reason":"Shutdown"}');
  assert.is((await ended).code, 0);
});
start('a client that does not trust the certificate is told of the one in this folder', async () => {
  const server = await serve([CERTS, '--log=pretty']);
  const client = connect(server.ready['send'] as string, { ca: [] });
  await new Promise<void>((resolve) => client.once('error', () => resolve()));
  client.destroy();
  await server.said(/make it trust/);
  assert.match(server.err(), `make it trust ${join(certs, 'ca.pem')} (also at ${server.ready['control']}/ca.pem)`);
  await server.stop();
});
start('a port in use: one sentence, exit code 2', async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const { port } = taken.address() as { port: number };
  const { code, out, err } = await run([CERTS, ...FREE_PORTS.slice(1), `--port=${port}`]);
  taken.close();
  assert.is(code, 2);
  assert.is(out, '');
  assert.match(err, `port 127.0.0.1:${port} (send) is in use`);
  assert.match(err, '--port');
  assert.is(err.trim().split('\n').length, 1);
});
start('a broken key file: one sentence, exit code 2', async () => {
  const broken = mkdtempSync(join(folder, 'broken-'));
  await (await serve([`--certs=${broken}`, '--log=quiet'])).stop();
  const { keyFile } = JSON.parse(readFileSync(join(broken, 'provider.json'), 'utf8'));
  writeFileSync(join(broken, keyFile), 'no key at all');
  const { code, err } = await run([`--certs=${broken}`, ...FREE_PORTS]);
  assert.is(code, 2);
  assert.match(err, keyFile);
  assert.is(err.trim().split('\n').length, 1);
});
start('a ready file that cannot be written: one sentence, exit code 2, and no draft left behind', async () => {
  const taken = mkdtempSync(join(folder, 'taken-'));
  for (const [path, why] of [
    [join(folder, 'nowhere', 'ready.json'), 'its folder is not there'],
    [taken, 'it is a folder'],
  ] as const) {
    for (const command of [[], ['exec']]) {
      const rest = command.length === 0 ? [CERTS, ...FREE_PORTS] : ['--', 'true'];
      const { code, out, err } = await run([...command, `--ready-file=${path}`, '--log=quiet', ...rest]);
      assert.equal([code, out], [2, ''], err);
      assert.match(err, `the ready file cannot be written to ${path}: ${why}`);
      assert.match(err, '--ready-file');
      assert.is(err.trim().split('\n').length, 1);
    }
  }
  assert.equal(
    readdirSync(folder).filter((name) => name.endsWith('.tmp')),
    [],
  );
});
start('wrong usage: every mistake, exit code 1', async () => {
  const { code, err } = await run(['--prot=1', '--auth=of'], { MOCK_APNS_HOTS: '1' });
  assert.is(code, 1);
  for (const hint of ['--port?', 'MOCK_APNS_HOST?', '"off"?']) assert.match(err, hint);
  const unknown = await run(['reasns']);
  assert.is(unknown.code, 1);
  assert.match(unknown.err, 'did you mean reasons?');
});
start.run();

const scenarios = suite('serve: scenarios');
scenarios('a built-in name, a folder, the text itself', async () => {
  const byName = await serve([CERTS, '--log=quiet', '--scenario=always-expired']);
  assert.is((await push(byName, 'com.example.app')).status, 403);
  await byName.stop();

  const many = mkdtempSync(join(folder, 'many-'));
  writeFileSync(join(many, 'a.yaml'), 'version: 1\nrules:\n  - { times: 1, then: { reason: InternalServerError } }\n');
  writeFileSync(join(many, 'b.json'), '{"version":1,"rules":[{"then":{"reason":"TooManyRequests"}}]}');
  const byFolder = await serve([CERTS, '--log=quiet', `--scenario=${many}`]);
  assert.is((await push(byFolder, 'com.example.app')).status, 500);
  assert.is((await push(byFolder, 'com.example.app')).status, 429);
  await byFolder.stop();

  const text = '{"version":1,"rules":[{"then":{"goaway":{"reason":"Shutdown"}}}]}';
  const inline = await serve([CERTS, '--log=quiet'], { MOCK_APNS_SCENARIO_INLINE: text });
  assert.equal(await push(inline, 'com.example.app'), { status: 200, goaway: '{"reason":"Shutdown"}' });
  await inline.stop();
});
scenarios('one with mistakes does not start: every mistake with its place, exit code 1', async () => {
  const path = join(folder, 'bad.yaml');
  writeFileSync(path, 'version: 1\nrules:\n  - { then: { reason: BadDevicToken, stal: true } }\n');
  const { code, out, err } = await run([CERTS, ...FREE_PORTS, `--scenario=${path}`]);
  assert.equal([code, out], [1, '']);
  assert.match(err, `${path}:3:`);
  assert.match(err, 'did you mean "BadDeviceToken"?');
  assert.match(err, 'did you mean "stall"?');
});
scenarios('an edit right after the ready line is seen', async () => {
  const path = join(folder, 'edited-at-once.yaml');
  writeFileSync(path, 'version: 1\nname: before\nrules: []\n');
  const server = await serve([CERTS, '--log=pretty', `--scenario=${path}`]);
  writeFileSync(path, 'version: 1\nname: afterwards\nrules: []\n');
  await server.said(/scenario reloaded: afterwards/);
  await server.stop();
});
scenarios('a good edit is in force at once, a bad one changes nothing', async () => {
  const path = join(folder, 'edited.yaml');
  const rule = (reason: string): string => `version: 1\nname: edited\nrules:\n  - then: { reason: ${reason} }\n`;
  writeFileSync(path, rule('InternalServerError'));
  const server = await serve([CERTS, '--log=pretty', `--scenario=${path}`]);
  assert.is((await push(server, 'com.example.app')).status, 500);
  writeFileSync(path, rule('NoSuchReason'));
  await server.said(/the old one stays in force\n.*NoSuchReason/);
  assert.is((await push(server, 'com.example.app')).status, 500);
  writeFileSync(path, rule('TooManyRequests'));
  await server.said(/scenario reloaded: edited/);
  assert.is((await push(server, 'com.example.app')).status, 429);
  await server.stop();
});
scenarios.run();

const strict = suite('serve: --strict');
strict('all is well: exit code 0', async () => {
  const server = await serve([
    CERTS,
    '--log=quiet',
    '--strict',
    '--scenario=shutdown-under-load',
    '--no-spelled-targets',
  ]);
  const { code, err } = await server.stop();
  // The scenario expects a broadcast, and there was none.
  assert.is(code, 3);
  assert.match(err, 'something was broadcast');
  const quiet = await serve([CERTS, '--log=quiet', '--strict']);
  assert.is((await push(quiet, 'com.example.app')).status, 200);
  assert.is((await quiet.stop()).code, 0);
});
strict('a refused request: exit code 3, and which', async () => {
  const server = await serve([CERTS, '--log=quiet', '--strict']);
  assert.is((await push(server, null)).status, 400);
  const { code, err } = await server.stop();
  assert.is(code, 3);
  assert.match(err, '1 request was refused by APNs itself');
  assert.match(err, 'MissingTopic');
});
strict('a forced refusal is none', async () => {
  const server = await serve([CERTS, '--log=quiet', '--strict']);
  const dead = `${Buffer.from('Unregistered').toString('hex')}00`.padEnd(64, '0');
  assert.is((await push(server, 'com.example.app', dead)).status, 410);
  assert.is((await server.stop()).code, 0);
});
strict.run();

const others = suite('commands');
others('health: 0 when ready, 1 and a hint when not', async () => {
  const server = await serve([CERTS, '--log=quiet']);
  const port = new URL(server.ready['control'] as string).port;
  assert.equal(await run(['health', `--control-port=${port}`]), { code: 0, out: 'ready\n', err: '' });
  await server.stop();
  const { code, err } = await run(['health', `--control-port=${port}`]);
  assert.is(code, 1);
  assert.match(err, '--control-port');
});
others('reasons: every reason with its targets, for people and for programs', async () => {
  const { code, out } = await run(['reasons']);
  assert.is(code, 0);
  assert.match(out, '410 Unregistered');
  assert.match(out, '556e72656769737465726564');
  const rows = JSON.parse((await run(['reasons', '--json'])).out) as {
    reason?: string;
    targets: { channelId?: string };
  }[];
  const throttled = rows.find(({ reason }) => reason === 'TooManyRequests');
  assert.is(throttled?.targets.channelId, 'VG9vTWFueVJlcXVlc3Rz');
});
others('check, explain, schema', async () => {
  const fine = await run(['check', 'flaky', 'bad-day']);
  assert.is(fine.code, 0);
  assert.match(fine.out, 'flaky.yaml: fine');
  const said = await run(['explain', 'lost-reply']);
  assert.is(said.code, 0);
  assert.match(said.out, 'carried out');
  const schema = JSON.parse((await run(['schema'])).out) as { title: string };
  assert.match(schema.title, 'scenario');
});
others('help and version', async () => {
  assert.match((await run(['--help'])).out, '--manage-production-port');
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  assert.is((await run(['--version'])).out, `${version}\n`);
});
others.run();
