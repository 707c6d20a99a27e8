import { CONNECTION_KINDS, ENVIRONMENTS, OPERATIONS } from '../../protocol/model.ts';
import { PUSH_TYPES } from '../../protocol/push-types.ts';
import { nearest } from '../near.ts';
import { readDuration } from '../scenario/forms.ts';
import { compileRegex } from '../scenario/regex.ts';

/**
 * The search grammar, one everywhere: `operation:broadcast.send -status:2xx payload.aps.alert.title:"Hi" word`. All terms
 * must fit. A value is literal, a `*` glob, a `/regex/`, a comma list (any of), or `>5`, `<=10`; in quotes it is literal.
 */
export interface Term {
  readonly negated: boolean;
  /** `null`: a word, looked for everywhere. */
  readonly field: SearchField | null;
  readonly value: Value;
  /** As it stands in the query. */
  readonly text: string;
  readonly at: number;
}

export type Value =
  | { readonly is: 'text'; readonly text: string }
  | { readonly is: 'glob'; readonly pattern: string }
  | { readonly is: 'regex'; readonly source: string; readonly flags: string }
  | { readonly is: 'any'; readonly of: readonly Value[] }
  | { readonly is: 'number'; readonly sign: '>' | '>=' | '<' | '<='; readonly number: number }
  | { readonly is: 'seq'; readonly seq: number }
  /** Milliseconds since 1970. */
  | { readonly is: 'moment'; readonly at: number }
  /** Milliseconds before the moment of the search. */
  | { readonly is: 'ago'; readonly ms: number };

export interface QueryProblem {
  /** Place in the query, from 0. */
  readonly at: number;
  readonly message: string;
  readonly suggestion: string | null;
}

export type ParsedQuery =
  | { readonly ok: true; readonly terms: readonly Term[] }
  | { readonly ok: false; readonly problems: readonly QueryProblem[] };

/** What `is:` can be followed by. */
export const IS_WORDS = [
  { word: 'forced', says: 'a rule or a spelled target answered in place of the verdict' },
  { word: 'invalid', says: 'APNs would have refused it' },
  { word: 'valid', says: 'APNs would have taken it' },
  { word: 'advised', says: 'there is advice on it' },
  { word: 'unanswered', says: 'no answer left' },
] as const;

/** Fields without a further name. `words`: what a value can be, for suggestions. */
export const SEARCH_FIELDS = [
  { name: 'operation', says: 'what was asked for', words: OPERATIONS, example: 'operation:broadcast.send' },
  { name: 'topic', says: 'topic of a push, bundle id of all else', words: [], example: 'topic:com.example.*' },
  { name: 'token', says: 'device token', words: [], example: 'token:aaaa*' },
  { name: 'channel', says: 'channel id', words: [], example: 'channel:4pFhH7chOIBuCEZgJ6AQsg==' },
  { name: 'reason', says: 'reason answered, or that of the verdict', words: [], example: 'reason:BadDeviceToken' },
  { name: 'status', says: 'status answered', words: [], example: 'status:4xx' },
  { name: 'type', says: 'push type', words: PUSH_TYPES.map(({ name }) => name), example: 'type:liveactivity' },
  { name: 'priority', says: 'priority as sent', words: [], example: 'priority:10' },
  { name: 'id', says: 'apns-id, apns-request-id or apns-unique-id', words: [], example: 'id:8d0f6b12*' },
  { name: 'team', says: 'team of the provider token', words: [], example: 'team:TEAM123456' },
  { name: 'key', says: 'key of the provider token', words: [], example: 'key:ABC123DEFG' },
  { name: 'conn', says: 'connection', words: [], example: 'conn:c7' },
  { name: 'rule', says: 'name or id of the rule that answered', words: [], example: 'rule:r1' },
  { name: 'environment', says: 'sandbox or production', words: ENVIRONMENTS, example: 'environment:production' },
  {
    name: 'kind',
    says: `exchange, or the kind of a connection event: ${CONNECTION_KINDS.join(', ')}`,
    words: ['exchange', ...CONNECTION_KINDS],
    example: 'kind:goaway-sent',
  },
  { name: 'after', says: 'later than a time, an age or a number', words: [], example: 'after:5m' },
  {
    name: 'before',
    says: 'earlier than a time, an age or a number',
    words: [],
    example: 'before:2026-11-21T18:00:00Z',
  },
  {
    name: 'is',
    says: IS_WORDS.map(({ word }) => word).join(', '),
    words: IS_WORDS.map(({ word }) => word),
    example: 'is:forced',
  },
] as const;
export type PlainSearchField = (typeof SEARCH_FIELDS)[number]['name'];
export type SearchField = PlainSearchField | `payload.${string}` | `headers.${string}`;

