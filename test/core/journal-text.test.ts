/** How texts lie among the journal's bytes. */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { endOfText, LONGEST_TEXT, putText, roomFor, textAt } from '../../server/core/journal-text.ts';
import { NODE_PORTS } from '../../server/shell/ports.ts';
import { runs } from '../fuzz/kit.ts';

const { latin1, putLatin1 } = NODE_PORTS;
const AT = 3;

/** Writes it between other bytes, reads it again, and says how many bytes it took. */
function bytesOf(text: string): number {
  const block = new Uint8Array(AT + roomFor(text) + 1).fill(0xee);
  const end = putText(block, AT, text, putLatin1);
  assert.is(textAt(block, AT, latin1), text);
  assert.is(endOfText(block, AT), end);
  assert.equal([...block.subarray(0, AT), block.at(-1)], [0xee, 0xee, 0xee, 0xee], 'what is beside it is untouched');
  return end - AT;
}

const ID = '7d3a1f90-0c52-4b1e-9a64-5f0e2b8c71d3';

const test = suite('core: journal: texts');
for (const [what, text, bytes] of [
  ['a device token', 'c0ffee'.repeat(11).slice(0, 64), 34],
  ['an id', ID, 18],
  ['an id in capitals', ID.toUpperCase(), 18],
  ['an id in both', `${ID.slice(0, 30)}${ID.slice(30).toUpperCase()}`, 38],
  ['36 digits', 'a'.repeat(36), 20],
  ['36 digits with one hyphen', `${'a'.repeat(8)}-${'a'.repeat(27)}`, 38],
  ['an id whose hyphen went astray', `${ID.slice(0, 12)}-${ID[12]}${ID.slice(14)}`, 38],
  ['digits in capitals', 'C0FFEEC0', 10],
  ['six digits', 'abcdef', 8],
  ['no digit in the lower half', 'aaag', 6],
  ['no digit in the upper half', 'gaaa', 6],
  ['no digit at the end', `${'ab'.repeat(31)}ax`, 66],
  ['nothing', '', 2],
  ['bytes above 0x7f', 'é\u00ff\u0000', 5],
  ['the longest', 'x'.repeat(LONGEST_TEXT), LONGEST_TEXT + 2],
  ['the longest digits', '0'.repeat(LONGEST_TEXT - 3), (LONGEST_TEXT - 3) / 2 + 2],
] as const)
  test(`${what}: ${bytes} bytes`, () => {
    assert.is(bytesOf(text), bytes);
  });

test('any text is read as it was written', () => {
  const digits = (alphabet: string) => fc.string({ unit: fc.constantFrom(...alphabet), maxLength: 80 });
  const any = fc.oneof(
    fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
    digits('0123456789abcdef'),
    digits('0123456789abcdefABCDEF-'),
    fc.uuid(),
    fc.uuid().map((id) => id.toUpperCase()),
    // Nearly an id.
    fc
      .tuple(fc.uuid(), fc.nat(35), fc.constantFrom('-', 'a', 'A', 'x'))
      .map(([id, at, change]) => id.slice(0, at) + change + id.slice(at + 1)),
  );
  fc.assert(
    fc.property(any, (text) => {
      assert.ok(bytesOf(text) <= roomFor(text));
    }),
    runs(5_000),
  );
});
test.run();
