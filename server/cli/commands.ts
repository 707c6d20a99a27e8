import { parseOptions, UsageError } from '../options.ts';
import { createClock } from '../shell/clock.ts';
import { packageVersion } from '../version.ts';
import type { Commands } from './command.ts';
import { help, helpOf } from './help.ts';
import { wordsOf } from './words.ts';

/** The commands, one row each. What a command needs is loaded when it runs: a start has no time for the others. */

const SCENARIO_SAYS = 'a scenario file, a folder of them, or the name of a built-in scenario';

export const COMMANDS: Commands = {
  serve: {
    says: 'start the server (the default)',
    usage: '[serve] [options]',
    examples: ['mock-apns', 'mock-apns --port 0 --certs memory --scenario flaky'],
    more: async () => `Options:\n${(await import('../options.ts')).usage()}\n`,
    async run(args) {
      const options = parseOptions({ argv: args, env: process.env, terminal: process.stderr.isTTY === true });
      const { serve } = await import('./serve.ts');
      return serve(options);
    },
  },
  exec: {
    says: 'run a command against a server of its own, and end as it ends',
    usage: 'exec [options] -- CMD …',
    examples: [
      'mock-apns exec -- npm test',
      'mock-apns exec --scenario flaky --env PUSH_URL={{sendUrl}} -- go test ./...',
    ],
    more: async () => (await import('./exec/help.ts')).help(),
    run: async (args) => (await import('./exec.ts')).exec(args, process.env),
  },
  health: {
    says: 'ask a running server once whether it is ready; exit 0 or 1',
    usage: 'health [options]',
    examples: ['mock-apns health --control-port 2198'],
    flags: () => import('./health.ts'),
    run: async (args) => (await import('./health.ts')).health(args, process.env),
  },
  'wait-ready': {
    says: 'wait until a server is ready; exit 124 if it is not in time',
    usage: 'wait-ready [options]',
    examples: ['mock-apns wait-ready --timeout 1m'],
    flags: () => import('./wait-ready.ts'),
    run: async (args) => tell(await (await import('./wait-ready.ts')).waitReady(args, process.env, createClock())),
  },
  env: {
    says: 'what a client needs, as variables for a shell, a file, a program or a CI',
    usage: 'env [options]',
    examples: ['eval "$(mock-apns env)"', 'mock-apns env --format github >> "$GITHUB_ENV"'],
    flags: () => import('./env.ts'),
    run: async (args) => tell(await (await import('./env.ts')).env(args, process.env)),
  },
  tail: {
    says: 'follow what arrives',
    usage: 'tail [options] [QUERY]',
    examples: ['mock-apns tail', "mock-apns tail 'topic:com.example.* status:4xx -is:forced'"],
    takes: [['QUERY', 'only what fits: field:value, -field:value, a word; the grammar is in docs/api.md']],
    flags: () => import('./tail.ts'),
    run: async (args) => (await import('./tail.ts')).tail(args, process.env, createClock()),
  },
  send: {
    says: 'one test request to any base URL, its answer, and why',
    usage: 'send --token TOKEN --topic TOPIC [options], or send --channel ID --topic BUNDLE [options]',
    examples: [
      `mock-apns send --token ${'c0ffee'.repeat(4)}${'00'.repeat(20)} --topic com.example.app --alert Hi`,
      'mock-apns send --channel 4pFhH7chOIBuCEZgJ6AQsg== --topic com.example.scores --payload @goal.json',
    ],
    flags: () => import('./send.ts'),
    run: async (args) => (await import('./send.ts')).send(args, process.env, createClock()),
  },
  doctor: {
    says: 'why it does not work: trust, ALPN, clocks, ports, proxies, interceptors',
    usage: 'doctor [options]',
    examples: ['mock-apns doctor'],
    flags: () => import('./doctor.ts'),
    run: async (args) => (await import('./doctor.ts')).doctor(args, process.env, createClock()),
  },
  reasons: {
    says: 'every reason, when it arises, and the target that forces it; --json for programs',
    usage: 'reasons [--json]',
    examples: ['mock-apns reasons', 'mock-apns reasons --json'],
    takes: [['--json', 'for programs']],
    async run(args) {
      wordsOf('reasons', args, { takes: '--json and nothing else', flags: ['--json'] });
      const { reasons } = await import('./reasons.ts');
      return say(reasons(args.includes('--json')));
    },
  },
  check: {
    says: 'validate scenario files: every mistake, with line and column',
    usage: 'check SCENARIO …',
    examples: ['mock-apns check goodbye.yaml', 'mock-apns check scenarios/ flaky'],
    takes: [['SCENARIO', SCENARIO_SAYS]],
    async run(args) {
      const wanted = wordsOf('check', args, {
        takes: 'files, folders and names of built-in scenarios',
        most: Infinity,
      });
      if (wanted.length === 0) throw new UsageError([`check needs at least one of these: ${SCENARIO_SAYS}`]);
      return tell((await import('./check.ts')).check(wanted));
    },
  },
  explain: {
    says: 'say each rule of a scenario in an English sentence',
    usage: 'explain SCENARIO',
    examples: ['mock-apns explain lost-reply'],
    takes: [['SCENARIO', SCENARIO_SAYS]],
    async run(args) {
      const takes = 'one file, folder or name of a built-in scenario';
      const [wanted] = wordsOf('explain', args, { takes, most: 1 });
      if (wanted === undefined) throw new UsageError([`explain needs ${takes}`]);
      return tell((await import('./explain.ts')).explain(wanted));
    },
  },
  schema: {
    says: 'the JSON Schema of scenario files, for editors',
    usage: 'schema',
    examples: ['mock-apns schema > scenario.schema.json'],
    async run(args) {
      wordsOf('schema', args, {});
      return tell((await import('./schema.ts')).schema());
    },
  },
  help: {
    says: 'this text, or that of a command',
    usage: 'help [COMMAND]',
    examples: ['mock-apns help exec'],
    async run(args) {
      const [name] = wordsOf('help', args, { takes: 'the name of one command', most: 1 });
      return say(name === undefined ? help(COMMANDS) : await helpOf(COMMANDS, name));
    },
  },
  version: {
    says: 'the version',
    usage: 'version',
    examples: ['mock-apns version'],
    async run(args) {
      wordsOf('version', args, {});
      return say(`${packageVersion()}\n`);
    },
  },
};

/** Prints what a command has to say: mistakes on standard error. */
function tell({ text, code }: { readonly text: string; readonly code: number }): number {
  (code === 0 ? process.stdout : process.stderr).write(text);
  return code;
}

const say = (text: string): number => tell({ text, code: 0 });
