/**
 * Throughput beside the limit and beside peers, in one run: `node --import tsx bench/bench.ts [--rounds N] [--requests N]
 * [--loads c4m100,c1m1] [--servers own,node,naive,nghttpd] [--node PATH]`.
 *
 * Needs h2load and nghttpd (Debian: nghttp2-client, nghttp2-server). Absolute figures depend on the machine and on what
 * else it does; the servers take turns, and ratios of turns that followed each other are what counts.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { signProviderToken } from '../server/shell/crypto.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    requests: { type: 'string', default: '100000' },
    loads: { type: 'string', default: 'c1m1,c4m1,c16m1,c1m100,c4m100,c16m100,c1m1000,c16m1000' },
    servers: { type: 'string', default: 'nghttpd,own,node,naive' },
    node: { type: 'string', default: process.execPath },
  },
});
const rounds = Number(values.rounds);
const requests = Number(values.requests);

const folder = mkdtempSync(join(tmpdir(), 'mock-apns-bench-'));
const certs = join(folder, 'certs');
const TOKEN = 'a1b2c3d4'.repeat(8);
const PATH = `/3/device/${TOKEN}`;
const payload = join(folder, 'payload.json');
writeFileSync(payload, JSON.stringify({ aps: { alert: { title: 'Hello', body: 'x'.repeat(240) }, badge: 1 } }));

interface Server {
  readonly name: string;
  readonly start: (port: number) => { child: ChildProcess; ready: RegExp | null };
}

const ours = (name: string, ...more: string[]): Server => ({
  name,
  start: (port) => ({
    child: spawn(
      values.node,
      [
        'dist/bin.js',
        `--certs=${certs}`,
        '--log=quiet',
        `--port=${port}`,
        '--manage-port=0',
        '--manage-production-port=0',
        '--control-port=0',
        ...more,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    ),
    ready: /mock-apns ready/,
  }),
});

const key = join(certs, 'server.key');
const cert = join(certs, 'server.pem');
const SERVERS: readonly Server[] = [
  {
    name: 'nghttpd',
    start(port) {
      // A C server that sends an empty file: the least that HTTP/2 over TLS can cost on this machine.
      const root = join(folder, 'root');
      mkdirSync(join(root, '3', 'device'), { recursive: true });
      writeFileSync(join(root, PATH), '');
      return {
        child: spawn('nghttpd', ['-a', '127.0.0.1', '-d', root, '-n', '1', String(port), key, cert], {
          stdio: 'ignore',
        }),
        ready: null,
      };
    },
  },
  ours('own'),
  ours('node', '--http2=node'),
  {
    name: 'naive',
    start: (port) => ({
      child: spawn(values.node, ['bench/peers/naive.mjs', cert, key, String(port)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      }),
      ready: /ready/,
    }),
  },
];

/** Starts a server, and resolves when it accepts. */
async function up(server: Server, port: number): Promise<ChildProcess> {
  const { child, ready } = server.start(port);
  if (ready === null) await new Promise((resolve) => setTimeout(resolve, 400));
  else
    await new Promise<void>((resolve, reject) => {
      let out = '';
      child.stdout?.on('data', (text: Buffer) => {
        out += text.toString();
        if (ready.test(out)) resolve();
      });
      child.once('exit', (code) => reject(new Error(`${server.name} ended with ${code}`)));
    });
  return child;
}

function down(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
}

interface Figure {
  readonly perSecond: number;
  /** Processor time of the server, microseconds per request. */
  readonly cpu: number;
}

/** Processor time that a process has used so far, in seconds (proc(5): utime and stime in ticks of 10 ms). */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function load(port: number, connections: number, streams: number, count: number, token: string, pid: number): Figure {
  const before = cpuOf(pid);
  const headers = [
    ':method: POST',
    `authorization: bearer ${token}`,
    'apns-topic: com.example.app',
    'apns-push-type: alert',
    'apns-priority: 10',
    'apns-expiration: 0',
    'apns-id: 123e4567-e89b-12d3-a456-426614174000',
  ].flatMap((header) => ['-H', header]);
  const out = execFileSync(
    'h2load',
    [
      '-n',
      String(count),
      '-c',
      String(connections),
      '-m',
      String(streams),
      '-t',
      '1',
      '-d',
      payload,
      ...headers,
      `https://127.0.0.1:${port}${PATH}`,
    ],
    { encoding: 'utf8' },
  );
  const perSecond = Number(/finished in .*?, ([\d.]+) req\/s/.exec(out)?.[1]);
  const good = Number(/(\d+) 2xx/.exec(out)?.[1]);
  if (good !== count) throw new Error(`${good} of ${count} were answered 200:\n${out}`);
  return { perSecond, cpu: ((cpuOf(pid) - before) * 1e6) / count };
}

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[numbers.length >> 1] as number;

// Certificates and key are made once, by the server itself.
await down(await up(SERVERS[1]!, 23_970));
const { keyId, teamId, keyFile } = JSON.parse(readFileSync(join(certs, 'provider.json'), 'utf8'));
const p8 = readFileSync(join(certs, keyFile), 'utf8');
const token = signProviderToken({ p8, keyId, teamId, iat: Math.floor(Date.now() / 1000) });

const chosen = SERVERS.filter(({ name }) => values.servers.split(',').includes(name));
const rows: string[] = [];
for (const name of values.loads.split(',')) {
  const [, connections, streams] = /^c(\d+)m(\d+)$/.exec(name)!.map(Number) as [number, number, number];
  // One stream on one connection waits for each answer, so fewer requests tell as much.
  const count = connections * streams < 10 ? Math.ceil(requests / 5) : requests;
  const figures = new Map<string, Figure[]>(chosen.map((server) => [server.name, []]));
  const running = [];
  for (const [index, server] of chosen.entries())
    running.push({ server, port: 23_971 + index, child: await up(server, 23_971 + index) });
  for (const { port, child } of running) load(port, connections, streams, Math.ceil(count / 5), token, child.pid!);
  for (let round = 0; round < rounds; round++)
    for (const { server, port, child } of running)
      figures.get(server.name)!.push(load(port, connections, streams, count, token, child.pid!));
  for (const { child } of running) await down(child);
  const base = figures.get(chosen[0]!.name)!;
  const cells = chosen.map((server) => {
    const own = figures.get(server.name)!;
    const ratio = median(own.map(({ perSecond }, round) => perSecond / base[round]!.perSecond));
    return `${ratio.toFixed(2)} (${Math.round(median(own.map(({ perSecond }) => perSecond)) / 1000)}k, ${median(own.map(({ cpu }) => cpu)).toFixed(1)} µs)`;
  });
  rows.push(`| ${name} | ${cells.join(' | ')} |`);
  console.log(rows.at(-1));
}
rmSync(folder, { recursive: true });
console.log(`
Node ${execFileSync(values.node, ['--version'], { encoding: 'utf8' }).trim()}, ${cpus().length} × ${cpus()[0]?.model}, median of ${rounds} rounds, ratio to ${chosen[0]!.name} (requests per second, server CPU per request)

| load | ${chosen.map(({ name }) => name).join(' | ')} |
|---|${chosen.map(() => '---|').join('')}
${rows.join('\n')}`);
