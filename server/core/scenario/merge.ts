import type { Rule, Scenario } from './model.ts';

/**
 * Several files as one scenario, in their order: rules of the first come before those of the second. Of what there can
 * be only one (seed, clock, token refresh) the first that says something wins.
 */
export function mergeScenarios(scenarios: readonly [Scenario, ...Scenario[]]): Scenario {
  const [first, ...others] = scenarios;
  if (others.length === 0) return first;
  const rules: Rule[] = [];
  // Identifiers count through all the files.
  for (const scenario of scenarios)
    for (const rule of scenario.rules) rules.push({ ...rule, id: `r${rules.length + 1}` });
  return {
    name: scenarios
      .map(({ name }) => name)
      .filter((name) => name !== '')
      .join(' + '),
    description: scenarios
      .map(({ description }) => description)
      .filter((text) => text !== '')
      .join('\n'),
    seed: firstOf(scenarios, 'seed'),
    tokenRefresh: firstOf(scenarios, 'tokenRefresh'),
    clock: firstOf(scenarios, 'clock'),
    apps: scenarios.flatMap(({ apps }) => apps),
    devices: scenarios.flatMap(({ devices }) => devices),
    channels: scenarios.flatMap(({ channels }) => channels),
    keys: scenarios.flatMap(({ keys }) => keys),
    states: Object.assign({}, ...[...scenarios].reverse().map(({ states }) => states)) as Scenario['states'],
    rules,
    expect: scenarios.flatMap(({ expect }) => expect),
  };
}

function firstOf<K extends 'seed' | 'tokenRefresh' | 'clock'>(
  scenarios: readonly Scenario[],
  key: K,
): Scenario[K] | null {
  return scenarios.find((scenario) => scenario[key] !== null)?.[key] ?? null;
}
