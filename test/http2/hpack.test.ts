/** RFC 7541: its own examples (appendix C), and what they leave out. */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Field, Name } from '../../server/http2/fields.ts';
import { FieldMemo, HpackDecoder } from '../../server/http2/hpack-decode.ts';
import { HpackEncoder } from '../../server/http2/hpack-encode.ts';
import { DynamicTable } from '../../server/http2/hpack-table.ts';
import { decodedLimit, decodeHuffman, encodedLength, encodeHuffman } from '../../server/http2/huffman.ts';
import { Output } from '../../server/http2/output.ts';
import { literals } from './kit.ts';

const test = suite('http2/hpack');

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

function decoded(decoder: HpackDecoder, block: Uint8Array, most = 1e6): string[] {
  const flaw = decoder.decode(block, 0, block.length, most);
  if (flaw !== '') throw new Error(flaw);
  return decoder.fields.slice(0, decoder.count).map(({ name, value }) => `${name.text}: ${value}`);
}

function flawOf(block: Uint8Array, decoder = new HpackDecoder(4096)): string {
  return decoder.decode(block, 0, block.length, 1e6);
}

function tableOf({ table }: HpackDecoder): string[] {
  return Array.from({ length: table.length }, (_, age) => table.at(age)).map(
    ({ name, value }) => `${name.text}: ${value}`,
  );
}

const single: [section: string, block: string, field: string, entries: number, size: number][] = [
  ['C.2.1', '400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572', 'custom-key: custom-header', 1, 55],
  ['C.2.2', '040c 2f73 616d 706c 652f 7061 7468', ':path: /sample/path', 0, 0],
  ['C.2.3', '1008 7061 7373 776f 7264 0673 6563 7265 74', 'password: secret', 0, 0],
  ['C.2.4', '82', ':method: GET', 0, 0],
];
for (const [section, block, field, entries, size] of single) {
  test(`${section}: ${field}`, () => {
    const decoder = new HpackDecoder(4096);
    assert.equal(decoded(decoder, hex(block)), [field]);
    assert.is(decoder.table.length, entries);
    assert.is(decoder.table.size, size);
  });
}

const requests = [
  { list: [':method: GET', ':scheme: http', ':path: /', ':authority: www.example.com'], size: 57 },
  {
    list: [':method: GET', ':scheme: http', ':path: /', ':authority: www.example.com', 'cache-control: no-cache'],
    size: 110,
  },
  {
    list: [
      ':method: GET',
      ':scheme: https',
      ':path: /index.html',
      ':authority: www.example.com',
      'custom-key: custom-value',
    ],
    size: 164,
  },
];
const requestTable = ['custom-key: custom-value', 'cache-control: no-cache', ':authority: www.example.com'];

const location = 'location: https://www.example.com';
const date = (second: number): string => `date: Mon, 21 Oct 2013 20:13:${second} GMT`;
const cookie = 'set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1';
const responses = [
  { list: [':status: 302', 'cache-control: private', date(21), location], size: 222 },
  { list: [':status: 307', 'cache-control: private', date(21), location], size: 222 },
  { list: [':status: 200', 'cache-control: private', date(22), location, 'content-encoding: gzip', cookie], size: 215 },
];
const responseTable = [cookie, 'content-encoding: gzip', date(22)];

const series = [
  {
    section: 'C.3 requests without Huffman coding',
    tableSize: 4096,
    steps: requests,
    table: requestTable,
    blocks: [
      '8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d',
      '8286 84be 5808 6e6f 2d63 6163 6865',
      '8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65',
    ],
  },
  {
    section: 'C.4 requests with Huffman coding',
    tableSize: 4096,
    steps: requests,
    table: requestTable,
    blocks: [
      '8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff',
      '8286 84be 5886 a8eb 1064 9cbf',
      '8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf',
    ],
  },
  {
    section: 'C.5 responses without Huffman coding, with evictions',
    tableSize: 256,
    steps: responses,
    table: responseTable,
    blocks: [
      `4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d
       546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d`,
      '4803 3330 37c1 c0bf',
      `88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970 7738 666f
       6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b
       2076 6572 7369 6f6e 3d31`,
    ],
  },
  {
    section: 'C.6 responses with Huffman coding, with evictions',
    tableSize: 256,
    steps: responses,
    table: responseTable,
    blocks: [
      `4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7
       8f0b 97c8 e9ae 82ae 43d3`,
      '4883 640e ffc1 c0bf',
      `88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335
       dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07`,
    ],
  },
];
for (const { section, tableSize, steps, table, blocks } of series) {
  test(section, () => {
    const decoder = new HpackDecoder(tableSize);
    steps.forEach(({ list, size }, i) => {
      assert.equal(decoded(decoder, hex(blocks[i]!)), list);
      assert.is(decoder.table.size, size);
    });
    assert.equal(tableOf(decoder), table);
  });
}

test('a list comes out the same when the memo knows its values as when it does not', () => {
  const memo = new FieldMemo();
  for (const block of series.flatMap(({ blocks }) => blocks.slice(0, 1))) {
    const lists = [1, 2, 3, 4].map(() => decoded(new HpackDecoder(4096, memo), hex(block)));
    for (const list of lists) assert.equal(list, lists[0]);
  }
});

