/** A query as its terms: `key:value`, `-key:value`, or a bare word; values with spaces in quotes. */

export interface Term {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const TERM = /(?:[^\s"]|"(?:[^"\\]|\\.)*"?)+/g;

export const termsOf = (query: string): readonly Term[] =>
  [...query.matchAll(TERM)].map((hit) => ({ text: hit[0], start: hit.index, end: hit.index + hit[0].length }));

export const termOf = (key: string, value: string): string =>
  /^[^\s"\\]+$/.test(value) ? `${key}:${value}` : `${key}:"${value.replace(/["\\]/g, '\\$&')}"`;

export const hasTerm = (query: string, term: string): boolean => termsOf(query).some(({ text }) => text === term);

const keyOf = (term: string): string => term.slice(0, term.indexOf(':') + 1);

/** In, or out if it is in; another value of the same key gives way. `is:` says several things, so those add up. */
export function toggleTerm(query: string, term: string): string {
  const terms = termsOf(query).map(({ text }) => text);
  if (terms.includes(term)) return terms.filter((each) => each !== term).join(' ');
  const key = keyOf(term);
  const kept = key === 'is:' ? terms : terms.filter((each) => keyOf(each) !== key);
  return [...kept, term].join(' ');
}

/** Not in the middle of a term: no key waits for its value, and every quote is closed. */
export const isWhole = (query: string): boolean =>
  termsOf(query).every(({ text }) => !text.endsWith(':') && text.replaceAll(/\\./g, '').split('"').length % 2 === 1);
