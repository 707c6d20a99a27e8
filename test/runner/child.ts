/**
 * Runs one test file: `node --import tsx test/runner/child.ts FILE GRACE_MS`, reports on file descriptor 3.
 * The parent (runner.ts) judges; this side only tells what happened.
 */
import { register } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterWaiting } from '../patience.ts';
import { ledger, leftovers, tell } from './ledger.ts';

type Run = () => Promise<[errors: string | true, passed: number, skipped: number, total: number]>;

const [file = '', grace = '5000'] = process.argv.slice(2);
const queue: Run[] = [];
// uvu's own way to be driven from outside: with UVU_DEFER set, `.run()` only puts the suite into the queue.
Object.assign(globalThis, { UVU_DEFER: 1, UVU_QUEUE: [queue] });

// Every `import 'uvu'` gets the stand-in, except the stand-in's own.
const standIn = new URL('./uvu.ts', import.meta.url).href;
register(
  `data:text/javascript,${encodeURIComponent(`
    export const resolve = (specifier, context, next) =>
      specifier === 'uvu' && !context.parentURL?.startsWith(${JSON.stringify(standIn)})
        ? { url: ${JSON.stringify(standIn)}, shortCircuit: true }
        : next(specifier, context);`)}`,
);
const { describe } = await import('./uvu.ts');

process.on('uncaughtExceptionMonitor', (error, origin) => {
  const what = origin === 'unhandledRejection' ? 'a promise was rejected and nobody listened' : 'uncaught exception';
  tell({ problem: `${what}${ledger.running ? ` during "${ledger.running}"` : ''}\n${describe(error)}` });
});
process.on('exit', () => {
  for (const leftover of leftovers) {
    const problem = leftover();
    if (problem) tell({ problem });
  }
});

// Touched first, so that the pipes of stdout and stderr are not taken for leaks.
process.stdout.write('');
process.stderr.write('');
const before = process.getActiveResourcesInfo();

try {
  await import(pathToFileURL(resolve(file)).href);
  // Not for-of over a copy: a suite may be handed over while an earlier one runs.
  for (let run = queue.shift(); run; run = queue.shift()) {
    const passedBefore = ledger.passed;
    const [, passed] = await run();
    ledger.passed = passedBefore + passed;
  }
  ledger.running = null;
  const registered = ledger.planned + ledger.skipped > 0 || leftovers.some((leftover) => leftover() !== null);
  if (!registered) tell({ problem: 'no test in this file' });
  tell({ done: true });
} catch (error) {
  tell({ problem: `the file could not be loaded\n${describe(error)}` });
  process.exit(1);
}

// Nothing is left to do, so the process should end by itself. This timer does not keep it alive; a leak does.
afterWaiting(Number(grace), () => {
  const open = process.getActiveResourcesInfo();
  for (const known of before) if (open.includes(known)) open.splice(open.indexOf(known), 1);
  const counts = [...new Set(open)].map((kind) => `${open.filter((each) => each === kind).length} x ${kind}`);
  tell({ problem: `leak: the tests are done, but these keep the process open: ${counts.join(', ') || 'unknown'}` });
  process.exit(1);
});
