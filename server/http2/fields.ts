import { BYTE } from './text.ts';

/** What a name means to HTTP/2 itself. The order matters: pseudo-headers come first, then names without a meaning. */
export const KIND = {
  METHOD: 0,
  SCHEME: 1,
  AUTHORITY: 2,
  PATH: 3,
  /** A pseudo-header that no request may have (RFC 9113 section 8.3). */
  UNKNOWN_PSEUDO: 4,
  PLAIN: 5,
  CONTENT_LENGTH: 6,
  HOST: 7,
} as const;

const KINDS = new Map<string, number>([
  [':method', KIND.METHOD],
  [':scheme', KIND.SCHEME],
  [':authority', KIND.AUTHORITY],
  [':path', KIND.PATH],
  ['content-length', KIND.CONTENT_LENGTH],
  ['host', KIND.HOST],
]);

/** RFC 9113 section 8.2.2: these speak of one HTTP/1.1 connection and make a message malformed. */
const CONNECTION_SPECIFIC = new Set(['connection', 'proxy-connection', 'keep-alive', 'transfer-encoding', 'upgrade']);

/** A header name, with what there is to know about it found out once. */
export class Name {
  readonly text: string;
  readonly kind: number;
  /** Why a message with this name is malformed, or ''. */
  readonly flaw: string;

  /** `classes`: the OR of the BYTE_CLASS of all bytes but for a colon at the beginning. */
  constructor(text: string, classes: number) {
    this.text = text;
    this.kind = KINDS.get(text) ?? (text.startsWith(':') ? KIND.UNKNOWN_PSEUDO : KIND.PLAIN);
    this.flaw = nameFlaw(text, classes);
  }
}

function nameFlaw(text: string, classes: number): string {
  if (text === '') return 'a header has an empty name (RFC 9113 section 8.2)';
  if ((classes & BYTE.NOT_NAME) !== 0) {
    return `the header name ${JSON.stringify(text)} has an upper-case letter or another character that is not allowed (RFC 9113 section 8.2.1)`;
  }
  if (CONNECTION_SPECIFIC.has(text)) return `the header ${text} is specific to a connection (RFC 9113 section 8.2.2)`;
  return '';
}

/**
 * One header as the HPACK table keeps it. A field is made once and then shared by all requests that refer to it, so
 * whatever can be told from the field alone is told here and not once per request.
 */
export class Field {
  readonly name: Name;
  readonly value: string;
  /** Size by RFC 7541 section 4.1, which is also how MAX_HEADER_LIST_SIZE counts (RFC 9113 section 6.5.2). */
  readonly size: number;
  /** The OR of the BYTE_CLASS of the value's bytes. */
  readonly classes: number;
  /** Why a message with this field is malformed, or ''. */
  readonly flaw: string;
  /** The number that a content-length says; -1 for other fields. */
  readonly number: number;

  constructor(name: Name, value: string, classes: number) {
    this.name = name;
    this.value = value;
    this.size = name.text.length + value.length + 32;
    this.classes = classes;
    this.number = name.kind === KIND.CONTENT_LENGTH ? contentLength(value) : -1;
    this.flaw =
      name.flaw === '' && classes === 0 && name.kind === KIND.PLAIN && name.text !== 'te' ? '' : fieldFlaw(this);
  }
}

function fieldFlaw({ name, value, classes, number }: Field): string {
  if (name.flaw !== '') return name.flaw;
  if ((classes & BYTE.FORBIDDEN) !== 0) {
    return `the value of ${name.text} has a NUL, CR or LF in it (RFC 9113 section 8.2.1)`;
  }
  // What is wrong with a path is for the validation to say, as that is a matter of options.
  if (
    (classes & BYTE.BLANK) !== 0 &&
    name.kind !== KIND.PATH &&
    (isBlank(value.charCodeAt(0)) || isBlank(value.charCodeAt(value.length - 1))) &&
    !isBareScheme(name, value)
  ) {
    return `the value of ${name.text} begins or ends with white space (RFC 9113 section 8.2.1)`;
  }
  if (name.text === 'te' && value.toLowerCase() !== 'trailers') {
    return 'the header te says something other than trailers (RFC 9113 section 8.2.2)';
  }
  if (name.kind === KIND.CONTENT_LENGTH && number < 0) {
    return `content-length is not a number: ${JSON.stringify(value)} (RFC 9110 section 8.6)`;
  }
  return '';
}

const isBlank = (code: number): boolean => code === 0x20 || code === 0x09;

/**
 * `bearer ` is what a sender writes whose token is empty. It is for the judge to say so: a reset would hide the usual
 * reason, a variable that is not set, and servers on nghttp2 do not reset either (they take the field for absent).
 */
function isBareScheme(name: Name, value: string): boolean {
  return name.text === 'authorization' && /^[a-z]+ $/i.test(value);
}

/** RFC 9110 section 8.6: digits alone. Longer numbers than these are not exact, and no body is that long. */
function contentLength(value: string): number {
  return /^[0-9]{1,15}$/.test(value) ? Number(value) : -1;
}
