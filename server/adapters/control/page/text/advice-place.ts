import type { Exchange } from '../api/types.ts';
import { dict } from './notice.ts';

type Advice = Exchange['advice'][number];

/** Where a remark belongs: a path into the payload, the name of a header, or neither. */
export interface Placed {
  readonly advice: Advice;
  readonly path: string | null;
  readonly header: string | null;
}

export const pathText = (path: readonly string[]): string => path.join('\u0000');

/**
 * Finds the key or header that a remark is about: the one that its record names, else the one that its words name. What
 * speaks of a missing key stands at the object that lacks it.
 */
export function placeAdvice({ request, advice }: Exchange): readonly Placed[] {
  const keys = keysOf(request.payload);
  const headers = [...new Set(request.headers.map(([name]) => name))];
  return advice.map((each) => {
    const given = givenPath(each);
    if (given !== null) {
      if (given.length === 2 && given[0] === 'headers') return { advice: each, path: null, header: given[1] as string };
      return { advice: each, path: pathText(nearest(request.payload, given)), header: null };
    }
    const words = `${each.text} ${each.id}`;
    const header = headers.find((name) => name.startsWith('apns-') && mentions(each.text, name));
    const key = keys.filter((path) => mentions(words, path.at(-1) as string)).sort(byWeight(each.text))[0];
    if (key !== undefined) return { advice: each, path: pathText(key), header: null };
    if (header !== undefined) return { advice: each, path: null, header };
    return { advice: each, path: dict(dict(request.payload)?.['aps']) === null ? null : 'aps', header: null };
  });
}

/** A remark may name its place: `aps.content-state`, or as a list of keys. */
function givenPath(advice: Advice): readonly string[] | null {
  const { path, key, at } = advice as Advice & Record<'path' | 'key' | 'at', unknown>;
  const given = path ?? key ?? at;
  if (Array.isArray(given)) return given.map(String);
  if (typeof given !== 'string' || given === '') return null;
  if (given.startsWith('/')) return given.slice(1).split('/');
  return given.replace(/^payload\./, '').split('.');
}

/** As far as the path exists. */
function nearest(payload: unknown, path: readonly string[]): readonly string[] {
  let value = payload;
  const found: string[] = [];
  for (const key of path) {
    const inner = dict(value) ?? (Array.isArray(value) ? (value as unknown as Record<string, unknown>) : null);
    if (inner === null || !Object.hasOwn(inner, key)) break;
    found.push(key);
    value = inner[key];
  }
  return found;
}

function keysOf(payload: unknown, path: readonly string[] = []): string[][] {
  return Object.entries(dict(payload) ?? {}).flatMap(([key, value]) => [
    [...path, key],
    ...(path.length < 3 ? keysOf(value, [...path, key]) : []),
  ]);
}

const letter = /[\w-]/;
function place(text: string, word: string): number {
  if (word === '') return -1;
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1))
    if (!letter.test(text[at - 1] ?? ' ') && !letter.test(text[at + word.length] ?? ' ')) return at;
  return -1;
}
const mentions = (text: string, word: string): boolean => place(text, word) >= 0;

/** What is named first is what it is about; among equals the deeper key. `aps` is a place, hardly ever the matter. */
const byWeight =
  (text: string) =>
  (a: readonly string[], b: readonly string[]): number => {
    const weight = (path: readonly string[]): number => {
      const key = path.at(-1) as string;
      const at = place(text, key);
      return (key === 'aps' ? 10_000 : 0) + (at < 0 ? 5000 : at);
    };
    return weight(a) - weight(b) || b.length - a.length;
  };
