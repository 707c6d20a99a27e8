/** HPACK (RFC 7541) for a client that shares no code with the server: literals out, everything in. */

export type Pairs = readonly (readonly [name: string, value: string])[];

/** Literals without indexing, no Huffman coding (section 6.2.2): any bytes, in any order, as often as wanted. */
export function encode(headers: Pairs): Buffer {
  return Buffer.concat(headers.flatMap(([name, value]) => [Buffer.of(0), text(name), text(value)]));
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'latin1');
  if (bytes.length < 127) return Buffer.concat([Buffer.of(bytes.length), bytes]);
  const length = [127];
  let rest = bytes.length - 127;
  for (; rest >= 128; rest >>= 7) length.push((rest & 127) | 128);
  return Buffer.concat([Buffer.from([...length, rest]), bytes]);
}

/** Appendix A. */
const STATIC: Pairs = (
  ':authority|:method GET|:method POST|:path /|:path /index.html|:scheme http|:scheme https|:status 200|:status 204|' +
  ':status 206|:status 304|:status 400|:status 404|:status 500|accept-charset|accept-encoding gzip, deflate|' +
  'accept-language|accept-ranges|accept|access-control-allow-origin|age|allow|authorization|cache-control|' +
  'content-disposition|content-encoding|content-language|content-length|content-location|content-range|content-type|' +
  'cookie|date|etag|expect|expires|from|host|if-match|if-modified-since|if-none-match|if-range|if-unmodified-since|' +
  'last-modified|link|location|max-forwards|proxy-authenticate|proxy-authorization|range|referer|refresh|retry-after|' +
  'server|set-cookie|strict-transport-security|transfer-encoding|user-agent|vary|via|www-authenticate'
)
  .split('|')
  .map((row) => {
    const space = row.indexOf(' ');
    return space < 0 ? [row, ''] : [row.slice(0, space), row.slice(space + 1)];
  });

/** One per connection: it keeps the dynamic table. */
export class Decoder {
  private table: [string, string][] = [];
  private most = 4096;

  decode(bytes: Buffer): [string, string][] {
    const headers: [string, string][] = [];
    let at = 0;
    const integer = (bits: number): number => {
      const mask = (1 << bits) - 1;
      let value = bytes[at++]! & mask;
      if (value < mask) return value;
      for (let shift = 0; ; shift += 7) {
        const byte = bytes[at++];
        if (byte === undefined) throw new Error('HPACK: an integer is cut');
        value += (byte & 127) * 2 ** shift;
        if (byte < 128) return value;
      }
    };
    const string = (): string => {
      const huffman = bytes[at]! >= 128;
      const length = integer(7);
      if (at + length > bytes.length) throw new Error('HPACK: a string is cut');
      const part = bytes.subarray(at, at + length);
      at += length;
      return huffman ? fromHuffman(part) : part.toString('latin1');
    };
    while (at < bytes.length) {
      const first = bytes[at]!;
      if (first >= 128) {
        headers.push([...this.entry(integer(7))]);
      } else if (first >= 32 && first < 64) {
        this.most = integer(5);
        this.evict();
      } else {
        const keeps = first >= 64;
        const index = integer(keeps ? 6 : 4);
        const name = index === 0 ? string() : this.entry(index)[0];
        const header: [string, string] = [name, string()];
        headers.push(header);
        if (!keeps) continue;
        this.table.unshift(header);
        this.evict();
      }
    }
    return headers;
  }

  private entry(index: number): readonly [string, string] {
    const found = index <= STATIC.length ? STATIC[index - 1] : this.table[index - STATIC.length - 1];
    if (found === undefined) throw new Error(`HPACK: there is no entry ${index}`);
    return found;
  }

  private evict(): void {
    const size = (): number => this.table.reduce((sum, [name, value]) => sum + name.length + value.length + 32, 0);
    while (this.table.length > 0 && size() > this.most) this.table.pop();
  }
}

/**
 * Lengths of the codes of appendix B for the bytes 0 to 255 and EOS, in base 32 (`u`: 30). The code is canonical: codes
 * of one length are consecutive, in order of their bytes.
 */
const LENGTHS = [
  'dnsssssssoussussssssssusssssssss6aacd68baa8b8666555666666678f6cad67777777777777777777777878djde6f565',
  '65666577666567655677777fbedskmkkmmmnmnnnnnonoomnonnnnlmnmnnomlkmmnnlnmmolmnnllmlnmnnkmmmnmmnqqkjmnmp',
  'qqqrrqopjlqrrqrollqqsrrrkoklmllnmmppooqnqrqqrrrrrsrrrrrqu',
].join('');
const CODES = new Map<number, number>();
for (let length = 5, code = 0; length <= 30; length++, code *= 2)
  for (let symbol = 0; symbol <= 256; symbol++)
    if (Number.parseInt(LENGTHS[symbol]!, 32) === length) CODES.set(length * 2 ** 32 + code++, symbol);

function fromHuffman(bytes: Buffer): string {
  const out: number[] = [];
  let code = 0;
  let length = 0;
  for (const byte of bytes)
    for (let bit = 7; bit >= 0; bit--) {
      code = code * 2 + ((byte >> bit) & 1);
      const symbol = CODES.get(++length * 2 ** 32 + code);
      if (symbol === undefined) continue;
      out.push(symbol);
      code = 0;
      length = 0;
    }
  if (length > 7 || code !== 2 ** length - 1) throw new Error('HPACK: Huffman padding is wrong');
  return Buffer.from(out).toString('latin1');
}
