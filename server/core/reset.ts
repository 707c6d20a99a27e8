import { areOf, bundleIdOf } from '../protocol/push-types.ts';
import { load, seedRegistry } from './load.ts';
import type { Rule } from './scenario/model.ts';
import { textsOf } from './scenario/reach.ts';
import type { State } from './state.ts';

/** Forgets what happened and what was registered; what the scenario says is there again. Connections stay open. */
export function reset(state: State, bundleId: string | null, at: number): void {
  const { journal, registry, scenario, rules } = state;
  const { first, last } = journal.range();
  for (let seq = first; seq <= last; seq++) {
    const entry = journal.peek(seq);
    if (bundleId === null || (entry?.kind === 'exchange' && bundleIdOf(entry.topic) === bundleId)) journal.remove(seq);
  }
  registry.forget(bundleId);
  if (bundleId === null) {
    load(state, scenario, at);
    return;
  }

  rules?.reset((rule) => speaksOf(rule, bundleId));
  if (scenario === null) return;
  const apps = scenario.apps.filter((app) => app.bundleId === bundleId);
  const devices = scenario.devices.filter(({ topics }) => areOf(bundleId, topics));
  const channels = scenario.channels.filter((channel) => channel.bundleId === bundleId);
  seedRegistry(state, { apps, devices, channels }, at);
}

/** A rule belongs to an app when it can act for no other. */
const speaksOf = (rule: Rule, bundleId: string): boolean =>
  rule.when.some(({ field, is }) => field === 'topic' && areOf(bundleId, textsOf(is)));
