/** Generated files say what they are drawn from; the measured page covers every scenario. */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { builtInNames } from '../../server/shell/scenarios.ts';
import { COMMAND, GENERATED } from './generated.ts';
import { BEGIN, END, FILE, renew } from './page.ts';
import { playOf, sayPlay } from './plays.ts';
import { type Fate, tally, textsOf } from './tally.ts';

const test = suite('behaviour: pages');

for (const { file, draw, read } of GENERATED)
  test(`${file} is current`, () => {
    assert.equal(read(readFileSync(file, 'utf8')), read(draw()), `differs: ${COMMAND}`);
  });

test('docs/scenarios/README.md: every rule is said, no line of prose is too wide', () => {
  const page = readFileSync('docs/scenarios/README.md', 'utf8');
  for (const name of builtInNames()) assert.ok(page.includes(`\n## ${name}\n`), name);
  for (const line of page.split('\n')) if (!/^\||^<!--/.test(line)) assert.ok([...line].length <= 130, line);
});

test(`${FILE}: every built-in scenario was measured, played as it is played now`, () => {
  const page = readFileSync(FILE, 'utf8');
  const measured = page.slice(page.indexOf(BEGIN), page.indexOf(END));
  for (const name of builtInNames()) {
    const section = measured.split(`\n### ${name}\n`)[1]?.split('\n### ')[0];
    assert.ok(section !== undefined, `${name}: node --import tsx test/behaviour/measure.ts --write`);
    assert.ok(section?.includes(`Played: ${sayPlay(playOf(name))}.`), name);
  }
});

test('a page keeps what stands around its measured part', () => {
  assert.is(renew(`a\n${BEGIN}\nold\n${END}\nb\n`, 'new'), `a\n${BEGIN}\n\nnew\n\n${END}\nb\n`);
  assert.throws(() => renew('a', 'new'), /markers/);
});

test('what a tally counts', () => {
  const fate = (ok: boolean | null, carriedOut: number, attempts = 1): Fate => ({
    told: ok === null ? null : { ok, text: ok ? '' : 'POST https://localhost:4711/3/device/c0ff: EOF' },
    attempts,
    carriedOut,
  });
  const fates = [
    fate(true, 1),
    fate(true, 2, 3),
    fate(true, 0),
    fate(false, 0),
    fate(false, 1),
    fate(null, 0),
    fate(null, 1),
  ];
  assert.equal(tally(fates), {
    pushes: 7,
    sent: 3,
    failed: 2,
    hung: 2,
    lost: 2,
    doubtful: 2,
    duplicated: 1,
    retried: 2,
  });
  assert.equal(textsOf(fates), [{ text: 'POST https://localhost/3/device/…: EOF', count: 2 }]);
});

test.run();
