/** Generated pages say what the tables say. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ORDER } from '../server/core/checks/order.ts';
import { readSpelled, SPELLED_FAULTS } from '../server/core/targets.ts';
import { OPTIONS } from '../server/options.ts';
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
test('testing.md: names every option that a program calls something else than its flag in camel case', () => {
  const page = readFileSync('docs/testing.md', 'utf8');
  for (const [key, { flag }] of Object.entries(OPTIONS))
    if (flag !== null && flag.slice(2).replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase()) !== key)
      assert.ok(page.includes(`\`${flag}\` is \`${key}`), `${flag} is ${key}`);
});

/** As GitHub makes them of headings; of equal ones the later have a number. */
function anchorsOf(file: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of withoutCode(file).matchAll(/^#{1,6} (.*)$/gm)) {
    const text = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const anchor = text.replaceAll(/[^\p{L}\p{N}_ -]/gu, '').replaceAll(' ', '-');
    for (let n = 0; ; n++) {
      const each = n === 0 ? anchor : `${anchor}-${n}`;
      if (anchors.has(each)) continue;
      anchors.add(each);
      break;
    }
  }
  return anchors;
}
const withoutCode = (file: string): string => readFileSync(file, 'utf8').replaceAll(/^```[\s\S]*?^```/gm, '');

test('every link between our pages leads to a file, and its anchor to a heading', () => {
  const inDocs = readdirSync('docs', { recursive: true, encoding: 'utf8' }).map((name) => join('docs', name));
  const pages = [...readdirSync('.'), ...inDocs].filter((name) => name.endsWith('.md'));
  const dead: string[] = [];
  let count = 0;
  for (const page of pages)
    for (const [, target = ''] of withoutCode(page).matchAll(/\]\(([^()\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      count++;
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? page : join(dirname(page), path);
      if (!existsSync(file) || (anchor !== undefined && !anchorsOf(file).has(anchor))) dead.push(`${page}: ${target}`);
    }
  assert.equal(dead, []);
  assert.ok(count > 100, `${count} links`);
});
test('a table escapes what would break it', () => {
  assert.is(table(['a'], [['x|y']]), '| a    |\n| ---- |\n| x\\|y |');
});
test.run();
