const SMALLEST = 1_024;
const LARGEST = 65_536;

/**
 * What is to be written, in one run of bytes. Everything handed out is a piece of a slab that is never written again,
 * so the socket may keep it as long as it likes and nothing is copied. A new slab is begun when one is full; a busy
 * connection works its way up from small ones, so that an idle connection is cheap.
 */
export class Output {
  bytes: Uint8Array;
  /** Where the next byte goes. `bytes` may change whenever `reserve` is called. */
  end = 0;
  /** True once `cutAfter` has let its last byte out. */
  cut = false;
  private start = 0;
  private slab = SMALLEST;
  private allowance = Number.POSITIVE_INFINITY;
  private readonly allocate: (size: number) => Uint8Array;

  constructor(allocate: (size: number) => Uint8Array) {
    this.allocate = allocate;
    this.bytes = allocate(SMALLEST);
  }

  /** Bytes written and not yet taken. */
  get waiting(): number {
    return this.end - this.start;
  }

  /** Makes room for `count` more bytes. */
  reserve(count: number): void {
    if (this.end + count > this.bytes.length) this.grow(count);
  }

  append(piece: Uint8Array): void {
    this.reserve(piece.length);
    this.bytes.set(piece, this.end);
    this.end += piece.length;
  }

  /** Lets `count` more bytes out, those that wait already included, and none after them. */
  cutAfter(count: number): void {
    this.allowance = count;
    if (count <= 0) this.cut = true;
  }

  take(): Uint8Array | undefined {
    const length = Math.min(this.end - this.start, this.allowance);
    if (length === 0) {
      this.start = this.end;
      return undefined;
    }
    const piece = this.bytes.subarray(this.start, this.start + length);
    this.start = this.end;
    this.allowance -= length;
    if (this.allowance === 0) this.cut = true;
    return piece;
  }

  private grow(count: number): void {
    const waiting = this.end - this.start;
    this.slab = Math.min(LARGEST, this.slab * 2);
    const fresh = this.allocate(Math.max(this.slab, (waiting + count) * 2));
    if (waiting > 0) fresh.set(this.bytes.subarray(this.start, this.end));
    this.bytes = fresh;
    this.start = 0;
    this.end = waiting;
  }
}
