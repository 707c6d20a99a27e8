import { DURATION_SAYS, readDuration } from '../core/scenario/forms.ts';
import { type Env, parseTable, type Table } from '../options/table.ts';
import type { Clock } from '../shell/clock.ts';
import type { Said } from './check.ts';
import { ask, controlAt, KNOWN, WHERE } from './control.ts';

export const FLAGS = {
  ...WHERE,
  timeout: {
    flag: '--timeout',
    env: 'MOCK_APNS_WAIT_TIMEOUT',
    kind: { placeholder: 'TIME', allowed: DURATION_SAYS, read: readDuration },
    default: 30_000,
    defaultSays: '30s',
    example: '30s',
    says: 'How long to wait.',
  },
} as const satisfies Table;

const EVERY_MS = 100;
const TIMED_OUT = 124;

/** `mock-apns wait-ready`: until the server is ready, or the time is over. */
export async function waitReady(argv: readonly string[], env: Env, clock: Clock): Promise<Said> {
  const given = parseTable(FLAGS, { argv, env }, KNOWN);
  const control = controlAt(given, argv, env);
  const until = clock.uptime() + given.timeout;
  for (;;) {
    const left = until - clock.uptime();
    const last = await ask(control, '/readyz', { timeout: Math.max(50, Math.min(left, 2000)) }).then(
      ({ status, text }) => (status === 200 ? null : `not ready: ${text}`),
      (error: Error) => error.message,
    );
    if (last === null) return { text: 'ready\n', code: 0 };
    if (clock.uptime() + EVERY_MS >= until)
      return {
        text: `mock-apns: ${control.url} was not ready within ${given.timeout} ms (${last})\n`,
        code: TIMED_OUT,
      };
    await new Promise<void>((resolve) => void clock.after(EVERY_MS, resolve));
  }
}
