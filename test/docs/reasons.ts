/** docs/reasons.md, drawn from REASONS and from the targets that spell. */
import { SPELLED_FAULTS, spellBundleId, spellChannelId, spellDeviceToken } from '../../server/core/targets.ts';
import type { Evidence, Family } from '../../server/protocol/model.ts';
import { REASONS, type ReasonRow, type Retry } from '../../server/protocol/reasons.ts';
import { code, GENERATED, table, wrap } from './markdown.ts';

const ROWS: readonly ReasonRow[] = [...REASONS].sort((a, b) => a.status - b.status || (a.name < b.name ? -1 : 1));

const FAMILY: Readonly<Record<Family, string>> = {
  device: 'device pushes',
  broadcast: 'broadcasts',
  channels: 'channel management',
};
const RETRY: Readonly<Record<Retry, string>> = {
  never: 'never as it is',
  'after-fix': 'once the request is put right',
  later: 'later, waiting longer each time',
  'new-connection': 'on a new connection',
};
const EVIDENCE: Readonly<Record<Evidence, string>> = {
  documented: 'Apple documents it',
  observed: 'seen on the wire, documented nowhere',
  assumed: 'assumed',
};

/** Apple's pages that the sources name. */
const PAGES: readonly (readonly [string, string])[] = [
  ['SEND', 'sending-notification-requests-to-apns'],
  ['RESP', 'handling-notification-responses-from-apns'],
  ['BCAST', 'sending-broadcast-push-notification-requests-to-apns'],
  ['CHAN', 'sending-channel-management-requests-to-apns'],
  ['ERR', 'handling-error-responses-from-apns'],
  ['SETUP', 'setting-up-broadcast-push-notifications'],
  ['TOKEN', 'establishing-a-token-based-connection-to-apns'],
  ['TROUBLE', 'troubleshooting-push-notifications'],
];

export function reasonsPage(): string {
  return `${[
    GENERATED,
    '',
    '# Reasons',
    '',
    'Every reason that mock-apns can answer: what it tells, when it arises by itself, and how to force it. A refused request',
    'is answered with the status and a compact JSON body, `{"reason":"…"}`; status 410 adds `"timestamp"` in milliseconds.',
    '`mock-apns reasons` prints the same table. In which order requests are judged is told in [lifecycle.md](lifecycle.md).',
    '',
    '## At a glance',
    '',
    overview(),
    '',
    "**Try again** says when another attempt makes sense. **Known from**: *documented* stands in one of Apple's two tables,",
    '*observed* was seen on the wire and stands in neither. Reasons of the profile *documented* or *observed* arise by',
    'themselves only there (`--profile`); every reason can be forced under both.',
    '',
    "Sources in capitals are pages of Apple's documentation (below `usernotifications/`); the others are public repositories",
    'and traces.',
    '',
    table(
      ['Code', 'Page'],
      PAGES.map(([page, title]) => [page, title]),
    ),
    '',
    '## Forcing an answer',
    '',
    'A target spells what is to be answered, from any language and without any set-up. The request must otherwise be valid:',
    'an invalid one keeps its own reason. A genuine APNs can only refuse such targets. `--no-spelled-targets` turns this off.',
    '',
    table(
      ['Where', 'For', 'Form'],
      [
        ['device token', 'device pushes', 'hexadecimal of the name, then `00`, then anything, 64 digits at least'],
        [
          'channel id',
          'broadcasts, reading, deleting',
          'standard base64 of the name, with padding; behind a NUL anything',
        ],
        ['bundle id', 'broadcasts, creating, listing', 'ends in `.mock.` and the name, its blanks left out'],
      ],
    ),
    '',
    `Reasons are read in any case, with or without blanks. Beside them there are ${SPELLED_FAULTS.length} faults:`,
    '',
    table(
      ['Name', 'The request', 'Device token begins', 'Channel id', 'Bundle id'],
      SPELLED_FAULTS.map(({ name, says }) => [
        code(name),
        says,
        code(spellDeviceToken(name).slice(0, 2 * name.length + 2)),
        code(spellChannelId(name)),
        code(spellBundleId(name)),
      ]),
    ),
    '',
    '## One by one',
    '',
    ROWS.map(section).join('\n\n'),
  ].join('\n')}\n`;
}

function overview(): string {
  const mark = (row: ReasonRow, family: Family): string => (row.families.includes(family) ? '●' : '');
  return table(
    ['Status', 'Reason', 'Device', 'Broadcast', 'Channels', 'Try again', 'Known from', 'Profile'],
    ROWS.map((row) => [
      String(row.status),
      `[${row.name}](#${anchor(row.name)})`,
      mark(row, 'device'),
      mark(row, 'broadcast'),
      mark(row, 'channels'),
      RETRY[row.retry],
      row.evidence,
      row.profile ?? 'both',
    ]),
  );
}

function section(row: ReasonRow): string {
  const only = row.profile === undefined ? '' : ` Under the profile *${row.profile}* only.`;
  const arises =
    row.arises === null
      ? 'never by itself, since a mock cannot know the condition; it can be forced.'
      : `${row.arises}.${only}`;
  return [
    `### ${row.name}`,
    '',
    `**${row.status}**, answered to ${listed(row.families.map((family) => FAMILY[family]))}.`,
    row.meaning,
    '',
    item('Arises', arises),
    item('Try again', `${RETRY[row.retry]}.`),
    item('Known from', `${EVIDENCE[row.evidence]} (${row.source}).`),
    ...forcing(row).map(([where, target]) => item(where, code(target))),
  ].join('\n');
}

const item = (label: string, text: string): string => wrap(`- **${label}**: ${text}`, '  ');

/** Every target with which this reason can be forced. */
function forcing({ name, families }: ReasonRow): [string, string][] {
  const rows: [string, string][] = [];
  if (families.includes('device')) rows.push(['Device token', spellDeviceToken(name)]);
  if (families.includes('broadcast') || families.includes('channels'))
    rows.push(['Channel id', spellChannelId(name)], ['Bundle id', spellBundleId(name)]);
  return rows;
}

const listed = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
const anchor = (heading: string): string => heading.toLowerCase().replaceAll(' ', '-');
