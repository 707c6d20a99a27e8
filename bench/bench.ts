/**
 * The server beside the limit and beside its peers, in one run: `node --import tsx bench/bench.ts [what…]
 * [--node PATH] [--rounds N] [--requests N] [--loads c4m100,c1m1] [--servers nghttpd,own,node,naive]`.
 *
 * What: throughput, latency, start, memory, faults, growth; all of them unless told otherwise. Needs h2load and nghttpd
 * (Debian: nghttp2-client, nghttp2-server). Absolute figures depend on the machine and on
 * what else it does: the servers take turns, and ratios of turns that followed each other are what counts.
 */
import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { faults } from './faults.ts';
import { growth } from './growth.ts';
import { naive, nghttpd, ours, prepare, pushy, type Server } from './kit.ts';
import { memory } from './memory.ts';
import { start } from './start.ts';
import { latency, throughput } from './throughput.ts';

const ALL = ['throughput', 'latency', 'start', 'memory', 'faults', 'growth'] as const;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '3' },
    requests: { type: 'string', default: '100000' },
    loads: { type: 'string', default: 'c1m1,c4m1,c16m1,c1m100,c4m100,c16m100,c1m1000,c16m1000' },
    servers: { type: 'string', default: 'nghttpd,own,node,naive' },
    node: { type: 'string', default: process.execPath },
  },
});
const { node } = values;
const wanted = positionals.length === 0 ? ALL : positionals;
const names = values.servers.split(',');
const unknown = wanted.filter((name) => !ALL.some((each) => each === name));
if (unknown.length > 0) throw new Error(`unknown: ${unknown.join(', ')}; there are ${ALL.join(', ')}`);

export interface Context {
  readonly node: string;
  readonly token: string;
  readonly rounds: number;
  readonly requests: number;
}

const context: Context = {
  node,
  token: await prepare(node),
  rounds: Number(values.rounds),
  requests: Number(values.requests),
};
const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();
console.log(`Node ${version}, ${cpus().length} × ${cpus()[0]?.model}, median of ${context.rounds} rounds\n`);

function servers(): readonly Server[] {
  const makers: Readonly<Record<string, () => Server>> = {
    nghttpd: () => nghttpd,
    own: () => ours(node, 'own'),
    node: () => ours(node, 'node', '--http2=node'),
    naive: () => naive(node),
    'pushy-mock': () => pushy('mock'),
    'pushy-benchmark': () => pushy('benchmark'),
  };
  return names.flatMap((name) => makers[name]?.() ?? []);
}

for (const what of wanted) {
  console.log(`## ${what}\n`);
  if (what === 'throughput') await throughput(context, servers(), values.loads.split(','));
  if (what === 'latency') await latency(context, servers());
  if (what === 'start') await start(context);
  if (what === 'memory') await memory(context);
  if (what === 'faults') await faults(context);
  if (what === 'growth') await growth(context);
  console.log('');
}
