/** What all measurements share: a build of its own, servers that start and stop, load, and the machine's own figures. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { build } from 'esbuild';
import { signProviderToken } from '../server/shell/crypto.ts';

export const folder = mkdtempSync(join(tmpdir(), 'mock-apns-bench-'));
export const certs = join(folder, 'certs');
export const TOPIC = 'com.example.app';
export const DEVICE = 'a1b2c3d4'.repeat(8);
export const PUSH_PATH = `/3/device/${DEVICE}`;
export const PAYLOAD = JSON.stringify({ aps: { alert: { title: 'Hello', body: 'x'.repeat(240) }, badge: 1 } });
const payloadFile = join(folder, 'payload.json');
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
    entryPoints: { bin: 'server/bin.ts', testing: 'server/testing.ts' },
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

/** What every measurement is told. */
export interface Context {
  readonly node: string;
  readonly token: string;
  readonly rounds: number;
  readonly requests: number;
}

export interface Server {
  readonly name: string;
  readonly program: string;
  readonly args: (port: number) => readonly string[];
  /** What it prints when it accepts; null for one that prints nothing. */
  readonly ready: RegExp | null;
  /** By what to divide the number of requests, for a server with which a round would take minutes. */
  readonly slow?: number;
  /** How the token's signature must be written; raw, as RFC 7518 says, unless told otherwise. */
  readonly signature?: 'der';
  /** It answers broadcasts too. */
  readonly broadcasts?: boolean;
}

export interface Running {
  readonly name: string;
  readonly child: ChildProcess;
  readonly pid: number;
  readonly port: number;
  readonly stop: () => Promise<void>;
  /** Port of channel management, where there is one. */
  readonly manage: number | null;
  /** Base URL of the control API, where there is one. */
  readonly control: string | null;
}

export function ours(node: string, name: string, ...more: string[]): Server {
  const watching = more.filter((flag) => flag.startsWith('--cpu-prof') || flag === '--trace-gc');
  return {
    name,
    program: node,
    args: (port) => [
      ...watching,
      bin,
      `--certs=${certs}`,
      '--log=quiet',
      `--port=${port}`,
      '--manage-port=0',
      '--manage-production-port=0',
      '--control-port=0',
      ...more.filter((flag) => !watching.includes(flag)),
    ],
    ready: /mock-apns ready/,
  };
}

let nextPort = 23_970;

/** Starts a server, and resolves when it accepts. */
export async function up(server: Server): Promise<Running> {
  const port = nextPort++;
  const { program, ready } = server;
  const child = spawn(program, server.args(port), { stdio: ['ignore', ready ? 'pipe' : 'ignore', 'inherit'] });
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
      child.once('error', (cause) => fail(new Error(`${server.name}: cannot run ${program}`, { cause })));
      child.once('exit', (code) => fail(new Error(`${server.name} ended with ${code}`)));
    });
  return {
    name: server.name,
    child,
    pid: child.pid as number,
    port,
    manage: Number(/manage=\S*:(\d+)/.exec(out)?.[1]) || null,
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
  const first = await up(ours(node, 'first'));
  // The certificates that nothing waits for are made behind the ready line; whoever starts next would go on with them.
  await wait(3_000);
  await first.stop();
  return freshToken();
}

/** The key that the server made for providers. */
export function provider(): { readonly p8: string; readonly keyId: string; readonly teamId: string } {
  const { keyId, teamId, keyFile } = JSON.parse(readFileSync(join(certs, 'provider.json'), 'utf8'));
  return { p8: readFileSync(join(certs, keyFile), 'utf8'), keyId, teamId };
}

export const freshToken = (signature: 'raw' | 'der' = 'raw'): string =>
  signProviderToken({ ...provider(), signature, iat: Math.floor(Date.now() / 1000) });

/** Processor time that a process has used so far, in seconds (proc(5): utime and stime in ticks of 10 ms). */
export function cpuOf(pid: number): { readonly user: number; readonly system: number } {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return { user: Number(fields[11]) / 100, system: Number(fields[12]) / 100 };
}

