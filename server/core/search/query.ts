import type { Entry } from '../journal.ts';
import type { Ports } from '../ports.ts';
import { compileMatcher } from '../scenario/match.ts';
import { type PlainSearchField, sayValue, type Term, type Value } from './grammar.ts';
import type { SearchView } from './view.ts';

/** A query ready to run. */
export interface Query {
  readonly fits: (entry: Entry) => boolean;
  /** One for each term, for telling why something did not fit. */
  readonly clauses: readonly Clause[];
}

export interface Clause {
  readonly fits: (view: SearchView) => boolean;
  /** Why it does not fit: `status was 429, not 200`. */
  readonly miss: (view: SearchView) => string;
  /** What it takes to find out. */
  readonly cost: Cost;
}

/** What has to be read: a number or a name, headers, the body as JSON, all there is as text, or the advice on it. */
const COSTS = ['plain', 'headers', 'payload', 'words', 'advice'] as const;
export type Cost = (typeof COSTS)[number];

/** What a query needs to know of the world. */
export interface QueryContext {
  readonly ports: Pick<Ports, 'utf8'>;
  /** Milliseconds since 1970, for ages. */
  readonly now: number;
  readonly advised: (entry: Entry) => boolean;
}

export const compileTerms = (terms: readonly Term[], context: QueryContext): readonly Clause[] =>
  terms.map((term) => compileTerm(term, context));

export function queryOf(clauses: readonly Clause[], viewOf: (entry: Entry) => SearchView): Query {
  // Most entries fail at what is told at a glance, and need not be read any further.
  const cheapFirst = [...clauses].sort((a, b) => COSTS.indexOf(a.cost) - COSTS.indexOf(b.cost));
  return {
    clauses,
    fits(entry) {
      if (clauses.length === 0) return true;
      const view = viewOf(entry);
      for (let i = 0; i < cheapFirst.length; i++) if (!(cheapFirst[i] as Clause).fits(view)) return false;
      return true;
    },
  };
}

function compileTerm(term: Term, context: QueryContext): Clause {
  const { negated } = term;
  const test = testOf(term, context);
  return {
    fits: (view) => test(view) !== negated,
    miss: (view) => missOf(term, view),
    cost: costOf(term),
  };
}

function costOf({ field, value }: Term): Cost {
  if (field === null) return 'words';
  if (field === 'is') return sayValue(value).toLowerCase().includes('advised') ? 'advice' : 'plain';
  if (field.startsWith('payload.')) return 'payload';
  return IN_HEADERS.has(field) || field.startsWith('headers.') ? 'headers' : 'plain';
}

const IN_HEADERS: ReadonlySet<string> = new Set<PlainSearchField>([
  'channel',
  'reason',
  'status',
  'token',
  'type',
  'priority',
  'id',
]);

function testOf({ field, value }: Term, { now, advised }: QueryContext): (view: SearchView) => boolean {
  if (field === null) {
    if (value.is === 'glob') {
      const holds = globWithin(value.pattern.toLowerCase());
      return (view) => holds(view.text());
    }
    const word = value.is === 'text' ? value.text.toLowerCase() : '';
    return (view) => view.text().includes(word);
  }
  if (field === 'is') return isTest(value, advised);
  if (field === 'after' || field === 'before') {
    const later = field === 'after';
    if (value.is === 'seq') return ({ entry }) => (later ? entry.seq > value.seq : entry.seq < value.seq);
    const at = value.is === 'ago' ? now - value.ms : value.is === 'moment' ? value.at : 0;
    return ({ entry }) => (later ? entry.at > at : entry.at < at);
  }
  const fits = valueTest(value);
  // What is not there is as good as empty.
  if (value.is === 'text' && value.text === '')
    return (view) => {
      const values = view.values(field);
      return values.length === 0 || values.some(fits);
    };
  if (value.is === 'text') {
    const wanted = value.text.toLowerCase();
    if (field.startsWith('payload.') && isVerbatim(wanted))
      return (view) => view.mayHold(wanted) && view.lowered(field).includes(wanted);
    return (view) => view.lowered(field).includes(wanted);
  }
  return (view) => view.values(field).some(fits);
}

