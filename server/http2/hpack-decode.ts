import { ByteMemo } from './byte-memo.ts';
import { Field, Name } from './fields.ts';
import { STATIC_FIELDS, STATIC_LENGTH } from './hpack-static.ts';
import { DynamicTable } from './hpack-table.ts';
import { decodedLimit, decodeHuffman } from './huffman.ts';
import { BYTE, BYTE_CLASS, type Latin1, pureLatin1 } from './text.ts';

/** No name, value or index is anywhere near as large; larger integers are an error (RFC 7541 section 5.1). */
const LARGEST_INTEGER = 1 << 24;

const NOBODY = new Name('', 0);

/**
 * Names and values met before. May be shared by all connections of a server: then a token is one string for them all.
 * Bounded: so many slots, each with 2 KB at most.
 */
export class FieldMemo {
  readonly names: ByteMemo<null, Name> = new ByteMemo(64);
  readonly values: ByteMemo<Name, Field> = new ByteMemo(256);
}

/** RFC 7541: header blocks to fields. One per connection, as the dynamic table lives as long as that. */
export class HpackDecoder {
  readonly table: DynamicTable;
  /** The fields of the last block: the first `count` of them. The array is used again for the next block. */
  readonly fields: Field[] = [];
  count = 0;
  /** The size of the whole list, also when it was too long to be kept. */
  listSize = 0;
  /** How often the table has changed; as long as it has not, the same bytes mean the same fields. */
  changes = 0;
  /** The most that the peer may make of the table: what our SETTINGS say (RFC 7541 section 4.2). */
  private maxTableSize: number;
  /** Set when the peer must begin its next block with a size update (RFC 9113 section 4.3.1). */
  private mustShrink = false;
  private readonly memo: FieldMemo;
  private readonly latin1: Latin1;
  private scratch = new Uint8Array(512);

  // Where the reading is; integers and strings move it on.
  private bytes: Uint8Array = this.scratch;
  private at = 0;
  private end = 0;

  constructor(maxTableSize: number, memo: FieldMemo = new FieldMemo(), latin1: Latin1 = pureLatin1) {
    this.table = new DynamicTable(maxTableSize);
    this.maxTableSize = maxTableSize;
    this.memo = memo;
    this.latin1 = latin1;
  }

  /** Our HEADER_TABLE_SIZE, once the peer knows of it. */
  setMaxTableSize(size: number): void {
    this.maxTableSize = size;
    this.mustShrink = this.table.maxSize > size;
    this.changes++;
  }

  /**
   * Decodes one whole block. Returns '' or why it is a COMPRESSION_ERROR. A list that is longer than `maxListSize` is
   * read to its end all the same, because the table must follow (RFC 9113 section 4.3), but not collected.
   */
  decode(bytes: Uint8Array, at: number, end: number, maxListSize: number): string {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
    this.count = 0;
    this.listSize = 0;
    const table = this.table;
    const fields = this.fields;
    let count = 0;
    while (this.at < end) {
      const first = bytes[this.at]!;
      let field: Field | undefined;
      if (first >= 0x80) {
        // Section 6.1, an indexed field. Most of what a busy client sends; the index fits into the first byte.
        let index = first & 0x7f;
        if (index === 0x7f) index = this.integer(0x7f);
        else this.at++;
        if (index <= STATIC_LENGTH) field = STATIC_FIELDS[index];
        else if (index - STATIC_LENGTH <= table.length) field = table.at(index - STATIC_LENGTH - 1);
        if (field === undefined) return 'an index points at no header field (RFC 7541 section 2.3.3)';
      } else if (first >= 0x40) {
        // Section 6.2.1, a literal that enters the table.
        field = this.literal(0x3f);
        if (field === undefined) return 'a literal header field cannot be decoded (RFC 7541 section 5.2)';
        table.insert(field);
        this.changes++;
      } else if (first >= 0x20) {
        // Section 6.3, a new size of the table; at the beginning of a block only (section 4.2).
        if (count > 0) return 'the size of the dynamic table changes inside of a block (RFC 7541 section 4.2)';
        const size = this.integer(0x1f);
        if (size < 0 || size > this.maxTableSize) {
          return 'the dynamic table is made larger than SETTINGS_HEADER_TABLE_SIZE (RFC 7541 section 6.3)';
        }
        table.resize(size);
        this.mustShrink = false;
        this.changes++;
        continue;
      } else {
        // Sections 6.2.2 and 6.2.3, a literal that does not enter the table, or that nobody may ever index.
        field = this.literal(0x0f);
        if (field === undefined) return 'a literal header field cannot be decoded (RFC 7541 section 5.2)';
      }
      if (this.mustShrink) {
        return 'a block does not begin with the smaller table size that SETTINGS asked for (RFC 9113 section 4.3.1)';
      }
      this.listSize += field.size;
      if (this.listSize <= maxListSize) fields[count] = field;
      count++;
    }
    this.count = this.listSize <= maxListSize ? count : 0;
    return '';
  }

