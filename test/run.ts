/** `node --import tsx test/run.ts [filter…]`: all files *.test.ts under test/, or those whose path contains a filter. */
import { killAll, runTests } from './runner/runner.ts';

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.once(signal, () => {
    killAll();
    process.exit(code);
  });
}

const totals = await runTests({ root: 'test', filters: process.argv.slice(2), write: console.log });
process.exitCode = totals.failed > 0 ? 1 : 0;
