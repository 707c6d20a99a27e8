// time limit: 720 s
import { existsSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { skip } from '../runner/skip.ts';
import { becomes, begin, isAlive, leftBehind, push, removeScratch, run, scratch } from './kit.ts';

const dead = `${Buffer.from('Unregistered').toString('hex')}00`.padEnd(64, '0');

const surroundings = suite('exec: what the command finds');
surroundings('an address, a key and trust that work; its exit code; no output of ours; nothing left', async () => {
  const script = `${push().join(' ')} && exit 7`;
  const { code, out, err } = await run(['--', 'sh', '-c', script]);
  assert.equal({ code, out, err }, { code: 7, out: 'status 200\n', err: '' });
  assert.equal(leftBehind(), []);
});
surroundings('--env with placeholders; a proxy is not for this machine; flags of the command are its own', async () => {
  const script = 'console.log(process.argv[2], process.env.URL, process.env.KEY, process.env.NO_PROXY)';
  const path = join(scratch, 'show.cjs');
  writeFileSync(path, script);
  const args = ['--env', 'URL={{sendUrl}}/x/{{ sendPort }}', '--env=KEY={{keyId}}.{{teamId}}', '--h2c-port=0'];
  const { code, out } = await run([...args, '--', 'node', path, '--version'], {
    HTTPS_PROXY: 'http://proxy.example:3128',
    NO_PROXY: 'intra.example',
  });
  assert.is(code, 0);
  const [, port] = /^--version https:\/\/127\.0\.0\.1:(\d+)\/x\/\1 /.exec(out) ?? [];
  assert.ok(port !== undefined, out);
  assert.match(out, / [A-Z0-9]{10}\.[A-Z0-9]{10} intra\.example,localhost,127\.0\.0\.1,::1\n$/);
});
surroundings('a client certificate: where there is a folder for it, and where it is asked for', async () => {
  const path = join(scratch, 'client.cjs');
  writeFileSync(
    path,
    `const { APNS_CLIENT_CERT_FILE: cert, APNS_CLIENT_KEY_FILE: key } = process.env;
     const { X509Certificate, createPrivateKey } = require('node:crypto');
     const read = (file) => require('node:fs').readFileSync(file);
     console.log(cert && new X509Certificate(read(cert)).checkPrivateKey(createPrivateKey(read(key))));`,
  );
  // The folder is new: the certificate is made while the server starts.
  const inFolder = await run([`--certs=${join(scratch, 'certs')}`, '--', 'node', path]);
  assert.is(inFolder.out, 'true\n', inFolder.err);
  assert.is((await run(['--env', 'CERT={{clientCert}}', '--', 'node', path])).out, 'true\n');
  assert.is((await run(['--', 'node', path])).out, 'undefined\n');
});
surroundings('every mistake in the arguments at once, exit code 1, and nothing is run', async () => {
  const { code, out, err } = await run(['--env', 'A={{sendUrls}}', '--timeout', 'soon', '--prot=1', 'echo', 'hi']);
  assert.equal([code, out], [1, '']);
  for (const hint of ['after two dashes', 'did you mean {{sendUrl}}?', '--timeout needs a duration', '--port?'])
    assert.match(err, hint);
});
surroundings('--help names the placeholders', async () => {
  const { code, out } = await run(['--help']);
  assert.is(code, 0);
  for (const word of ['--env NAME=VALUE', '--timeout', '{{manageProductionUrl}}', '--scenario'])
    assert.match(out, word);
});
surroundings('--cert-names: the certificate is for those as well', async () => {
  const path = join(scratch, 'named.cjs');
  const options = '{ host: APNS_HOST, port: APNS_PORT, servername: "apns.test.example", ALPNProtocols: ["h2"] }';
  writeFileSync(
    path,
    `const { APNS_HOST, APNS_PORT } = process.env;
     const socket = require('node:tls').connect(${options}, () => { console.log(socket.authorized); socket.destroy(); });`,
  );
  const { out, err } = await run(['--cert-names=apns.test.example,10.1.2.3', '--', 'node', path]);
  assert.is(out, 'true\n', err);
});
surroundings('a command that is not there: 127 and a sentence', async () => {
  const { code, err } = await run(['--', 'no-such-command-anywhere']);
  assert.is(code, 127);
  assert.is(err, 'mock-apns: no-such-command-anywhere cannot be started: there is no such command\n');
  assert.equal(leftBehind(), []);
});
surroundings.run();

const verdict = suite('exec: what is expected');
const scenario = `version: 1
name: one push
expect:
  - { name: a push came, match: { operation: device.send, status: 200 }, count: { atLeast: 1 } }
`;
verdict('met: said, and 0', async () => {
  const { code, err } = await run(['--', ...push()], { MOCK_APNS_SCENARIO_INLINE: scenario });
  assert.is(code, 0);
  assert.match(err, /^mock-apns: as expected: a push came: /);
});
verdict('unmet: 3, with the nearest miss; a failure of the command comes first', async () => {
  const { code, err } = await run(['--', ...push(dead)], { MOCK_APNS_SCENARIO_INLINE: scenario });
  assert.is(code, 3);
  assert.match(err, /NOT as expected: a push came: expected .*, but there were none/);
  assert.match(err, 'status was 410');
  assert.is((await run(['--', 'sh', '-c', 'exit 5'], { MOCK_APNS_SCENARIO_INLINE: scenario })).code, 5);
});
verdict('--strict: a refusal that nobody asked for is 3', async () => {
  const { code, err } = await run(['--strict', '--', ...push('not-a-token')]);
  assert.is(code, 3);
  assert.match(err, 'BadDeviceToken');
});
verdict.run();

/** A command that says who it is, starts another one, and stays. */
const stays = (trap: string): string[] => [
  'sh',
  '-c',
  `${trap} sleep 600 & echo "pids $$ $!"; echo "control $APNS_CONTROL_URL"; while :; do sleep 0.05; done`,
];

interface Up {
  readonly running: ReturnType<typeof begin>;
  readonly pids: readonly number[];
  readonly port: number;
}

async function up(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Up> {
  const running = begin(args, env);
  assert.ok(await becomes(() => /control \S+\n/.test(running.out())), 'it did not start');
  const pids = /pids (\d+) (\d+)/.exec(running.out())?.slice(1).map(Number) ?? [];
  const port = Number(/control http:\/\/127\.0\.0\.1:(\d+)/.exec(running.out())?.[1]);
  assert.is(pids.filter(isAlive).length, 2);
  assert.is(leftBehind().length, 1);
  return { running, pids, port };
}

async function nothingLeft({ pids, port }: Up): Promise<void> {
  assert.ok(await becomes(() => !pids.some(isAlive)), 'a process was left behind');
  assert.ok(await becomes(() => leftBehind().length === 0), 'a file was left behind');
  const answers = await new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
    socket.once('close', () => socket.destroy());
    socket.end();
  });
  assert.not(answers, 'a port was left open');
}

