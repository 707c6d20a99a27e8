import { styleText } from 'node:util';
import { type Env, parseTable } from '../options/table.ts';
import type { Clock } from '../shell/clock.ts';
import { controlAt, WHERE as FLAGS, KNOWN } from './control.ts';
import { CHECKS, type Finding, type Patient } from './doctor/checks.ts';

export { FLAGS };

const MARKS = { ok: ['ok  ', 'green'], warn: ['look', 'yellow'], bad: ['BAD ', 'red'] } as const;

/** `mock-apns doctor`: why it does not work. Resolves to 1 when something is wrong. */
export async function doctor(argv: readonly string[], env: Env, clock: Clock): Promise<number> {
  const given = parseTable(FLAGS, { argv, env }, KNOWN);
  const patient: Patient = { control: controlAt(given, argv, env), env, clock, folder: process.cwd(), info: null };
  const terminal = process.stdout.isTTY === true;
  let wrong = false;
  for (const { name, run } of CHECKS) {
    const findings = await run(patient).catch((error: unknown): readonly Finding[] => [
      {
        how: 'warn',
        says: `could not be looked at: ${error instanceof Error ? error.message : String(error)}`,
        cure: null,
      },
    ]);
    for (const { how, says, cure } of findings) {
      wrong ||= how === 'bad';
      if (terminal) {
        const [mark, color] = MARKS[how];
        process.stdout.write(
          `${styleText(color, mark)} ${name.padEnd(12)} ${says}\n${cure === null ? '' : `${' '.repeat(18)}→ ${cure}\n`}`,
        );
      } else process.stdout.write(`${JSON.stringify({ check: name, how, says, cure })}\n`);
    }
  }
  return wrong ? 1 : 0;
}
