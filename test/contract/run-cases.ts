/** Runs cases through a door, and says everything that is wrong with an answer at once. */
import { suite, type Test } from 'uvu';
import { skip } from '../runner/skip.ts';
import type { Case, Expected } from './case.ts';
import type { Answer, Door } from './doors.ts';

/** One test per case; what the door cannot do is skipped with its reason. */
export function runCases(door: Door, cases: readonly Case[]): void {
  const suites = new Map<string, Test>();
  for (const each of cases) {
    let test = suites.get(each.family);
    if (test === undefined) {
      test = suite(`${door.name}: ${each.family}`);
      suites.set(each.family, test);
    }
    const excuse = door.cannot?.(each) ?? null;
    if (excuse !== null) skip(test, each.name, excuse);
    else test(each.name, () => runCase(door, each));
  }
  for (const test of suites.values()) test.run();
}

export async function runCase(door: Door, each: Case): Promise<void> {
  const open = await door.open(each.setup);
  try {
    for (const step of each.before) await open.send(step);
    const answer = await open.send(each);
    const found = differences(each.expected, answer);
    if (found.length > 0) throw new Error(`the answer differs\n${found.join('\n')}`);
  } finally {
    await open.close();
  }
}

const SHAPES: Readonly<Record<string, RegExp>> = {
  '<uuid>': /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  '<UUID>': /^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/,
  '<channel-id>': /^[A-Za-z0-9+/]{22}==$/,
};

/** One line per difference; none when the answer is as expected. */
export function differences(expected: Expected, answer: Answer): string[] {
  const lines: string[] = [];
  const compare = (what: string, want: unknown, got: unknown): void => {
    const [a, b] = [JSON.stringify(want), JSON.stringify(got)];
    if (a !== b) lines.push(`${what}: expected ${a}, got ${b}`);
  };
  compare('status', expected.status, answer.status);
  compare('body', expected.body, answer.body);
  compare('header names', Object.keys(expected.headers).sort(), answer.headers.map(([name]) => name).sort());
  for (const [name, value] of answer.headers) {
    const want = expected.headers[name];
    if (want === undefined) continue;
    const shape = SHAPES[want];
    if (shape === undefined ? value !== want : !shape.test(value))
      lines.push(`header ${name}: expected ${want}, got ${value}`);
  }
  compare('aftermath', expected.aftermath, answer.aftermath);
  if (answer.frames !== undefined) compare('frames', framesOf(expected), answer.frames);
  if (answer.delay !== undefined) compare('delay', expected.delay, answer.delay);
  if (answer.failed !== undefined) compare('failed check', expected.failed, answer.failed);
  if (answer.reason !== undefined) compare('verdict', expected.reason, answer.reason);
  return lines;
}

function framesOf({ status, body }: Expected): string[] {
  if (status === null) return [];
  return body === '' ? ['HEADERS+END_STREAM'] : ['HEADERS', 'DATA+END_STREAM'];
}
