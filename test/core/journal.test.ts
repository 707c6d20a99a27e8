import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type ConnectionEntry,
  createJournal as createJournalWith,
  type Entry,
  type ExchangeEntry,
  type Journal,
} from '../../server/core/journal.ts';
import { createRandom } from '../../server/core/random.ts';
import type { Session } from '../../server/core/sessions.ts';
import { NODE_PORTS } from '../../server/shell/ports.ts';
import { runs } from '../fuzz/kit.ts';

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
const createJournal = (bounds: { maxEntries: number; maxBytes: number }) => createJournalWith(bounds, NODE_PORTS);

const digest = (entry: Entry): string => {
  const { block, offset, kept, seq, at, path } = entry as ExchangeEntry;
  const body = createHash('sha1')
    .update(block.subarray(offset, offset + kept))
    .digest('hex');
  return JSON.stringify([seq, at, path, kept, body]);
};

const ACCEPTED = { status: 200, reason: null, why: '', timestamp: undefined, failed: -1 } as const;
const ORDER: ExchangeEntry['order'] = [];
const session = (id = 'c1'): Session => ({ id }) as unknown as Session;
const SESSION = session();

/** What `append` is given, without its number: an accepted push with nothing special about it. */
const push = (body: Uint8Array, more: Partial<ExchangeEntry> = {}): Omit<ExchangeEntry, 'seq'> => ({
  kind: 'exchange',
  at: 1_700_000_000_123,
  session: SESSION,
  stream: 1,
  operation: 'device.send',
  environment: 'sandbox',
  topic: 'com.example.app',
  target: 'a1',
  keyId: 'ABC123DEFG',
  teamId: 'TEAM123456',
  method: 'POST',
  path: '/3/device/a1',
  authority: 'localhost',
  headers: ['apns-topic', 'com.example.app', 'apns-id', 'one'],
  block: body,
  offset: 0,
  kept: body.length,
  size: body.length,
  order: ORDER,
  verdict: ACCEPTED,
  rule: null,
  status: 200,
  response: { status: 200, headers: ['apns-id', 'one'], body: '' },
  steps: null,
  carriedOut: true,
  ...more,
});
const add = (journal: Journal, entry: Omit<ExchangeEntry, 'seq'>): number => {
  const seq = journal.nextSeq();
  journal.append({ ...entry, seq });
  return seq;
};
const exchange = (journal: Journal, body: Uint8Array): number => add(journal, push(body));
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

/** All that can be asked of an exchange, with its body as bytes of its own. */
const plain = (entry: ExchangeEntry | ReturnType<Journal['get']>): Record<string, unknown> => {
  assert.is(entry?.kind, 'exchange');
  const e = entry as ExchangeEntry;
  const { seq, at, stream, operation, environment, topic, target, keyId, teamId, method, path, authority } = e;
  const { headers, kept, size, order, verdict, rule, status, response, steps, carriedOut } = e;
  const body = Buffer.from(e.block.subarray(e.offset, e.offset + kept)).toString('hex');
  const first = { seq, at, session: e.session.id, stream, operation, environment, topic, target, keyId, teamId };
  const second = {
    method,
    path,
    authority,
    headers: [...headers],
    kept,
    size,
    order,
    verdict,
    rule,
    status,
    steps,
    carriedOut,
  };
  return { ...first, ...second, response: response && { ...response, headers: [...response.headers] }, body };
};

