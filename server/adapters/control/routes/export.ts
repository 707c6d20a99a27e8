import { stringify } from 'yaml';
import type { Exchange } from '../../../core/exchange.ts';
import { harOf } from '../../../core/export/har.ts';
import { scenarioOf } from '../../../core/export/scenario.ts';
import type { Work } from '../../../core/work.ts';
import { bundleIdOf } from '../../../protocol/push-types.ts';
import { createPieces } from '../pieces.ts';
import { ok, problem, type Reply, route } from '../route.ts';
import { choice, FILTER, may } from '../schemas.ts';
import { rulesOf } from './scenario.ts';

const FORMATS = ['ndjson', 'har', 'scenario'] as const;
const EXTENSIONS = { ndjson: 'ndjson', har: 'har', scenario: 'yaml' } as const;

export const EXPORT_ROUTES = [
  route({
    method: 'GET',
    path: '/api/v1/export',
    id: 'export',
    tag: 'journal',
    says: 'The journal as a file, oldest first: all records line by line, an HTTP Archive, or a scenario that plays it again.',
    query: { ...FILTER, format: may(choice(FORMATS), '`ndjson` (the default), `har` or `scenario`.', 'har') },
    answers: {
      200: {
        says: 'The file.',
        shape: 'application/x-ndjson',
        also: ['application/json', 'application/yaml'],
      },
      400: problem('The query has mistakes.'),
    },
    async handle({ query, desk, house, inSlices }): Promise<Reply> {
      const { format = 'ndjson' } = query;
      const { fits } = desk.filter(query);
      const headers = { 'content-disposition': `attachment; filename="mock-apns.${EXTENSIONS[format]}"` };
      function* lines(): Work<readonly Uint8Array[]> {
        const pieces = createPieces();
        for (const entry of desk.oldest(query.after)) {
          if (fits(entry)) pieces.add(`${JSON.stringify(desk.record(entry))}\n`);
          yield;
        }
        return pieces.all();
      }
      function* exchanges(): Work<Exchange[]> {
        const found: Exchange[] = [];
        for (const entry of desk.oldest(query.after)) {
          if (entry.kind === 'exchange' && fits(entry)) found.push(desk.plain(entry));
          yield;
        }
        return found;
      }
      if (format === 'ndjson') return { type: 'application/x-ndjson', pieces: await inSlices(lines()), headers };
      if (format === 'har') {
        const json = await inSlices(harOf(await inSlices(exchanges()), house.version()));
        return { json, headers };
      }
      const { registry } = house.driver.engine;
      const app = query.topic === undefined ? null : bundleIdOf(query.topic);
      const isOf = (bundleId: string): boolean => app === null || bundleId === app;
      const scenario = await inSlices(
        scenarioOf({
          exchanges: await inSlices(exchanges()),
          apps: registry.apps().filter(({ bundleId }) => isOf(bundleId)),
          devices: registry.devices(),
          channels: registry.channels().filter(({ bundleId }) => isOf(bundleId)),
        }),
      );
      return { type: 'application/yaml', pieces: await inSlices(yamlPieces(scenario)), headers };
    },
  }),
  route({
    method: 'GET',
    path: '/metrics',
    id: 'metrics',
    tag: 'server',
    says: 'Counters and gauges in the text format of Prometheus.',
    answers: { 200: ok('The metrics.', 'text/plain') },
    handle({ house }) {
      const { journal, registry, sessions } = house.driver.engine;
      const connections = new Map<string, number>();
      for (const { listener } of sessions.values())
        connections.set(listener.name, (connections.get(listener.name) ?? 0) + 1);
      const channels = registry.channels();
      const text = house.metrics.text({
        version: house.version(),
        uptimeSeconds: house.clock.uptime() / 1000,
        connections,
        ...journal.held(),
        dropped: journal.dropped(),
        channels: {
          sandbox: channels.filter(({ environment }) => environment === 'sandbox').length,
          production: channels.filter(({ environment }) => environment === 'production').length,
        },
        rules: rulesOf(house).map(({ id, name, hits }) => ({ id, name, taken: hits })),
      });
      return { type: 'text/plain; version=0.0.4; charset=utf-8', text };
    },
  }),
];

/** The same text as that of `stringify`, lists item by item. */
function* yamlPieces(value: Readonly<Record<string, unknown>>): Work<readonly Uint8Array[]> {
  const pieces = createPieces();
  for (const [name, inner] of Object.entries(value)) {
    if (!Array.isArray(inner) || inner.length === 0) {
      pieces.add(stringify({ [name]: inner }));
      continue;
    }
    pieces.add(`${name}:\n`);
    for (const item of inner) {
      pieces.add(stringify({ [name]: [item] }).slice(name.length + 2));
      yield;
    }
  }
  return pieces.all();
}
