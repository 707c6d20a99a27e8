import type { Context } from './bench.ts';
import { channelId, load, median, ours, type Running, scenarioFile, table, up, withChannels } from './kit.ts';

/** Whether a request costs more the more there is: each server beside the empty one, in the same rounds. */
export async function growth({ node, token, rounds, requests }: Context) {
  const rules = (count: number, pattern: (n: number) => string) =>
    scenarioFile(`rules-${pattern(0)}`, {
      rules: Array.from({ length: count }, (_, n) => ({
        when: { token: pattern(n) },
        does: { reason: 'Unregistered' },
      })),
    });
  const devices = scenarioFile('devices', {
    devices: Array.from({ length: 10_000 }, (_, n) => ({ token: n.toString(16).padStart(64, '0') })),
  });
  const exact = (n: number): string => `dd${n}`.padEnd(64, '0');
  const open = new AbortController();
  /** Something that stays open at the control port for the whole measurement. */
  const ask = async (server: Running, path: string): Promise<void> => {
    const response = await fetch(`${server.control}/api/v1/${path}`, { signal: open.signal });
    for await (const _ of response.body ?? []) void _;
  };
  const hang = (server: Running, path: string): void => void ask(server, path).catch(() => undefined);

  const broadcast = {
    path: '/4/broadcasts/apps/com.example.app',
    headers: ['apns-push-type: liveactivity', 'apns-priority: 10', 'apns-expiration: 0'],
  };
  const shapes: readonly {
    readonly name: string;
    readonly flags: readonly string[];
    /** Done once it runs. */
    readonly begin?: (server: Running) => void;
    readonly filled?: number;
    readonly broadcast?: number;
  }[] = [
    { name: 'empty', flags: [] },
    { name: '100 rules by token', flags: [`--scenario=${rules(100, exact)}`] },
    { name: '100 rules by pattern', flags: [`--scenario=${rules(100, (n) => `*d${n}d*`)}`] },
    { name: '10,000 devices', flags: [`--scenario=${devices}`] },
    {
      name: 'journal of a million, 200,000 in it',
      flags: ['--max-entries=1000000', '--max-bytes=2GiB'],
      filled: 200_000,
    },
    {
      name: '50 waiting tests',
      flags: [],
      begin: (server) => {
        for (let n = 0; n < 50; n++) hang(server, `exchanges/wait?timeout=10m&topic=com.example.nobody${n}`);
      },
    },
    { name: 'one open page', flags: [], begin: (server) => hang(server, 'events') },
    { name: 'broadcasts, 1 channel', flags: [`--scenario=${scenarioFile('one', oneChannel())}`], broadcast: 0 },
    { name: 'broadcasts, 10,000 channels', flags: [`--scenario=${withChannels(10_000)}`], broadcast: 9_999 },
  ];
  const running: Running[] = [];
  const given = (index: number) => {
    const channel = shapes[index]!.broadcast;
    const headers = [...broadcast.headers, `apns-channel-id: ${channelId(channel ?? 0)}`];
    return {
      connections: 4,
      streams: 100,
      token,
      ...(channel === undefined ? {} : { path: broadcast.path, headers }),
    };
  };
  for (const [index, { name, flags, begin, filled }] of shapes.entries()) {
    const server = await up(ours(node, name, ...flags));
    running.push(server);
    load(server, { ...given(index), count: filled ?? Math.ceil(requests / 2) });
    begin?.(server);
  }
  const figures: number[][] = shapes.map(() => []);
  for (let round = 0; round < rounds; round++)
    running.forEach((at, index) => {
      figures[index]!.push(load(at, { ...given(index), count: requests }).perSecond);
    });
  open.abort();
  for (const at of running) await at.stop();
  const rows = shapes.map(({ name, broadcast: channel }, index) => {
    const base = channel === undefined ? 0 : shapes.findIndex((shape) => shape.broadcast !== undefined);
    return [name, median(figures[index]!.map((each, round) => each / figures[base]![round]!)).toFixed(2)];
  });
  console.log('c4m100, ratio to the empty server, or to broadcasts with one channel\n');
  console.log(table(['server', 'ratio'], rows));
}

const oneChannel = () => ({ channels: [{ id: channelId(0), bundleId: 'com.example.app' }] });
