// time limit: 360 s
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: source text under test
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { blank, lineAt } from './blank.ts';
import { runTests, type Totals } from './runner.ts';

const FIXTURES = 'test/runner/fixtures';

async function run(root: string, filters: string[] = []): Promise<Totals & { lines: string[] }> {
  const lines: string[] = [];
  const write = (line: string): void => void lines.push(line);
  const totals = await runTests({ root, suffix: '.fixture.ts', filters, limit: 90_000, grace: 1_000, write });
  return { ...totals, lines };
}

/** What the runner must say about each fixture: its counts, and words that must appear below. */
const EXPECTED: Record<string, readonly [counts: string, ...words: string[]]> = {
  passes: ['4 passed, 0 failed'],
  fails: ['2 passed, 1 failed', 'sums > one wrong', '++··"sum":·3', 'fails.fixture.ts:6', 'said on the way'],
  'no-run': ['0 passed, 1 failed', 'forgotten registers 1 test without .run()'],
  'no-run-for-one-suite': [
    '1 passed, 1 failed',
    'good registers 1 test without .run()',
    'forgotten registers 2 tests without .run()',
  ],
  'no-test': ['0 passed, 1 failed', 'no test in this file'],
  only: ['1 passed, 1 failed', '.only on "focus > runs"'],
  'only-out-of-reach': ['1 passed, 1 failed', '.only( in line 5'],
  'skips-silently': ['1 passed, 1 failed', '.skip on "lazy > does not run" gives no reason'],
  'skips-with-reason': ['1 passed, 0 failed, 1 skipped', 'skipped honest > needs a tool: the tool is not installed'],
  hangs: ['1 passed, 2 failed', 'hangs during "patience > waits for ever"', 'time limit of 15 s'],
  'hangs-in-a-loop': ['0 passed, 1 failed', 'hangs during "patience > spins"'],
  'runs-dry': ['0 passed, 1 failed', 'the process ended (13) during "promise > is never settled'],
  leaks: ['1 passed, 1 failed', 'leak:', '1 x TCPServerWrap, 2 x Timeout'],
  rejects: ['1 passed, 1 failed', 'a promise was rejected and nobody listened', 'nobody caught me'],
  'rejects-afterwards': ['1 passed, 1 failed', 'a promise was rejected and nobody listened', 'too late'],
  'exits-early': ['0 passed, 2 failed', 'the process ended (0) during "quitter > leaves with a smile"'],
  'exits-with-3': ['1 passed, 1 failed', 'exit code 3, although its tests were done'],
  'throws-no-error': ['1 passed, 1 failed', "not an Error: 'oops'"],
  'before-fails': ['0 passed, 2 failed', 'doomed > before', 'no database'],
  'after-fails': ['1 passed, 1 failed', 'messy > after', 'could not clean up'],
  'after-each-fails': ['0 passed, 2 failed', 'messy > after each', 'could not clean up'],
  'cannot-be-loaded': ['0 passed, 1 failed', 'the file could not be loaded', 'broken at the top level'],
};

const accidents = suite<{ blocks: Map<string, string>; lines: string[] }>('runner: accidents', {
  blocks: new Map(),
  lines: [],
});
accidents.before(async (context) => {
  const { lines } = await run(FIXTURES);
  context.lines = lines;
  let name = '';
  for (const line of lines) {
    const start = /^(ok {2}|FAIL) (\S+)\.fixture\.ts /.exec(line);
    if (start) name = basename(start[2]!);
    context.blocks.set(name, `${context.blocks.get(name) ?? ''}${line}\n`);
  }
});
for (const [name, [counts, ...words]] of Object.entries(EXPECTED)) {
  accidents(name, ({ blocks }) => {
    const block = blocks.get(name) ?? '';
    const verdict = counts.includes(' 0 failed') ? 'ok  ' : 'FAIL';
    assert.match(block.split('\n')[0]!, `${verdict} ${FIXTURES}/${name}.fixture.ts  ${counts}  (`);
    for (const word of words) assert.match(block, word);
  });
}
accidents('every fixture is expected, and the last line is their sum', ({ blocks, lines }) => {
  assert.equal([...blocks.keys()].sort(), Object.keys(EXPECTED).sort());
  const sum = (unit: string): number =>
    Object.values(EXPECTED).reduce((n, [counts]) => n + Number(new RegExp(`(\\d+) ${unit}`).exec(counts)?.[1] ?? 0), 0);
  assert.is(lines.at(-1), `${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`);
});
accidents.run();

const choice = suite('runner: choice of files');
choice('a folder without test files fails', async () => {
  const empty = mkdtempSync(join(tmpdir(), 'no-tests-'));
  const { failed, lines } = await run(empty);
  rmdirSync(empty);
  assert.is(failed, 1);
  assert.match(lines[0]!, 'FAIL no file *.fixture.ts under');
  assert.is(lines.at(-1), '0 passed, 1 failed');
});
choice('a filter that fits nothing fails, although another one fits', async () => {
  const { lines } = await run(FIXTURES, ['passes', 'no-such-file']);
  assert.is(lines[0], 'FAIL no test file fits "no-such-file"');
  assert.is(lines.at(-1), '4 passed, 1 failed');
});
choice('the command exits 1 when anything failed', () => {
  const { status, stdout } = spawnSync(process.execPath, [...process.execArgv, 'test/run.ts', 'no-such-file'], {
    encoding: 'utf8',
  });
  assert.is(status, 1);
  assert.is(stdout.trimEnd().split('\n').at(-1), '0 passed, 1 failed');
});
choice.run();

const blanking = suite('runner: blank');
blanking('erases what is not code, keeps code, offsets and lines', () => {
  // Everything that must go is written as ~.
  const source = [
    'const a = "~~~~";',
    "const b = `~~~~${code.only('~', `~${`~~`}~`)}~~~~`;",
    'const c = /~~~~/g.test(b) ? d / e / f : [/~/, 1];',
    "return /~~~/.test('~~~'); const d = { e: `${{}}~` };",
  ].join('\n');
  assert.is(blank(source), source.replaceAll('~', ' '));
  assert.is(blank('a // b\nc /* d\ne */ f'), 'a     \nc     \n     f');
  assert.is(blank('"\\"" + /[/"]/ + "x"'), '"  " + /    / + " "');
  assert.is(lineAt('a\nb\nc', 4), 3);
});
blanking.run();
