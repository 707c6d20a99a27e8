import type { Context } from './bench.ts';
import { type Figure, load, median, type Server, table, up } from './kit.ts';

/** As many as go: ratio to the first server, requests a second, and server CPU per request. */
export async function throughput(
  { token, rounds, requests }: Context,
  servers: readonly Server[],
  loads: readonly string[],
) {
  const rows: string[][] = [];
  for (const name of loads) {
    const [, connections, streams] = /^c(\d+)m(\d+)$/.exec(name)!.map(Number) as [number, number, number];
    // One stream on one connection waits for each answer, so fewer requests tell as much.
    const count = connections * streams < 10 ? Math.ceil(requests / 5) : requests;
    const figures = new Map<string, Figure[]>(servers.map((server) => [server.name, []]));
    const running = [];
    for (const server of servers) running.push({ server, at: await up(server) });
    for (const { at } of running) load(at, { connections, streams, count: Math.ceil(count / 2), token });
    for (let round = 0; round < rounds; round++)
      for (const { server, at } of running)
        figures.get(server.name)!.push(load(at, { connections, streams, count, token }));
    for (const { at } of running) await at.stop();
    const base = figures.get(servers[0]!.name)!;
    const cells = servers.map((server) => {
      const own = figures.get(server.name)!;
      const ratio = median(own.map(({ perSecond }, round) => perSecond / base[round]!.perSecond));
      const thousands = Math.round(median(own.map(({ perSecond }) => perSecond)) / 1000);
      return `${ratio.toFixed(2)} (${thousands}k, ${median(own.map(({ cpu }) => cpu)).toFixed(1)} µs)`;
    });
    rows.push([name, ...cells]);
    console.error(rows.at(-1)!.join(' | '));
  }
  console.log(`Ratio to ${servers[0]!.name} (requests a second, server CPU per request)\n`);
  console.log(table(['load', ...servers.map(({ name }) => name)], rows));
}

const RATE = 10_000;

/** At a fixed rate, so that a slow server shows in how long its answers take and in nothing else. */
export async function latency({ token, rounds }: Context, servers: readonly Server[]) {
  const figures = new Map<string, Figure[]>(servers.map((server) => [server.name, []]));
  const running = [];
  for (const server of servers) running.push({ server, at: await up(server) });
  const given = { connections: 4, streams: 100, token };
  for (const { at } of running) load(at, { ...given, count: 50_000 });
  for (let round = 0; round < rounds; round++)
    for (const { server, at } of running)
      figures.get(server.name)!.push(load(at, { ...given, count: 4 * RATE, rate: RATE }));
  for (const { at } of running) await at.stop();
  const rows = servers.map(({ name }) => {
    const own = figures.get(name)!;
    const ms = [0, 1, 2, 3].map((index) => median(own.map((figure) => figure.latency[index] as number)).toFixed(2));
    return [name, ...ms];
  });
  console.log(`${RATE} pushes a second over 4 connections, milliseconds from request to end of answer\n`);
  console.log(table(['server', '50 %', '90 %', '99 %', '99.9 %'], rows));
}
