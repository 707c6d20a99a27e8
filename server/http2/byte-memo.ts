/** Longer strings than this are not worth keeping; a provider token has about 200 bytes. */
const LONGEST = 2_048;

interface Entry<Owner, Result> {
  readonly owner: Owner;
  readonly coded: boolean;
  readonly length: number;
  /** The bytes, as big-endian words and what is left over. */
  readonly words: Int32Array;
  readonly tail: Uint8Array;
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
  private viewed: Uint8Array = new Uint8Array(0);
  private view: DataView = new DataView(new ArrayBuffer(0));

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
    return entry.length === end - at && this.same(entry, bytes, at) ? entry.result : undefined;
  }

  /** Four bytes at a time: a token has some 200, and comparing them is most of what a known value costs. */
  private same(entry: Entry<Owner, Result>, bytes: Uint8Array, at: number): boolean {
    const { words, tail } = entry;
    const count = words.length;
    if (count > 0) {
      // Making a view costs as much as a comparison, so the one of the chunk that is being read is kept.
      if (this.viewed !== bytes) {
        this.viewed = bytes;
        this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      }
      const { view } = this;
      for (let i = 0; i < count; i++, at += 4) if (view.getInt32(at) !== words[i]) return false;
    }
    for (let i = 0; i < tail.length; i++) if (tail[i] !== bytes[at + i]) return false;
    return true;
  }

  /** To be called after a `find` of the same bytes that found nothing. */
  offer(owner: Owner, coded: boolean, bytes: Uint8Array, at: number, end: number, result: Result): void {
    const hash = this.lastHash;
    const slot = hash & this.mask;
    if (this.candidates[slot] !== hash) {
      this.candidates[slot] = hash;
    } else if (end - at <= LONGEST) {
      this.hashes[slot] = hash;
      this.entries[slot] = makeEntry(owner, coded, bytes.slice(at, end), result);
    }
  }
}

function makeEntry<Owner, Result>(
  owner: Owner,
  coded: boolean,
  copy: Uint8Array,
  result: Result,
): Entry<Owner, Result> {
  const view = new DataView(copy.buffer, copy.byteOffset, copy.byteLength);
  const words = new Int32Array(copy.length >> 2);
  for (let i = 0; i < words.length; i++) words[i] = view.getInt32(i * 4);
  return { owner, coded, length: copy.length, words, tail: copy.subarray(words.length * 4), result };
}

/**
 * A hash of the length, of the last eight bytes and of eight more from all over: tokens differ in their signature at
 * the end, and hashing all of a token would cost as much as comparing it. Never 0, which stands for an empty slot.
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
