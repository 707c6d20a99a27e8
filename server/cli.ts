import { nearest } from './options/near.ts';
import { type Table, usageOf } from './options/table.ts';
import { parseOptions, UsageError, usage } from './options.ts';
import { createClock } from './shell/clock.ts';
import { StartError } from './shell/start-error.ts';
import { packageVersion } from './version.ts';

/** Exit codes of the contract, section 1. */
const EXIT = { fine: 0, usage: 1, cannotStart: 2 } as const;

interface Command {
  readonly says: string;
  /** Resolves to the exit code, or to nothing while the server runs. */
  readonly run: (args: readonly string[]) => Promise<number | undefined>;
  /** Its own options, for its own help; without them it takes those of the server, or none. */
  readonly flags?: () => Promise<{ readonly FLAGS: Table }>;
  /** A help that is more than its own options. */
  readonly help?: () => Promise<string>;
}

const COMMANDS: Readonly<Record<string, Command>> = {
  serve: {
    says: 'start the server (the default)',
    async run(args) {
      const options = parseOptions({ argv: args, env: process.env, terminal: process.stderr.isTTY === true });
      const { serve } = await import('./cli/serve.ts');
      return serve(options);
    },
  },
  exec: {
    says: 'exec [options] -- CMD …: run a command against a server of its own',
    help: async () => (await import('./cli/exec/help.ts')).help(),
    run: async (args) => (await import('./cli/exec.ts')).exec(args, process.env),
  },
  health: {
    says: 'ask a running server once whether it is ready; exit 0 or 1',
    async run(args) {
      const options = parseOptions({ argv: args, env: process.env, terminal: false });
      const { health } = await import('./cli/health.ts');
      return health(options);
    },
  },
  'wait-ready': {
    says: 'wait until a server is ready: --timeout 30s; exit 124 if it is not in time',
    flags: () => import('./cli/wait-ready.ts'),
    run: async (args) => tell(await (await import('./cli/wait-ready.ts')).waitReady(args, process.env, createClock())),
  },
  env: {
    says: 'what a client needs: --format sh, dotenv, json or github',
    flags: () => import('./cli/env.ts'),
    run: async (args) => tell(await (await import('./cli/env.ts')).env(args, process.env)),
  },
  tail: {
    says: 'tail [QUERY]: follow what arrives',
    flags: () => import('./cli/tail.ts'),
    run: async (args) => (await import('./cli/tail.ts')).tail(args, process.env, createClock()),
  },
  send: {
    says: 'send --token … --topic … --alert …: one test request to any base URL',
    flags: () => import('./cli/send.ts'),
    run: async (args) => (await import('./cli/send.ts')).send(args, process.env, createClock()),
  },
  doctor: {
    says: 'why it does not work: trust, ALPN, clocks, ports, proxies, interceptors',
    flags: () => import('./cli/doctor.ts'),
    run: async (args) => (await import('./cli/doctor.ts')).doctor(args, process.env, createClock()),
  },
  reasons: {
    says: 'every reason, when it arises, and the target that forces it; --json for programs',
    async run(args) {
      const other = args.find((word) => word !== '--json');
      if (other !== undefined) throw new UsageError([`reasons takes --json only, not ${other}`]);
      const { reasons } = await import('./cli/reasons.ts');
      process.stdout.write(reasons(args.includes('--json')));
      return EXIT.fine;
    },
  },
  check: {
    says: 'validate scenario files: every mistake, with line and column',
    run: async (args) => tell((await import('./cli/check.ts')).check(args)),
  },
  explain: {
    says: 'say each rule of a scenario in an English sentence',
    async run(args) {
      const [file, other] = args;
      if (file === undefined || other !== undefined) throw new UsageError(['explain takes one file, folder or name']);
      return tell((await import('./cli/explain.ts')).explain(file));
    },
  },
  schema: {
    says: 'the JSON Schema of scenario files, for editors',
    run: async () => tell((await import('./cli/schema.ts')).schema()),
  },
  help: { says: 'this text', run: async () => say(help()) },
  version: { says: 'the version', run: async () => say(`${packageVersion()}\n`) },
};

const SHORTHANDS: Readonly<Record<string, string>> = {
  '--help': 'help',
  '-h': 'help',
  '--version': 'version',
  '-v': 'version',
};

/** Runs one command line. Never throws: whatever goes wrong becomes a sentence and an exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  try {
    const code = await runCommand(argv);
    if (code !== undefined) process.exitCode = code;
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(
        `${error.problems.map((problem) => `mock-apns: ${problem}\n`).join('')}Try: mock-apns --help\n`,
      );
      process.exitCode = EXIT.usage;
    } else if (error instanceof StartError) {
      process.stderr.write(`mock-apns: ${error.message}\n`);
      process.exitCode = EXIT.cannotStart;
    } else throw error;
  }
}

function runCommand(argv: readonly string[]): Promise<number | undefined> {
  // What stands behind two dashes is another command's.
  const own = argv.slice(0, argv.includes('--') ? argv.indexOf('--') : argv.length);
  const asked = own.map((word) => SHORTHANDS[word]).find((word) => word !== undefined);
  const [first = 'serve', ...rest] = argv;
  const { flags, help } = (asked === 'help' ? commandNamed(first) : undefined) ?? {};
  if (help !== undefined) return help().then(say);
  if (flags !== undefined) return flags().then(({ FLAGS }) => say(`mock-apns ${first}\n\n${usageOf(FLAGS)}\n`));
  const [name, args] = asked !== undefined ? [asked, []] : first.startsWith('-') ? ['serve', argv] : [first, rest];
  const command = commandNamed(name);
  if (command !== undefined) return command.run(args);
  const near = nearest(name, Object.keys(COMMANDS));
  throw new UsageError([`there is no command ${name}${near === null ? '' : `; did you mean ${near}?`}`]);
}

const commandNamed = (name: string): Command | undefined =>
  Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;

/** Prints what a command has to say: mistakes on standard error. */
function tell({ text, code }: { readonly text: string; readonly code: number }): number {
  (code === 0 ? process.stdout : process.stderr).write(text);
  return code;
}

function say(text: string): number {
  process.stdout.write(text);
  return EXIT.fine;
}

function help(): string {
  const commands = Object.entries(COMMANDS).map(([name, { says }]) => `  ${name.padEnd(10)} ${says}`);
  return `mock-apns: a local stand-in for the Apple Push Notification service\n\nUsage: mock-apns [command] [options]\n\nCommands:\n${commands.join('\n')}\n\n${usage()}\n`;
}
