import { OPERATIONS } from '../../protocol/model.ts';
import { reasonRow } from '../../protocol/reasons.ts';
import type { EffectSpec, Expectation, GoawaySpec, Rule, Scenario } from './model.ts';
import { operationsOf } from './reach.ts';
import { clip, sayCondition, sayDelay, sayDuration, sayList, sayMoment, sayNumber, sayPlace, sayTimes } from './say.ts';

/** Rules, effects and expectations as English sentences. */

/** `Every third broadcast.send for com.example.* on a connection: GOAWAY NO_ERROR …, then close after 2 s.` */
export function explainRule(rule: Rule): string {
  return `${upper(sayWhich(rule))}: ${sayEffects(rule)}.`;
}

/** Without its full stop: `429 TooManyRequests, with retry-after 5 s`. */
export function explainEffect(effect: EffectSpec, on: Rule['on'] = 'request'): string {
  const parts = [...sayAnswer(effect, on), ...sayConnection(effect), ...sayRest(effect, on)];
  return parts.length === 0 ? 'let through untouched' : `${sayIdle(effect)}${parts.join('; ')}`;
}

/** All of a scenario, a line or more for each thing it says. */
export function explainScenario(scenario: Scenario): string {
  const { name, description, seed, clock, tokenRefresh, states, rules, expect } = scenario;
  const lines = [
    ...(name === '' ? [] : [name]),
    ...(description === '' ? [] : [description.trim()]),
    ...(seed === null ? [] : [`The dice start at ${seed}.`]),
    ...(clock === null ? [] : [sayClock(clock)]),
    ...(tokenRefresh === null
      ? []
      : [
          `Within ${sayDuration(tokenRefresh.within)}, ${sayNumber(tokenRefresh.atMost)} provider ${tokenRefresh.atMost === 1 ? 'token' : 'tokens'} may be shown per ${tokenRefresh.per}.`,
        ]),
    ...saySeeds(scenario),
    ...Object.entries(states).map(([state, value]) => `The state ${state} begins as ${clip(value)}.`),
    ...(rules.length === 0
      ? []
      : ['', ...rules.map((rule, index) => `${index + 1}. ${rule.name}\n   ${explainRule(rule)}`)]),
    ...(expect.length === 0
      ? []
      : ['', 'Afterwards:', ...expect.map((each) => `- ${each.name}: ${explainExpectation(each)}`)]),
  ];
  return `${lines.join('\n')}\n`;
}

function sayClock({ offset, frozen }: NonNullable<Scenario['clock']>): string {
  const moved = offset === 0 ? '' : ` is ${sayDuration(Math.abs(offset))} ${offset < 0 ? 'behind' : 'ahead'}`;
  return `The clock${moved}${frozen ? `${moved === '' ? '' : ' and'} stands still` : moved === '' ? ' is right' : ''}.`;
}

function saySeeds({ apps, devices, channels, keys }: Scenario): string[] {
  const count = (list: readonly unknown[], one: string): string[] =>
    list.length === 0 ? [] : [`${sayNumber(list.length)} ${one}${list.length === 1 ? '' : 's'}`];
  const all = [
    ...count(apps, 'app'),
    ...count(devices, 'device'),
    ...count(channels, 'channel'),
    ...count(keys, 'key'),
  ];
  return all.length === 0
    ? []
    : [`${upper(sayList(all, 'and'))} ${all.length === 1 && all[0]?.startsWith('one ') ? 'is' : 'are'} registered.`];
}

// --- which ------------------------------------------------------------------------------------------------------------

const PER = {
  connection: 'on a connection',
  token: 'to a device',
  channel: 'on a channel',
  topic: 'for a topic',
} as const;

