import * as v from 'valibot';
import { nearest } from '../near.ts';
import { buildEffect, buildRule, buildScenario } from './build.ts';
import type { EffectSpec, On, Problem, Rule, Scenario } from './model.ts';
import { type Checks, checkRule, checkScenario } from './rules.ts';
import { RULE, SCENARIO, THEN } from './schema.ts';
import { readSource, type Source } from './source.ts';
import type { Complain } from './values.ts';

/**
 * Text of a scenario file, YAML or JSON, to a scenario: all of it or nothing, and then every mistake. Imported only when
 * there is a file to read, because the two libraries it stands on take longer to load than all the rest of the start.
 */
export type Parsed = { readonly ok: true; readonly scenario: Scenario } | Refused;
export type ParsedRule = { readonly ok: true; readonly rule: Rule } | Refused;
export type ParsedEffect = { readonly ok: true; readonly effect: EffectSpec } | Refused;
interface Refused {
  readonly ok: false;
  /** In the order of the file; one at least. */
  readonly problems: readonly Problem[];
}

export interface ParseOptions {
  /** Why a public key in PEM cannot be used; `null`: it can. Without it keys are only looked at. */
  readonly keyProblem?: (pem: string) => string | null;
  /** States that are declared elsewhere: for a rule on its own. */
  readonly states?: readonly string[];
}

/** Mistakes that are told at once. */
const PROBLEMS_MAX = 100;

export function parseScenario(file: string, text: string, options: ParseOptions = {}): Parsed {
  return read(
    file,
    text,
    SCENARIO,
    (data, checks) => checkScenario(data, checks),
    options,
    (shape) => ({
      ok: true,
      scenario: buildScenario(shape),
    }),
  );
}

/** One rule on its own, for the control API. Its id is given when it is added. */
export function parseRule(file: string, text: string, options: ParseOptions = {}): ParsedRule {
  const check = (data: unknown, { complain }: Checks): void => {
    if (isMapping(data)) checkRule(data, [], options.states ?? [], complain);
  };
  return read(file, text, RULE, check, options, (shape) => ({ ok: true, rule: buildRule(shape, 1) }));
}

/** One effect on its own, for faults on demand. */
export function parseEffect(file: string, text: string, on: On, options: ParseOptions = {}): ParsedEffect {
  const check = (data: unknown, { complain }: Checks): void => {
    const inner: Complain = (path, message, place) => complain(path.slice(1), message, place);
    // As the only effect of a rule that fits everything.
    if (isMapping(data))
      checkRule(on === 'request' ? ruleOf(data) : { ...ruleOf(data), on }, [], options.states ?? [], inner);
  };
  return read(file, text, THEN, check, options, (shape) => ({ ok: true, effect: buildEffect(shape, on) }));
}

// biome-ignore lint/suspicious/noThenProperty: the word of the language
const ruleOf = (data: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => ({ then: data });

const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function read<S extends v.GenericSchema, T>(
  file: string,
  text: string,
  schema: S,
  check: (data: unknown, checks: Checks) => void,
  options: ParseOptions,
  build: (shape: v.InferOutput<S>) => T,
): T | Refused {
  const source = readSource(file, text);
  if (source.problems.length > 0 && source.data === undefined) return refused(source.problems);
  const problems = [...source.problems];
  // What could not be read is nothing, and that it is nothing need not be said as well.
  const told = new Set(source.problems.map(({ line, column }) => `${line}:${column}`));
  const result = v.safeParse(schema, source.data);
  for (const issue of result.issues ?? []) {
    const problem = problemOf(issue, source);
    if (!told.has(`${problem.line}:${problem.column}`)) problems.push(problem);
  }
  check(source.data, {
    keyProblem: options.keyProblem,
    complain(path, message, { at = 'value', among = [] } = {}) {
      const word = at === 'key' ? String(path.at(-1)) : wordAt(source.data, path);
      problems.push(source.problemAt(path, at, message, among.length === 0 ? null : nearest(word, among)));
    },
  });
  return problems.length > 0 ? refused(problems) : build(result.output as v.InferOutput<S>);
}

function problemOf(issue: v.BaseIssue<unknown>, source: Source): Problem {
  const items = issue.path ?? [];
  const path = items.map(({ key }) => key as string | number);
  const last = items.at(-1) as { origin?: string } | undefined;
  const missing = issue.message.startsWith('is missing');
  const { requirement } = issue as { requirement?: unknown };
  const words = Array.isArray(requirement) ? (requirement as readonly string[]) : [];
  const suggestion = typeof issue.input === 'string' && words.length > 0 ? nearest(issue.input, words) : null;
  // What is missing has no place of its own: the mapping that lacks it stands for it.
  return source.problemAt(
    missing ? path.slice(0, -1) : path,
    !missing && last?.origin === 'key' ? 'key' : 'value',
    issue.message,
    suggestion,
  );
}

function wordAt(data: unknown, path: readonly (string | number)[]): string {
  let value = data;
  for (const part of path) value = (value as Record<string | number, unknown> | undefined | null)?.[part];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function refused(problems: readonly Problem[]): Refused {
  const once = new Map<string, Problem>();
  for (const each of problems) {
    const id = `${each.line}:${each.column} ${each.message}`;
    if (!once.has(id)) once.set(id, each);
  }
  const sorted = [...once.values()].sort((a, b) => a.line - b.line || a.column - b.column);
  const [first] = sorted;
  if (sorted.length <= PROBLEMS_MAX || first === undefined) return { ok: false, problems: sorted };
  const more = `has ${sorted.length - PROBLEMS_MAX} more mistakes, which are not shown`;
  return {
    ok: false,
    problems: [
      ...sorted.slice(0, PROBLEMS_MAX),
      { ...first, line: 1, column: 1, path: '', lineText: '', suggestion: null, message: more },
    ],
  };
}

/** `file:line:column path: message`, the line and a caret under it. */
export function formatProblem({ file, line, column, path, message, lineText, suggestion }: Problem): string {
  const hint = suggestion === null ? '' : `; did you mean ${JSON.stringify(suggestion)}?`;
  const head = `${file}:${line}:${column} ${path === '' ? '' : `${path}: `}${message}${hint}`;
  if (lineText === '') return head;
  const gutter = `${line} | `;
  // Tabs stay tabs, so that the caret stands where the eye looks for it.
  const indent = lineText.slice(0, column - 1).replaceAll(/[^\t]/g, ' ');
  return `${head}\n  ${gutter}${lineText}\n  ${' '.repeat(gutter.length)}${indent}^`;
}
