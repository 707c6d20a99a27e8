import type { Ports } from './ports.ts';

/**
 * A text among bytes: its length in two bytes, then a byte for each character, as paths and header values are bytes.
 * Ids and device tokens are most of what differs from push to push, and they are hexadecimal digits: those take half.
 * How a text is written is in the upper two bits of its length.
 */
const FORM = { latin1: 0, hex: 1, uuid: 2, upperUuid: 3 } as const;
const LENGTH_BITS = 14;
/** Characters; longer ones have no such form. */
export const LONGEST_TEXT = (1 << LENGTH_BITS) - 1;

/** How a case spells 0 to 15, and what lies between its 9 and its a, in each byte of a word. */
interface Digits {
  readonly names: string;
  readonly gap: number;
}
const LOWER: Digits = { names: '0123456789abcdef', gap: 0x27 };
const UPPER: Digits = { names: '0123456789ABCDEF', gap: 0x07 };
const UUID_LENGTH = 36;
const HYPHEN = 0x2d;

/** The most bytes that it takes. */
export const roomFor = (text: string): number => 2 + text.length;

/** Where it ends. The text is no longer than `LONGEST_TEXT`, and there is room for it. */
export function putText(block: Uint8Array, at: number, text: string, put: Ports['putLatin1']): number {
  const { length } = text;
  const start = at + 2;
  let form: number = FORM.latin1;
  put(text, block, start);
  let end = NOT_SO;
  if (length === UUID_LENGTH && block[start + 8] === HYPHEN) {
    form = FORM.uuid;
    end = packId(block, start, LOWER);
    if (end === NOT_SO) {
      form = FORM.upperUuid;
      put(text, block, start);
      end = packId(block, start, UPPER);
    }
  } else if (length > 0 && length % 4 === 0) {
    form = FORM.hex;
    end = packDigits(block, start, start, start + length, LOWER);
  }
  if (end === NOT_SO) {
    form = FORM.latin1;
    put(text, block, start);
    end = start + length;
  }
  block[at] = (form << (LENGTH_BITS - 8)) | (length >>> 8);
  block[at + 1] = length;
  return end;
}

/** Where a text ends that begins there. */
export function endOfText(block: Uint8Array, at: number): number {
  const length = lengthAt(block, at);
  const form = formAt(block, at);
  return at + 2 + (form === FORM.latin1 ? length : form === FORM.hex ? length / 2 : 16);
}

/** The text that begins there. */
export function textAt(block: Uint8Array, at: number, latin1: Ports['latin1']): string {
  const start = at + 2;
  const end = endOfText(block, at);
  switch (formAt(block, at)) {
    case FORM.hex:
      return latin1(DIGITS, 0, digits(block, start, end, LOWER.names, nowhere));
    case FORM.uuid:
      return latin1(DIGITS, 0, digits(block, start, end, LOWER.names, isHyphen));
    case FORM.upperUuid:
      return latin1(DIGITS, 0, digits(block, start, end, UPPER.names, isHyphen));
    default:
      return latin1(block, start, end);
  }
}

const formAt = (block: Uint8Array, at: number): number => (block[at] as number) >>> (LENGTH_BITS - 8);
const lengthAt = (block: Uint8Array, at: number): number =>
  (((block[at] as number) << 8) | (block[at + 1] as number)) & LONGEST_TEXT;

const isHyphen = (place: number): boolean => place === 8 || place === 13 || place === 18 || place === 23;
const nowhere = (): boolean => false;
/** There is something else among the digits. */
const NOT_SO = -1;

/**
 * Packs digits in place, four characters at a time: a word is taken for digits, spelled again, and has to be what it was.
 * Where they end, or `NOT_SO`, with some of them overwritten.
 */
function packDigits(block: Uint8Array, at: number, from: number, to: number, { gap }: Digits): number {
  for (let i = from; i < to; i += 4) {
    const word =
      ((block[i] as number) << 24) |
      ((block[i + 1] as number) << 16) |
      ((block[i + 2] as number) << 8) |
      (block[i + 3] as number);
    // A letter has bit 6 set, and the one for 10 has 1 in its low half.
    const digits = ((word & 0x0f0f0f0f) + Math.imul(9, (word >>> 6) & 0x01010101)) | 0;
    const letters = ((digits + 0x06060606) >>> 4) & 0x01010101;
    const spelled = (digits + 0x30303030 + Math.imul(gap, letters)) | 0;
    if ((digits & 0xf0f0f0f0) !== 0 || spelled !== word) return NOT_SO;
    block[at++] = ((digits >>> 20) & 0xf0) | ((digits >>> 16) & 0x0f);
    block[at++] = ((digits >>> 4) & 0xf0) | (digits & 0x0f);
  }
  return at;
}

/** The same for an id. */
function packId(block: Uint8Array, start: number, letters: Digits): number {
  if (block[start + 13] !== HYPHEN || block[start + 18] !== HYPHEN || block[start + 23] !== HYPHEN) return NOT_SO;
  let at = packDigits(block, start, start, start + 8, letters);
  if (at !== NOT_SO) at = packDigits(block, at, start + 9, start + 13, letters);
  if (at !== NOT_SO) at = packDigits(block, at, start + 14, start + 18, letters);
  if (at !== NOT_SO) at = packDigits(block, at, start + 19, start + 23, letters);
  if (at !== NOT_SO) at = packDigits(block, at, start + 24, start + UUID_LENGTH, letters);
  return at;
}

/** Room for the characters of one text. */
const DIGITS = new Uint8Array(LONGEST_TEXT);

/** Writes them out in `DIGITS`; how many characters those are. */
function digits(
  block: Uint8Array,
  start: number,
  end: number,
  names: string,
  hyphenAt: (place: number) => boolean,
): number {
  let count = 0;
  for (let at = start; at < end; at++) {
    if (hyphenAt(count)) DIGITS[count++] = HYPHEN;
    const byte = block[at] as number;
    DIGITS[count++] = names.charCodeAt(byte >>> 4);
    DIGITS[count++] = names.charCodeAt(byte & 0xf);
  }
  return count;
}
