import { IN_LOWER_CASE } from './match.ts';
import type { Condition, FieldName, Matcher } from './model.ts';
import { compileRegex } from './regex.ts';
import { KNOWN_WORDS } from './schema.ts';

/** Conditions as they are written, and as matchers. Looks at raw data, so that a file with mistakes is still read. */

export interface Place {
  /** The key is wrong, and not what stands behind it. */
  readonly at?: 'key' | 'value';
  /** Words among which the right one probably is. */
  readonly among?: readonly string[];
}
export type Complain = (path: readonly (string | number)[], message: string, place?: Place) => void;

type Raw = Readonly<Record<string, unknown>>;
const isMapping = (value: unknown): value is Raw =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `/source/flags`; slashes inside the source are escaped or stand in a class. Anything else is no expression. */
const REGEX = /^\/((?:[^/\\[]|\\.|\[(?:[^\]\\]|\\.)*\])+)\/([A-Za-z]*)$/s;

/** The conditions of a `when` or a `match`. What the schema refuses anyhow is left out. */
export function readConditions(raw: unknown, path: readonly (string | number)[], complain: Complain): Condition[] {
  if (!isMapping(raw)) return [];
  const conditions: Condition[] = [];
  for (const [key, value] of Object.entries(raw)) {
    if (key === 'state') {
      for (const [name, wanted] of Object.entries(isMapping(value) ? value : {}))
        push(`state.${name}`, wanted, [...path, key, name]);
    } else
      push(key.startsWith('headers.') ? (key.toLowerCase() as FieldName) : (key as FieldName), value, [...path, key]);
  }
  function push(field: FieldName, value: unknown, at: readonly (string | number)[]): void {
    const is = readMatcher(field, value, at, complain);
    if (is !== undefined) conditions.push({ field, is });
  }
  return conditions;
}

/** `undefined`: not a value at all, which the schema says. */
function readMatcher(
  field: FieldName,
  value: unknown,
  path: readonly (string | number)[],
  complain: Complain,
): Matcher | undefined {
  if (typeof value === 'number' || typeof value === 'boolean') return readText(field, String(value), path, complain);
  if (typeof value === 'string') return readText(field, value, path, complain);
  if (Array.isArray(value)) {
    const of = value.map((one, index) => readMatcher(field, one, [...path, index], complain));
    return { is: 'any', of: of.filter((one) => one !== undefined) };
  }
  if (!isMapping(value)) return undefined;
  if (Object.keys(value).length === 0) complain(path, 'is an empty test: give not, gt, lt or exists');
  const number = (given: unknown): number | null => (typeof given === 'number' ? given : null);
  const not = value['not'] === undefined ? undefined : readMatcher(field, value['not'], [...path, 'not'], complain);
  const [gt, lt] = [number(value['gt']), number(value['lt'])];
  if (gt !== null && lt !== null && gt >= lt) complain(path, `can never fit: no number is above ${gt} and below ${lt}`);
  if (value['exists'] === false && (gt !== null || lt !== null))
    complain(path, 'can never fit: what is not there is neither above nor below a number');
  return {
    is: 'test',
    not: not ?? null,
    gt,
    lt,
    exists: typeof value['exists'] === 'boolean' ? value['exists'] : null,
  };
}

function readText(field: FieldName, text: string, path: readonly (string | number)[], complain: Complain): Matcher {
  const [, source, flags = ''] = REGEX.exec(text) ?? [];
  if (source !== undefined) {
    const regex = compileRegex(source, flags);
    if (typeof regex !== 'function') complain(path, `is an expression that ${regex.error}`);
    return { is: 'regex', source, flags };
  }
  if (field === 'status' && /^[1-5]xx$/i.test(text)) return { is: 'glob', pattern: `${text[0]}*` };
  const spelled = IN_LOWER_CASE.includes(field) ? text.toLowerCase() : text;
  if (spelled.includes('*')) return { is: 'glob', pattern: spelled };
  const words = KNOWN_WORDS[field];
  if (words !== undefined && !words.includes(spelled))
    complain(path, `is ${JSON.stringify(text)}, which ${field} never is`, { among: words });
  // Rejected is whatever is not accepted; the other verdicts are names.
  if (field === 'verdict' && text === 'rejected')
    return { is: 'test', not: { is: 'text', text: 'accepted' }, gt: null, lt: null, exists: null };
  return { is: 'text', text: spelled };
}