test('a value that comes for the third time is the same field, whichever connection it comes on', () => {
  const memo = new FieldMemo();
  const block = literals([['authorization', `bearer ${'token.'.repeat(30)}`]]);
  const fields = [1, 2, 3, 4].map(() => {
    const decoder = new HpackDecoder(4096, memo);
    decoded(decoder, block);
    return decoder.fields[0]!;
  });
  assert.is(fields[3], fields[2]);
});

test('the memo never takes one value for another', () => {
  // Alike in length, in all sampled places, and in the first and last bytes.
  const memo = new FieldMemo();
  for (let round = 0; round < 4; round++) {
    for (let at = 0; at < 199; at++) {
      const value = `${'a'.repeat(at)}b${'a'.repeat(199 - at)}`;
      assert.equal(decoded(new HpackDecoder(4096, memo), literals([['x', value]])), [`x: ${value}`]);
    }
  }
  assert.equal(decoded(new HpackDecoder(4096, memo), literals([['y', 'a']])), ['y: a']);
  assert.equal(decoded(new HpackDecoder(4096, memo), literals([['z', 'a']])), ['z: a']);
});

const flaws: [what: string, block: Buffer][] = [
  ['index 0 (6.1)', hex('80')],
  ['an index behind the static table, with nothing in the dynamic one (2.3.3)', hex('be')],
  ['a name index that points at nothing', hex('7f 00 01 61')],
  ['an index that does not end', hex('ff')],
  ['an integer that goes on for ever (5.1)', hex('ff ff ff ff ff ff ff ff ff ff 01')],
  ['a string that is longer than the block (5.2)', hex('00 01 61 05 62')],
  ['a name that is longer than the block', hex('00 05 61')],
  ['a name without a value', hex('00 01 61')],
  ['a literal without anything', hex('40')],
  ['a table larger than SETTINGS allow (6.3)', hex('3f e2 1f')],
  ['a new table size behind a field (4.2)', hex('82 20')],
  ['Huffman: padding of more than 7 bits (5.2)', hex('04 82 1f ff')],
  ['Huffman: padding that is not all ones', hex('04 81 18')],
  ['Huffman: EOS', hex('04 84 ff ff ff ff')],
];
for (const [what, block] of flaws) {
  test(`refused: ${what}`, () => assert.match(flawOf(block), /RFC 7541/));
}

test('after a smaller HEADER_TABLE_SIZE the next block must shrink the table (RFC 9113 section 4.3.1)', () => {
  const decoder = new HpackDecoder(4096);
  decoder.setMaxTableSize(100);
  assert.match(flawOf(hex('82'), decoder), /4\.3\.1/);
  const obedient = new HpackDecoder(4096);
  obedient.setMaxTableSize(100);
  assert.is(flawOf(hex('3f 45 82'), obedient), '');
  assert.is(obedient.table.maxSize, 100);
});

test('a list beyond the limit is not collected, but the table follows (RFC 9113 section 4.3)', () => {
  const decoder = new HpackDecoder(4096);
  const block = literals(
    [
      ['x-long', 'v'.repeat(100)],
      ['x-short', 'v'],
    ],
    0x40,
  );
  assert.is(decoder.decode(block, 0, block.length, 120), '');
  assert.is(decoder.count, 0);
  assert.is(decoder.listSize, 138 + 40);
  assert.equal(tableOf(decoder), ['x-short: v', `x-long: ${'v'.repeat(100)}`]);
});

test('an entry larger than the table empties it (RFC 7541 section 4.4)', () => {
  const table = new DynamicTable(100);
  const name = new Name('n', 0);
  table.insert(new Field(name, 'v', 0));
  table.insert(new Field(name, 'v'.repeat(90), 0));
  assert.is(table.length, 0);
  assert.is(table.size, 0);
});

test('a table that grows keeps its entries, and evicts the oldest when it shrinks', () => {
  const table = new DynamicTable(200);
  const insert = (value: string): void => table.insert(new Field(new Name('n', 0), value, 0)); // 34 bytes each
  for (const value of 'abcdefgh') insert(value);
  const values = (): string => Array.from({ length: table.length }, (_, age) => table.at(age).value).join('');
  assert.is(values(), 'hgfed');
  table.resize(8192);
  assert.is(values(), 'hgfed');
  for (const value of 'ijklmnopqrstuvwxyz') insert(value);
  assert.is(values(), 'zyxwvutsrqponmlkjihgfed');
  table.resize(70);
  assert.is(values(), 'zy');
});

function huffman(text: string): Buffer {
  const bytes = Buffer.alloc(encodedLength(text));
  assert.is(encodeHuffman(text, bytes, 0), bytes.length);
  return bytes;
}

function unhuffman(bytes: Uint8Array): string | undefined {
  const out = new Uint8Array(decodedLimit(bytes.length));
  const found = decodeHuffman(bytes, 0, bytes.length, out);
  return found < 0 ? undefined : Buffer.from(out.subarray(0, found >>> 4)).toString('latin1');
}

