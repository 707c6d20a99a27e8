/**
 * Mixed traffic for as long as you like, while everything changes under it: scenarios come and go, the clock jumps,
 * connections are cut. `node --import tsx test/soak/soak.ts [--minutes 30] [--workers 6] [--http2 own|node]`
 *
 * What must hold: every answer that a client got is in the journal, once and with the same status; the journal has no gap;
 * the server's memory and descriptors are at the end what they were at the beginning.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { type ClientHttp2Session, connect } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { signProviderToken } from '../../server/shell/crypto.ts';

export interface SoakOptions {
  readonly seconds: number;
  readonly workers?: number;
  readonly http2?: 'own' | 'node';
  readonly say?: (line: string) => void;
}

export interface SoakReport {
  readonly sent: number;
  readonly answered: number;
  readonly entries: number;
  readonly changes: number;
  /** What a client was answered and the journal does not have, has otherwise, or has twice. */
  readonly lost: readonly string[];
  readonly gaps: number;
  /** Calls to the control API that failed, and what standard error said that is no entry. */
  readonly complaints: readonly string[];
  /** Megabytes, early and late in the run. */
  readonly memory: { readonly early: number; readonly late: number };
  /** Before the first client and after the last. */
  readonly descriptors: { readonly before: number; readonly after: number };
  readonly statuses: Readonly<Record<string, number>>;
}

interface Line {
  readonly seq?: number;
  readonly kind?: string;
  readonly topic?: string;
  readonly status?: number | null;
}

const ABREAST = 25;
const PATIENCE_MS = 2_000;

