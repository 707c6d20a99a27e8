/**
 * The server beside the limit and beside its peers, in one run: `node --import tsx bench/bench.ts [what…]
 * [--node PATH] [--rounds N] [--requests N] [--loads c4m100,broadcast:c4m100] [--servers nghttpd,own,node,naive]`.
 *
 * What: throughput, latency, start, memory, faults, growth; all of them unless told otherwise. Needs h2load and nghttpd
 * (Debian: nghttp2-client, nghttp2-server). More servers are in peers.ts; one that must be built says how. Absolute
 * figures depend on the machine and on what else it does: the servers take turns, and ratios of turns that followed
 * each other are what counts.
 */
import { execFileSync } from 'node:child_process';
import { cpus, release, totalmem, type } from 'node:os';
import { parseArgs } from 'node:util';
import { faults } from './faults.ts';
import { growth } from './growth.ts';
import { type Context, freshToken, prepare, type Server } from './kit.ts';
import { memory } from './memory.ts';
import { peers } from './peers.ts';
import { start } from './start.ts';
import { latency, throughput } from './throughput.ts';

const ALL = ['throughput', 'latency', 'start', 'memory', 'faults', 'growth'] as const;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '3' },
    requests: { type: 'string', default: '100000' },
    loads: { type: 'string', default: 'c1m1,c4m1,c16m1,c1m100,c4m100,c16m100,c1m1000,c16m1000,broadcast:c4m100' },
    servers: { type: 'string', default: 'nghttpd,own,node,naive' },
    node: { type: 'string', default: process.execPath },
  },
});
const { node } = values;
const wanted = positionals.length === 0 ? ALL : positionals;
const unknown = wanted.filter((name) => !ALL.some((each) => each === name));
if (unknown.length > 0) throw new Error(`unknown: ${unknown.join(', ')}; there are ${ALL.join(', ')}`);

await prepare(node);
const servers = peers(values.servers.split(','), node);
console.log(`${host(servers)}, median of ${values.rounds} rounds\n`);

/** The machine and the programs, for whoever reads the figures elsewhere. */
function host(servers: readonly Server[]): string {
  const version = (program: string): string => {
    const [first = ''] = execFileSync(program, ['--version'], { encoding: 'utf8' }).split('\n');
    return program === node ? `Node ${first}` : first;
  };
  const programs = new Set([node, 'h2load', ...servers.map(({ program }) => program)]);
  const machine = `${cpus().length} × ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GB`;
  return [machine, `${type()} ${release()}`, ...[...programs].map(version)].join(', ');
}

for (const what of wanted) {
  console.log(`## ${what}\n`);
  // A token is good for an hour only, and everything together may take longer.
  const rounds = Number(values.rounds);
  const context: Context = { node, token: freshToken(), rounds, requests: Number(values.requests) };
  if (what === 'throughput') await throughput(context, servers, values.loads.split(','));
  if (what === 'latency') await latency(context, servers);
  if (what === 'start') await start(context);
  if (what === 'memory') await memory(context);
  if (what === 'faults') await faults(context);
  if (what === 'growth') await growth(context);
  console.log('');
}
