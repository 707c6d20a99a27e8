/** docs/lifecycle.md, drawn from the order of checks; what each check answers is read off the table of cases. */
import { type CheckRow, LOST_ON_MANAGE, LOST_ON_SEND, ORDER } from '../../server/core/checks/order.ts';
import { ENDPOINTS } from '../../server/protocol/endpoints.ts';
import type { Operation } from '../../server/protocol/model.ts';
import { REASONS, type ReasonRow } from '../../server/protocol/reasons.ts';
import type { GoodName } from '../contract/cases/base.ts';
import { CASES } from '../contract/cases/index.ts';
import { code, GENERATED, pad, table } from './markdown.ts';

type Known = Exclude<Operation, 'unknown'>;
/** Operations with the short names of the columns, and the good request of the cases. */
const COLUMNS: readonly (readonly [Known, string, GoodName])[] = [
  ['device.send', 'push', 'push'],
  ['broadcast.send', 'broadcast', 'broadcast'],
  ['channels.create', 'create', 'create'],
  ['channels.read', 'read', 'read'],
  ['channels.delete', 'delete', 'remove'],
  ['channels.list', 'list', 'list'],
];

export function lifecyclePage(): string {
  return `${[
    GENERATED,
    '',
    '# The life of a request',
    '',
    "What happens between a client's first byte and the end of its answer, and in which order a request is judged. What the",
    'reasons mean and how to force each is told in [reasons.md](reasons.md).',
    '',
    '```text',
    ...LIFE,
    '```',
    '',
    '## What is served',
    '',
    table(
      ['Operation', 'Request', 'Success'],
      ENDPOINTS.map(({ operation, method, before, after, target, success }) => [
        operation,
        code(`${method} ${before}<${target === 'token' ? 'token' : 'bundleId'}>${after}`),
        String(success),
      ]),
    ),
    '',
    '## The ladder of checks',
    '',
    'A request goes down its ladder; the first check that fails decides on the answer, and none failing is acceptance. Beside',
    'each rung stand the statuses that it can answer.',
    '',
    '```text',
    ...ladders(),
    '```',
    '',
    'Reading, deleting and listing go down the ladder of creation, with `apns-channel-id` and `channel` in place of the body',
    'where a channel is addressed. A request that leads nowhere goes as far as its path:',
    '',
    '```text',
    `send ports    ${chain(LOST_ON_SEND)}`,
    `manage ports  ${chain(LOST_ON_MANAGE)}`,
    '```',
    '',
    '## Each check',
    '',
    'The numbers are places in the order of the operation. **Place known from**: *observed* rests on a capture of the live',
    'service, *assumed* on our decision; a "step" is one of the recommended order that the captures leave open. The list is',
    'data (`server/core/checks/order.ts`), so that a new capture can change it without touching a check.',
    '',
    checks(),
    '',
    '## What the profiles change',
    '',
    'The order is the same under both. These reasons arise by themselves under one profile only:',
    '',
    table(
      ['Profile', 'Reason', 'Status', 'Arises'],
      (REASONS as readonly ReasonRow[])
        .filter((row) => row.profile !== undefined)
        .map(({ profile, name, status, arises }) => [profile as string, name, String(status), arises ?? '']),
    ),
    '',
    'Under *observed* error answers have no `content-type`, made-up values of `apns-id` are upper case, reading or deleting an',
    'unknown channel is `404 BadPath`, broadcasting to an id that was never issued is `400 BadChannelId`, and a connection',
    'that has shown a stale token stays refused.',
  ].join('\n')}\n`;
}

const LIFE: readonly string[] = [
  '    client                                 mock-apns',
  '      │',
  '      │  TLS, with or without ALPN            the listener says which families it serves, and perhaps the environment',
  '      ├──────────────────────────────────▶    client certificate presented?',
  '      │                                         valid and for this environment: tokens no longer matter',
  '      │  ◀── GOAWAY {"reason":"…"} ─────────    otherwise: last stream 0, and the end of the connection',
  '      │',
  '      │  HEADERS, DATA                        the request is complete; bytes beyond 5,120 are counted, not kept',
  '      ├──────────────────────────────────▶',
  '      │                                       judge      what APNs would say: the checks below, the first failure decides',
  '      │                                       choose     a rule of the scenario, or a target that spells its answer',
  '      │                                       carry out  create, delete, store: if accepted, and unless the rule says no',
  '      │                                       plan       answer, delay, reset, GOAWAY, cut: the actions, in order',
  '      │                                       record     one exchange: request, verdict, rule, actions, answer',
  '      │                                       perform    and only now a byte leaves',
  '      │  ◀── HEADERS with END_STREAM ───────    accepted, nothing to tell',
  '      │  ◀── HEADERS, one DATA ─────────────    refused, or a document: the DATA carries END_STREAM',
  '      │',
  '      │                                       shutdown',
  '      │  ◀── 503 Shutdown ──────────────────    to every stream that is still open',
  '      │  ◀── GOAWAY {"reason":"Shutdown"} ──    NO_ERROR; the connection closes when it is drained',
];

/** The three longest ladders side by side. */
function ladders(): string[] {
  const drawn = COLUMNS.slice(0, 3).map(([operation, name, good]) => ladder(name, ORDER[operation], good));
  const height = Math.max(...drawn.map((lines) => lines.length));
  const width = Math.max(...drawn.flat().map((line) => line.length)) + 3;
  return Array.from({ length: height }, (_, row) =>
    drawn
      .map((lines) => pad(lines[row] ?? '', width))
      .join('')
      .trimEnd(),
  );
}

function ladder(name: string, rows: readonly CheckRow[], good: GoodName): string[] {
  const width = Math.max(...rows.map((row) => row.name.length));
  const rungs = rows.map((row) => `├─ ${pad(row.name, width)} ─▶ ${statuses(row.name, good).join(' ')}`);
  const { success } = ENDPOINTS.find(
    ({ operation }) => operation === COLUMNS.find(([, short]) => short === name)?.[0],
  ) ?? {
    success: 0,
  };
  return [name, '│', ...rungs, '▼', String(success)];
}

/** Cases of a good request in which a check fails. */
const failing = (check: string, good: GoodName) =>
  CASES.filter(({ name, expected }) => expected.failed === check && name.startsWith(`${good}:`));
const statuses = (check: string, good: GoodName): number[] =>
  [...new Set(failing(check, good).map(({ expected }) => expected.status as number))].sort((a, b) => a - b);

const chain = (rows: readonly CheckRow[]): string => rows.map(({ name }) => name).join(' → ');

/** Every row of every order once, with its places. */
function checks(): string {
  const rows = merged(COLUMNS.map(([operation]) => ORDER[operation]));
  const head = ['Check', ...COLUMNS.map(([, name]) => name), 'Makes sure that', 'Answers', 'Place known from'];
  return table(
    head,
    rows.map((row) => [
      row.name,
      ...COLUMNS.map(([operation]) => String(ORDER[operation].indexOf(row) + 1 || '')),
      row.looksAt,
      answers(row).join(', '),
      `${row.evidence}: ${row.source}`,
    ]),
  );
}

/** Reasons with which a check fails, in the order of the table of reasons. */
function answers(row: CheckRow): string[] {
  const found = new Set(
    COLUMNS.filter(([operation]) => ORDER[operation].includes(row)).flatMap(([, , good]) =>
      failing(row.name, good).map(({ expected }) => expected.reason),
    ),
  );
  return REASONS.map(({ name }) => name).filter((name) => found.has(name));
}

/** One order that agrees with all of the lists: whatever no unlisted row must precede comes next. */
function merged(lists: readonly (readonly CheckRow[])[]): CheckRow[] {
  const left = lists.map((list) => [...list]);
  const order: CheckRow[] = [];
  while (left.some((list) => list.length > 0)) {
    const next = left.map((list) => list[0]).find((row) => row && left.every((list) => list.indexOf(row) <= 0));
    if (next === undefined) throw new Error('the orders of the operations contradict each other');
    order.push(next);
    for (const list of left) if (list[0] === next) list.shift();
  }
  return order;
}
