import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeBase64, encodeBase64, isStandardBase64 } from '../../server/core/base64.ts';

const bytes = fc.uint8Array({ maxLength: 200 });
const test = suite('core: base64');

test('encodes as Node does', () => {
  fc.assert(fc.property(bytes, (given) => assert.is(encodeBase64(given), Buffer.from(given).toString('base64'))));
});
test('decodes what Node encodes, in both alphabets, with and without padding', () => {
  fc.assert(
    fc.property(bytes, fc.boolean(), (given, pad) => {
      const standard = Buffer.from(given).toString('base64');
      const url = standard.replaceAll('+', '-').replaceAll('/', '_');
      for (const text of [standard, url])
        assert.equal(decodeBase64(pad ? text : text.replaceAll('=', '')), Uint8Array.from(given));
    }),
  );
});
test('decodes any text as Node does, or not at all', () => {
  const letters = fc.string({ unit: fc.constantFrom(...'ABCabc019+/-_='), maxLength: 40 });
  fc.assert(
    fc.property(fc.oneof(letters, fc.string({ maxLength: 40 })), (text) => {
      const decoded = decodeBase64(text);
      if (decoded !== undefined) assert.equal(Buffer.from(decoded), Buffer.from(text, 'base64'));
    }),
  );
});
for (const text of ['A', 'AAAAA', 'AA=A', '=AAA', 'A===', 'AA AA', 'AA\nAA', 'AAA*', 'AAAé', '\u0141AAA'])
  test(`${JSON.stringify(text)} is no base64`, () => assert.is(decodeBase64(text), undefined));

test('standard base64 with padding is what Node writes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 60 }), (given) => {
      const text = Buffer.from(given).toString('base64');
      assert.ok(isStandardBase64(text));
      if (text.endsWith('=')) assert.not.ok(isStandardBase64(text.slice(0, -1)));
    }),
  );
});
for (const text of ['', '=', '====', 'AA', 'AAA', 'AAAAA', 'AA==AA==', 'A-A=', 'A_A=', 'AA==\n', ' AA==', 'AAAA===='])
  test(`${JSON.stringify(text)} is not standard base64 with padding`, () => assert.not.ok(isStandardBase64(text)));
test.run();
