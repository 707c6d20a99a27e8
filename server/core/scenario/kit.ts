import * as v from 'valibot';

/**
 * Pieces of a schema. valibot stops at the first unknown key and tells a union apart by trial and error; a person who
 * edits a file wants every mistake, and each at its own place. So objects and alternatives are made here, of the types
 * that valibot knows, with a run of their own.
 */

/** A value as it is shown in a sentence: on one line, and cut when long. */
export function shown(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'a mapping';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

type Message = (issue: { readonly input: unknown }) => string;

/** The message of a value that is not what it must be. */
export const must =
  (says: string): Message =>
  ({ input }) =>
    `must be ${says}, not ${shown(input)}`;

export const listed = (words: readonly string[], and = 'or'): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} ${and} ${words.at(-1)}`;

/** An issue's `requirement`: the words among which the right one probably is. */
export const choice = <const T extends readonly string[]>(words: T, says = `one of ${listed(words)}`) => ({
  ...v.picklist(words, must(says)),
  requirement: words,
});

export const text = (says = 'text') => v.string(must(says));
export const filled = (says: string) => v.pipe(v.string(must(says)), v.minLength(1, must(says)));
export const truth = () => v.boolean(must('true or false'));
/** A switch that can only be thrown: what is not wanted is left out. */
export const yes = () => v.literal(true, must('true (leave the key out otherwise)'));

export function whole(from: number, to: number, says = `a whole number from ${from} to ${to}`) {
  return v.pipe(v.number(must(says)), v.integer(must(says)), v.minValue(from, must(says)), v.maxValue(to, must(says)));
}

export function fraction(from: number, to: number, says: string) {
  return v.pipe(v.number(must(says)), v.minValue(from, must(says)), v.maxValue(to, must(says)));
}

type Run = v.GenericSchema['~run'];

/** Text of a form, and what it stands for. The form is for editors, `read` decides. */
export function written<T>(read: (text: string) => T | undefined, says: string, pattern: string) {
  const base = v.pipe(
    v.string(must(says)),
    v.check((text) => read(text) !== undefined, must(says)),
    v.metadata({ pattern }),
  );
  // Not a transformation of valibot's: its JSON Schema ends there, and with it the sentence that follows.
  const schema = {
    ...base,
    '~run'(dataset: Parameters<Run>[0], config: Parameters<Run>[1]) {
      const out = base['~run'](dataset, config);
      return out.typed && out.issues === undefined ? { ...out, value: read(out.value) } : out;
    },
  };
  return schema as unknown as v.SchemaWithPipe<readonly [v.StringSchema<undefined>, v.TransformAction<string, T>]>;
}

/** A sentence about a key, for editors and documentation. */
export interface Told {
  readonly says: string;
  readonly examples: readonly unknown[];
}

/** A key that may be left out. */
export const may = <const S extends v.GenericSchema>(schema: S, says: string, ...examples: v.InferInput<S>[]) => ({
  ...v.optional(schema),
  says,
  examples,
});
/** A key that must be there. */
export const needs = <const S extends v.GenericSchema>(schema: S, says: string, ...examples: v.InferInput<S>[]) => ({
  ...v.pipe(schema, v.description(says), v.examples(examples)),
  says,
  examples,
});

const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Keys that are not to be had, and are told apart. */
export interface Elsewhere {
  /** What is said of a key that has its place, but not here; nothing is suggested. */
  readonly told?: Readonly<Record<string, string>>;
  /** Keys that are read only to be refused with a reason: nobody means them. */
  readonly never?: readonly string[];
}

/** A mapping with these keys and no others, besides those that begin with a prefix and a dot. */
export function closed<const E extends v.ObjectEntries>(
  says: string,
  entries: E,
  prefixes: Readonly<Record<string, v.GenericSchema>> = {},
  { told = {}, never = [] }: Elsewhere = {},
) {
  const open = v.looseObject(entries);
  const message = must(`a mapping: ${says} with its keys`);
  const known = [...Object.keys(entries), ...Object.keys(prefixes).map((prefix) => `${prefix}.`)].filter(
    (key) => !never.includes(key),
  );
  const schema = {
    ...v.strictObject(entries),
    prefixes,
    '~run'(dataset: Parameters<Run>[0], config: Parameters<Run>[1]) {
      const input = dataset.value;
      if (!isMapping(input)) {
        v._addIssue({ ...open, message }, 'type', dataset, config);
        return dataset;
      }
      const out = open['~run']({ value: input }, config);
      out.issues = out.issues?.map((issue) =>
        issue.path?.length === 1 && issue.path[0].origin === 'key'
          ? { ...issue, message: `is missing its ${issue.expected}` }
          : issue,
      ) as typeof out.issues;
      for (const key of Object.keys(input)) {
        if (Object.hasOwn(entries, key)) continue;
        const dot = key.indexOf('.');
        const prefix = dot > 0 && dot < key.length - 1 ? key.slice(0, dot) : '';
        const path: [v.ObjectPathItem] = [{ type: 'object', origin: 'key', input, key, value: input[key] }];
        if (!Object.hasOwn(prefixes, prefix)) {
          const context = Object.hasOwn(told, key)
            ? { ...open, requirement: [], message: told[key] as string }
            : { ...open, requirement: known, message: `is no key of ${says}` };
          v._addIssue(context, 'key', out, config, { input: key, expected: 'never', path });
          continue;
        }
        const inner = (prefixes[prefix] as v.GenericSchema)['~run']({ value: input[key] }, config);
        const found = (inner.issues ?? []).map((issue) => ({
          ...issue,
          path: [{ ...path[0], origin: 'value' as const }, ...(issue.path ?? [])],
        }));
        if (found.length > 0) out.issues = [...(out.issues ?? []), ...found] as typeof out.issues;
        if (!inner.typed) out.typed = false;
        else (out.value as Record<string, unknown>)[key] = inner.value;
      }
      return out;
    },
  };
  return schema as unknown as v.StrictObjectSchema<E, undefined>;
}

const NAME = /^[A-Za-z_][A-Za-z0-9_.-]{0,99}$/;
const RESERVED: readonly string[] = ['__proto__', 'constructor', 'prototype'];

/** A mapping whose keys are names that the file chooses. */
export function names<const S extends v.GenericSchema>(says: string, value: S, form = NAME) {
  const base = v.record(v.string(), value);
  const message = must(says);
  const schema = {
    ...base,
    '~run'(dataset: Parameters<Run>[0], config: Parameters<Run>[1]) {
      const input = dataset.value;
      if (!isMapping(input)) {
        v._addIssue({ ...base, message }, 'type', dataset, config);
        return dataset;
      }
      const bad = Object.keys(input).filter((key) => !form.test(key) || RESERVED.includes(key));
      const good = Object.fromEntries(Object.entries(input).filter(([key]) => !bad.includes(key)));
      const out = base['~run']({ value: good }, config);
      for (const key of bad) {
        const context = { ...base, message: 'is no usable name: letters, digits, "_", "-" and "." make one' };
        const path: [v.ObjectPathItem] = [{ type: 'object', origin: 'key', input, key, value: input[key] }];
        v._addIssue(context, 'key', out, config, { input: key, path });
      }
      return out;
    },
  };
  return schema as unknown as v.RecordSchema<v.StringSchema<undefined>, S, undefined>;
}

type Options = readonly v.GenericSchema[];

/** One of several shapes. `which` looks at a value and says which is meant, `undefined`: none. */
export function either<const O extends Options>(
  says: string,
  options: O,
  which: (input: unknown) => number | undefined,
) {
  const base = v.union(options as never);
  const message = must(says);
  const schema = {
    ...base,
    '~run'(dataset: Parameters<Run>[0], config: Parameters<Run>[1]) {
      const meant = which(dataset.value);
      if (meant !== undefined) return (options[meant] as v.GenericSchema)['~run'](dataset, config);
      v._addIssue({ ...base, message }, 'type', dataset, config);
      return dataset;
    },
  };
  return schema as unknown as v.UnionSchema<v.UnionOptions & O, undefined>;
}

/** `which` for shapes that differ by their type: the index of each. */
export const byType =
  (index: Partial<Record<'text' | 'number' | 'truth' | 'list' | 'mapping', number>>) =>
  (input: unknown): number | undefined => {
    if (typeof input === 'string') return index.text;
    if (typeof input === 'number') return index.number;
    if (typeof input === 'boolean') return index.truth;
    if (Array.isArray(input)) return index.list;
    return isMapping(input) ? index.mapping : undefined;
  };
