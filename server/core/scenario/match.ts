import type { Condition, FieldName, Matcher, PlainField } from './model.ts';
import { compileRegex } from './regex.ts';

/** What a rule or an expectation can ask about. Everything is read when it is asked for. */
export interface View {
  /** Text of a field, `undefined` where there is none. */
  readonly get: (field: PlainField) => string | undefined;
  /** First value of a request header, by its name in lower case. */
  readonly header: (name: string) => string | undefined;
  /** The body as parsed JSON; `undefined`: none, or no JSON. */
  readonly payload: () => unknown;
}

export type States = ReadonlyMap<string, string>;
export type Test = (value: string | undefined) => boolean;
export type Read = (view: View, states: States) => string | undefined;

/** Makes a test of a matcher. */
export function compileMatcher(matcher: Matcher): Test {
  switch (matcher.is) {
    case 'text': {
      const { text } = matcher;
      return (value) => value === text;
    }
    case 'glob':
      return compileGlob(matcher.pattern);
    case 'regex': {
      const regex = compileRegex(matcher.source, matcher.flags);
      if (typeof regex !== 'function') throw new Error(`/${matcher.source}/ ${regex.error}`);
      return (value) => value !== undefined && regex(value);
    }
    case 'any': {
      const texts = new Set(matcher.of.flatMap((one) => (one.is === 'text' ? [one.text] : [])));
      const others = matcher.of.filter((one) => one.is !== 'text').map(compileMatcher);
      return (value) => (value !== undefined && texts.has(value)) || others.some((fits) => fits(value));
    }
    case 'test': {
      const { gt, lt, exists } = matcher;
      const not = matcher.not === null ? null : compileMatcher(matcher.not);
      return (value) => {
        if (exists !== null && exists !== (value !== undefined)) return false;
        if (not?.(value) === true) return false;
        if (gt === null && lt === null) return true;
        const number = numberIn(value);
        return number !== undefined && (gt === null || number > gt) && (lt === null || number < lt);
      };
    }
  }
}

/** `*` is any text; everything else stands for itself. Greedy from the left, hence linear for each piece. */
function compileGlob(pattern: string): Test {
  const pieces = pattern.split('*');
  const [first = '', last = ''] = [pieces[0], pieces.at(-1)];
  if (pieces.length === 1) return (value) => value === pattern;
  if (pieces.length === 2 && last === '') return (value) => value?.startsWith(first) === true;
  const between = pieces.slice(1, -1).filter((piece) => piece !== '');
  const least = pieces.reduce((sum, piece) => sum + piece.length, 0);
  return (value) => {
    if (value === undefined || value.length < least || !value.startsWith(first) || !value.endsWith(last)) return false;
    const end = value.length - last.length;
    let from = first.length;
    for (const piece of between) {
      const at = value.indexOf(piece, from);
      if (at < 0 || at + piece.length > end) return false;
      from = at + piece.length;
    }
    return true;
  };
}

function numberIn(value: string | undefined): number | undefined {
  return value !== undefined && /^-?\d{1,20}(\.\d{1,20})?$/.test(value) ? Number(value) : undefined;
}

/** Fields that are compared in lower case, because clients write them either way. */
export const IN_LOWER_CASE: readonly string[] = ['token', 'pushType'] satisfies PlainField[];

/** Text of a field as it is compared. */
export function fieldOf(view: View, field: PlainField): string | undefined {
  const value = view.get(field);
  return IN_LOWER_CASE.includes(field) ? value?.toLowerCase() : value;
}

/** How a field is read. */
export function compileRead(field: FieldName): Read {
  const dot = field.indexOf('.');
  if (dot < 0)
    return IN_LOWER_CASE.includes(field)
      ? (view) => fieldOf(view, field as PlainField)
      : (view) => view.get(field as PlainField);
  const name = field.slice(dot + 1);
  switch (field.slice(0, dot)) {
    case 'headers':
      return (view) => view.header(name);
    case 'payload':
      return (view) => textOf(inside(view.payload(), name));
    case 'state':
      return (_, states) => states.get(name);
    default:
      throw new Error(`there is no field ${field}`);
  }
}

/** True when all conditions hold. */
export function compileConditions(conditions: readonly Condition[]): (view: View, states: States) => boolean {
  const tests = conditions.map(({ field, is }) => {
    const read = compileRead(field);
    const fits = compileMatcher(is);
    return (view: View, states: States): boolean => fits(read(view, states));
  });
  const [one, two] = tests;
  if (one === undefined) return () => true;
  if (two === undefined) return one;
  return (view, states) => {
    for (let i = 0; i < tests.length; i++) if (!(tests[i] as (typeof tests)[number])(view, states)) return false;
    return true;
  };
}

/**
 * The value at a path, `aps.alert.title`; a number leads into a list. Keys may contain dots themselves
 * (`com.example.id`): the longest key that is there is tried first.
 */
export function inside(value: unknown, path: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Object.hasOwn(value, path)) return (value as Record<string, unknown>)[path];
  for (let dot = path.lastIndexOf('.'); dot > 0; dot = path.lastIndexOf('.', dot - 1)) {
    const key = path.slice(0, dot);
    if (!Object.hasOwn(value, key)) continue;
    const found = inside((value as Record<string, unknown>)[key], path.slice(dot + 1));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** JSON as the text that conditions are compared with: `3`, `true`, `null`, the bare string; else compact JSON. */
export const textOf = (value: unknown): string | undefined =>
  value === undefined || typeof value === 'string' ? value : JSON.stringify(value);
