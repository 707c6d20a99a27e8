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

const HEX = Array.from({ length: 65536 }, (_, value) => value.toString(16).padStart(4, '0'));

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
  const uuid = (): string => {
    const [w, x, y, z] = [uint32(), uint32(), uint32(), uint32()];
    return `${HEX[w >>> 16]}${HEX[w & 0xffff]}-${HEX[x >>> 16]}-${HEX[x & 0xffff]}-${HEX[y >>> 16]}-${HEX[y & 0xffff]}${HEX[z >>> 16]}${HEX[z & 0xffff]}`;
  };
  return { uint32, fraction: () => uint32() / 2 ** 32, bytes, uuid };
}