export async function soak({
  seconds,
  workers = 6,
  http2 = 'own',
  say = () => undefined,
}: SoakOptions): Promise<SoakReport> {
  const folder = mkdtempSync(join(tmpdir(), 'mock-apns-soak-'));
  const server = await startServer(folder, http2);
  const { child, urls } = server;
  const book = createBook(child);
  const provider = JSON.parse(readFileSync(join(folder, 'provider.json'), 'utf8'));
  const p8 = readFileSync(join(folder, provider.keyFile), 'utf8');
  const ca = readFileSync(join(folder, 'ca.pem'));
  const complaints: string[] = book.complaints;

  const control = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    // One connection a call: those that are kept would count among the descriptors at the end.
    const response = await fetch(`${urls['control']}/api/v1/${path}`, {
      method,
      headers: { 'content-type': 'application/json', connection: 'close' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch((cause: unknown) => {
      throw new Error(`${method} ${path} failed; the server ${ended(child)}`, { cause });
    });
    const text = await response.text();
    if (!response.ok) complaints.push(`${method} ${path}: ${response.status} ${text.slice(0, 200)}`);
    return text === '' ? undefined : JSON.parse(text);
  };

  const { scenarios } = (await control('GET', 'scenarios')) as { scenarios: { name: string }[] };
  await wait(100);
  const descriptorsBefore = descriptorsOf(child);
  const until = Date.now() + seconds * 1000;
  let over = false;
  let serial = 0;
  let changes = 0;
  const memory: number[] = [];
  /** The same at moments that are alike: no channel is there. Only a long run has enough of them. */
  const alike: number[] = [];

  /** As the server sees the time, so that tokens are good unless the clock has just jumped. */
  const signed = async (): Promise<string> => {
    const { now } = (await control('GET', 'clock')) as { now: string };
    return `bearer ${signProviderToken({ ...provider, p8, iat: Math.floor(Date.parse(now) / 1000) })}`;
  };

  async function worker(index: number): Promise<void> {
    const url = index % 3 === 2 ? urls['h2c']! : index % 3 === 1 ? urls['manage']! : urls['send']!;
    while (!over) {
      const authorization = await signed();
      const session = connect(url, { ca });
      session.on('error', () => undefined);
      const closed = new Promise<void>((resolve) => session.once('close', () => resolve()));
      for (let batch = 0; batch < 20 && !over && !session.closed && !session.destroyed; batch++) {
        const statuses = await Promise.all(
          Array.from({ length: ABREAST }, () => one(session, book, ++serial, index, authorization)),
        );
        if (statuses.every((status) => status === 403 || status === undefined)) break;
      }
      // Now and then somebody just goes.
      if (serial % 3 === 0) session.destroy();
      else session.close();
      await Promise.race([closed, wait(500, undefined, { ref: false })]);
      session.destroy();
      await closed;
    }
  }

  async function change(n: number): Promise<void> {
    switch (n % 8) {
      case 0:
      case 4:
        return void (await control('PUT', 'scenario', { builtin: scenarios[(n >> 2) % scenarios.length]!.name }));
      case 1:
        return void (await control('POST', 'clock/advance', { by: `${(n % 90) + 1}m` }));
      case 2:
        return void (await control('DELETE', 'scenario'));
      case 3:
        // Also takes away the channels, of which every request makes one more.
        if (n % 16 === 11) {
          await control('POST', 'reset');
          alike.push(memoryOf(child));
          return;
        }
        return void (await control('PUT', 'clock', { offset: n % 16 === 3 ? '-30m' : '0s' }));
      case 5:
        return void (await control('POST', 'rules', JSON.parse('{"every":3,"times":50,"then":{"delay":"20ms"}}')));
      case 6:
        return void (await control('PUT', `devices/${'ab'.repeat(32)}`, {
          state: n % 16 === 6 ? 'active' : 'unregistered',
        }));
      case 7:
        return void (await control('POST', 'connections/all/goaway', { reason: 'Shutdown' }));
    }
  }

  const weighing = (async () => {
    for (let n = 0; Date.now() < until; n++) {
      await wait(Math.min(1_000, seconds * 50));
      memory.push(memoryOf(child));
      if (n % 10 === 0)
        say(
          `${serial} sent, ${book.entries()} entries, ${changes} changes, ${memory.at(-1)} MB, ${descriptorsOf(child)} descriptors`,
        );
    }
  })();
  const changing = (async () => {
    while (Date.now() < until) {
      await change(changes++);
      await wait(Math.min(2_000, seconds * 15));
    }
  })();
  const working = Array.from({ length: workers }, (_, index) => worker(index));
  await Promise.race([Promise.all([weighing, changing]), server.ended]);
  over = true;
  await Promise.all([...working, weighing, changing]);
  // What was delayed has no client any more; what is closed must be gone.
  await control('DELETE', 'scenario');
  for (let n = 0; n < 50 && descriptorsOf(child) > descriptorsBefore + 2; n++) await wait(100);
  const descriptors = { before: descriptorsBefore, after: descriptorsOf(child) };
  await wait(300);
  child.kill('SIGTERM');
  await server.ended;
  rmSync(folder, { recursive: true });
  const samples = alike.length >= 15 ? alike : memory;
  const fifth = Math.max(1, Math.floor(samples.length / 5));
  return {
    sent: serial,
    changes,
    ...book.close(),
    complaints,
    memory: { early: median(samples.slice(fifth, 2 * fifth)), late: median(samples.slice(-fifth)) },
    descriptors,
  };
}

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;

/** What clients were told and what the server wrote down; whatever agrees is struck out. */
interface Book {
  readonly told: (topic: string, status: number | undefined) => void;
  readonly complaints: string[];
  readonly entries: () => number;
  readonly close: () => Pick<SoakReport, 'answered' | 'entries' | 'lost' | 'gaps' | 'statuses'>;
}

function createBook(child: ChildProcess): Book {
  const answers = new Map<string, number | undefined>();
  const written = new Map<string, number | null>();
  const lost: string[] = [];
  const complaints: string[] = [];
  const statuses: Record<string, number> = {};
  let last = 0;
  let gaps = 0;
  let entries = 0;
  let answered = 0;
  const compare = (topic: string, told: number | undefined, wrote: number | null): void => {
    if (told !== undefined && told !== wrote) lost.push(`${topic}: answered ${told}, written ${wrote}`);
  };
  createInterface({ input: child.stderr! }).on('line', (text) => {
    let line: Line = {};
    try {
      line = JSON.parse(text) as Line;
    } catch {
      complaints.push(text);
    }
    if (line.seq === undefined) return;
    if (line.seq !== last + 1) gaps++;
    last = line.seq;
    entries++;
    const { topic, status = null } = line;
    if (line.kind !== 'exchange' || topic?.startsWith('soak.n') !== true) return;
    if (answers.has(topic)) {
      compare(topic, answers.get(topic), status);
      answers.delete(topic);
    } else if (written.has(topic)) lost.push(`${topic}: written twice`);
    else written.set(topic, status);
  });
  return {
    complaints,
    entries: () => entries,
    told(topic, status) {
      statuses[status ?? 'none'] = (statuses[status ?? 'none'] ?? 0) + 1;
      if (status !== undefined) answered++;
      const wrote = written.get(topic);
      if (wrote === undefined) answers.set(topic, status);
      else {
        compare(topic, status, wrote);
        written.delete(topic);
      }
    },
    close() {
      for (const [topic, status] of answers)
        if (status !== undefined) lost.push(`${topic}: answered ${status}, not written`);
      for (const topic of written.keys()) lost.push(`${topic}: written, and not asked or written before`);
      return { answered, entries, lost, gaps, statuses };
    },
  };
}

/** One request of some kind; what came of it, `undefined`: no answer. */
function one(
  session: ClientHttp2Session,
  book: Book,
  serial: number,
  index: number,
  authorization: string,
): Promise<number | undefined> {
  const topic = `soak.n${serial}`;
  // Channel management where it is served; mostly good pushes elsewhere, and some that are not.
  const manages = index % 3 === 1;
  const path = manages
    ? `/1/apps/${topic}/${serial % 5 === 0 ? 'all-channels' : 'channels'}`
    : serial % 10 === 0
      ? '/3/device/nonsense'
      : `/3/device/${serial % 50 === 0 ? 'ab'.repeat(32) : serial.toString(16).padStart(64, '0')}`;
  const body = manages
    ? '{"message-storage-policy":1,"push-type":"LiveActivity"}'
    : JSON.stringify({ aps: { alert: 'x'.repeat(serial % 200) } });
  return new Promise((resolve) => {
    let status: number | undefined;
    let finished = false;
    const finish = (): void => {
      if (finished) return;
      finished = true;
      clearTimeout(timer);
      book.told(topic, status);
      resolve(status);
    };
    let timer = setTimeout(() => {
      stream?.close(8);
      // A stream of a session that never came about, or has gone meanwhile, may never say that it is closed.
      timer = setTimeout(() => {
        session.destroy();
        finish();
      }, PATIENCE_MS / 4);
    }, PATIENCE_MS);
    let stream: ReturnType<ClientHttp2Session['request']> | undefined;
    try {
      const method = manages && serial % 5 === 0 ? 'GET' : 'POST';
      stream = session.request({
        ':method': method,
        ':path': path,
        authorization,
        'apns-topic': topic,
        'apns-push-type': 'alert',
      });
      stream.on('response', (headers) => {
        status = headers[':status'];
      });
      stream.on('error', () => undefined);
      stream.once('close', finish);
      stream.resume();
      stream.end(method === 'POST' ? body : undefined);
    } catch {
      // The session has ended meanwhile.
      finish();
    }
  });
}

async function startServer(folder: string, http2: string) {
  const ports = ['--port=0', '--manage-port=0', '--manage-production-port=0', '--control-port=0', '--h2c-port=0'];
  const bin = fileURLToPath(new URL('../../server/bin.ts', import.meta.url));
  const flags = ['--log=json', `--certs=${folder}`, '--max-entries=5000', '--seed=7', `--http2=${http2}`];
  const child = spawn(process.execPath, ['--import', 'tsx', bin, ...ports, ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const ready = await new Promise<string>((resolve, reject) => {
    let out = '';
    child.stdout.on('data', (text: Buffer) => {
      out += text.toString();
      if (/ ready .*\n/.test(out)) resolve(out);
    });
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
  });
  const urls = Object.fromEntries([...ready.matchAll(/(\w+)=(https?:\S+)/g)].map(([, name, url]) => [name!, url!]));
  return { child, ended, urls };
}

/** Resident megabytes (proc(5), second field of statm, in pages). */
function memoryOf({ pid }: ChildProcess): number {
  return Math.round((Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * 4096) / 1_048_576);
}

const ended = ({ exitCode, signalCode }: ChildProcess): string =>
  exitCode === null && signalCode === null ? 'runs' : `has ended: ${exitCode ?? signalCode}`;

const descriptorsOf = ({ pid }: ChildProcess): number => readdirSync(`/proc/${pid}/fd`).length;

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '30' },
      workers: { type: 'string', default: '6' },
      http2: { type: 'string', default: 'own' },
    },
  });
  const report = await soak({
    seconds: Number(values.minutes) * 60,
    workers: Number(values.workers),
    http2: values.http2 === 'node' ? 'node' : 'own',
    say: (line) => console.log(`${new Date().toISOString().slice(11, 19)} ${line}`),
  });
  console.log(JSON.stringify({ ...report, lost: report.lost.slice(0, 20), lostCount: report.lost.length }, null, 2));
  const flat = report.memory.late < report.memory.early * 1.25 + 30;
  const clean = report.lost.length + report.gaps + report.complaints.length === 0;
  process.exitCode = flat && clean && report.descriptors.after <= report.descriptors.before + 2 ? 0 : 1;
}
