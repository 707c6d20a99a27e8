/** `UPDATE_DOCS=1 node --import tsx test/core/scenario/docs.test.ts` writes the tables of docs/scenarios.md anew. */
import { readFileSync, writeFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { stringify } from 'yaml';
import {
  type Clash,
  COUNT_CLASHES,
  EFFECT_CLASHES,
  GOAWAY_CLASHES,
  MOMENT_CLASHES,
  RULE_CLASHES,
} from '../../../server/core/scenario/clashes.ts';
import { formatProblem, parseScenario } from '../../../server/core/scenario/parse.ts';
import { PARTS, PREFIX_SAYS, SCENARIO } from '../../../server/core/scenario/schema.ts';
import { table } from '../../docs/markdown.ts';

const FILE = 'docs/scenarios.md';

interface Row {
  readonly says: string;
  readonly examples: readonly unknown[];
  readonly type: string;
}

const flow = (value: unknown): string =>
  stringify(value, { collectionStyle: 'flow', flowCollectionPadding: true, lineWidth: 0 }).trim();
const code = (text: string): string => `\`${text}\``;

function keys(part: unknown): string {
  const { entries } = part as { entries: Readonly<Record<string, Row>> };
  const rows = Object.entries(entries).map(([key, { says, examples, type }]) => [
    type === 'optional' ? code(key) : `${code(key)} (required)`,
    says,
    examples.map((example) => code(flow(example))).join(' '),
  ]);
  return table(['Key', 'Meaning', 'Example'], rows);
}

const clashes = (lists: readonly (readonly Clash[])[]): string =>
  table(
    ['This', 'does not go with', 'because'],
    lists.flat().map(({ one, other, because }) => [one.map(code).join(' '), other.map(code).join(' '), because]),
  );

/** What stands between `<!-- name -->` and `<!-- end -->`. */
const TABLES: Readonly<Record<string, () => string>> = {
  scenario: () => keys(SCENARIO),
  ...Object.fromEntries(
    (
      [
        'rule',
        'when',
        'test',
        'effect',
        'goaway',
        'expectation',
        'count',
        'app',
        'device',
        'channel',
        'key',
        'clock',
        'tokenRefresh',
      ] as const
    ).map((name) => [name, () => keys(PARTS[name])]),
  ),
  later: () => {
    const { when, match } = PARTS as unknown as Record<'when' | 'match', { entries: Record<string, Row> }>;
    const entries = Object.fromEntries(Object.entries(match.entries).filter(([key]) => !(key in when.entries)));
    return keys({ entries });
  },
  prefixes: () =>
    table(
      ['Key', 'Meaning'],
      Object.entries(PREFIX_SAYS).map(([prefix, says]) => [code(`${prefix}.…`), says]),
    ),
  clashes: () => clashes([EFFECT_CLASHES, GOAWAY_CLASHES, RULE_CLASHES, COUNT_CLASHES]),
  moments: () =>
    table(
      ['`on`', 'has no', 'because'],
      MOMENT_CLASHES.map(({ on, keys: list, because }) => [on.map(code).join(' '), list.map(code).join(' '), because]),
    ),
};

const BLOCK = /<!-- table: (\w+) -->\n[\s\S]*?<!-- end -->/g;
const draw = (text: string): string =>
  text.replace(BLOCK, (whole, name: string) => {
    const make = TABLES[name];
    return make === undefined ? whole : `<!-- table: ${name} -->\n\n${make().trim()}\n\n<!-- end -->`;
  });

if (process.env['UPDATE_DOCS'] !== undefined) writeFileSync(FILE, draw(readFileSync(FILE, 'utf8')));
const page = readFileSync(FILE, 'utf8');

const docs = suite('docs/scenarios.md');
docs('its tables are as the schema is', () =>
  assert.fixture(page, draw(page), 'differs: UPDATE_DOCS=1 node --import tsx test/core/scenario/docs.test.ts'),
);
docs('every table has its place', () => {
  const names = [...page.matchAll(BLOCK)].map((match) => match[1]);
  assert.equal([...names].sort(), Object.keys(TABLES).sort());
});
docs('every example can be loaded, or is refused as it says', () => {
  const examples = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => match[1] as string);
  assert.ok(examples.length > 5);
  for (const example of examples) {
    const text = /^version:/m.test(example)
      ? example
      : `version: 1\n${/^(rules|expect|states|apps|devices):/m.test(example) ? example : `rules:\n${example}`}`;
    const parsed = parseScenario('docs', text);
    assert.ok(parsed.ok, parsed.ok ? '' : `${text}\n${parsed.problems.map(formatProblem).join('\n')}`);
  }
});
docs.run();
