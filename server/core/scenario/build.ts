import { ENVIRONMENTS } from '../../protocol/model.ts';
import type {
  AppSeed,
  ChannelSeed,
  CountSpec,
  DeviceSeed,
  EffectSpec,
  Expectation,
  GoawaySpec,
  KeySeed,
  On,
  ResetSpec,
  Rule,
  Scenario,
} from './model.ts';
import { NO_EFFECT } from './model.ts';
import type { ExpectationShape, RuleShape, ScenarioShape, ThenShape } from './schema.ts';
import { readConditions } from './values.ts';

/** From what a file says to what is meant: every default filled in. Nothing can go wrong here any more. */

export function buildScenario(shape: ScenarioShape): Scenario {
  return {
    name: shape.name ?? '',
    description: shape.description ?? '',
    seed: shape.seed ?? null,
    tokenRefresh:
      shape.tokenRefresh === undefined
        ? null
        : {
            atMost: shape.tokenRefresh.atMost,
            within: shape.tokenRefresh.within,
            per: shape.tokenRefresh.per ?? 'connection',
          },
    clock: shape.clock === undefined ? null : { offset: shape.clock.offset ?? 0, frozen: shape.clock.frozen ?? false },
    apps: (shape.apps ?? []).map(
      ({ bundleId, team, broadcast, keyIds, channelLimit }): AppSeed => ({
        bundleId,
        team: team ?? null,
        broadcast: broadcast ?? true,
        keyIds: keyIds ?? null,
        channelLimit: channelLimit ?? null,
      }),
    ),
    devices: (shape.devices ?? []).map(
      ({ token, environment, topics, state, since }): DeviceSeed => ({
        token: token.toLowerCase(),
        environment: environment ?? null,
        topics: topics ?? null,
        state: state ?? 'active',
        since: since ?? { fromNow: 0 },
      }),
    ),
    channels: (shape.channels ?? []).map(
      ({ id, bundleId, environment, policy }): ChannelSeed => ({
        id,
        bundleId,
        environment: environment ?? null,
        policy: policy === 0 ? 0 : 1,
      }),
    ),
    keys: (shape.keys ?? []).map(
      ({ keyId, teamId, publicKey, topics, environments }): KeySeed => ({
        keyId,
        teamId,
        publicKey,
        topics: topics ?? [],
        environments: environments ?? ENVIRONMENTS,
      }),
    ),
    states: texts(shape.states ?? {}),
    rules: (shape.rules ?? []).map((rule, index) => buildRule(rule, index + 1)),
    expect: (shape.expect ?? []).map(buildExpectation),
  };
}

/** `number` is the rule's place in the file, from 1. */
export function buildRule(shape: RuleShape, number: number): Rule {
  const on = shape.on ?? 'request';
  return {
    id: `r${number}`,
    name: shape.name ?? `rule ${number}`,
    on,
    when: readConditions(shape.when, [], () => undefined),
    turn: {
      nth: shape.nth ?? null,
      from: shape.from ?? null,
      every: shape.every ?? null,
      times: shape.times ?? null,
      probability: shape.probability ?? null,
      per: shape.per ?? null,
    },
    effects: (shape.sequence ?? [shape.then ?? {}]).map((effect) => buildEffect(effect, on)),
    afterLast: shape.afterLast ?? (shape.sequence === undefined ? 'repeat' : 'fallthrough'),
    evenIfInvalid: shape.evenIfInvalid ?? false,
  };
}

export function buildEffect(shape: ThenShape, on: On): EffectSpec {
  const { reason, timestamp, retryAfter, status, body, split, reset } = shape;
  return {
    ...NO_EFFECT,
    reason: reason ?? null,
    timestamp: typeof timestamp === 'number' ? { at: timestamp } : (timestamp ?? null),
    retryAfter: retryAfter ?? null,
    status: status ?? null,
    headers: Object.entries(shape.headers ?? {}).flatMap(([name, value]) =>
      (Array.isArray(value) ? value : [value]).flatMap((one) => [name.toLowerCase(), String(one)]),
    ),
    body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
    delay: shape.delay ?? null,
    goaway: goawayOf(shape, on),
    reset: reset === undefined ? null : resetOf(reset),
    drop: shape.drop ?? false,
    stall: shape.stall ?? false,
    refuse: shape.refuse ?? false,
    handshake: shape.handshake ?? null,
    certificate: shape.certificate ?? null,
    idle: shape.idle ?? null,
    streams: shape.streams ?? null,
    pings: shape.pings ?? null,
    window: shape.window ?? null,
    split:
      split === undefined
        ? null
        : typeof split === 'number'
          ? { frames: split, every: 0 }
          : { frames: split.frames, every: split.every ?? 0 },
    set: texts(shape.set ?? {}),
    carryOut: shape.carryOut ?? learnsVerdict(shape),
  };
}

/** Whether the client is told what APNs would have said, or that all went well. */
function learnsVerdict({ reason, status, reset, drop, stall }: ThenShape): boolean {
  if (reset !== undefined || drop !== undefined || stall !== undefined || reason !== undefined) return false;
  return status === undefined || status < 300;
}

const DEBUG = (reason: string): string => `{"reason":${JSON.stringify(reason)}}`;

function goawayOf({ goaway, idle, drop, stall }: ThenShape, on: On): GoawaySpec | null {
  const lastStream = on === 'connection' ? 'none' : 'this';
  const plain: GoawaySpec = { code: 'NO_ERROR', lastStream, debug: '', close: 'drained', twice: null, at: 'after' };
  if (goaway === undefined) {
    // Idle alone does what is assumed of APNs (apns-protocol 10, row 21).
    if (idle === undefined || drop !== undefined || stall !== undefined) return null;
    return { ...plain, debug: DEBUG('IdleTimeout'), close: 0 };
  }
  if (goaway === true) return plain;
  const { close, twice } = goaway;
  return {
    code: goaway.code ?? plain.code,
    lastStream: goaway.lastStream ?? lastStream,
    debug: goaway.reason === undefined ? (goaway.debug ?? '') : DEBUG(goaway.reason),
    close: close === undefined ? plain.close : close === 'now' ? 0 : close,
    twice: twice === undefined ? null : twice === true ? 0 : twice,
    at: goaway.at ?? plain.at,
  };
}

const resetOf = (reset: NonNullable<ThenShape['reset']>): ResetSpec =>
  typeof reset === 'string'
    ? { code: reset, at: 'before-headers' }
    : { code: reset.code, at: reset.at ?? 'before-headers' };

function buildExpectation(shape: ExpectationShape, index: number): Expectation {
  const { count, gap, quiet } = shape;
  const given: CountSpec | null =
    count === undefined
      ? null
      : { exactly: count.exactly ?? null, atLeast: count.atLeast ?? null, atMost: count.atMost ?? null };
  // Nothing about numbers, times or silence: then there must be one.
  const asked =
    given ?? (gap === undefined && quiet === undefined ? { exactly: null, atLeast: 1, atMost: null } : null);
  return {
    name: shape.name ?? `expectation ${index + 1}`,
    match: readConditions(shape.match, [], () => undefined),
    distinctBy: shape.distinctBy ?? null,
    count: asked,
    gap:
      gap === undefined
        ? null
        : typeof gap === 'number'
          ? { atLeast: gap, atMost: null }
          : { atLeast: gap.atLeast ?? null, atMost: gap.atMost ?? null },
    quiet: quiet ?? null,
  };
}

const texts = (values: Readonly<Record<string, string | number | boolean>>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
