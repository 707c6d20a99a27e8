import type { App, Channel, Device } from '../../protocol/model.ts';
import type { Exchange } from '../exchange.ts';
import { CHANNEL_LIMIT } from '../registry.ts';
import { exchangeView } from '../scenario/expect.ts';
import { each, type Work } from '../work.ts';

/**
 * A scenario that plays again what a scenario, a rule or a target did here, and expects what was seen. What APNs refuses
 * by itself needs no rule: it is refused again.
 */
export interface Played {
  readonly exchanges: readonly Exchange[];
  readonly apps: readonly App[];
  readonly devices: readonly Device[];
  readonly channels: readonly Channel[];
}

/** Rules beyond this many would say more than a reader can take in. */
const RULES_MAX = 500;

export function* scenarioOf({ exchanges, apps, devices, channels }: Played): Work<Record<string, unknown>> {
  const rules = yield* rulesOf(exchanges);
  const expect = yield* expectationsOf(exchanges);
  return {
    version: 1,
    name: 'recorded',
    description: `Recorded from ${exchanges.length} exchanges: what was forced is forced again, and what was seen is expected.`,
    ...some('apps', apps.map(appOf)),
    ...some('devices', devices.map(deviceOf)),
    ...some(
      'channels',
      channels.map(({ id, bundleId, environment, policy }) => ({ id, bundleId, environment, policy })),
    ),
    ...some('rules', rules),
    ...some('expect', expect),
  };
}

const some = (name: string, list: readonly unknown[]): Record<string, unknown> =>
  list.length === 0 ? {} : { [name]: list };

const appOf = ({ bundleId, team, broadcast, keyIds, channelLimit }: App): object => ({
  bundleId,
  ...(team === null ? {} : { team }),
  ...(broadcast ? {} : { broadcast }),
  ...(keyIds === null ? {} : { keyIds }),
  ...(channelLimit === CHANNEL_LIMIT ? {} : { channelLimit }),
});

const deviceOf = ({ token, environment, topics, state, since }: Device): object => ({
  token,
  ...(environment === null ? {} : { environment }),
  ...(topics === null ? {} : { topics }),
  state,
  ...(state === 'active' ? {} : { since: new Date(since).toISOString() }),
});

/** One rule for each target, that goes through what the target was given, turn by turn. */
function* rulesOf(exchanges: readonly Exchange[]): Work<object[]> {
  const byTarget = new Map<string, { readonly when: Record<string, string>; readonly all: Exchange[] }>();
  for (const exchange of exchanges) {
    yield;
    // A target that spells its answer spells it again.
    if (exchange.operation === 'unknown' || exchange.verdict.reason !== null) continue;
    const when = whenOf(exchange);
    const key = JSON.stringify(when);
    const found = byTarget.get(key) ?? { when, all: [] };
    byTarget.set(key, found);
    found.all.push(exchange);
  }
  const forced = [...byTarget.values()].filter(({ all }) =>
    all.some(({ rule }) => rule !== null && !rule.id.startsWith('target:')),
  );
  const rules: object[] = [];
  for (const { when, all } of forced.slice(0, RULES_MAX)) {
    const lastForced = all.findLastIndex(({ rule }) => rule !== null);
    const effects = yield* each(all.slice(0, lastForced + 1), effectOf);
    const names = new Set(all.flatMap(({ rule }) => (rule === null ? [] : [rule.name])));
    rules.push({
      name: `recorded: ${[...names].join(', ')}`.slice(0, 200),
      when,
      sequence: effects,
      afterLast: 'fallthrough',
    });
  }
  return rules;
}

function whenOf(exchange: Exchange): Record<string, string> {
  const view = exchangeView(exchange);
  const token = view.get('token');
  const channel = exchange.operation === 'channels.create' ? undefined : view.get('channel');
  return {
    operation: exchange.operation,
    ...(exchange.topic === '' ? {} : { topic: exchange.topic }),
    ...(token === undefined ? {} : { token }),
    ...(channel === undefined ? {} : { channel }),
  };
}

/** What was done on the wire, in the words of `then`. */
function effectOf({ actions, response, rule, carriedOut }: Exchange): Record<string, unknown> {
  // A turn in which nothing was forced: the shortest of delays leaves the answer as it is.
  if (rule === null) return { delay: '0ms' };
  const effect: Record<string, unknown> = {};
  const first = actions.find(({ after }) => after !== undefined);
  if (first?.after !== undefined) effect['delay'] = `${first.after}ms`;
  for (const action of actions) {
    if (action.do === 'goaway' && effect['goaway'] === undefined)
      effect['goaway'] = { code: action.code, lastStream: action.lastStream, ...debugOf(action.debug ?? '') };
    else if (action.do === 'reset') effect['reset'] = action.code;
    else if (action.do === 'drop') effect['drop'] = true;
    else if (action.do === 'stall') effect['stall'] = true;
  }
  const { reason } = (response?.body ?? {}) as { reason?: unknown };
  if (response !== null && effect['reset'] === undefined && effect['drop'] === undefined) {
    const retryAfter = response.headers.find(([name]) => name === 'retry-after')?.[1];
    if (typeof reason === 'string' && response.status >= 400) effect['reason'] = reason;
    else if (response.status >= 300) {
      effect['status'] = response.status;
      effect['body'] = typeof response.body === 'string' ? response.body : JSON.stringify(response.body ?? '');
    }
    if (retryAfter !== undefined && /^\d{1,7}$/.test(retryAfter)) effect['retryAfter'] = Number(retryAfter);
  }
  if (Object.keys(effect).length === 0) return { delay: '0ms' };
  if (carriedOut && (effect['drop'] !== undefined || effect['reset'] !== undefined || effect['stall'] !== undefined))
    effect['carryOut'] = true;
  return effect;
}

function debugOf(debug: string): Record<string, unknown> {
  const [, reason] = /^\{"reason":"([A-Za-z]+)"\}$/.exec(debug) ?? [];
  return reason !== undefined ? { reason } : debug === '' ? {} : { debug };
}

/** How many of each kind of answer each app got. */
function* expectationsOf(exchanges: readonly Exchange[]): Work<object[]> {
  const counts = new Map<string, { readonly match: Record<string, unknown>; count: number }>();
  for (const { operation, topic, response } of exchanges) {
    yield;
    if (operation === 'unknown' || response === null) continue;
    const { reason } = (response.body ?? {}) as { reason?: unknown };
    const match = {
      operation,
      ...(topic === '' ? {} : { topic }),
      status: response.status,
      ...(typeof reason === 'string' ? { reason } : {}),
    };
    const key = JSON.stringify(match);
    const found = counts.get(key) ?? { match, count: 0 };
    found.count++;
    counts.set(key, found);
  }
  return [...counts.values()].slice(0, RULES_MAX).map(({ match, count }) => ({
    name: `${count} times ${match['operation']}${'topic' in match ? ` for ${match['topic']}` : ''}: ${match['status']}`,
    match,
    count: { exactly: count },
  }));
}
