import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type ConnectionEntry, createJournal, type ExchangeEntry, type Journal } from '../../server/core/journal.ts';

const NOTE: Omit<ConnectionEntry, 'seq'> = {
  kind: 'connection-opened',
  at: 0,
  session: null,
  stream: null,
  detail: 'opened',
};
const note = (journal: Journal, detail = 'opened'): number => {
  const seq = journal.nextSeq();
  journal.append({ ...NOTE, seq, detail });
  return seq;
};
/** As much of an exchange as the journal looks at. */
const exchange = (journal: Journal, body: Uint8Array): number => {
  const seq = journal.nextSeq();
  const { block, offset } = journal.keep(body);
  const entry = { kind: 'exchange', seq, path: '/3/device/a1', headers: ['a', 'b'], block, offset, kept: body.length };
  journal.append(entry as unknown as ExchangeEntry);
  return seq;
};
const bodyOf = (journal: Journal, seq: number): string => {
  const entry = journal.get(seq);
  if (entry?.kind !== 'exchange') throw new Error(`no exchange ${seq}`);
  return Buffer.from(entry.block.subarray(entry.offset, entry.offset + entry.kept)).toString();
};

const test = suite('core: journal');
test('empty: nothing to be had, and the first number is 1', () => {
  const journal = createJournal({ maxEntries: 3, maxBytes: 10_000 });
  assert.is(journal.nextSeq(), 1);
  assert.equal(journal.range(), { first: 1, last: 0 });
  assert.is(journal.get(0), undefined);
  assert.is(journal.get(1), undefined);
  assert.is(journal.dropped(), 0);
});
test('numbers go up by one and never come back', () => {
  const journal = createJournal({ maxEntries: 3, maxBytes: 10_000 });
  assert.equal(
    Array.from({ length: 10 }, () => note(journal)),
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
  );
});
test('the bound in entries: the oldest go, and are counted', () => {
  const journal = createJournal({ maxEntries: 3, maxBytes: 1_000_000 });
  for (let i = 1; i <= 7; i++) note(journal, `note ${i}`);
  assert.equal(journal.range(), { first: 5, last: 7 });
  assert.is(journal.dropped(), 4);
  assert.equal(
    [4, 5, 6, 7, 8].map((seq) => journal.get(seq) !== undefined),
    [false, true, true, true, false],
  );
  assert.is((journal.get(6) as ConnectionEntry).detail, 'note 6');
});
test('one entry at a time', () => {
  const journal = createJournal({ maxEntries: 1, maxBytes: 1_000_000 });
  for (let i = 1; i <= 3; i++) note(journal);
  assert.equal(journal.range(), { first: 3, last: 3 });
  assert.is(journal.dropped(), 2);
});
test('the bound in bytes: large bodies push small ones out', () => {
  const journal = createJournal({ maxEntries: 1000, maxBytes: 10_000 });
  for (let i = 0; i < 10; i++) exchange(journal, Buffer.from('small'));
  assert.is(journal.dropped(), 0);
  for (let i = 0; i < 3; i++) exchange(journal, Buffer.alloc(4000));
  const { first, last } = journal.range();
  assert.is(last, 13);
  assert.ok(first > 10, `the small ones are gone, the first is ${first}`);
  assert.is(journal.dropped(), first - 1);
});
test('long sentences count towards the bytes', () => {
  const journal = createJournal({ maxEntries: 1000, maxBytes: 10_000 });
  for (let i = 0; i < 5; i++) note(journal, 'x'.repeat(5000));
  assert.equal(journal.range(), { first: 5, last: 5 });
});
test('the latest entry stays, however large', () => {
  const journal = createJournal({ maxEntries: 10, maxBytes: 100 });
  note(journal);
  const seq = exchange(journal, Buffer.alloc(5120));
  assert.equal(journal.range(), { first: seq, last: seq });
  assert.is(bodyOf(journal, seq).length, 5120);
});
test('a kept body is a copy', () => {
  const journal = createJournal({ maxEntries: 10, maxBytes: 10_000 });
  const buffer = Buffer.from('first');
  const seq = exchange(journal, buffer);
  buffer.write('later');
  assert.is(bodyOf(journal, seq), 'first');
});
test('kept bodies are whole after the blocks and the ring have wrapped', () => {
  const journal = createJournal({ maxEntries: 50, maxBytes: 100_000_000 });
  const text = (seq: number): string => `body ${seq} `.repeat((seq * 37) % 600);
  let last = 0;
  // About two megabytes in blocks of a quarter.
  for (let i = 1; i <= 1000; i++) last = exchange(journal, Buffer.from(text(i)));
  assert.is(journal.dropped(), 950);
  for (let seq = last - 49; seq <= last; seq++) assert.is(bodyOf(journal, seq), text(seq));
});
test('a body larger than a block is kept whole', () => {
  const journal = createJournal({ maxEntries: 10, maxBytes: 100_000_000 });
  const [before, large, after] = ['before', 'x'.repeat(300_000), 'after'].map((text) =>
    exchange(journal, Buffer.from(text)),
  );
  assert.is(bodyOf(journal, before as number), 'before');
  assert.is(bodyOf(journal, large as number).length, 300_000);
  assert.is(bodyOf(journal, after as number), 'after');
});
test('what is removed on request is gone, is not counted as dropped, and its number is not given again', () => {
  const journal = createJournal({ maxEntries: 5, maxBytes: 1_000_000 });
  for (let i = 1; i <= 5; i++) note(journal);
  journal.remove(3);
  journal.remove(3);
  assert.is(journal.get(3), undefined);
  assert.equal(journal.range(), { first: 1, last: 5 });
  assert.is(journal.held().entries, 4);
  journal.remove(1);
  journal.remove(2);
  assert.equal(journal.range(), { first: 4, last: 5 });
  assert.is(journal.dropped(), 0);
  for (let i = 6; i <= 9; i++) note(journal);
  assert.equal(journal.range(), { first: 5, last: 9 });
  assert.is(journal.dropped(), 1);
  for (let seq = 1; seq <= 9; seq++) journal.remove(seq);
  assert.equal(journal.range(), { first: 10, last: 9 });
  assert.equal(journal.held(), { entries: 0, bytes: 0 });
  assert.is(note(journal), 10);
});
test('whatever comes, the bounds hold and nothing is lost uncounted', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 8000 }),
      fc.array(fc.nat(3000), { maxLength: 60 }),
      (maxEntries, maxBytes, sizes) => {
        const journal = createJournal({ maxEntries, maxBytes });
        for (const size of sizes) exchange(journal, new Uint8Array(size));
        const { first, last } = journal.range();
        const held = last - first + 1;
        assert.is(last, sizes.length);
        assert.ok(held <= maxEntries);
        assert.is(held + journal.dropped(), sizes.length);
        for (let seq = 0; seq <= last + 1; seq++)
          assert.is(journal.get(seq)?.seq, seq >= first && seq <= last ? seq : undefined);
        const bodies = sizes.slice(first - 1).reduce((sum, size) => sum + size, 0);
        assert.ok(held <= 1 || bodies <= maxBytes);
      },
    ),
  );
});
test.run();
