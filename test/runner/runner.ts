/**
 * Runs test files, each in its own process, and believes only what it was told: a test that was planned and did not
 * report success has failed, a file that did not say "done" and end by itself has failed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterWaiting } from '../patience.ts';
import { blank, lineAt } from './blank.ts';
import type { Report } from './ledger.ts';

export interface Settings {
  /** Folder to search. */
  readonly root: string;
  /** How a test file's name ends. */
  readonly suffix?: string;
  /** Parts of paths; a file is run when one of them fits. */
  readonly filters?: readonly string[];
  /** Milliseconds per file; a file may ask for another with a comment `// time limit: 120 s`. */
  readonly limit?: number;
  /** Milliseconds a file gets to end by itself after its last test. */
  readonly grace?: number;
  /** Files run at a time. */
  readonly parallel?: number;
  readonly write: (line: string) => void;
}

export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

interface Outcome extends Totals {
  readonly lines: readonly string[];
}

const CHILD = fileURLToPath(new URL('./child.ts', import.meta.url));
const KEPT_OUTPUT = 20_000; // characters of a failing file's own output that are shown: the end of it

const children = new Set<ChildProcess>();

export async function runTests(settings: Settings): Promise<Totals> {
  const { root, suffix = '.test.ts', filters = [], parallel = 2, limit = 180_000, grace = 5_000, write } = settings;
  const found = findFiles(root, suffix);
  const files = found.filter((file) => filters.length === 0 || filters.some((filter) => file.includes(filter)));
  const useless = filters.filter((filter) => !found.some((file) => file.includes(filter)));

  const totals = { passed: 0, failed: 0, skipped: 0 };
  const fail = (line: string): void => {
    totals.failed++;
    write(line);
  };
  if (found.length === 0) fail(`FAIL no file *${suffix} under ${root}`);
  for (const filter of useless) fail(`FAIL no test file fits "${filter}"`);

  const jobs = files.map((file) => {
    const source = readFileSync(file, 'utf8');
    return { file, source, limit: askedLimit(source) ?? limit };
  });
  jobs.sort((a, b) => b.limit - a.limit); // what asks for more time starts first
  const next = jobs.values();
  const worker = async (): Promise<void> => {
    for (const job of next) {
      const outcome = await runFile(job.file, job.source, job.limit, grace);
      for (const line of outcome.lines) write(line);
      totals.passed += outcome.passed;
      totals.failed += outcome.failed;
      totals.skipped += outcome.skipped;
    }
  };
  await Promise.all(Array.from({ length: parallel }, worker));

  write('');
  write(summary(totals));
  return totals;
}

export function summary({ passed, failed, skipped }: Totals): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/** For the runner's own end by signal: no test file outlives it. */
export function killAll(): void {
  for (const child of children) killGroup(child);
}

async function runFile(file: string, source: string, limit: number, grace: number): Promise<Outcome> {
  const started = performance.now();
  const problems = writtenOnly(source);
  const failures: string[] = [];
  const skips = new Map<string, string[]>();
  let last: Report = { planned: 0, passed: 0, running: null };
  let done = false;
  let output = '';

  // Its own process group, so that what it started itself can be ended with it.
  const child = spawn(process.execPath, [...process.execArgv, CHILD, file, String(grace)], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  children.add(child);
  for (const stream of [child.stdout, child.stderr] as Readable[]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-KEPT_OUTPUT);
    });
  }
  const reports = createInterface({ input: child.stdio[3] as Readable });
  reports.on('line', (line) => {
    const report = JSON.parse(line) as Report;
    last = report;
    if (report.failure) failures.push(report.failure);
    if (report.problem) problems.push(report.problem);
    if (report.skip) skips.set(report.skip.reason, [...(skips.get(report.skip.reason) ?? []), report.skip.test]);
    if (report.done) done = true;
  });

  let timedOut = false;
  const inTime = afterWaiting(limit, () => {
    timedOut = true;
    killGroup(child);
  });
  const code = await new Promise<number | string>((settle) => {
    child.once('error', (error) => settle(error.message));
    child.once('exit', (exitCode, signal) => {
      killGroup(child); // whatever it left behind, which could also hold its pipes open
      const end = (): void => {
        enough();
        settle(exitCode ?? signal ?? 'unknown');
      };
      const enough = afterWaiting(1_000, end);
      child.once('close', end);
    });
  });
  inTime();
  reports.close();
  children.delete(child);

  const during = last.running ? `during "${last.running}"` : 'outside any test';
  if (timedOut) {
    const state = done ? 'still running after its tests were done' : `hangs ${during}`;
    problems.push(`${state}: ended after the time limit of ${limit / 1000} s`);
  } else if (!done && problems.length === 0) {
    problems.push(`the process ended (${code}) ${during}, before all tests were done`);
  } else if (code !== 0 && problems.length === 0) {
    problems.push(`exit code ${code}, although its tests were done`);
  }

  const passed = last.passed;
  const missing = last.planned - passed;
  const failed = missing > 0 ? missing : problems.length > 0 ? 1 : 0;
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const skipped = [...skips.values()].flat().length;
  const counts = summary({ passed, failed, skipped });
  const lines = [`${failed ? 'FAIL' : 'ok  '} ${relative('.', file)}  ${counts}  (${seconds} s)`];
  for (const [reason, [first, ...more]] of skips)
    lines.push(`     skipped ${first}${more.length > 0 ? ` and ${more.length} more` : ''}: ${reason}`);
  if (failed) {
    for (const text of [...failures, ...problems]) lines.push(indent(`✘ ${text}`));
    if (output.trim()) lines.push('     its output:', indent(output.trimEnd(), '     | '));
  }
  return { lines, passed, failed, skipped };
}

/** The fallback for `.only` in code that was not reached at run time. */
function writtenOnly(source: string): string[] {
  return [...blank(source).matchAll(/\.only\s*\(/g)].map((hit) => `.only( in line ${lineAt(source, hit.index)}`);
}

function askedLimit(source: string): number | null {
  const asked = /^\/\/ time limit: (\d+) s$/m.exec(source);
  return asked ? Number(asked[1]) * 1000 : null;
}

function findFiles(root: string, suffix: string): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(suffix) && !name.includes('node_modules'))
    .map((name) => relative('.', join(root, name)))
    .sort();
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Nobody is left in the group.
  }
}

function indent(text: string, by = '     '): string {
  return text.replace(/^/gm, by);
}
