/**
 * A seeded generator of 32-bit numbers (sfc32 by Chris Doty-Humphrey, public domain algorithm): small state, passes
 * PractRand, and the same seed tells the same story on every machine.
 */
export interface Random {
  /** An integer from 0 to 2^32 - 1. */
  readonly uint32: () => number;
  /** A fraction from 0 (included) to 1 (excluded). */
  readonly fraction: () => number;
  readonly bytes: (count: number) => Uint8Array;
  /** 128 random bits as 8-4-4-4-12 lower-case digits. No version nibble: Apple's ids have none (apns-protocol 5.4). */
  readonly uuid: () => string;
}

const DIGITS = Uint8Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0));

export function createRandom(seed: number): Random {
  let a = 0x9e3779b9;
  let b = Math.floor(seed / 2 ** 32) | 0;
  let c = seed | 0;
  let counter = 1;

  function uint32(): number {
    const t = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return t >>> 0;
  }
  // The first rounds still resemble the seed.
  for (let i = 0; i < 12; i++) uint32();

  const bytes = (count: number): Uint8Array => {
    const out = new Uint8Array(count);
    for (let i = 0; i < count; i++) out[i] = uint32() >>> 24;
    return out;
  };
  // Written into one array of character codes and turned into a string at once: a push needs one or two of these, and
  // joining pieces would cost more than the whole rest of its answer.
  const codes: number[] = new Array<number>(36).fill(45 /* - */);
  const write = (word: number, at: number, count: number): void => {
    for (let i = 0; i < count; i++) codes[at + i] = DIGITS[(word >>> (28 - 4 * i)) & 15] as number;
  };
  const uuid = (): string => {
    write(uint32(), 0, 8);
    const middle = uint32();
    write(middle, 9, 4);
    write(middle << 16, 14, 4);
    const end = uint32();
    write(end, 19, 4);
    write(end << 16, 24, 4);
    write(uint32(), 28, 8);
    return String.fromCharCode.apply(null, codes);
  };
  return { uint32, fraction: () => uint32() / 2 ** 32, bytes, uuid };
}
