/**
 * The few pieces of DER (ITU-T X.690) that reading and writing certificates here takes: definite lengths, one-byte
 * tags. Reading never throws: what is not DER comes back as null.
 */

/** One value: its tag byte and its contents (a view on the bytes given, not a copy). */
export interface DerItem {
  readonly tag: number;
  readonly value: Uint8Array;
}

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const;

/** The values that lie one after the other in `bytes`, or null when a length does not fit. */
export function readItems(bytes: Uint8Array): DerItem[] | null {
  const items: DerItem[] = [];
  let at = 0;
  while (at < bytes.length) {
    const tag = bytes[at++]!;
    if ((tag & 0x1f) === 0x1f || at >= bytes.length) return null;
    let length = bytes[at++]!;
    if (length >= 0x80) {
      const size = length & 0x7f;
      if (size === 0 || size > 4 || at + size > bytes.length) return null;
      length = 0;
      for (let i = 0; i < size; i++) length = length * 256 + bytes[at++]!;
    }
    if (at + length > bytes.length) return null;
    items.push({ tag, value: bytes.subarray(at, at + length) });
    at += length;
  }
  return items;
}

/** What is inside the one value that `bytes` hold, when that value carries `tag`; null otherwise. */
export function readInside(bytes: Uint8Array, tag: number): DerItem[] | null {
  const items = readItems(bytes);
  const only = items?.length === 1 ? items[0] : undefined;
  return only?.tag === tag ? readItems(only.value) : null;
}

/** An object identifier's contents as dotted text, `''` when malformed. */
export function oidText(value: Uint8Array): string {
  const arcs: number[] = [];
  let arc = 0;
  for (const byte of value) {
    arc = arc * 128 + (byte & 0x7f);
    if (arc > Number.MAX_SAFE_INTEGER) return '';
    if (byte >= 0x80) continue;
    if (arcs.length === 0) {
      const first = Math.min(2, Math.floor(arc / 40));
      arcs.push(first, arc - first * 40);
    } else arcs.push(arc);
    arc = 0;
  }
  return (value.at(-1) ?? 0x80) < 0x80 ? arcs.join('.') : '';
}

/** A character string of any of the usual kinds as text, null when the value is of another type. */
export function stringText(item: DerItem): string | null {
  const bytes = Buffer.from(item.value.buffer, item.value.byteOffset, item.value.byteLength);
  switch (item.tag) {
    case TAG.utf8String:
      return bytes.toString('utf8');
    case TAG.printableString:
    case TAG.teletexString:
    case TAG.ia5String:
      return bytes.toString('latin1');
    case TAG.bmpString:
      return bytes.length % 2 === 0 ? Buffer.from(bytes).swap16().toString('utf16le') : null;
    default:
      return null;
  }
}

/** UTCTime or GeneralizedTime in the form certificates use (seconds, `Z`) as milliseconds since 1970, NaN otherwise. */
export function timeMs(item: DerItem): number {
  const text = Buffer.from(item.value).toString('latin1');
  const parts = /^(\d{2}|\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/.exec(text);
  if (parts === null || parts[1]!.length !== (item.tag === TAG.utcTime ? 2 : 4)) return Number.NaN;
  if (item.tag !== TAG.utcTime && item.tag !== TAG.generalizedTime) return Number.NaN;
  const [year, month, day, hour, minute, second] = parts.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  // RFC 5280, 4.1.2.5.1: two digits up to 49 belong to this century.
  const fullYear = item.tag === TAG.utcTime ? (year < 50 ? 2000 : 1900) + year : year;
  return Date.UTC(fullYear, month - 1, day, hour, minute, second);
}

/** One value as bytes: the tag, the length in its shortest form, the contents. */
export function der(tag: number, ...contents: Uint8Array[]): Uint8Array {
  const length = contents.reduce((sum, part) => sum + part.length, 0);
  const size: number[] = [];
  if (length < 0x80) size.push(length);
  else {
    for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) size.unshift(rest % 256);
    size.unshift(0x80 | size.length);
  }
  return Uint8Array.from(Buffer.concat([Uint8Array.of(tag, ...size), ...contents]));
}

/** An object identifier from its dotted text. */
export function derOid(text: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const bytes = [first * 40 + second, ...rest].flatMap((arc) => {
    const digits = [arc % 128];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) digits.unshift(128 + (left % 128));
    return digits;
  });
  return der(TAG.oid, Uint8Array.from(bytes));
}

/** A UTF8String. */
export function derText(text: string): Uint8Array {
  return der(TAG.utf8String, Buffer.from(text, 'utf8'));
}