/** Whether a glob fits a piece of a text; its `*` is any letters but white space, so that it stays within a word. */
function globWithin(pattern: string): (text: string) => boolean {
  const pieces = pattern.split('*').filter((piece) => piece !== '');
  const [first = '', ...others] = pieces;
  return (text) => {
    for (let at = text.indexOf(first); at >= 0; ) {
      const space = text.slice(at).search(/\s/);
      const end = space < 0 ? text.length : at + space;
      let from = at + first.length;
      const missing = others.find((piece) => {
        const found = text.indexOf(piece, from);
        if (found < 0 || found + piece.length > end) return true;
        from = found + piece.length;
        return false;
      });
      if (missing === undefined) return true;
      // What this word lacks behind its first place, it lacks behind the next as well.
      at = text.indexOf(first, end);
    }
    return false;
  };
}

/**
 * Whether a value with this text stands in the JSON letter by letter, unless something is escaped there. Numbers, `null`,
 * objects and lists may be written otherwise than they are read.
 */
const isVerbatim = (text: string): boolean => !/^(null|[{[].*|-?[\d.]+(e[+-]?\d+)?)$/s.test(text);

/** Letters of either case are alike, except where an expression says otherwise. */
function valueTest(value: Value): (given: string) => boolean {
  switch (value.is) {
    case 'text': {
      const wanted = value.text.toLowerCase();
      return (given) => given.toLowerCase() === wanted;
    }
    case 'glob': {
      const test = compileMatcher({ is: 'glob', pattern: value.pattern.toLowerCase() });
      return (given) => test(given.toLowerCase());
    }
    case 'regex':
      return compileMatcher(value);
    case 'any': {
      const tests = value.of.map(valueTest);
      return (given) => tests.some((test) => test(given));
    }
    case 'number': {
      const { sign, number } = value;
      const compare = { '>': above, '>=': atLeast, '<': below, '<=': atMost }[sign];
      return (given) => /^-?\d{1,20}(\.\d{1,20})?$/.test(given) && compare(Number(given), number);
    }
    case 'seq':
    case 'moment':
    case 'ago':
      return () => false;
  }
}

const above = (a: number, b: number): boolean => a > b;
const atLeast = (a: number, b: number): boolean => a >= b;
const below = (a: number, b: number): boolean => a < b;
const atMost = (a: number, b: number): boolean => a <= b;

function isTest(value: Value, advised: (entry: Entry) => boolean): (view: SearchView) => boolean {
  if (value.is === 'any') {
    const tests = value.of.map((one) => isTest(one, advised));
    return (view) => tests.some((test) => test(view));
  }
  const word = value.is === 'text' ? value.text.toLowerCase() : '';
  return ({ entry }) => {
    if (entry.kind !== 'exchange') return false;
    switch (word) {
      case 'forced':
        return entry.rule !== null;
      case 'invalid':
        return entry.verdict.reason !== null;
      case 'valid':
        return entry.verdict.reason === null;
      case 'unanswered':
        return entry.response === null;
      case 'advised':
        return advised(entry);
      default:
        return false;
    }
  };
}

function missOf({ field, value, negated, text }: Term, view: SearchView): string {
  if (field === null) return negated ? `it contains ${text.slice(1)}` : `nothing in it contains ${text}`;
  const wanted = field === 'status' ? sayValue(value).replaceAll(/\b([1-5])\*(?![\d*])/g, '$1xx') : sayValue(value);
  if (field === 'is') return negated ? `it is ${wanted}` : `it is not ${wanted}`;
  if (field === 'after' || field === 'before') {
    const { entry } = view;
    const was = value.is === 'seq' ? `#${entry.seq}` : new Date(entry.at).toISOString();
    return `it was ${was}, ${negated ? 'which is' : 'which is not'} ${field} ${wanted}`;
  }
  const [found] = view.values(field);
  if (negated) return `${field} was ${wanted}`;
  return found === undefined ? `${field} was absent, not ${wanted}` : `${field} was ${clip(found)}, not ${wanted}`;
}

const clip = (text: string): string => (text === '' ? '""' : text.length > 60 ? `${text.slice(0, 59)}…` : text);
