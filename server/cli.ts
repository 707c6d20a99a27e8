import { COMMANDS } from './cli/commands.ts';
import { commandNamed } from './cli/help.ts';
import { UsageError } from './options.ts';
import { StartError } from './shell/start-error.ts';

/** Exit codes of the contract, section 1. */
const EXIT = { usage: 1, cannotStart: 2 } as const;

const SHORTHANDS: Readonly<Record<string, 'help' | 'version'>> = {
  '--help': 'help',
  '-h': 'help',
  '--version': 'version',
  '-v': 'version',
};

/** Runs one command line. Never throws: whatever goes wrong becomes a sentence and an exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  const [name, args] = commandIn(argv);
  try {
    const { run } = commandNamed(COMMANDS, name);
    // A server, and the command of exec, have more to do than print.
    if (name !== 'serve' && name !== 'exec') process.stdout.on('error', endWithReader);
    const code = await run(args);
    if (code !== undefined) process.exitCode = code;
  } catch (error) {
    if (error instanceof UsageError) {
      const own = Object.hasOwn(COMMANDS, name) && name !== 'serve' && name !== 'help' ? `${name} ` : '';
      process.stderr.write(
        `${error.problems.map((problem) => `mock-apns: ${problem}\n`).join('')}Try: mock-apns ${own}--help\n`,
      );
      process.exitCode = EXIT.usage;
    } else if (error instanceof StartError) {
      process.stderr.write(`mock-apns: ${error.message}\n`);
      process.exitCode = EXIT.cannotStart;
    } else throw error;
  }
}

function commandIn(argv: readonly string[]): readonly [name: string, args: readonly string[]] {
  // What stands behind two dashes is another command's.
  const own = argv.slice(0, argv.includes('--') ? argv.indexOf('--') : argv.length);
  const asked = own.map((word) => SHORTHANDS[word]).find((word) => word !== undefined);
  const [first = 'serve', ...rest] = argv;
  if (asked === 'help' && !first.startsWith('-') && first !== 'help') return ['help', [first]];
  if (asked !== undefined) return [asked, []];
  return first.startsWith('-') ? ['serve', argv] : [first, rest];
}

/** Whoever reads no longer, such as head, has had enough. */
function endWithReader(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
}
