/** What all measurements share: a build of its own, servers that start and stop, load, and the machine's own figures. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { build } from 'esbuild';
import { signProviderToken } from '../server/shell/crypto.ts';

export const folder = mkdtempSync(join(tmpdir(), 'mock-apns-bench-'));
export const certs = join(folder, 'certs');
export const DEVICE = 'a1b2c3d4'.repeat(8);
export const PUSH_PATH = `/3/device/${DEVICE}`;
export const PAYLOAD = JSON.stringify({ aps: { alert: { title: 'Hello', body: 'x'.repeat(240) }, badge: 1 } });
const payloadFile = join(folder, 'payload.json');
writeFileSync(payloadFile, PAYLOAD);
const bin = join(folder, 'dist', 'bin.js');

const children = new Set<ChildProcess>();

process.on('exit', () => {
  for (const child of children) child.kill();
  rmSync(folder, { recursive: true, force: true });
});

/** The server as it is delivered, built where nobody rebuilds it meanwhile. */
export async function buildOwn(): Promise<void> {
  for (const name of ['package.json', 'scenarios', 'node_modules']) symlinkSync(resolve(name), join(folder, name));
  await build({
    entryPoints: { bin: 'server/bin.ts' },
    bundle: true,
    splitting: true,
    platform: 'node',
    target: 'node20.19',
    format: 'esm',
    outdir: join(folder, 'dist'),
    external: ['msw'],
    logLevel: 'warning',
    banner: { js: "import{createRequire as requireFor}from'node:module';const require=requireFor(import.meta.url);" },
  });
}

export interface Server {
  readonly name: string;
  readonly start: (port: number) => { child: ChildProcess; ready: RegExp | null };
}

export interface Running {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly port: number;
  readonly stop: () => Promise<void>;
  /** Base URL of the control API, where there is one. */
  readonly control: string | null;
}

export function ours(node: string, name: string, ...more: string[]): Server {
  return {
    name,
    start: (port) => ({
      child: spawn(
        node,
        [
          ...more.filter((flag) => flag.startsWith('--cpu-prof')),
          bin,
          `--certs=${certs}`,
          '--log=quiet',
          `--port=${port}`,
          '--manage-port=0',
          '--manage-production-port=0',
          '--control-port=0',
          ...more.filter((flag) => !flag.startsWith('--cpu-prof')),
        ],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      ),
      ready: /mock-apns ready/,
    }),
  };
}

const key = join(certs, 'server.key');
const cert = join(certs, 'server.pem');

/** A C server that sends an empty file: the least that HTTP/2 over TLS can cost on this machine. */
export const nghttpd: Server = {
  name: 'nghttpd',
  start(port) {
    const root = join(folder, 'root');
    mkdirSync(join(root, '3', 'device'), { recursive: true });
    writeFileSync(join(root, PUSH_PATH), '');
    return {
      child: spawn('nghttpd', ['-a', '127.0.0.1', '-d', root, '-n', '1', String(port), key, cert], { stdio: 'ignore' }),
      ready: null,
    };
  },
};

export const naive = (node: string): Server => ({
  name: 'naive',
  start: (port) => ({
    child: spawn(node, ['bench/peers/naive.mjs', cert, key, String(port)], { stdio: ['ignore', 'pipe', 'inherit'] }),
    ready: /ready/,
  }),
});

/** What pushy brings along (Java); built by `mvn -f bench/peers/pushy package dependency:copy-dependencies`. */
export const pushy = (kind: 'mock' | 'benchmark'): Server => ({
  name: `pushy-${kind}`,
  start(port) {
    const classes = 'bench/peers/pushy/target/classes:bench/peers/pushy/target/lib/*';
    const args = ['-cp', classes, 'PushyServers', kind, cert, key, String(port)];
    return { child: spawn('java', args, { stdio: ['ignore', 'pipe', 'inherit'] }), ready: /ready/ };
  },
});

let nextPort = 23_970;

/** Starts a server, and resolves when it accepts. */
export async function up(server: Server): Promise<Running> {
  const port = nextPort++;
  const { child, ready } = server.start(port);
  children.add(child);
  child.once('exit', () => children.delete(child));
  let out = '';
  if (ready === null) await wait(400);
  else
    await new Promise<void>((done, fail) => {
      child.stdout?.on('data', (text: Buffer) => {
        out += text.toString();
        if (ready.test(out)) done();
      });
      child.once('exit', (code) => fail(new Error(`${server.name} ended with ${code}`)));
    });
  return {
    child,
    pid: child.pid as number,
    port,
    control: /control=(\S+)/.exec(out)?.[1] ?? null,
    stop: () =>
      new Promise((done) => {
        if (child.exitCode !== null) return done();
        child.once('exit', () => done());
        child.kill('SIGTERM');
      }),
  };
}

