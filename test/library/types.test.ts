/** What the typed interface says is what the parser takes: the compiler compares the two. */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type * as v from 'valibot';
import type { EXPECTATION, RULE, SCENARIO, THEN } from '../../server/core/scenario/schema.ts';
import { OPTIONS, type Options } from '../../server/options.ts';
import type { MockOptions } from '../../server/testing/options.ts';
import type { EffectInput, ExpectationInput, RuleInput, ScenarioInput } from '../../server/testing.ts';

/** Readonly or not, undefined or left out: the same to JSON. */
type Plain<T> = T extends (...args: never) => unknown
  ? T
  : T extends object
    ? { -readonly [K in keyof T]: Plain<Exclude<T[K], undefined>> }
    : T;
type Keys<T> = T extends unknown ? keyof T & string : never;
/** `true`, or what is only on one side. */
type SameKeys<A, B> = [Exclude<Keys<A>, Keys<B>>, Exclude<Keys<B>, Keys<A>>] extends [never, never]
  ? true
  : { readonly onlyHere: Exclude<Keys<A>, Keys<B>>; readonly onlyInTheSchema: Exclude<Keys<B>, Keys<A>> };
type Fits<A, B> = Plain<A> extends Plain<B> ? true : { readonly doesNotFit: Plain<A> };

// Every key of the language is typed, and no other.
const same: [
  SameKeys<EffectInput, v.InferInput<typeof THEN>>,
  SameKeys<RuleInput, v.InferInput<typeof RULE>>,
  SameKeys<ExpectationInput, v.InferInput<typeof EXPECTATION>>,
  SameKeys<ScenarioInput, v.InferInput<typeof SCENARIO>>,
] = [true, true, true, true];

// Whatever the types allow, the schema takes.
const fits: [
  Fits<EffectInput, v.InferInput<typeof THEN>>,
  Fits<NonNullable<ScenarioInput['devices']>, NonNullable<v.InferInput<typeof SCENARIO>['devices']>>,
  Fits<NonNullable<ScenarioInput['apps']>, NonNullable<v.InferInput<typeof SCENARIO>['apps']>>,
  Fits<NonNullable<ScenarioInput['channels']>, NonNullable<v.InferInput<typeof SCENARIO>['channels']>>,
  Fits<NonNullable<ScenarioInput['keys']>, NonNullable<v.InferInput<typeof SCENARIO>['keys']>>,
] = [true, true, true, true, true];

/** Options that make no sense inside a program: it has its own output, and a scenario as data. */
type LeftOut = 'scenarioInline' | 'strict' | 'readyFile';
type Missing = Exclude<keyof Options, keyof MockOptions | LeftOut>;
const options: [Missing] extends [never] ? true : Missing = true;
const typed: Fits<Required<Omit<MockOptions, 'scenario'>>, Omit<Options, 'scenario' | LeftOut>> = true;

const types = suite('types');

types('the scenario language and the options are typed whole', () => {
  assert.equal([same, fits, options, typed].flat(), Array(11).fill(true));
});

types('options say in the editor what they say in the usage text', () => {
  const text = readFileSync(new URL('../../server/testing/options.ts', import.meta.url), 'utf8').replace(
    /\n\s*\*\s*/g,
    ' ',
  );
  // Said in other words, because a program sees it otherwise.
  const other = ['scenario', 'spelledTargets', 'ports', 'log', 'apiHosts', 'apiToken'];
  for (const [name, { says }] of Object.entries(OPTIONS)) {
    if (!new RegExp(`readonly ${name}\\?:`).test(text) || other.includes(name)) continue;
    const sentence = says.replace(/\.$/, '').split(/[,;]/)[0] as string;
    assert.ok(text.includes(sentence.replaceAll('"', "'")), `${name}: ${sentence}`);
  }
});

types.run();