test('an exchange is read as it was written, whatever is usual on its connection and whatever is not', () => {
  const bytes = fc.string({ unit: fc.integer({ min: 0, max: 0xff }).map((code) => String.fromCharCode(code)) });
  const value = fc.oneof(fc.constantFrom('one', 'two', 'x'.repeat(200)), bytes);
  const list = fc
    .tuple(fc.constantFrom(['a'], ['a', 'b'], ['b', 'a'], []), fc.array(value, { minLength: 2, maxLength: 2 }))
    .map(([names, values]) => names.flatMap((name, i) => [name, values[i] as string]));
  const refused = { status: 400, reason: 'BadTopic', why: 'because', timestamp: undefined, failed: 2 };
  const sessions = [session('c1'), session('c2')];
  const entry = fc
    .record({
      session: fc.constantFrom(...sessions),
      at: fc.nat(),
      stream: fc.nat(2 ** 31 - 1),
      topic: fc.string({ unit: 'binary' }),
      device: fc.stringMatching(/^[0-9a-f]{2,80}$/),
      headers: list,
      answer: list,
      keyId: fc.constantFrom('ABC123DEFG', null),
      method: fc.constantFrom('POST', 'GET'),
      verdict: fc.constantFrom(ACCEPTED, { ...ACCEPTED }, refused),
      rule: fc.constantFrom(null, { id: 'r1', name: 'a rule' }),
      body: fc.uint8Array({ maxLength: 300 }),
      more: fc.nat(10_000),
      reply: fc.constantFrom('', '{"reason":"x"}', null),
      carriedOut: fc.boolean(),
    })
    .map(({ device, answer, body, more, reply, verdict, carriedOut, rule, method, ...rest }) => {
      const ordinary = verdict.reason === null && rule === null && reply === '';
      const response = reply === null ? null : { status: verdict.status, headers: answer, body: reply };
      const path = `/3/device/${device}`;
      const outcome = { verdict, rule, status: response?.status ?? null, response, carriedOut: ordinary || carriedOut };
      return push(body, { ...rest, ...outcome, method, path, target: device, size: body.length + more });
    });
  fc.assert(
    fc.property(
      fc.array(entry, { maxLength: 400, size: 'max' }),
      fc.integer({ min: 1, max: 600 }),
      (given, maxEntries) => {
        const journal = createJournal({ maxEntries, maxBytes: 1e9 });
        for (const each of given) add(journal, each);
        const { first, last } = journal.range();
        assert.is(last, given.length);
        for (let seq = first; seq <= last; seq++)
          assert.equal(plain(journal.get(seq)), plain({ ...(given[seq - 1] as ExchangeEntry), seq }));
      },
    ),
    { numRuns: 25 },
  );
});
test('a header that does not fit the form is kept all the same', () => {
  const journal = createJournal({ maxEntries: 10, maxBytes: 1e9 });
  const long = 'y'.repeat(70_000);
  const many = Array.from({ length: 400 }, (_, i) => (i % 2 === 0 ? `n${i}` : `v${i}`));
  for (const more of [{ headers: ['x', long] }, { path: `/3/device/${long}`, target: long }, { headers: many }]) {
    const body = Buffer.from('body');
    const entry = push(body, more);
    const seq = add(journal, entry);
    const written = plain({ ...entry, seq });
    body.fill(0);
    assert.equal(plain(journal.get(seq)), written);
  }
});
test('an entry in hand can be read when the journal has let it go', () => {
  const journal = createJournal({ maxEntries: 2, maxBytes: 1e9 });
  const seq = exchange(journal, Buffer.from('held'));
  const held = journal.get(seq);
  const before = plain(held);
  for (let i = 0; i < 2_000; i++) exchange(journal, Buffer.from(`later ${i}`));
  assert.is(journal.get(seq), undefined);
  assert.equal(plain(held), before);
});
test('while nobody keeps an entry, what comes is written over what goes', () => {
  const journal = createJournal({ maxEntries: 3_000, maxBytes: 1e9 });
  const body = (i: number): Buffer => Buffer.from(`${i} `.padEnd(300, 'x'));
  for (let i = 0; i < 10_000; i++) exchange(journal, body(i));
  const before = process.memoryUsage().arrayBuffers;
  let seq = 0;
  for (let i = 0; i < 100_000; i++) {
    seq = exchange(journal, body(i));
    journal.peek(seq);
  }
  // Some 40 MB have come.
  const more = process.memoryUsage().arrayBuffers - before;
  assert.ok(more < 2_000_000, `${more} bytes more`);
  for (let back = 0; back < 3_000; back++) {
    const { block, offset, kept } = journal.get(seq - back) as ExchangeEntry;
    assert.is(Buffer.from(block).toString('latin1', offset, offset + kept), body(99_999 - back).toString());
  }
});
test('what somebody keeps stays as it was, whatever is written over around it', () => {
  const play = fc.record({
    seed: fc.integer(),
    maxEntries: fc.integer({ min: 1, max: 4_000 }),
    rare: fc.constantFrom(300, 3_000),
    // Small ones alone share a block with those of several pages; a large one has a block of its own.
    sizes: fc.constantFrom([0, 9, 40], [0, 9, 40, 1_000]),
  });
  fc.assert(
    fc.property(play, ({ seed, maxEntries, rare, sizes }) => {
      const { uint32 } = createRandom(seed);
      const below = (most: number): number => uint32() % most;
      const journal = createJournal({ maxEntries, maxBytes: 1e9 });
      const kept: [Entry, string][] = [];
      for (let i = 0; i < 15_000; i++) {
        const large = sizes.length > 3 && below(rare) === 0;
        const size = large ? 70_000 : (sizes[below(sizes.length)] as number);
        const seq = exchange(journal, Buffer.alloc(size, i));
        if (below(rare) !== 0) continue;
        const { first } = journal.range();
        const entry = journal.get(first + below(seq - first + 1)) as Entry;
        kept.push([entry, digest(entry)]);
      }
      for (const [entry, before] of kept) assert.is(digest(entry), before);
    }),
    runs(8),
  );
});
test('who looks twice sees the same entry', () => {
  const journal = createJournal({ maxEntries: 2, maxBytes: 1e9 });
  const seq = exchange(journal, Buffer.from('one'));
  assert.is(journal.get(seq), journal.get(seq));
});
test('a connection goes on in a new way when its token changes', () => {
  const journal = createJournal({ maxEntries: 1_000, maxBytes: 1e9 });
  const cost = (token: string): number => {
    const before = journal.held().bytes;
    add(journal, push(new Uint8Array(0), { headers: ['authorization', token.repeat(200)] }));
    return journal.held().bytes - before;
  };
  cost('y');
  const usual = cost('y');
  assert.ok(usual < 150, `${usual} bytes for a push without a body`);
  assert.ok(cost('z') > usual + 200, 'it is written out once');
  assert.ok(cost('z') > usual + 200, 'and once kept as what is usual from here on');
  assert.is(cost('z'), usual);
});
test('long headers of connections that come once count towards the bytes', () => {
  const journal = createJournal({ maxEntries: 1_000, maxBytes: 100_000 });
  for (let i = 0; i < 100; i++) {
    const headers = ['x', String(i).repeat(4_000)];
    add(journal, push(new Uint8Array(0), { session: session(`c${i}`), headers }));
  }
  const { entries } = journal.held();
  assert.ok(entries > 5 && entries < 25, `${entries} entries in 100,000 bytes`);
});
test.run();
