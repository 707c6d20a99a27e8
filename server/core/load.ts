import { TOKEN_REFRESH } from './checks/provider.ts';
import { createRandom, type Random } from './random.ts';
import { CHANNEL_LIMIT } from './registry.ts';
import { compileRules } from './scenario/choose.ts';
import type { Moment, Rule, Scenario } from './scenario/model.ts';
import type { State } from './state.ts';

/** Dice of the rules are their own, so that a rule more or less does not change the ids that the server makes. */
const RULES_SEED = 0x5eed;
const EFFECTS_SEED = 0xd1ce;

/** What delays are drawn with. */
export const createDice = (seed: number): Random => createRandom(seed ^ EFFECTS_SEED);

/**
 * Puts a scenario in place of the one before. What the old one registered is taken back, what the server learned by
 * itself stays; counters, dice and states begin anew.
 *
 * @throws what `ports.publicKey` throws, before anything has changed
 */
export function load(state: State, scenario: Scenario | null, at: number): void {
  const { registry, law } = state;
  const keys = (scenario?.keys ?? []).map((seed) => ({ ...seed, handle: law.ports.publicKey(seed.publicKey) }));

  if (state.scenario !== null) takeBack(state, state.scenario, at);
  law.tokenRefresh = scenario?.tokenRefresh ?? TOKEN_REFRESH;
  law.tokensByKey.clear();
  state.scenario = scenario;
  state.rules = null;
  if (scenario === null) return;
  const seed = scenario.seed ?? state.seed;
  state.rules = compileRules(scenario, createRandom(seed ^ RULES_SEED));
  state.dice = createDice(seed);
  seedRegistry(state, scenario, at);
  for (const { keyId, teamId, handle, topics, environments } of keys)
    registry.putKey({ keyId, teamId, handle, topics, environments });
}

/** Registers the apps, devices and channels of a scenario. */
export function seedRegistry(
  { registry, law }: State,
  { apps, devices, channels }: Pick<Scenario, 'apps' | 'devices' | 'channels'>,
  at: number,
): void {
  for (const { channelLimit, ...app } of apps) registry.putApp({ ...app, channelLimit: channelLimit ?? CHANNEL_LIMIT });
  for (const { since, ...device } of devices) registry.putDevice({ ...device, since: momentOf(since, at) });
  for (const { environment, ...channel } of channels)
    registry.putChannel({ ...channel, environment: environment ?? law.environment }, at);
}

/** Without a scenario, an empty one comes to be. */
export function addRule(state: State, rule: Rule): void {
  state.rules ??= compileRules({ rules: [], states: {} }, createRandom(state.seed ^ RULES_SEED));
  state.rules.add(rule);
}

function takeBack({ registry, law }: State, old: Scenario, at: number): void {
  for (const { bundleId } of old.apps) registry.removeApp(bundleId);
  for (const { token } of old.devices) registry.removeDevice(token);
  for (const { keyId } of old.keys) registry.removeKey(keyId);
  for (const { environment, bundleId, id } of old.channels) {
    const channel = registry.channel(environment ?? law.environment, bundleId, id);
    if (channel !== undefined) registry.deleteChannel(channel, at);
  }
}

const momentOf = (moment: Moment, now: number): number => ('at' in moment ? moment.at : now + moment.fromNow);
