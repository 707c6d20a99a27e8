import { writeSync } from 'node:fs';

/** What one test file tells the runner, one JSON line per step on file descriptor 3. */
export interface Report {
  /** Tests that were handed over with `.run()`. Whatever is planned and did not pass has failed. */
  readonly planned: number;
  readonly passed: number;
  /** The test or hook being run, if any: what to name when the file hangs or dies. */
  readonly running: string | null;
  /** A test failed: its name, message, difference and stack. */
  readonly failure?: string;
  /** Something is wrong with the file, not with one test. */
  readonly problem?: string;
  /** A test was skipped, with the reason. */
  readonly skip?: { readonly test: string; readonly reason: string };
  /** Every test has run. */
  readonly done?: true;
}

/** Kept in the child process of one test file. */
export const ledger = { planned: 0, passed: 0, running: null as string | null, skipped: 0, done: false };

/** One check per suite, asked when the process ends: what was registered and never handed over? */
export const leftovers: (() => string | null)[] = [];

// Written synchronously: it must arrive even when the very next thing is an endless loop or process.exit().
export function tell(news: Partial<Report> = {}): void {
  const { planned, passed, running } = ledger;
  writeSync(3, `${JSON.stringify({ planned, passed, running, ...news })}\n`);
}