const end = suite('exec: the end');
end.after(removeScratch);
end('--timeout: 124; the command and what it started are gone', async () => {
  const it = await up(['--timeout', '2s', '--', ...stays('')]);
  const { code, err } = await it.running.ended;
  assert.is(code, 124);
  assert.match(err, 'longer than the 2000 ms of --timeout');
  await nothingLeft(it);
});
end('a signal goes to the command, and its answer is ours', async () => {
  const it = await up(['--', ...stays("trap 'exit 42' TERM;")]);
  it.running.child.kill('SIGTERM');
  assert.is((await it.running.ended).code, 42);
  await nothingLeft(it);
});
end('a signal that comes while the command is being started goes to it as well', async () => {
  // A parent that is not given the processor: the command has run for a while when spawn() comes back.
  const busy = `import c from 'node:child_process';
    import { syncBuiltinESMExports } from 'node:module';
    const { spawn } = c;
    c.spawn = (...given) => {
      const child = spawn(...given);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
      return child;
    };
    syncBuiltinESMExports();`;
  const { code, signal } = await run(['--', 'sh', '-c', "trap 'exit 42' TERM; kill -TERM $PPID; sleep 3"], {
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(busy)}`,
  });
  assert.equal([code, signal], [42, null]);
});
end('a command that a signal ended: so do we', async () => {
  const it = await up(['--', ...stays('')]);
  it.running.child.kill('SIGINT');
  // A shell that waits for sleep(1) may have set SIGINT aside for it; its own end tells.
  const { code, signal } = await it.running.ended;
  assert.ok(signal === 'SIGINT' || code === 130, `${code} ${signal}`);
  await nothingLeft(it);
});
end('the command is killed: 137', async () => {
  const it = await up(['--', ...stays('')]);
  process.kill(it.pids[0] as number, 'SIGKILL');
  assert.is((await it.running.ended).code, 137);
  await nothingLeft(it);
});
end('we are killed: the command, what it started and the files go as well', async () => {
  const it = await up(['--', ...stays('')]);
  it.running.child.kill('SIGKILL');
  assert.is((await it.running.ended).signal, 'SIGKILL');
  await nothingLeft(it);
});
const unnamed = 'we are killed before we know whom we have started: it goes as well';
if (!existsSync('/proc/self/environ')) skip(end, unnamed, 'nobody tells here which process has which environment');
else
  end(unnamed, async () => {
    // spawn() comes back from everything but the command.
    const stuck = `import c from 'node:child_process';
    import { syncBuiltinESMExports } from 'node:module';
    const { spawn } = c;
    c.spawn = (...given) => {
      const child = spawn(...given);
      if (given[0] === 'sh') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
      return child;
    };
    syncBuiltinESMExports();`;
    const it = await up(['--', ...stays('')], {
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(stuck)}`,
    });
    it.running.child.kill('SIGKILL');
    assert.is((await it.running.ended).signal, 'SIGKILL');
    await nothingLeft(it);
  });
end('two at once do not meet', async () => {
  const both = await Promise.all([run(['--', ...push()]), run(['--', ...push()])]);
  assert.equal(
    both.map(({ code, out }) => [code, out]),
    [
      [0, 'status 200\n'],
      [0, 'status 200\n'],
    ],
  );
  assert.equal(leftBehind(), []);
});
end.run();