function sayWhich(rule: Rule): string {
  const { nth, from, every, times, probability, per } = rule.turn;
  // More than one, so to speak.
  const many =
    (nth === null && probability !== null) || (times !== null && times > 1 && every === null && from === null);
  const what = [
    many ? plural(sayWhat(rule)) : sayWhat(rule),
    ...rule.when.map(sayCondition),
    ...(per === null ? [] : [PER[per]]),
  ]
    .filter((part) => part !== '')
    .join(' ');
  const least = from === null ? '' : `from the ${sayPlace(from)} on, `;
  const chance = probability === null ? '' : `${Number((probability * 100).toFixed(4))} % of `;
  if (nth !== null) return `${chance === '' ? '' : `in ${chance}cases `}the ${sayPlace(nth)} ${what}`;
  const alone = every === null && from === null && probability === null;
  if (times !== null && alone) return times === 1 ? `the first ${what}` : `the first ${sayNumber(times)} ${what}`;
  const limit = times === null ? '' : `, ${sayTimes(times)} at most`;
  const all = chance === '' ? 'every' : 'all';
  const each = every === null || every === 1 ? `${all} ${what}` : `every ${sayPlace(every)} ${what}`;
  if (chance === '') return `${least}${each}${limit}`;
  return `${least}${chance}${each}${limit}`;
}

/** Operations are names and stay as they are. */
const plural = (what: string): string => what.replace(/^(request|new connection)\b/, '$1s');

function sayWhat(rule: Rule): string {
  if (rule.on === 'connection') return 'new connection';
  const named = rule.when.some(({ field }) => field === 'operation');
  const operations = operationsOf(rule);
  const what = !named
    ? 'request'
    : operations.length === OPERATIONS.length
      ? 'request'
      : operations.length === 0
        ? 'request of no operation'
        : sayList(operations);
  if (rule.on === 'stream') return `${what} before its body`;
  return rule.evenIfInvalid ? `${what}, valid or not,` : what;
}

// --- what ----------------------------------------------------------------------------------------------------------------

function sayEffects({ effects, afterLast, on }: Rule): string {
  const [first] = effects;
  if (effects.length === 1 && first !== undefined && afterLast === 'repeat') return explainEffect(first, on);
  const turns = effects.map((effect, index) => `${index + 1}. ${explainEffect(effect, on)}`).join(', ');
  const then = {
    fallthrough: 'then later rules have their say',
    repeat: 'then the last again and again',
    cycle: 'then from the beginning',
  }[afterLast];
  return `in turn ${turns}; ${then}`;
}

const sayIdle = ({ idle }: EffectSpec): string => (idle === null ? '' : `once idle for ${sayDuration(idle)}, `);

function sayAnswer(effect: EffectSpec, on: Rule['on']): string[] {
  const { reason, status, body, headers, delay, drop, stall, reset, refuse, handshake, certificate, split } = effect;
  const after = delay === null ? '' : ` after ${sayDelay(delay)}`;
  if (refuse) return ['closed before a byte is said'];
  if (handshake !== null)
    return [handshake === 'refuse' ? 'TLS handshake refused with an alert' : 'TLS handshake never answered'];
  if (certificate !== null) return [`shown a server certificate that is ${CERTIFICATES[certificate]}`];
  if (drop) return [`connection cut${after}`];
  if (stall) return [on === 'connection' ? 'nothing is ever answered' : 'never answered'];
  if (reset !== null && reset.at === 'before-headers') return [`RST_STREAM ${reset.code}${after}`];
  const shaped = headers.length > 0 || body !== null || split !== null;
  const how = [
    ...sayRefusal(effect),
    ...(body === null ? [] : [body === '' ? 'without a body' : `with the body ${JSON.stringify(clip(body))}`]),
    ...headerNames(headers),
    ...(split === null
      ? []
      : [`its body in ${split.frames} frames${split.every === 0 ? '' : `, ${sayDuration(split.every)} apart`}`]),
    ...(reset === null
      ? []
      : [
          `cut off by RST_STREAM ${reset.code} ${reset.at === 'mid-body' ? 'in the middle of its body' : 'behind its headers'}`,
        ]),
  ];
  const words = how.length === 0 ? '' : `, ${how.join(', ')}`;
  if (reason !== null) return [`${reasonRow(reason).status} ${reason}${after}${words}`];
  if (status !== null) return [`${status}${after}${words}`];
  if (on === 'connection' || (delay === null && !shaped && reset === null)) return [];
  return [`answered as APNs would${after}${words}`];
}

const CERTIFICATES = {
  expired: 'expired',
  'wrong-host': 'for another host',
  untrusted: 'signed by a stranger',
} as const;

const sayRefusal = ({ timestamp, retryAfter }: EffectSpec): string[] => [
  ...(timestamp === null ? [] : [`since ${sayMoment(timestamp)}`]),
  ...(retryAfter === null ? [] : [`with retry-after ${retryAfter} s`]),
];

