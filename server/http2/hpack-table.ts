import type { Field } from './fields.ts';

/**
 * The dynamic table of RFC 7541 section 2.3.2: newest first, oldest evicted first. A ring, so that insertion moves
 * nothing; it has room for as many entries as fit into `maxSize`, since an entry counts 32 bytes at least.
 */
export class DynamicTable {
  /** How many entries there are. */
  length = 0;
  /** The size now, and the most it may be (RFC 7541 sections 4.1 to 4.3). */
  size = 0;
  maxSize = 0;
  private ring: (Field | undefined)[] = [];
  private mask = 0;
  private newest = 0;

  constructor(maxSize: number) {
    this.resize(maxSize);
  }

  /** The entry that is `age` entries younger than none: 0 is the newest. The caller has compared it with `length`. */
  at(age: number): Field {
    return this.ring[(this.newest - age) & this.mask]!;
  }

  /** An entry larger than the table empties it and is not an error (RFC 7541 section 4.4). */
  insert(field: Field): void {
    this.evictTo(this.maxSize - field.size);
    if (field.size > this.maxSize) return;
    this.newest = (this.newest + 1) & this.mask;
    this.ring[this.newest] = field;
    this.length++;
    this.size += field.size;
  }

  resize(maxSize: number): void {
    this.maxSize = maxSize;
    this.evictTo(maxSize);
    const slots = this.ring.length;
    const needed = Math.floor(maxSize / 32) + 1;
    if (needed <= slots) return;
    const ring: (Field | undefined)[] = [];
    for (let age = this.length - 1; age >= 0; age--) ring.push(this.at(age));
    let capacity = 16;
    while (capacity < needed) capacity *= 2;
    while (ring.length < capacity) ring.push(undefined);
    this.ring = ring;
    this.mask = capacity - 1;
    this.newest = (this.length - 1) & this.mask;
  }

  private evictTo(size: number): void {
    while (this.size > size && this.length > 0) {
      const oldest = (this.newest - this.length + 1) & this.mask;
      this.size -= this.ring[oldest]!.size;
      this.ring[oldest] = undefined;
      this.length--;
    }
  }
}
