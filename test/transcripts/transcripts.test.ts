/**
 * Plays every transcript and compares it with what was reviewed. `UPDATE_TRANSCRIPTS=1` writes what happens instead:
 * read the difference before committing it.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { play } from './driver.ts';

const FOLDER = new URL('.', import.meta.url);
const SEED = 42;
const update = process.env['UPDATE_TRANSCRIPTS'] === '1';
const files = readdirSync(FOLDER).filter((name) => name.endsWith('.txt'));

const test = suite('transcripts');
test('there are some', () => assert.ok(files.length >= 10, `${files.length} files in ${fileURLToPath(FOLDER)}`));
for (const file of files) {
  const url = new URL(file, FOLDER);
  const text = readFileSync(url, 'utf8');
  test(`${file}: happens as it was reviewed`, () => {
    const played = play(text, SEED);
    if (update) writeFileSync(url, played);
    else assert.fixture(played, text, 'differs: UPDATE_TRANSCRIPTS=1 node --import tsx test/run.ts transcripts');
  });
  test(`${file}: the same seed tells the same, byte by byte`, () => assert.is(play(text, 7), play(text, 7)));
  test(`${file}: every command is followed by what it did, and something is said`, () => {
    const lines = play(text, SEED).split('\n');
    assert.ok(lines.filter((line) => line.startsWith('-> ')).length >= 2);
    assert.ok(lines[0]?.startsWith('# '), 'the first line says what it is about');
  });
}
test('another seed makes other ids and the same decisions', () => {
  const text = readFileSync(new URL('channel-life.txt', FOLDER), 'utf8');
  const [one, other] = [play(text, 1), play(text, 2)];
  assert.is.not(one, other);
  const decisions = (played: string): string[] => played.match(/answers \d+( \{"reason[^}]*\})?/g) ?? [];
  assert.equal(decisions(one), decisions(other));
  assert.ok(decisions(one).length > 5);
});
test('a wrong command fails and is named', () => {
  assert.throws(() => play('puhs c1', SEED), /"puhs c1": unknown command/);
  assert.throws(() => play('push c9', SEED), /no connection c9/);
});
test.run();