/** Fields of which a client says what it likes: what is no word of ours was sent all the same. */
const OPEN: readonly string[] = ['type'] satisfies PlainSearchField[];
const NAMES: readonly string[] = SEARCH_FIELDS.map(({ name }) => name);
/** Longest query, in characters, and most terms. */
export const QUERY_MAX = 2000;
const TERMS_MAX = 50;

/** Reads a query; an empty one has no terms and fits everything. */
export function parseQuery(query: string): ParsedQuery {
  if (query.length > QUERY_MAX)
    return refused([{ at: QUERY_MAX, message: `is longer than ${QUERY_MAX} characters`, suggestion: null }]);
  const terms: Term[] = [];
  const problems: QueryProblem[] = [];
  for (let at = 0; at < query.length; ) {
    if (/\s/.test(query[at] as string)) {
      at++;
      continue;
    }
    const end = endOf(query, at);
    if (end < 0) {
      problems.push({ at: query.indexOf('"', at), message: 'opens a quote that nothing closes', suggestion: null });
      break;
    }
    const read = readTerm(query.slice(at, end), at);
    if ('message' in read) problems.push(read);
    else terms.push(read);
    at = end;
  }
  if (terms.length > TERMS_MAX)
    problems.push({ at: terms[TERMS_MAX]?.at ?? 0, message: `begins more than ${TERMS_MAX} terms`, suggestion: null });
  return problems.length > 0 ? refused(problems) : { ok: true, terms };
}

const refused = (problems: readonly QueryProblem[]): ParsedQuery => ({ ok: false, problems });

/** Where the term that begins here ends; -1: in a quote that is never closed. */
function endOf(query: string, from: number): number {
  let quoted = false;
  for (let at = from; at < query.length; at++) {
    const letter = query[at] as string;
    if (quoted && letter === '\\') at++;
    else if (letter === '"') quoted = !quoted;
    else if (!quoted && /\s/.test(letter)) return at;
  }
  return quoted ? -1 : query.length;
}

function readTerm(text: string, at: number): Term | QueryProblem {
  const negated = text.startsWith('-') && text.length > 1;
  const rest = negated ? text.slice(1) : text;
  const start = negated ? at + 1 : at;
  const [, name, given = ''] = /^([A-Za-z][\w.-]*):(.*)$/s.exec(rest) ?? [];
  if (name === undefined) return { negated, field: null, value: readWord(rest), text, at };
  const field = fieldNamed(name);
  if (field === null)
    return {
      at: start,
      message: `"${name}:" is no field; put the term in quotes to look for it as text`,
      suggestion: suggestField(name),
    };
  const from = start + name.length + 1;
  if (given === '')
    return { at: from, message: `${name}: needs a value, ${name}:"" for an empty one`, suggestion: null };
  const value = readValue(field, given, from);
  return 'message' in value ? value : { negated, field, value, text, at };
}

/** A word alone may be a path, `/3/device/…`, so that it is no regex. */
const readWord = (text: string): Value =>
  text.includes('*') && !text.includes('"') ? { is: 'glob', pattern: text } : { is: 'text', text: unquote(text) };

function fieldNamed(name: string): SearchField | null {
  const lower = name.toLowerCase();
  if (NAMES.includes(lower)) return lower as PlainSearchField;
  if (/^payload\../i.test(name)) return `payload.${name.slice('payload.'.length)}`;
  if (/^headers?\../i.test(name)) return `headers.${lower.slice(lower.indexOf('.') + 1)}`;
  return null;
}