function headerNames(headers: readonly string[]): string[] {
  const names = headers.filter((_, index) => index % 2 === 0);
  return names.length === 0
    ? []
    : [`with ${names.length === 1 ? 'the header' : 'the headers'} ${sayList(names, 'and')}`];
}

function sayConnection({ goaway, streams, pings, window }: EffectSpec): string[] {
  return [
    ...(goaway === null ? [] : [sayGoaway(goaway)]),
    ...(streams === null ? [] : [`MAX_CONCURRENT_STREAMS ${streams}`]),
    ...(pings === null ? [] : ['no PING is answered any more']),
    ...(window === null ? [] : ['no receive window is given back any more']),
  ];
}

const STREAMS = { this: 'naming this stream', none: 'naming no stream', all: 'naming all streams' } as const;

function sayGoaway({ code, lastStream, debug, close, twice, at }: GoawaySpec): string {
  const second = twice === null ? '' : `, again ${twice === 0 ? 'at once' : `after ${sayDuration(twice)}`}`;
  const end =
    close === 'never'
      ? ', and no close'
      : close === 'drained'
        ? ', then close when all is answered'
        : close === 0
          ? ', then close at once'
          : `, then close after ${sayDuration(close)}`;
  const when = at === 'before' ? ' before the answer' : '';
  return `GOAWAY ${code}${debug === '' ? '' : ` ${clip(debug)}`} ${STREAMS[lastStream]}${when}${second}${end}`;
}

function sayRest(effect: EffectSpec, on: Rule['on']): string[] {
  const states = Object.entries(effect.set).map(([name, value]) => `${name} becomes ${clip(value)}`);
  const learns =
    effect.reason === null &&
    !effect.drop &&
    !effect.stall &&
    effect.reset === null &&
    (effect.status === null || effect.status < 300);
  if (on !== 'request' || effect.carryOut === learns) return states;
  return [...states, effect.carryOut ? 'carried out all the same' : 'not carried out'];
}

// --- expectations --------------------------------------------------------------------------------------------------------

/** `at least ten broadcast.send answered 200, each apns-request-id counted once` */
export function explainExpectation({ match, distinctBy, count, gap, quiet }: Expectation): string {
  const what = sayExchanges(match);
  const parts = [
    ...(count === null ? [] : [`${sayCount(count)} ${isOne(count) ? sayExchanges(match, 'request') : what}`]),
    ...(distinctBy === null ? [] : [`each ${distinctBy} counted once`]),
    ...(gap === null ? [] : [`${count === null ? `${what} ` : ''}${sayGap(gap)}`]),
    ...(quiet === null ? [] : [`no ${what} in the last ${sayDuration(quiet)}`]),
  ];
  return parts.join(', ');
}

const isOne = ({ exactly, atLeast, atMost }: NonNullable<Expectation['count']>): boolean =>
  exactly === 1 || (exactly === null && (atMost ?? atLeast) === 1);

/** `broadcast.send answered 200`; `requests`, where nothing is asked of them. */
export function sayExchanges(match: Expectation['match'], noun = 'requests'): string {
  const operations = match.filter(({ field }) => field === 'operation');
  const words = operations.length === 0 ? [noun] : [sayList(operationsOf({ when: operations, effects: [] }))];
  return [...words, ...match.map(sayCondition)].filter((part) => part !== '').join(' ');
}

export function sayCount({ exactly, atLeast, atMost }: NonNullable<Expectation['count']>): string {
  if (exactly !== null) return exactly === 0 ? 'no' : `exactly ${sayNumber(exactly)}`;
  if (atMost === 0) return 'no';
  if (atLeast !== null && atMost !== null) return `${sayNumber(atLeast) || '0'} to ${sayNumber(atMost)}`;
  return atLeast !== null ? `at least ${sayNumber(atLeast)}` : `at most ${sayNumber(atMost ?? 0)}`;
}

const sayGap = ({ atLeast, atMost }: NonNullable<Expectation['gap']>): string =>
  [
    ...(atLeast === null ? [] : [`at least ${sayDuration(atLeast)} apart`]),
    ...(atMost === null ? [] : [`at most ${sayDuration(atMost)} apart`]),
  ].join(' and ');

const upper = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);
