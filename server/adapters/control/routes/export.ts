import { stringify } from 'yaml';
import { harOf } from '../../../core/export/har.ts';
import { scenarioOf } from '../../../core/export/scenario.ts';
import type { ExchangeEntry } from '../../../core/journal.ts';
import { bundleIdOf } from '../../../protocol/push-types.ts';
import { ok, problem, type Reply, route } from '../route.ts';
import { choice, FILTER, may } from '../schemas.ts';
import { rulesOf } from './scenario.ts';

const FORMATS = ['ndjson', 'har', 'scenario'] as const;

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
    handle({ query, desk, house }): Reply {
      const { format = 'ndjson' } = query;
      const filter = desk.filter(query);
      const entries = [...desk.oldest(query.after)].filter(filter.fits);
      const named = (name: string) => ({ 'content-disposition': `attachment; filename="mock-apns.${name}"` });
      if (format === 'ndjson') {
        const text = entries.map((entry) => `${JSON.stringify(desk.record(entry))}\n`).join('');
        return { type: 'application/x-ndjson', text, headers: named('ndjson') };
      }
      const exchanges = entries.filter((entry): entry is ExchangeEntry => entry.kind === 'exchange').map(desk.plain);
      if (format === 'har')
        return {
          type: 'application/json',
          text: JSON.stringify(harOf(exchanges, house.version())),
          headers: named('har'),
        };
      const { registry } = house.driver.engine;
      const app = query.topic === undefined ? null : bundleIdOf(query.topic);
      const isOf = (bundleId: string): boolean => app === null || bundleId === app;
      const scenario = scenarioOf({
        exchanges,
        apps: registry.apps().filter(({ bundleId }) => isOf(bundleId)),
        devices: registry.devices(),
        channels: registry.channels().filter(({ bundleId }) => isOf(bundleId)),
      });
      return { type: 'application/yaml', text: stringify(scenario), headers: named('yaml') };
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
