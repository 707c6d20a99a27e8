import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Context, certs, folder, median, table } from './kit.ts';

/** From spawn to the line that says ready: with certificates on disk, and with none, beside the emptiest program there is. */
export async function start({ node, rounds }: Context) {
  const warm: number[] = [];
  const cold: number[] = [];
  const empty: number[] = [];
  const memory: number[] = [];
  for (let round = 0; round < Math.max(rounds, 7); round++) {
    const since = performance.now();
    spawnSync(node, ['-e', '0']);
    empty.push(performance.now() - since);
    warm.push(await ready(node, certs));
    const fresh = mkdtempSync(join(folder, 'cold-'));
    cold.push(await ready(node, fresh));
    rmSync(fresh, { recursive: true });
    memory.push(await ready(node, 'memory'));
  }
  const against = (figures: readonly number[]): string[] => [
    median(figures).toFixed(0),
    median(figures.map((ms, round) => ms / empty[round]!)).toFixed(2),
  ];
  console.log('Milliseconds from spawn to ready, and the ratio to `node -e 0` of the same round\n');
  console.log(
    table(
      ['start', 'ms', 'ratio'],
      [
        ['`node -e 0`', ...against(empty)],
        ['certificates on disk', ...against(warm)],
        ['cold: makes and writes them', ...against(cold)],
        ['cold: makes them, in memory', ...against(memory)],
      ],
    ),
  );
  const { started, stopped } = inProcess(node);
  console.log(`\nIn a warm process: \`startApns()\` ${started.toFixed(1)} ms, \`stop()\` ${stopped.toFixed(2)} ms`);
}

/** `startApns()` and `stop()` in a process that has done both before, in milliseconds: as one test file after the other. */
function inProcess(node: string): { readonly started: number; readonly stopped: number } {
  const script = `
    import { startApns } from ${JSON.stringify(pathToFileURL(join(folder, 'dist', 'testing.js')).href)};
    const times = [];
    for (let n = 0; n < 30; n++) {
      const since = performance.now();
      const apns = await startApns();
      const started = performance.now();
      await apns.stop();
      times.push([started - since, performance.now() - started]);
    }
    console.log(JSON.stringify(times.slice(10)));`;
  const said = execFileSync(node, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  const times = JSON.parse(said) as [number, number][];
  return { started: median(times.map(([ms]) => ms)), stopped: median(times.map(([, ms]) => ms)) };
}

function ready(node: string, where: string): Promise<number> {
  const ports = ['--port=0', '--manage-port=0', '--manage-production-port=0', '--control-port=0'];
  const since = performance.now();
  const child = spawn(node, [join(folder, 'dist', 'bin.js'), `--certs=${where}`, '--log=quiet', ...ports], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return new Promise((resolve) => {
    let took = 0;
    child.stdout.once('data', () => {
      took = performance.now() - since;
      child.kill('SIGTERM');
    });
    child.once('exit', () => resolve(took));
  });
}
