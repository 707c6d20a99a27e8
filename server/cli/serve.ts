import { type Mock, ScenarioError, startMock } from '../mock.ts';
import { type Options, UsageError } from '../options.ts';
import { type Clock, createClock } from '../shell/clock.ts';
import { writeWhole } from '../shell/files.ts';
import { createLog, type Log } from '../shell/log.ts';
import type { ScenarioSource } from '../shell/scenario-host.ts';
import { createStrictness, type Strictness } from './strict.ts';

/** `mock-apns [serve]`: starts, says so in one line, and runs until a signal comes. Resolves to an exit code if it cannot. */
export async function serve(options: Options): Promise<number | undefined> {
  const clock = createClock();
  const log = createLog(options.log, process.stderr, clock);
  const files = await scenarioFiles(options);
  let mock: Mock;
  try {
    mock = await startMock(options, log, clock, await files.read());
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    process.stderr.write(await describe(error.problems));
    return 1;
  }
  endOnSignal(mock, options.strict ? createStrictness(mock) : null);
  const ms = Math.round(clock.uptime());
  const ready = readyOf(mock, ms);
  try {
    tellReady(options, ready);
  } catch (error) {
    // Whoever waits for that file must learn that it will not come; open listeners would keep the process alive.
    await mock.stop(0);
    throw error;
  }
  const { ms: _, ...said } = ready;
  const words = Object.entries(said).map(([name, value]) => `${name}=${value}`);
  // Before the ready line: whoever has read it may edit the scenario at once.
  if (files.paths.length > 0) await reloadOnChange(mock, files, log, clock);
  process.stdout.write(`mock-apns ready ${words.join(' ')} (${ms} ms)\n`);
  return undefined;
}

/** Ends well at the first signal, and at once at the second: whoever asks twice does not want to wait for open streams. */
function endOnSignal(mock: Mock, strictness: Strictness | null): void {
  const stop = (): void => {
    for (const signal of SIGNALS) process.removeListener(signal, stop).once(signal, () => process.exit(0));
    void mock.stop().then(async () => {
      const complaints = strictness === null ? [] : await strictness.complaints();
      for (const complaint of complaints) process.stderr.write(`mock-apns: ${complaint}\n`);
      process.exit(complaints.length === 0 ? 0 : 3);
    });
  };
  for (const signal of SIGNALS) process.on(signal, stop);
}

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

interface ScenarioFiles {
  /** To be watched. */
  readonly paths: readonly string[];
  readonly read: () => Promise<readonly ScenarioSource[]>;
}

const NO_FILES: ScenarioFiles = { paths: [], read: async () => [] };

/** Where the scenario comes from. Nothing is loaded for a start without one. */
export async function scenarioFiles({ scenario, scenarioInline }: Options): Promise<ScenarioFiles> {
  if (scenario !== null && scenarioInline !== null)
    throw new UsageError([
      'a scenario is given twice, by --scenario and by MOCK_APNS_SCENARIO_INLINE: give one of them',
    ]);
  if (scenarioInline !== null)
    return { paths: [], read: async () => [{ file: 'MOCK_APNS_SCENARIO_INLINE', text: scenarioInline }] };
  if (scenario === null) return NO_FILES;
  const { findScenarios, readScenarioFile, ScenarioFileError } = await import('../shell/scenarios.ts');
  const refuse = (error: unknown): never => {
    throw error instanceof ScenarioFileError ? new UsageError([`--scenario: ${error.message}`]) : error;
  };
  const find = (): readonly string[] => {
    try {
      return findScenarios(scenario);
    } catch (error) {
      return refuse(error);
    }
  };
  const paths = find();
  return {
    // A folder is watched itself, for files that come and go.
    paths: paths.length === 1 && paths[0] === scenario ? paths : [...paths, scenario],
    async read() {
      try {
        return find()
          .map(readScenarioFile)
          .map(({ name, text }) => ({ file: name, text }));
      } catch (error) {
        return refuse(error);
      }
    },
  };
}

/** A good edit is in force at once; a bad one changes nothing, and is told. */
async function reloadOnChange(mock: Mock, files: ScenarioFiles, log: Log, clock: Clock): Promise<void> {
  const { watchPaths } = await import('../shell/watch.ts');
  const reload = async (): Promise<void> => {
    try {
      const loaded = await mock.scenario.begin(...(await files.read()));
      if (loaded.ok) log.say(`scenario reloaded: ${loaded.scenario.name}, rules: ${loaded.scenario.rules.length}`);
      else
        log.say(
          `the scenario has changed and has mistakes; the old one stays in force\n${await describe(loaded.problems)}`,
        );
    } catch (error) {
      log.say(
        `the scenario has changed and cannot be read; the old one stays in force: ${error instanceof Error ? error.message : error}`,
      );
    }
  };
  // An editor may write in several steps; what is half there will be looked at again.
  watchPaths(files.paths, () => void clock.after(20, () => void reload()));
}

export async function describe(problems: ScenarioError['problems']): Promise<string> {
  const { formatProblem } = await import('../core/scenario/parse.ts');
  return `${problems.map(formatProblem).join('\n')}\n`;
}

/** Words of the ready line by their names. A list has commas there. */
type Ready = Readonly<Record<string, string | number | readonly string[]>>;

/** Writes the ready file, if one is asked for. @throws StartError where it cannot be written */
export function tellReady({ readyFile }: Options, ready: Ready): void {
  if (readyFile !== null) writeWhole(readyFile, `${JSON.stringify(ready)}\n`, 'the ready file', '--ready-file');
}

/** The words of the ready line, in their order. */
export function readyOf({ urls, certificates, seed }: Mock, ms: number): Ready {
  return {
    send: urls.send,
    manage: urls.manage,
    'manage-production': urls.manageProduction,
    control: urls.control,
    ...(urls.h2c === null ? {} : { h2c: urls.h2c }),
    ...(urls.proxy === null ? {} : { proxy: urls.proxy }),
    ...(urls.sends.length === 1 ? {} : { sends: urls.sends }),
    ca: certificates.paths?.ca ?? `${urls.control}/ca.pem`,
    seed,
    ms,
  };
}