const suggestField = (name: string): string | null => {
  const meant = nearest(name, [...NAMES, 'payload', 'headers']);
  return meant === null ? null : meant === 'payload' || meant === 'headers' ? `${meant}.` : `${meant}:`;
};

function readValue(field: SearchField, given: string, at: number): Value | QueryProblem {
  const problem = (message: string, suggestion: string | null = null): QueryProblem => ({ at, message, suggestion });
  if (field === 'after' || field === 'before') {
    const text = unquote(given);
    return (
      readWhen(text) ??
      problem(
        `${field}: takes a time (2026-11-21T18:00:00Z), an age (5m) or the number of an exchange, not "${clip(text)}"`,
      )
    );
  }
  if (given.startsWith('"')) return { is: 'text', text: unquote(given) };
  const [, source, flags = ''] = /^\/(.+)\/([A-Za-z]*)$/s.exec(given) ?? [];
  if (source !== undefined) {
    const regex = compileRegex(source, flags);
    return typeof regex === 'function' ? { is: 'regex', source, flags } : problem(`/${source}/ ${regex.error}`);
  }
  const [, sign, digits] = /^(>=?|<=?)(-?\d+(?:\.\d+)?)$/.exec(given) ?? [];
  if (sign !== undefined) return { is: 'number', sign: sign as '>', number: Number(digits) };
  // Text of a payload may well have a comma.
  const parts = field.startsWith('payload.') ? [given] : given.split(',').filter((part) => part !== '');
  const status = field === 'status' ? parts.find((part) => !STATUS.test(part)) : undefined;
  if (status !== undefined)
    return problem(
      `status: takes a status (200), all of a kind (4xx), a glob (40*) or a comparison (>=400), not "${clip(status)}"`,
    );
  const words: readonly string[] = OPEN.includes(field)
    ? []
    : (SEARCH_FIELDS.find(({ name }) => name === field)?.words ?? []);
  const wrong = parts.find((part) => words.length > 0 && !part.includes('*') && !words.includes(part.toLowerCase()));
  if (wrong !== undefined)
    return problem(`${field}: is never "${clip(wrong)}"; it is one of ${words.join(', ')}`, nearest(wrong, words));
  const values = parts.map((part) => readText(field, unquote(part)));
  return values.length === 1 ? (values[0] as Value) : { is: 'any', of: values };
}

const STATUS = /^(?:[1-5]xx|\d{1,3}|(?=\*|\d+\*)[\d*]{1,7})$/i;

const readText = (field: SearchField, text: string): Value =>
  field === 'status' && /^[1-5]xx$/i.test(text)
    ? { is: 'glob', pattern: `${text[0]}*` }
    : text.includes('*')
      ? { is: 'glob', pattern: text }
      : { is: 'text', text };

function readWhen(text: string): Value | undefined {
  if (/^#?\d{1,15}$/.test(text)) return { is: 'seq', seq: Number(text.replace('#', '')) };
  const ms = readDuration(text);
  if (ms !== undefined) return { is: 'ago', ms };
  if (!/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : { is: 'moment', at };
}

/** Quotes taken away wherever they stand, and what they escape put in its place. */
const unquote = (text: string): string =>
  text.replaceAll(/"((?:[^"\\]|\\.)*)"/gs, (_, inner: string) => inner.replaceAll(/\\(.)/gs, '$1'));
const clip = (text: string): string => (text.length > 40 ? `${text.slice(0, 39)}…` : text);

/** A value as it is said in a sentence. */
export function sayValue(value: Value): string {
  switch (value.is) {
    case 'text':
      return value.text === '' ? 'empty' : value.text;
    case 'glob':
      return value.pattern;
    case 'regex':
      return `/${value.source}/${value.flags}`;
    case 'any':
      return value.of.map(sayValue).join(' or ');
    case 'number':
      return `${value.sign} ${value.number}`;
    case 'seq':
      return `#${value.seq}`;
    case 'moment':
      return new Date(value.at).toISOString();
    case 'ago':
      return `${value.ms} ms ago`;
  }
}
