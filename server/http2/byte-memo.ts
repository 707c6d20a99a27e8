/** Longer strings than this are not worth keeping; a provider token has about 200 bytes. */
const LONGEST = 2_048;

interface Entry<Owner, Result> {
  readonly owner: Owner;
  readonly coded: boolean;
  readonly bytes: Uint8Array;
  readonly result: Result;
}

/**
 * Remembers what became of a run of bytes on the wire, so that a value sent again and again as a literal (many clients
 * never index `authorization`) is neither Huffman-decoded nor made into a new string again: one look at some of its
 * bytes, one comparison with those kept. The string is the very same object each time, so that whoever uses it as a
 * key of a Map does not hash it anew.
 *
 * A direct-mapped table: it cannot outgrow its slots. Something gets in when it is seen for the second time running in
 * its slot; values that never come back (a new apns-id in each request) cost a number and push nothing out.
 */
export class ByteMemo<Owner, Result> {
  private readonly mask: number;
  private readonly hashes: Int32Array;
  private readonly candidates: Int32Array;
  private readonly entries: (Entry<Owner, Result> | undefined)[];
  private lastHash = 0;

  /** `slots`: a power of two. */
  constructor(slots: number) {
    this.mask = slots - 1;
    this.hashes = new Int32Array(slots);
    this.candidates = new Int32Array(slots);
    this.entries = new Array<Entry<Owner, Result> | undefined>(slots).fill(undefined);
  }

  /** What was kept for these bytes; when nothing was, `offer` may follow with what they turned out to be. */
  find(owner: Owner, coded: boolean, bytes: Uint8Array, at: number, end: number): Result | undefined {
    const hash = sample(bytes, at, end, coded);
    this.lastHash = hash;
    const slot = hash & this.mask;
    if (this.hashes[slot] !== hash) return undefined;
    const entry = this.entries[slot];
    if (entry === undefined || entry.owner !== owner || entry.coded !== coded) return undefined;
    const kept = entry.bytes;
    const length = kept.length;
    if (length !== end - at) return undefined;
    for (let i = 0; i < length; i++) if (kept[i] !== bytes[at + i]) return undefined;
    return entry.result;
  }

  /** To be called after a `find` of the same bytes that found nothing. */
  offer(owner: Owner, coded: boolean, bytes: Uint8Array, at: number, end: number, result: Result): void {
    const hash = this.lastHash;
    const slot = hash & this.mask;
    if (this.candidates[slot] !== hash) {
      this.candidates[slot] = hash;
    } else if (end - at <= LONGEST) {
      this.hashes[slot] = hash;
      this.entries[slot] = { owner, coded, bytes: bytes.slice(at, end), result };
    }
  }
}

/**
 * A hash of the length, the last eight bytes and eight more from all over: tokens differ in their signature at the end,
 * and hashing all of a token would cost as much as comparing it. Never 0, which stands for an empty slot.
 */
function sample(bytes: Uint8Array, at: number, end: number, coded: boolean): number {
  const length = end - at;
  let hash = coded ? length + 1 : ~length;
  let i = at;
  if (length > 16) {
    const step = (length - 8) >> 3;
    for (let n = 0; n < 8; n++, i += step) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
    i = end - 8;
  }
  for (; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  hash ^= hash >>> 15;
  return hash === 0 ? 1 : hash;
}