  /** A literal field: the name by index or as a string, then the value. */
  private literal(prefix: number): Field | undefined {
    const index = this.integer(prefix);
    let name: Name | undefined;
    if (index === 0) name = this.literalName();
    else if (index < 0) return undefined;
    else if (index <= STATIC_LENGTH) name = STATIC_FIELDS[index]?.name;
    else if (index - STATIC_LENGTH <= this.table.length) name = this.table.at(index - STATIC_LENGTH - 1).name;
    if (name === undefined) return undefined;

    const coded = (this.bytes[this.at] ?? 0) >= 0x80;
    const length = this.stringLength();
    if (length < 0) return undefined;
    const { bytes, at } = this;
    const end = at + length;
    this.at = end;
    const values = this.memo.values;
    const known = values.find(name, coded, bytes, at, end);
    if (known !== undefined) return known;
    const field = coded ? this.codedField(name, at, end) : this.rawField(name, at, end);
    if (field !== undefined) values.offer(name, coded, bytes, at, end, field);
    return field;
  }

  private rawField(name: Name, at: number, end: number): Field {
    const bytes = this.bytes;
    let classes = 0;
    for (let i = at; i < end; i++) classes |= BYTE_CLASS[bytes[i]!]!;
    return new Field(name, this.latin1(bytes, at, end), classes & ~BYTE.NOT_NAME);
  }

  private codedField(name: Name, at: number, end: number): Field | undefined {
    const found = this.huffman(at, end);
    if (found < 0) return undefined;
    return new Field(name, this.latin1(this.scratch, 0, found >>> 4), found & 15 & ~BYTE.NOT_NAME);
  }

  private literalName(): Name | undefined {
    const coded = (this.bytes[this.at] ?? 0) >= 0x80;
    const length = this.stringLength();
    if (length < 0) return undefined;
    let at = this.at;
    let end = at + length;
    this.at = end;
    const names = this.memo.names;
    const known = names.find(null, coded, this.bytes, at, end);
    if (known !== undefined) return known;
    const [from, to] = [at, end];
    let source = this.bytes;
    if (coded) {
      const found = this.huffman(at, end);
      if (found < 0) return undefined;
      source = this.scratch;
      at = 0;
      end = found >>> 4;
    }
    if (end === at) return NOBODY;
    // A colon is allowed at the very beginning, where it makes a pseudo-header.
    let classes = 0;
    for (let i = source[at] === 0x3a ? at + 1 : at; i < end; i++) classes |= BYTE_CLASS[source[i]!]!;
    const name = new Name(this.latin1(source, at, end), classes);
    names.offer(null, coded, this.bytes, from, to, name);
    return name;
  }

  private huffman(at: number, end: number): number {
    const needed = decodedLimit(end - at);
    if (needed > this.scratch.length) this.scratch = new Uint8Array(needed * 2);
    return decodeHuffman(this.bytes, at, end, this.scratch);
  }

  /** The length of a string that lies whole inside of the block, or -1 (RFC 7541 section 5.2). */
  private stringLength(): number {
    if (this.at >= this.end) return -1;
    const length = this.integer(0x7f);
    return length > this.end - this.at ? -1 : length;
  }

  /** An integer whose first byte has been found to be there (RFC 7541 section 5.1); -1 when it is cut or too large. */
  private integer(prefix: number): number {
    const bytes = this.bytes;
    let value = bytes[this.at++]! & prefix;
    if (value < prefix) return value;
    for (let shift = 0; shift <= 28 && this.at < this.end; shift += 7) {
      const byte = bytes[this.at++]!;
      value += (byte & 0x7f) * 2 ** shift;
      if (value > LARGEST_INTEGER) return -1;
      if (byte < 0x80) return value;
    }
    return -1;
  }
}
