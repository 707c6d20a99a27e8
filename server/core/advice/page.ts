import { type AdviceRule, EXAMPLE_NOW, type Example, sourceOf } from './rule.ts';

/** The page of documentation about a rule. */
export function pageOf({ id, says, because, sources, valid, invalid }: AdviceRule): string {
  const cited = sources.map((name) => sourceOf(name)).map(({ title, url }) => `- [${title}](${url})`);
  return `${[
    `# ${id}`,
    `**${says}**`,
    because,
    '## Advised against',
    ...invalid.map(exampleText),
    '## Right',
    ...valid.map(exampleText),
    '## Source',
    cited.join('\n'),
  ].join('\n\n')}\n`;
}

/** The list of all. */
export function indexOf(rules: readonly AdviceRule[]): string {
  const rows = rules.map(({ id, says }) => `| [${id}](${id}.md) | ${says} |`);
  return `${[
    '# Advice',
    'APNs accepts many pushes that the device then drops, or that do not do what was meant. mock-apns answers them as APNs does, and says so in the `advice` of the exchange: in the API, on the page and in `mock-apns tail`. `is:advised` finds them. Advice never changes an answer.',
    '| Rule | What holds |\n|---|---|',
  ].join('\n\n')}\n${rows.join('\n')}\n`;
}

function exampleText({
  operation = 'device.send',
  headers = {},
  payload,
  policy,
  before,
  freshConnections,
}: Example): string {
  const lines = [
    ...(before ?? []).map((earlier) => `after ${JSON.stringify(earlier)}`),
    ...(policy === undefined ? [] : [`to a channel with message-storage-policy ${policy}`]),
    ...(freshConnections === undefined ? [] : [`over the ${freshConnections}th new connection within a minute`]),
    operation === 'broadcast.send' ? 'POST /4/broadcasts/apps/com.example.scores' : 'POST /3/device/…',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    '',
    JSON.stringify(payload),
  ];
  return `\`\`\`http\n${lines.join('\n')}\n\`\`\``;
}

/** Said once, where times are compared. */
export const EXAMPLES_AT = new Date(EXAMPLE_NOW * 1000).toISOString();
