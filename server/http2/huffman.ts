import { BYTE_CLASS } from './text.ts';

/**
 * Code lengths of RFC 7541 appendix B for the byte values 0 to 255 and EOS. They are all there is to know: the code is
 * canonical, so codes of one length are consecutive, in order of the byte, and follow on from the shorter ones.
 */
const LENGTHS: readonly number[] = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28,
  28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
  13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6, 15, 5, 6, 5, 6,
  5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23,
  22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22,
  23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23, 26, 26,
  20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27,
  27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27,
  27, 27, 27, 26, 30,
];
const EOS = 256;
const LONGEST = 30;
/** So many bits are looked up at once: room for two letters or digits, and for all but the rare symbols. */
const QUICK = 12;

/** Codes by symbol; and per length the first code, and where its symbols begin in `symbols`. */
const codes = new Uint32Array(257);
const symbols: number[] = [];
const firstCode = new Uint32Array(LONGEST + 2);
const firstSymbol = new Uint16Array(LONGEST + 2);
/**
 * What the next QUICK bits begin with, one or two symbols: first symbol | second << 8 | BYTE_CLASS of both << 16 | how
 * many symbols << 20 | how many bits they take << 24. 0 when not even the first code ends within these bits.
 */
const quick = new Uint32Array(1 << QUICK);

for (let length = 1, code = 0; length <= LONGEST; length++, code <<= 1) {
  firstCode[length] = code;
  firstSymbol[length] = symbols.length;
  for (let symbol = 0; symbol <= EOS; symbol++) {
    if (LENGTHS[symbol] !== length) continue;
    codes[symbol] = code++;
    symbols.push(symbol);
  }
}
firstSymbol[LONGEST + 1] = symbols.length;

const isQuick = (symbol: number, bits: number): boolean => LENGTHS[symbol]! <= bits;
for (const first of symbols.filter((symbol) => isQuick(symbol, QUICK))) {
  const length = LENGTHS[first]!;
  const spare = QUICK - length;
  const from = codes[first]! << spare;
  quick.fill(first | (BYTE_CLASS[first]! << 16) | (1 << 20) | (length << 24), from, from + (1 << spare));
  for (const second of symbols.filter((symbol) => isQuick(symbol, spare))) {
    const both = length + LENGTHS[second]!;
    const classes = BYTE_CLASS[first]! | BYTE_CLASS[second]!;
    const at = from | (codes[second]! << (QUICK - both));
    quick.fill(first | (second << 8) | (classes << 16) | (2 << 20) | (both << 24), at, at + (1 << (QUICK - both)));
  }
}

/** Room for whatever so many Huffman-coded bytes stand for: the shortest code has five bits. */
export function decodedLimit(length: number): number {
  return (((length * 8) / 5) | 0) + 1;
}

/**
 * Decodes `bytes[at..end)` into `out` (which must have room for `decodedLimit`). Returns length << 4 | the OR of the
 * BYTE_CLASS of all bytes written, so that nobody has to walk over them a second time; or -1 when RFC 7541 section 5.2
 * calls it a decoding error: EOS in it, padding longer than 7 bits, or padding that is not the beginning of EOS.
 */
export function decodeHuffman(bytes: Uint8Array, at: number, end: number, out: Uint8Array): number {
  let bits = 0; // how many of the low bits of `window` are still to be read
  let window = 0;
  let length = 0;
  let classes = 0;
  for (;;) {
    if (bits < QUICK) {
      if (at + 1 < end) {
        window = (window << 16) | (bytes[at]! << 8) | bytes[at + 1]!;
        at += 2;
        bits += 16;
      } else if (at < end) {
        window = (window << 8) | bytes[at++]!;
        bits += 8;
      }
      if (bits < QUICK) break;
    }
    const entry = quick[(window >>> (bits - QUICK)) & ((1 << QUICK) - 1)]!;
    if (entry !== 0) {
      bits -= entry >>> 24;
      classes |= entry >>> 16;
      out[length] = entry;
      out[length + 1] = entry >>> 8; // room for it there always is, as `decodedLimit` counts one more
      length += (entry >>> 20) & 3;
      continue;
    }
    const found = decodeOne(bytes, at * 8 - bits, end * 8);
    if (found < 0) return -1;
    classes |= BYTE_CLASS[found >>> 5]!;
    out[length++] = found >>> 5;
    const position = at * 8 - bits + (found & 31);
    at = (position + 7) >> 3;
    bits = at * 8 - position;
    window = bits === 0 ? 0 : bytes[at - 1]!;
  }
  // The last bits, symbol by symbol: what is left at the end must be padding.
  for (;;) {
    const found = decodeOne(bytes, end * 8 - bits, end * 8);
    if (found < 0) break;
    classes |= BYTE_CLASS[found >>> 5]!;
    out[length++] = found >>> 5;
    bits -= found & 31;
  }
  const padding = (1 << bits) - 1;
  if (bits > 7 || (window & padding) !== padding) return -1;
  return (length << 4) | (classes & 15);
}

/** The code that begins at bit `position`: symbol << 5 | length; -1 when it is EOS or does not end before `limit`. */
function decodeOne(bytes: Uint8Array, position: number, limit: number): number {
  let code = 0;
  for (let length = 1; length <= LONGEST && position < limit; length++, position++) {
    code = (code << 1) | ((bytes[position >> 3]! >> (7 - (position & 7))) & 1);
    const index = firstSymbol[length]! + code - firstCode[length]!;
    if (index < firstSymbol[length + 1]!) return index === EOS ? -1 : (symbols[index]! << 5) | length;
  }
  return -1;
}

/** The number of bytes that `text` takes when coded. */
export function encodedLength(text: string): number {
  let bits = 0;
  for (let i = 0; i < text.length; i++) bits += LENGTHS[text.charCodeAt(i) & 0xff]!;
  return (bits + 7) >> 3;
}

/** Writes `text` (char codes 0 to 255), coded and padded with the beginning of EOS; returns where it ends. */
export function encodeHuffman(text: string, out: Uint8Array, at: number): number {
  let window = 0;
  let bits = 0;
  for (let i = 0; i < text.length; i++) {
    const symbol = text.charCodeAt(i) & 0xff;
    // At most 7 bits are left over and a code has at most 30: so in two halves, as 37 bits do not fit.
    let rest = LENGTHS[symbol]!;
    while (rest > 0) {
      const part = rest > 16 ? rest - 16 : rest;
      rest -= part;
      window = (window << part) | ((codes[symbol]! >>> rest) & ((1 << part) - 1));
      bits += part;
      while (bits >= 8) {
        bits -= 8;
        out[at++] = window >>> bits;
      }
    }
  }
  if (bits > 0) out[at++] = (window << (8 - bits)) | (0xff >>> bits);
  return at;
}
