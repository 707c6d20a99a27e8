/** Turns bytes into the string whose char codes they are. Header values are bytes; ISO 8859-1 loses none of them. */
export type Latin1 = (bytes: Uint8Array, start: number, end: number) => string;

/** `fromCharCode.apply` is fastest with a plain array of just the right length, so one of each short length is kept. */
const SHORT = 256;
const arrays: number[][] = [];

function shortLatin1(bytes: Uint8Array, start: number, length: number): string {
  let codes = arrays[length];
  if (codes === undefined) {
    for (let size = arrays.length; size <= length; size++) arrays.push(new Array<number>(size).fill(0));
    codes = arrays[length]!;
  }
  for (let i = 0; i < length; i++) codes[i] = bytes[start + i]!;
  return String.fromCharCode.apply(null, codes);
}

/** The decoder used when the caller has none: three to seven times slower than a runtime's own. */
export const pureLatin1: Latin1 = (bytes, start, end) => {
  let text = '';
  for (let at = start; at < end; at += SHORT) text += shortLatin1(bytes, at, Math.min(SHORT, end - at));
  return text;
};

/** The bytes of a text of ours (ASCII in practice); what does not fit into a byte becomes a question mark. */
export function latin1Bytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    bytes[i] = code > 0xff ? 0x3f : code;
  }
  return bytes;
}

/** What matters about a byte inside a header name or value, as bits that can be OR-ed over a whole string. */
export const BYTE = {
  /** NUL, CR or LF: never allowed in a value (RFC 9113 section 8.2.1). */
  FORBIDDEN: 1,
  /** Space or tab: not at the ends of a value (section 8.2.1), and nowhere in a path (RFC 3986 section 3.3). */
  BLANK: 2,
  /** Not allowed in a name: 0x00-0x20, upper case, 0x7f-0xff, a colon but for the first (section 8.2.1). */
  NOT_NAME: 4,
} as const;

export const BYTE_CLASS: Uint8Array = new Uint8Array(256).map((_, byte) => {
  const upperCase = byte >= 0x41 && byte <= 0x5a;
  return (
    (byte === 0x00 || byte === 0x0a || byte === 0x0d ? BYTE.FORBIDDEN : 0) |
    (byte === 0x20 || byte === 0x09 ? BYTE.BLANK : 0) |
    (byte <= 0x20 || upperCase || byte >= 0x7f || byte === 0x3a ? BYTE.NOT_NAME : 0)
  );
});