test('Huffman: every byte, alone, doubled, and between others', () => {
  for (let byte = 0; byte < 256; byte++) {
    const one = String.fromCharCode(byte);
    for (const text of [one, one + one, `a${one}`, `${one}a`, `0${one}\u00ff${one}z`]) {
      assert.is(unhuffman(huffman(text)), text);
    }
  }
});

test('Huffman: the codes of RFC 7541 appendix B', () => {
  assert.is(huffman('www.example.com').toString('hex'), 'f1e3c2e5f23a6ba0ab90f4ff');
  assert.is(huffman('302').toString('hex'), '6402');
  assert.is(huffman('\n').toString('hex'), 'fffffff3'); // thirty bits, and two of padding
});

test('Huffman: a long code in the middle of a byte, cut at the end', () => {
  const bytes = huffman('a\n');
  assert.is(unhuffman(bytes), 'a\n');
  assert.is(unhuffman(bytes.subarray(0, 4)), undefined);
});

test('a response: what comes twice running enters the table, what is new each time does not', () => {
  const encoder = new HpackEncoder();
  const decoder = new HpackDecoder(4096);
  const sizes = [1, 2, 3, 4].map((i) => {
    const out = new Output((size) => new Uint8Array(size));
    encoder.encode(out, 410, ['apns-id', `id-${i}`, 'content-type', 'application/json']);
    const block = out.take()!;
    assert.equal(decoded(decoder, block), [':status: 410', `apns-id: id-${i}`, 'content-type: application/json']);
    return block.length;
  });
  assert.is(sizes[3], 2 + 1 + 8 + 5);
  assert.equal(tableOf(decoder), ['content-type: application/json', ':status: 410']);
});

test('whatever is sent in whatever order, in tables of any size: the decoder follows the encoder', () => {
  const field = fc.tuple(
    fc.constantFrom('a', 'b', 'content-type', 'date'),
    fc.constantFrom('', '1', '2', 'v'.repeat(60)),
  );
  const step = fc.record({
    limit: fc.option(fc.constantFrom(0, 40, 100, 150, 4_096, 65_536), { freq: 6 }),
    status: fc.constantFrom(200, 410, 429),
    fields: fc.array(field, { maxLength: 5 }),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 40 }), (steps) => {
      const encoder = new HpackEncoder();
      const decoder = new HpackDecoder(4096);
      for (const { limit, status, fields } of steps) {
        if (limit !== null) {
          encoder.setPeerLimit(limit);
          decoder.setMaxTableSize(limit);
        }
        const out = new Output((size) => new Uint8Array(size));
        encoder.encode(out, status, fields.flat());
        const list = fields.map(([name, value]) => `${name}: ${value}`);
        assert.equal(decoded(decoder, out.take()!), [`:status: ${status}`, ...list]);
      }
    }),
    { numRuns: 300 },
  );
});

test('a name that is in the table stands for itself beside another value', () => {
  const encoder = new HpackEncoder();
  const decoder = new HpackDecoder(4096);
  const lengths = ['one', 'one', 'two', 'one'].map((value) => {
    const out = new Output((size) => new Uint8Array(size));
    encoder.encode(out, 200, ['x-reason', value]);
    const block = out.take()!;
    assert.equal(decoded(decoder, block), [':status: 200', `x-reason: ${value}`]);
    return block.length;
  });
  assert.equal(lengths, [1 + 1 + 9 + 4, 1 + 1 + 9 + 4, 1 + 2 + 4, 1 + 1]);
});

test('an empty string, Huffman-coded', () => {
  assert.equal(decoded(new HpackDecoder(4096), hex('00 81 1f 80')), ['a: ']);
});

test('a peer that makes the table smaller is told so at the start of the next block (RFC 7541 section 4.2)', () => {
  const encoder = new HpackEncoder();
  const decoder = new HpackDecoder(4096);
  const send = (): Uint8Array => {
    const out = new Output((size) => new Uint8Array(size));
    encoder.encode(out, 429, ['content-type', 'application/json']);
    const block = out.take()!;
    assert.equal(decoded(decoder, block), [':status: 429', 'content-type: application/json']);
    return block;
  };
  for (let i = 0; i < 3; i++) send();
  assert.is(decoder.table.length, 2);
  encoder.setPeerLimit(0);
  encoder.setPeerLimit(200);
  assert.equal([...send().subarray(0, 4)], [0x20, 0x3f, 169, 0x01]);
  assert.is(decoder.table.maxSize, 200);
  for (let i = 0; i < 3; i++) send();
  encoder.setPeerLimit(0);
  for (let i = 0; i < 3; i++) send();
  assert.is(decoder.table.length, 0);
});

test('long names and values, the latter Huffman-coded', () => {
  const encoder = new HpackEncoder();
  for (const length of [126, 127, 128, 254, 255, 511, 512, 5000]) {
    const out = new Output((size) => new Uint8Array(size));
    const [name, value] = ['n'.repeat(length), 'v'.repeat(length)];
    encoder.encode(out, 200, [name, value]);
    assert.equal(decoded(new HpackDecoder(4096), out.take()!), [':status: 200', `${name}: ${value}`]);
  }
});

test.run();
