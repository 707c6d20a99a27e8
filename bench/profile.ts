/**
 * Where the time goes: `node --import tsx bench/profile.ts [--node PATH] [--load c4m100] [--targets N] [--requests N]`. Runs
 * the server under V8's sampling profiler and sums its own time by file and by function.
 */
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { folder, load, ours, prepare, table, up } from './kit.ts';

const { values } = parseArgs({
  options: {
    node: { type: 'string', default: process.execPath },
    load: { type: 'string', default: 'c4m100' },
    requests: { type: 'string', default: '300000' },
    targets: { type: 'string', default: '1' },
    flags: { type: 'string', default: '' },
  },
});

interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const token = await prepare(values.node);
const out = mkdtempSync(join(folder, 'profile-'));
const [, connections, streams] = /^c(\d+)m(\d+)$/.exec(values.load)!.map(Number) as [number, number, number];
const flags = values.flags === '' ? [] : values.flags.split(' ');
const server = await up(ours(values.node, 'own', '--cpu-prof', `--cpu-prof-dir=${out}`, ...flags));
const targets = Number(values.targets);
load(server, { connections, streams, count: Number(values.requests), token, ...(targets > 1 ? { targets } : {}) });
await server.stop();
const profile = JSON.parse(readFileSync(join(out, readdirSync(out)[0]!), 'utf8')) as Profile;

const own = new Map<number, number>();
profile.samples.forEach((id, index) => {
  own.set(id, (own.get(id) ?? 0) + (profile.timeDeltas[index] ?? 0));
});
const byFunction = new Map<string, number>();
let busy = 0;
for (const { id, callFrame } of profile.nodes) {
  const time = own.get(id) ?? 0;
  const { functionName, url, lineNumber } = callFrame;
  if (functionName === '(idle)') continue;
  busy += time;
  const where = url.startsWith('node:') ? url : url === '' ? 'native' : `own:${lineNumber + 1}`;
  const name = `${functionName || '(anonymous)'} (${where})`;
  byFunction.set(name, (byFunction.get(name) ?? 0) + time);
}
const rows = [...byFunction]
  .sort((a, b) => b[1] - a[1])
  .slice(0, 45)
  .map(([name, time]) => [name, `${((time / busy) * 100).toFixed(1)} %`]);
console.log(table(['function', 'own time'], rows));
