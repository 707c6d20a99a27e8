/** Generated pages say what the tables say. */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ORDER } from '../server/core/checks/order.ts';
import { readSpelled, SPELLED_FAULTS } from '../server/core/targets.ts';
import { REASONS, type ReasonRow } from '../server/protocol/reasons.ts';
import { table } from './docs/markdown.ts';
import { COMMAND, PAGES } from './docs/pages.ts';

const test = suite('docs: generated pages');
for (const { file, draw } of PAGES) {
  test(`${file} is as the tables are`, () => assert.fixture(readFileSync(file, 'utf8'), draw(), `differs: ${COMMAND}`));
  test(`${file}: every table lines up`, () => {
    const blocks = draw()
      .trimEnd()
      .split('\n\n')
      .filter((block) => block.startsWith('| '));
    assert.ok(blocks.length > 0);
    for (const block of blocks) assert.is(new Set(block.split('\n').map((line) => [...line].length)).size, 1, block);
  });
  test(`${file}: no line of a drawing or of prose is too wide to read`, () => {
    for (const line of draw().split('\n')) if (!line.startsWith('| ')) assert.ok([...line].length <= 130, line);
  });
}

const reasons = PAGES[0]?.draw() ?? '';
const section = (name: string): string => reasons.split(/^### /m).find((text) => text.startsWith(`${name}\n`)) ?? '';
for (const row of REASONS as readonly ReasonRow[])
  test(`reasons.md: ${row.name} has its paragraph, and its targets do what they promise`, () => {
    const text = section(row.name);
    assert.ok(text.includes(`**${row.status}**`) && text.includes(row.meaning), 'status and meaning');
    const target = (label: string): string => new RegExp(`\\*\\*${label}\\*\\*: \`([^\`]+)\``).exec(text)?.[1] ?? '';
    const told = (spelled: ReturnType<typeof readSpelled>): string | undefined =>
      spelled?.kind === 'reason' ? spelled.row.name : undefined;
    if (row.families.includes('device'))
      assert.is(told(readSpelled('device.send', target('Device token'), undefined)), row.name);
    else assert.is(target('Device token'), '');
    if (row.families.length === 1 && row.families[0] === 'device') return assert.is(target('Bundle id'), '');
    assert.is(told(readSpelled('channels.read', 'com.example.app', target('Channel id'))), row.name);
    assert.is(told(readSpelled('channels.create', target('Bundle id'), undefined)), row.name);
  });
test('reasons.md: every fault has its row', () => {
  for (const { name } of SPELLED_FAULTS) assert.match(reasons, new RegExp(`^\\| \`${name}\` `, 'm'));
});
test('lifecycle.md: every check of every order has a row that says what it answers', () => {
  const page = PAGES[1]?.draw() ?? '';
  for (const rows of Object.values(ORDER))
    for (const { name, looksAt } of rows) {
      const line = page.split('\n').find((each) => each.startsWith(`| ${name} `) && each.includes(`| ${looksAt}`));
      assert.ok(line !== undefined, `${name}: ${looksAt}`);
      assert.match(line as string, /\| [A-Z][A-Za-z]+(, [A-Z][A-Za-z]+)* +\| (documented|observed|assumed): /);
    }
});
test('a table escapes what would break it', () => {
  assert.is(table(['a'], [['x|y']]), '| a    |\n| ---- |\n| x\\|y |');
});
test.run();
