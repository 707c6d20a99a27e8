import { rmSync } from 'node:fs';
import type { Judgement } from '../core/scenario/expect.ts';
import { type Mock, ScenarioError, startMock } from '../mock.ts';
import type { Env } from '../options/table.ts';
import { createClock } from '../shell/clock.ts';
import { createLog } from '../shell/log.ts';
import { type ExecArguments, readArguments } from './exec/arguments.ts';
import { codeOfSignal, type End, start } from './exec/child.ts';
import { privateFolder, surroundings } from './exec/environment.ts';
import { createGuardian } from './exec/guardian.ts';
import { describe, readyOf, scenarioFiles, tellReady } from './serve.ts';
import { createStrictness, judgeScenario } from './strict.ts';

/** The exit codes of the contract, section 1. */
const EXIT = { wrong: 1, unmet: 3, timeout: 124, cannotRun: 126, notFound: 127 } as const;
/** The command has gone, and its connections with it: nobody is left to wait for. */
const DRAIN_MS = 100;

/** `mock-apns exec`: a server for the time of one command, and everything that the command needs to find and trust it. */
export async function exec(argv: readonly string[], env: Env): Promise<number> {
  const ended = await run(argv, env);
  return typeof ended === 'number' ? ended : ended();
}

/** Either what went wrong before the command could be run, or how to end as it did. */
async function run(argv: readonly string[], env: Env): Promise<number | (() => never)> {
  const given = readArguments(argv, env);
  const { options } = given;
  const clock = createClock();
  const log = createLog(options.log, process.stderr, clock);
  const files = await scenarioFiles(options);
  let mock: Mock;
  try {
    mock = await startMock(options, log, clock, await files.read());
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    process.stderr.write(await describe(error.problems));
    return EXIT.wrong;
  }
  const strictness = options.strict ? createStrictness(mock) : null;
  const folder = privateFolder();
  const guardian = createGuardian(folder);
  let readyFile: string | null = null;
  const tidy = (): void => {
    rmSync(folder, { recursive: true, force: true });
    if (readyFile !== null) rmSync(readyFile, { force: true });
  };
  process.once('exit', tidy);
  try {
    const around = await surroundings(mock, given, folder, env);
    for (const note of around.notes) say(note);
    tellReady(options, readyOf(mock, Math.round(clock.uptime())));
    readyFile = options.readyFile;
    const { command, args, timeout } = given;
    const running = start({ command, args, timeout, env: around.env }, clock);
    if (running.target !== 0) guardian.watch(running.target);
    const end = await running.end;
    await mock.stop(DRAIN_MS);
    const judgements = end.how === 'cannot-start' ? [] : await judgeScenario(mock);
    for (const judgement of judgements) tell(judgement);
    const faults = strictness?.faults() ?? [];
    for (const fault of faults) say(fault);
    const code = codeOf(end, given, faults.length === 0 && judgements.every(({ ok }) => ok));
    return () => leave(end, code);
  } finally {
    await mock.stop(0);
    tidy();
    guardian.dismiss();
  }
}

/** Somebody may still be listening to the control port's events; the process ends all the same. */
function leave(end: End, code: number): never {
  // Whoever started us asks how we ended: a shell goes on after an exit code, and stops after SIGINT.
  if (end.how === 'signal' && TOLD_AS_SIGNAL.has(end.signal)) process.kill(process.pid, end.signal);
  process.exit(code);
}

const TOLD_AS_SIGNAL: ReadonlySet<NodeJS.Signals> = new Set(['SIGINT', 'SIGTERM', 'SIGHUP']);

/** The command's own failure comes first: ours would hide it. */
function codeOf(end: End, { command, timeout }: ExecArguments, asExpected: boolean): number {
  switch (end.how) {
    case 'exit':
      return end.code === 0 && !asExpected ? EXIT.unmet : end.code;
    case 'signal':
      return codeOfSignal(end.signal);
    case 'timeout':
      say(`${command} was ended: it took longer than the ${timeout} ms of --timeout`);
      return EXIT.timeout;
    case 'cannot-start': {
      const { code, message } = end.error;
      const why = code === 'ENOENT' ? 'there is no such command' : code === 'EACCES' ? 'it may not be run' : message;
      say(`${command} cannot be started: ${why}`);
      return code === 'ENOENT' ? EXIT.notFound : EXIT.cannotRun;
    }
  }
}

function tell({ ok, sentence, nearMisses }: Judgement): void {
  say(`${ok ? 'as expected' : 'NOT as expected'}: ${sentence}`);
  for (const near of nearMisses) say(`  nearest: ${near.sentence}`);
}

function say(text: string): void {
  process.stderr.write(`mock-apns: ${text}\n`);
}
