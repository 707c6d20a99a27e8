import { DURATION_SAYS, readDuration } from '../../core/scenario/forms.ts';
import type { Env } from '../../options/table.ts';
import { type Options, parseOptions, UsageError } from '../../options.ts';
import { readTemplate, type Template } from './templates.ts';

/** `exec [options] -- CMD …`, read. */
export interface ExecArguments {
  readonly options: Options;
  /** Variables that the user asked for, with placeholders still in them. */
  readonly variables: readonly (readonly [name: string, value: Template])[];
  /** Milliseconds; `null`: as long as it takes. */
  readonly timeout: number | null;
  readonly command: string;
  readonly args: readonly string[];
}

/** What differs from `serve` unless it is asked for: any number of runs at once, nothing on the disk, the output is CMD's. */
const DEFAULTS: Env = {
  MOCK_APNS_PORT: '0',
  MOCK_APNS_MANAGE_PORT: '0',
  MOCK_APNS_MANAGE_PRODUCTION_PORT: '0',
  MOCK_APNS_CONTROL_PORT: '0',
  MOCK_APNS_CERTS: 'memory',
  MOCK_APNS_LOG: 'quiet',
};

/** @throws UsageError with every problem at once */
export function readArguments(argv: readonly string[], env: Env): ExecArguments {
  const problems: string[] = [];
  const end = argv.indexOf('--');
  const [command, ...args] = end < 0 ? [] : argv.slice(end + 1);
  const given = end < 0 ? argv : argv.slice(0, end);
  if (command === undefined || command === '')
    problems.push('exec needs the command to run, after two dashes: mock-apns exec [options] -- npm test');

  const others: string[] = [];
  const variables: [string, Template][] = [];
  let timeout: number | null = null;
  for (let i = 0; i < given.length; i++) {
    const word = given[i] as string;
    const flag = ['--env', '--timeout'].find((name) => word === name || word.startsWith(`${name}=`));
    if (flag === undefined) {
      others.push(word);
      continue;
    }
    const value = word === flag ? given[++i] : word.slice(flag.length + 1);
    if (flag === '--timeout') {
      const ms = readDuration(value ?? '');
      if (ms === undefined || ms === 0) problems.push(`--timeout needs ${DURATION_SAYS}, not "${value ?? ''}"`);
      else timeout = ms;
      continue;
    }
    const equals = value?.indexOf('=') ?? -1;
    const name = value?.slice(0, Math.max(0, equals)) ?? '';
    if (value === undefined || !/^[A-Za-z_][\w.-]*$/.test(name)) {
      problems.push(`--env needs a name and a value, for example --env PUSH_URL={{sendUrl}}, not "${value ?? ''}"`);
      continue;
    }
    const template = readTemplate(value.slice(equals + 1));
    if ('problem' in template) problems.push(`--env ${name}: ${template.problem}`);
    else variables.push([name, template]);
  }

  const options = collect(problems, () => parseOptions({ argv: others, env: withDefaults(env), terminal: false }));
  if (problems.length > 0 || options === undefined || command === undefined) throw new UsageError(problems);
  return { options, variables, timeout, command, args };
}

function collect<T>(problems: string[], read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    problems.push(...error.problems);
    return undefined;
  }
}

/** An empty variable is one that is not set, as everywhere. */
const withDefaults = (env: Env): Env => ({
  ...env,
  ...Object.fromEntries(Object.entries(DEFAULTS).map(([name, value]) => [name, env[name] || value])),
});
