import { ENV_FORMATS } from '../core/export/env.ts';
import { choice } from '../options/kinds.ts';
import { type Env, parseTable, type Table } from '../options/table.ts';
import type { Said } from './check.ts';
import { ask, controlAt, KNOWN, refusalIn, WHERE } from './control.ts';

export const FLAGS = {
  ...WHERE,
  format: {
    flag: '--format',
    env: 'MOCK_APNS_ENV_FORMAT',
    kind: choice(...ENV_FORMATS),
    default: 'sh',
    example: 'dotenv',
    says: 'For a shell (eval), a file, a program, or $GITHUB_ENV.',
  },
} as const satisfies Table;

/** `mock-apns env`: what a client needs, from the running server. */
export async function env(argv: readonly string[], around: Env): Promise<Said> {
  const given = parseTable(FLAGS, { argv, env: around }, KNOWN);
  const control = controlAt(given, argv, around);
  try {
    const { status, text } = await ask(control, `/api/v1/env?format=${given.format}`);
    return status === 200 ? { text, code: 0 } : { text: `mock-apns: ${refusalIn(text) ?? status}\n`, code: 1 };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { text: `mock-apns: no server answers at ${control.url} (${why}); start one with: mock-apns\n`, code: 1 };
  }
}
