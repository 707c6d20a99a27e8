import { writeFileSync } from 'node:fs';
import { chart, type Line } from './chart.ts';
import {
  BROADCAST,
  type Context,
  channelId,
  load,
  median,
  oneChannel,
  ours,
  type Running,
  scenarioFile,
  TOPIC,
  table,
  up,
} from './kit.ts';

/** Something of which there may be more and more. */
interface Dimension {
  readonly name: string;
  readonly sizes: readonly number[];
  readonly flags?: (size: number) => readonly string[];
  /** Done once it runs. */
  readonly begin?: (server: Running, size: number) => Promise<void>;
  /** How many pushes to send first; else as many as warm it up. */
  readonly fill?: (size: number) => number;
  /** Broadcasts, to the last of so many channels, in place of pushes. */
  readonly broadcasts?: boolean;
}

const exact = (n: number): string => `dd${n}`.padEnd(64, '0');
const device = (n: number): string => n.toString(16).padStart(64, '0');

/** Whether a request costs more the more there is: each server beside the empty one, in the same rounds. */
export async function growth({ node, token, rounds, requests }: Context) {
  const open = new AbortController();
  const rules = (name: string, count: number, pattern: (n: number) => string): string[] => {
    const all = Array.from({ length: count }, (_, n) => ({
      when: { token: pattern(n) },
      does: { reason: 'Unregistered' },
    }));
    return [`--scenario=${scenarioFile(`${name}-${count}`, { rules: all })}`];
  };
  const dimensions: readonly Dimension[] = [
    { name: 'rules by token', sizes: [1, 10, 100, 1000], flags: (size) => rules('exact', size, exact) },
    { name: 'rules by pattern', sizes: [1, 10, 100], flags: (size) => rules('pattern', size, (n) => `*d${n}d*`) },
    { name: 'devices', sizes: [100, 1_000, 10_000, 100_000], begin: putDevices },
    {
      name: 'channels (broadcasts)',
      sizes: [1, 100, 10_000, 100_000],
      flags: () => [`--scenario=${scenarioFile('one-channel', { ...oneChannel(), ...roomy })}`],
      begin: (server, size) => createChannels(server, size - 1, token),
      broadcasts: true,
    },
    {
      name: 'journal entries',
      sizes: [1_000, 10_000, 100_000, 1_000_000],
      flags: (size) => [`--max-entries=${size}`, '--max-bytes=4GiB'],
      fill: (size) => size,
    },
    { name: 'waiting tests', sizes: [1, 10, 50], begin: (server, size) => wait(server, size, open.signal) },
    { name: 'open pages', sizes: [1, 5], begin: (server, size) => watch(server, size, open.signal) },
  ];
  const lines: Line[] = [];
  const rows: string[][] = [];
  for (const dimension of dimensions) {
    const { name, sizes } = dimension;
    const figures = await measure(dimension, { node, token, rounds, requests });
    lines.push({ name, points: sizes.map((size, index) => [size, figures[index]!.cost]) });
    for (const [index, size] of sizes.entries())
      rows.push([name, size.toLocaleString('en'), figures[index]!.speed.toFixed(2), figures[index]!.cost.toFixed(2)]);
    for (const row of rows.slice(-sizes.length)) console.error(row.join(' | '));
  }
  open.abort();
  const file = 'bench/growth.svg';
  writeFileSync(file, chart('Server time per request, 1.0: the empty server (c4m100)', lines));
  console.log(`c4m100, to the empty server; drawn in ${file}\n`);
  console.log(table(['what', 'how many', 'requests a second', 'server time per request'], rows));
}

/** For each size the ratios to a server with nothing: requests a second, and processor time of the server per request. */
async function measure(dimension: Dimension, { node, token, rounds, requests }: Context) {
  const { name, sizes, flags, begin, fill, broadcasts = false } = dimension;
  const headers = [...BROADCAST.headers, `apns-channel-id: ${channelId(0)}`];
  const what = broadcasts ? { path: BROADCAST.path, headers } : {};
  const given = { connections: 4, streams: 100, token, ...what };
  const empty = broadcasts ? [`--scenario=${scenarioFile('empty', oneChannel())}`] : [];
  const running: Running[] = [await up(ours(node, 'empty', ...empty))];
  load(running[0]!, { ...given, count: Math.ceil(requests / 2) });
  for (const size of sizes) {
    const server = await up(ours(node, `${size} ${name}`, ...(flags?.(size) ?? [])));
    running.push(server);
    load(server, { ...given, count: Math.max(fill?.(size) ?? 0, Math.ceil(requests / 2)) });
    await begin?.(server, size);
  }
  const turns: { perSecond: number; cpu: number }[][] = running.map(() => []);
  for (let round = 0; round < rounds; round++)
    running.forEach((server, index) => {
      const { perSecond, user, system } = load(server, { ...given, count: requests });
      turns[index]!.push({ perSecond, cpu: user + system });
    });
  for (const server of running) await server.stop();
  const base = turns[0]!;
  return turns.slice(1).map((own) => ({
    speed: median(own.map(({ perSecond }, round) => perSecond / base[round]!.perSecond)),
    cost: median(own.map(({ cpu }, round) => cpu / base[round]!.cpu)),
  }));
}

/** Room for more channels than the 10,000 that Apple allows an app. */
const roomy = { apps: [{ bundleId: TOPIC, channelLimit: 1_000_000 }] };

/** As a provider does it, over the management port. */
async function createChannels({ manage, pid }: Running, count: number, token: string): Promise<void> {
  if (count === 0) return;
  const body = JSON.stringify({ 'message-storage-policy': 1, 'push-type': 'LiveActivity' });
  load(
    { port: manage as number, pid },
    { connections: 4, streams: 100, count, token, path: `/1/apps/${TOPIC}/channels`, headers: [], body },
  );
}

/** A scenario file may have a mebibyte, which is too little for so many: one call each. */
async function putDevices(server: Running, count: number): Promise<void> {
  let next = 0;
  const put = async (): Promise<void> => {
    while (next < count) {
      const { status } = await fetch(`${server.control}/api/v1/devices/${device(next++)}`, {
        method: 'PUT',
        body: '{}',
        headers: { 'content-type': 'application/json' },
      });
      if (status >= 300) throw new Error(`PUT of a device was answered ${status}`);
    }
  };
  await Promise.all(Array.from({ length: 20 }, put));
}

/** Something that stays open at the control port for the whole measurement, and has a moment to get there. */
async function hang({ control }: Running, path: string, signal: AbortSignal): Promise<void> {
  const read = async (): Promise<void> => {
    const response = await fetch(`${control}/api/v1/${path}`, { signal });
    for await (const _ of response.body ?? []) void _;
  };
  void read().catch(() => undefined);
  await new Promise((resolve) => setTimeout(resolve, 20));
}

async function wait(server: Running, count: number, signal: AbortSignal): Promise<void> {
  for (let n = 0; n < count; n++) await hang(server, `exchanges/wait?timeout=10m&topic=com.example.nobody${n}`, signal);
}

async function watch(server: Running, count: number, signal: AbortSignal): Promise<void> {
  for (let n = 0; n < count; n++) await hang(server, 'events', signal);
}