/** Certificates and key are made once, by the server itself; a token as a careful provider signs it. */
export async function prepare(node: string): Promise<string> {
  if (!existsSync(bin)) await buildOwn();
  await (await up(ours(node, 'first'))).stop();
  return freshToken();
}

export function freshToken(): string {
  const { keyId, teamId, keyFile } = JSON.parse(readFileSync(join(certs, 'provider.json'), 'utf8'));
  const p8 = readFileSync(join(certs, keyFile), 'utf8');
  return signProviderToken({ p8, keyId, teamId, iat: Math.floor(Date.now() / 1000) });
}

/** Processor time that a process has used so far, in seconds (proc(5): utime and stime in ticks of 10 ms). */
export function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Resident megabytes (proc(5), second field of statm, in pages of 4 KB). */
export function memoryOf(pid: number): number {
  return (Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * 4096) / 1_048_576;
}

export interface Load {
  readonly connections: number;
  readonly streams: number;
  readonly count: number;
  readonly token: string;
  /** Requests a second, over all connections; not given: as many as go. */
  readonly rate?: number;
  readonly path?: string;
  readonly headers?: readonly string[];
  /** Answers other than 200 are expected too. */
  readonly any?: boolean;
}

export interface Figure {
  readonly perSecond: number;
  /** Processor time of the server, microseconds per request. */
  readonly cpu: number;
  /** Milliseconds at 50, 90, 99 and 99.9 %; with `rate` only. */
  readonly latency: readonly number[];
}

const HEADERS = [
  'apns-topic: com.example.app',
  'apns-push-type: alert',
  'apns-priority: 10',
  'apns-expiration: 0',
  'apns-id: 123e4567-e89b-12d3-a456-426614174000',
];

export function load({ port, pid }: Pick<Running, 'port' | 'pid'>, given: Load): Figure {
  const { connections, streams, count, token, rate, path = PUSH_PATH, headers = HEADERS, any = false } = given;
  const log = join(folder, 'requests.tsv');
  rmSync(log, { force: true });
  const before = cpuOf(pid);
  const out = execFileSync(
    'h2load',
    [
      ...['-n', String(count), '-c', String(connections), '-m', String(streams), '-t', '1', '-d', payloadFile],
      ...(rate === undefined ? [] : ['--rps', String(rate / connections), '--log-file', log]),
      ...[':method: POST', `authorization: bearer ${token}`, ...headers].flatMap((header) => ['-H', header]),
      `https://127.0.0.1:${port}${path}`,
    ],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const perSecond = Number(/finished in .*?, ([\d.]+) req\/s/.exec(out)?.[1]);
  const good = Number(/(\d+) 2xx/.exec(out)?.[1]);
  if (!any && good !== count) throw new Error(`${good} of ${count} were answered 200:\n${out}`);
  return { perSecond, cpu: ((cpuOf(pid) - before) * 1e6) / count, latency: rate === undefined ? [] : percentiles(log) };
}

function percentiles(log: string): number[] {
  const rows = readFileSync(log, 'utf8').trim().split('\n');
  const ms = rows.map((row) => Number(row.split('\t')[2]) / 1000).sort((a, b) => a - b);
  return [0.5, 0.9, 0.99, 0.999].map((part) => ms[Math.min(ms.length - 1, Math.floor(ms.length * part))] as number);
}

export const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[numbers.length >> 1] as number;

/** A scenario as a file, for `--scenario`; `does` stands for `then`, which would make a promise of a rule. */
export function scenarioFile(name: string, parts: Readonly<Record<string, unknown>>): string {
  const file = join(folder, `${name}.json`);
  writeFileSync(file, JSON.stringify({ version: 1, ...parts }).replaceAll('"does":', '"then":'));
  return file;
}

export function channelId(n: number): string {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt32BE(n);
  return bytes.toString('base64');
}

export const withChannels = (count: number): string =>
  scenarioFile('channels', {
    channels: Array.from({ length: count }, (_, n) => ({ id: channelId(n), bundleId: 'com.example.app' })),
  });

/** A Markdown table. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}