/** Resident megabytes (proc(5), second field of statm, in pages of 4 KB). */
export function memoryOf(pid: number): number {
  return (Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * 4096) / 1_048_576;
}

/** The most megabytes that were ever resident (proc(5), VmHWM of status, in KB). */
export function peakOf(pid: number): number {
  return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

export interface Load {
  readonly connections: number;
  readonly streams: number;
  readonly count: number;
  readonly token: string;
  /** Requests a second, over all connections; not given: as many as go. */
  readonly rate?: number;
  /** Writes down how long each request took. h2load then has more to do: not for counting requests a second. */
  readonly timed?: boolean;
  readonly path?: string;
  /** Pushes to so many devices in turn, in place of one path. */
  readonly targets?: number;
  readonly headers?: readonly string[];
  /** What to send; a push of some 300 bytes unless told otherwise. */
  readonly body?: string;
  /** Answers other than 200 are expected too. */
  readonly any?: boolean;
}

export interface Figure {
  readonly perSecond: number;
  /** Processor time of the server per request, in microseconds: its own, and the kernel's on its behalf. */
  readonly user: number;
  readonly system: number;
  /** Milliseconds at 50, 90, 99 and 99.9 %; where it was timed. */
  readonly latency: readonly number[];
}

const HEADERS = [
  `apns-topic: ${TOPIC}`,
  'apns-push-type: alert',
  'apns-priority: 10',
  'apns-expiration: 0',
  'apns-id: 123e4567-e89b-12d3-a456-426614174000',
];

export function load(at: Pick<Running, 'port' | 'pid'> & { readonly name?: string }, given: Load): Figure {
  const { port, pid, name = `port ${port}` } = at;
  const { connections, streams, count, token, rate, path = PUSH_PATH, headers = HEADERS, any = false } = given;
  const { body = PAYLOAD, targets } = given;
  const timed = given.timed ?? rate !== undefined;
  const log = join(folder, 'requests.tsv');
  rmSync(log, { force: true });
  writeFileSync(payloadFile, body);
  const before = cpuOf(pid);
  const out = execFileSync(
    'h2load',
    [
      ...['-n', String(count), '-c', String(connections), '-m', String(streams), '-t', '1', '-d', payloadFile],
      ...(rate === undefined ? [] : ['--rps', String(rate / connections)]),
      ...(timed ? ['--log-file', log] : []),
      ...[':method: POST', `authorization: bearer ${token}`, ...headers].flatMap((header) => ['-H', header]),
      ...(targets === undefined ? [`https://127.0.0.1:${port}${path}`] : ['-i', targetFile(port, targets)]),
    ],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const perSecond = Number(/finished in .*?, ([\d.]+) req\/s/.exec(out)?.[1]);
  const good = Number(/(\d+) 2xx/.exec(out)?.[1]);
  if (!any && good !== count) throw new Error(`${name}: ${good} of ${count} were answered 200:\n${out}`);
  const after = cpuOf(pid);
  const each = (seconds: number): number => (seconds * 1e6) / count;
  return {
    perSecond,
    user: each(after.user - before.user),
    system: each(after.system - before.system),
    latency: timed ? percentiles(log) : [],
  };
}

function targetFile(port: number, count: number): string {
  const file = join(folder, 'targets.txt');
  const device = (n: number): string => createHash('sha256').update(String(n)).digest('hex');
  const urls = Array.from({ length: count }, (_, n) => `https://127.0.0.1:${port}/3/device/${device(n)}\n`);
  writeFileSync(file, urls.join(''));
  return file;
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
    channels: Array.from({ length: count }, (_, n) => ({ id: channelId(n), bundleId: TOPIC })),
  });

export const oneChannel = () => ({ channels: [{ id: channelId(0), bundleId: TOPIC }] });

/** A broadcast as a load, but for the header that names the channel. */
export const BROADCAST = {
  path: `/4/broadcasts/apps/${TOPIC}`,
  headers: ['apns-push-type: liveactivity', 'apns-priority: 10', 'apns-expiration: 0'],
};

/** A Markdown table. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}
