import {
  BROADCAST,
  type Context,
  channelId,
  type Figure,
  freshToken,
  type Load,
  load,
  median,
  peakOf,
  type Running,
  type Server,
  table,
  up,
} from './kit.ts';

/**
 * As many as go. First in rounds that nothing disturbs, for requests a second and processor time; then each server once
 * more with every request written down, for the percentiles.
 */
export async function throughput({ rounds, requests }: Context, all: readonly Server[], loads: readonly string[]) {
  const ratios: string[][] = [];
  const details: string[] = [];
  for (const { name, broadcast, connections, streams } of loads.map(parseLoad)) {
    const servers = all.filter(({ broadcasts = false }) => broadcasts || !broadcast);
    // One stream on one connection waits for each answer, so fewer requests tell as much.
    const enough = connections * streams < 10 ? requests / 5 : requests;
    const toChannel = { ...BROADCAST, headers: [...BROADCAST.headers, `apns-channel-id: ${channelId(0)}`] };
    const running: { name: string; at: Running; given: Load; figures: Figure[] }[] = [];
    for (const server of servers) {
      // All streams must be in use at least once, or it would be another load.
      const count = Math.max(Math.ceil(enough / (server.slow ?? 1)), connections * streams);
      // A token is good for an hour only, and all loads together may take longer.
      const token = freshToken(server.signature);
      const given = { connections, streams, count, token, ...(broadcast ? toChannel : {}) };
      running.push({ name: server.name, at: await up(server), given, figures: [] });
    }
    // A slow one is not spared the warm-up: Java's compiler is not through before some thousand requests.
    for (const { at, given } of running)
      load(at, { ...given, count: Math.ceil(Math.max(given.count / 2, requests / 10, connections * streams)) });
    for (let round = 0; round < rounds; round++)
      for (const { at, given, figures } of running) figures.push(load(at, given));
    const rows = running.map(({ name, at, given, figures }) => {
      const { latency } = load(at, { ...given, timed: true });
      const cpu = (part: 'user' | 'system'): string => median(figures.map((figure) => figure[part])).toFixed(1);
      const ms = [latency[0]!, latency[2]!].map((each) => each.toFixed(2));
      return [name, cpu('user'), cpu('system'), ...ms, peakOf(at.pid).toFixed(0), String(given.count)];
    });
    for (const { at } of running) await at.stop();
    details.push(
      `${name}\n\n${table(['server', 'user µs', 'system µs', '50 % ms', '99 % ms', 'MB', 'requests a round'], rows)}`,
    );
    const cells = all.map((server) => {
      const own = running.find(({ name }) => name === server.name)?.figures.map(({ perSecond }) => perSecond);
      if (own === undefined) return '–';
      const ratio = median(own.map((perSecond, round) => perSecond / running[0]!.figures[round]!.perSecond));
      return `${digits(ratio, 0.1, 3, 2)} (${digits(median(own) / 1000, 10, 1, 0)}k)`;
    });
    ratios.push([name, ...cells]);
    console.error(ratios.at(-1)!.join(' | '));
  }
  console.log(`Ratio to the first server (requests a second)\n`);
  console.log(table(['load', ...all.map(({ name }) => name)], ratios));
  console.log(
    '\nProcessor time of the server per request, time from request to end of answer, most memory ever resident',
  );
  for (const each of details) console.log(`\n${each}`);
}

/** More digits for what is small: a slow peer would be 0.00 otherwise. */
const digits = (value: number, small: number, more: number, fewer: number): string =>
  value.toFixed(value < small ? more : fewer);

/** `c4m100`: 4 connections with 100 streams each, device sends; `broadcast:c4m100`: the same of broadcasts. */
function parseLoad(name: string) {
  const [, kind, connections, streams] = /^(broadcast:)?c(\d+)m(\d+)$/.exec(name) ?? [];
  if (!Number(connections) || !Number(streams))
    throw new Error(`${name} is no load; those are like c4m100 or broadcast:c4m100`);
  return { name, broadcast: kind !== undefined, connections: Number(connections), streams: Number(streams) };
}

const RATE = 10_000;

/** At a fixed rate, so that a slow server shows in how long its answers take and in nothing else. */
export async function latency({ rounds }: Context, servers: readonly Server[]) {
  const figures = new Map<string, Figure[]>(servers.map((server) => [server.name, []]));
  const running = [];
  for (const server of servers) {
    const given = { connections: 4, streams: 100, token: freshToken(server.signature) };
    const count = (all: number): number => Math.ceil(all / (server.slow ?? 1));
    running.push({ server, at: await up(server), given, count });
  }
  for (const { at, given, count } of running) load(at, { ...given, count: count(50_000) });
  for (let round = 0; round < rounds; round++)
    for (const { server, at, given, count } of running)
      figures.get(server.name)!.push(load(at, { ...given, count: count(4 * RATE), rate: RATE }));
  for (const { at } of running) await at.stop();
  const rows = servers.map(({ name }) => {
    const own = figures.get(name)!;
    const ms = [0, 1, 2, 3].map((index) => median(own.map((figure) => figure.latency[index] as number)).toFixed(2));
    return [name, ...ms];
  });
  console.log(`${RATE} pushes a second over 4 connections, milliseconds from request to end of answer\n`);
  console.log(table(['server', '50 %', '90 %', '99 %', '99.9 %'], rows));
}
