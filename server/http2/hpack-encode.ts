import { STATIC_LENGTH, STATIC_NAMES, STATIC_STATUS } from './hpack-static.ts';
import { encodedLength, encodeHuffman } from './huffman.ts';
import type { Output } from './output.ts';
import { latin1Bytes } from './text.ts';

/** Our table is never larger than this, whatever the peer would allow. */
const LARGEST_TABLE = 4_096;
/** Shorter values go out as they are: Huffman coding saves a few bytes of loopback and costs time. Netty does the same. */
const HUFFMAN_FROM = 512;
/** Names are the application's, so there are few; beyond this many, further ones are sent without being remembered. */
const MOST_NAMES = 256;

/** What the encoder knows about a header name, and the one value of it that it may have put into the table. */
class KnownName {
  readonly text: string;
  readonly staticIndex: number;
  /** The name as a string literal. */
  readonly literal: Uint8Array;
  /** The value sent last; a value that comes twice running is worth an entry. */
  last: string | undefined = undefined;
  /** The value in the table, and its number among all insertions (from 1). */
  value: string | undefined = undefined;
  inserted = 0;

  constructor(text: string) {
    this.text = text;
    this.staticIndex = STATIC_NAMES.get(text) ?? 0;
    const bytes = latin1Bytes(text);
    const literal = { bytes: new Uint8Array(bytes.length + 6), end: 0 };
    integer(literal, 0x00, 0x7f, bytes.length);
    literal.bytes.set(bytes, literal.end);
    this.literal = literal.bytes.subarray(0, literal.end + bytes.length);
  }
}

/**
 * RFC 7541: fields to header blocks, straight into the output. An entry is made for a field that is sent twice running
 * (a content-type, a status); identifiers that are new each time never enter the table.
 */
export class HpackEncoder {
  private maxSize = LARGEST_TABLE;
  private size = 0;
  /** Entries are numbered from 1 as they are inserted; those up to `evicted` are gone. Their sizes, oldest first. */
  private inserted = 0;
  private evicted = 0;
  private readonly sizes: number[] = [];
  private readonly names = new Map<string, KnownName>();
  private readonly status = new KnownName(':status');
  /** The smallest size since the last block, when the peer has changed it (RFC 7541 section 4.2). */
  private smallest = -1;

  /** The peer's HEADER_TABLE_SIZE: the next block begins by saying what we make of it (RFC 9113 section 4.3.1). */
  setPeerLimit(limit: number): void {
    const size = Math.min(limit, LARGEST_TABLE);
    if (size === this.maxSize && this.smallest < 0) return;
    this.smallest = this.smallest < 0 ? size : Math.min(this.smallest, size);
    this.maxSize = size;
    this.evictTo(size);
  }

  /** Appends the block of a response. `headers`: name, value, name, value; names in lower case. */
  encode(out: Output, status: number, headers: readonly string[]): void {
    if (this.smallest >= 0) this.sizeUpdates(out);
    const whole = STATIC_STATUS[status] ?? 0;
    if (whole !== 0) {
      out.reserve(1);
      out.bytes[out.end++] = 0x80 | whole;
    } else {
      this.field(out, this.status, String(status));
    }
    this.fields(out, headers);
  }

  /** Appends fields alone: for trailers, and for the blocks of those who misbehave. */
  fields(out: Output, headers: readonly string[]): void {
    if (this.smallest >= 0) this.sizeUpdates(out);
    for (let i = 0; i + 1 < headers.length; i += 2) {
      const text = headers[i]!;
      let name = this.names.get(text);
      if (name === undefined) {
        name = new KnownName(text);
        if (this.names.size < MOST_NAMES) this.names.set(text, name);
      }
      this.field(out, name, headers[i + 1]!);
    }
  }

  private field(out: Output, name: KnownName, value: string): void {
    // Prefix, index and lengths take less than 20 bytes; a value never takes more bytes than it has characters.
    out.reserve(20 + name.literal.length + value.length);
    const alive = name.inserted > this.evicted;
    if (alive && name.value === value) {
      integer(out, 0x80, 0x7f, STATIC_LENGTH + 1 + this.inserted - name.inserted);
      return;
    }
    const entrySize = name.text.length + value.length + 32;
    const worthwhile = name.last === value && entrySize <= this.maxSize >> 1;
    name.last = value;
    let index = name.staticIndex;
    if (index === 0 && alive) index = STATIC_LENGTH + 1 + this.inserted - name.inserted;
    if (worthwhile) integer(out, 0x40, 0x3f, index);
    else integer(out, 0x00, 0x0f, index);
    if (index === 0) {
      out.bytes.set(name.literal, out.end);
      out.end += name.literal.length;
    }
    writeValue(out, value);
    if (worthwhile) {
      this.evictTo(this.maxSize - entrySize);
      this.sizes.push(entrySize);
      this.size += entrySize;
      name.inserted = ++this.inserted;
      name.value = value;
    }
  }

  private evictTo(size: number): void {
    while (this.size > size) {
      this.size -= this.sizes.shift()!;
      this.evicted++;
    }
  }

  private sizeUpdates(out: Output): void {
    out.reserve(20);
    if (this.smallest < this.maxSize) integer(out, 0x20, 0x1f, this.smallest);
    integer(out, 0x20, 0x1f, this.maxSize);
    this.smallest = -1;
  }
}

/** RFC 7541 section 5.1, behind the bits of `pattern`. */
function integer(out: { bytes: Uint8Array; end: number }, pattern: number, prefix: number, value: number): void {
  const bytes = out.bytes;
  if (value < prefix) {
    bytes[out.end++] = pattern | value;
    return;
  }
  bytes[out.end++] = pattern | prefix;
  let rest = value - prefix;
  while (rest >= 0x80) {
    bytes[out.end++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  bytes[out.end++] = rest;
}

/** RFC 7541 section 5.2. Char codes are bytes; what does not fit into one becomes a question mark. */
function writeValue(out: Output, value: string): void {
  const length = value.length;
  if (length >= HUFFMAN_FROM) {
    const coded = encodedLength(value);
    if (coded < length) {
      integer(out, 0x80, 0x7f, coded);
      out.end = encodeHuffman(value, out.bytes, out.end);
      return;
    }
  }
  integer(out, 0x00, 0x7f, length);
  const bytes = out.bytes;
  let end = out.end;
  for (let i = 0; i < length; i++) {
    const code = value.charCodeAt(i);
    bytes[end++] = code > 0xff ? 0x3f : code;
  }
  out.end = end;
}
