import { route } from '../../protocol/endpoints.ts';
import type { Exchange } from '../exchange.ts';
import { finish, those, type Work } from '../work.ts';
import { explainExpectation } from './explain.ts';
import { compileMatcher, compileRead, fieldOf, type View } from './match.ts';
import type { Condition, Expectation, FieldName, PlainField, Scenario } from './model.ts';
import { PLAIN_FIELDS } from './model.ts';
import { clip, sayDuration, sayNumber, sayValueOf } from './say.ts';

/** Whether what was expected came true, and what came closest where it did not. */
export interface Judgement {
  readonly name: string;
  readonly ok: boolean;
  /** One English sentence that says it all. */
  readonly sentence: string;
  readonly expected: string;
  readonly actual: string;
  /** Exchanges that fit, after `distinctBy`. */
  readonly count: number;
  /** Those that nearly fitted, nearest first; only where the judgement is a bad one. */
  readonly nearMisses: readonly NearMiss[];
  /** Exchanges that make the judgement a bad one: too many, too close, too late. */
  readonly offenders: readonly number[];
}

export interface NearMiss {
  readonly seq: number;
  /** Conditions that hold, of all. */
  readonly fits: number;
  readonly of: number;
  /** Field by field: `status was 429, not 200`. */
  readonly why: readonly string[];
  /** One line: `#41 broadcast.send com.example.scores: status was 429, not 200`. */
  readonly sentence: string;
}

const NEAR_MISSES_SHOWN = 3;
const OFFENDERS_SHOWN = 5;
const NO_STATES: ReadonlyMap<string, string> = new Map();

/** `now` is the moment of the judgement, for `quiet`. */
export const judgeExpectations = (
  scenario: Pick<Scenario, 'expect'>,
  exchanges: readonly Exchange[],
  now: number,
): readonly Judgement[] => scenario.expect.map((expectation) => judgeExpectation(expectation, exchanges, now));

export const judgeExpectation = (
  expectation: Expectation,
  exchanges: readonly Exchange[],
  now: number,
  listened = false,
): Judgement => finish(judging(expectation, exchanges, now, listened));

/**
 * The same as work, for many exchanges.
 *
 * @param listened the silence is seen to by somebody who listens in real time, and is not looked for here
 */
export function* judging(
  expectation: Expectation,
  exchanges: readonly Exchange[],
  now: number,
  listened = false,
): Work<Judgement> {
  const { name, match, distinctBy, count, gap, quiet } = expectation;
  const ordered = inOrder(exchanges);
  const fits = compileMatch(match);
  const fitting = yield* those(ordered, fits);
  const counted = distinctBy === null ? fitting : yield* those(fitting, firstOfEach(distinctBy));
  const faults: string[] = [];
  const offenders: Exchange[] = [];

  if (count !== null) {
    const { exactly, atLeast, atMost } = count;
    const least = exactly ?? atLeast ?? 0;
    const most = exactly ?? atMost ?? Number.POSITIVE_INFINITY;
    if (counted.length < least || counted.length > most)
      faults.push(sayFound(counted.length, fitting.length, distinctBy));
    if (counted.length > most) offenders.push(...counted.slice(most));
  }
  if (gap !== null)
    for (let i = 1; i < counted.length; i++) {
      const [before, after] = [counted[i - 1] as Exchange, counted[i] as Exchange];
      yield;
      const apart = Date.parse(after.at) - Date.parse(before.at);
      if (apart >= (gap.atLeast ?? 0) && apart <= (gap.atMost ?? Number.POSITIVE_INFINITY)) continue;
      if (offenders.length < OFFENDERS_SHOWN)
        faults.push(`#${before.seq} and #${after.seq} were ${sayDuration(apart)} apart`);
      offenders.push(after);
    }
  if (quiet !== null && !listened) {
    const late = yield* those(fitting, (exchange) => Date.parse(exchange.at) > now - quiet);
    const last = late.at(-1);
    if (last !== undefined)
      faults.push(`#${last.seq} came ${sayDuration(Math.max(0, now - Date.parse(last.at)))} before the end`);
    offenders.push(...late);
  }

  const ok = faults.length === 0;
  const expected = explainExpectation(expectation);
  const silent = quiet !== null && fitting.length > 0 ? ', none of them in that time' : '';
  const actual = ok ? `${sayFound(counted.length, fitting.length, distinctBy)}${silent}` : faults.join('; ');
  const tooFew = count !== null && counted.length < (count.exactly ?? count.atLeast ?? 0);
  const nearMisses = tooFew ? yield* nearing(match, ordered) : [];
  return {
    name,
    ok,
    sentence: ok ? `${name}: ${expected}; ${actual}` : `${name}: expected ${expected}, but ${actual}`,
    expected,
    actual,
    count: counted.length,
    nearMisses,
    offenders: [...new Set(offenders.map(({ seq }) => seq))].slice(0, OFFENDERS_SHOWN),
  };
}

function sayFound(counted: number, fitting: number, distinctBy: string | null): string {
  const were = counted === 1 ? 'there was' : 'there were';
  const number = counted === 0 ? 'none' : sayNumber(counted);
  return counted === fitting ? `${were} ${number}` : `${were} ${number} by ${distinctBy} (${fitting} in all)`;
}

/** A test of exchanges, the same that `when` is of requests. */
export function compileMatch(match: readonly Condition[]): (exchange: Exchange) => boolean {
  const tests = match.map(({ field, is }) => ({ read: compileRead(field), fits: compileMatcher(is) }));
  return (exchange) => {
    const view = exchangeView(exchange);
    return tests.every(({ read, fits }) => fits(read(view, NO_STATES)));
  };
}

/** Exchanges that miss the fewest conditions, but at least one, field by field. */
export const nearest = (match: readonly Condition[], exchanges: Iterable<Exchange>): readonly NearMiss[] =>
  finish(nearing(match, exchanges));

/** The same as work, for many exchanges. */
export function* nearing(match: readonly Condition[], exchanges: Iterable<Exchange>): Work<readonly NearMiss[]> {
  const tests = match.map(({ field, is }) => ({ field, is, read: compileRead(field), fits: compileMatcher(is) }));
  const near: { readonly exchange: Exchange; readonly missed: typeof tests }[] = [];
  for (const exchange of exchanges) {
    yield;
    const view = exchangeView(exchange);
    const missed = tests.filter(({ read, fits }) => !fits(read(view, NO_STATES)));
    if (missed.length === 0 || (missed.length === tests.length && tests.length > 1)) continue;
    if (missed.length > (near[NEAR_MISSES_SHOWN - 1]?.missed.length ?? tests.length)) continue;
    near.push({ exchange, missed });
    // Of equals, the latest.
    near.sort((a, b) => a.missed.length - b.missed.length || b.exchange.seq - a.exchange.seq);
    near.length = Math.min(near.length, NEAR_MISSES_SHOWN);
  }
  return near.map(({ exchange, missed }) => {
    const view = exchangeView(exchange);
    const why = missed.map(({ field, is, read }) => sayMiss(field, read(view, NO_STATES), sayValueOf({ field, is })));
    const { seq, operation, topic } = exchange;
    const sentence = `#${seq} ${operation}${topic === '' ? '' : ` ${topic}`}: ${why.join(', ')}`;
    return { seq, fits: tests.length - missed.length, of: tests.length, why, sentence };
  });
}

const sayMiss = (field: FieldName, value: string | undefined, wanted: string): string =>
  value === undefined
    ? `${field} was absent, not ${wanted}`
    : `${field} was ${clip(value === '' ? '""' : value)}, not ${wanted}`;

/** In the order in which they came; most callers have them so already. */
export function inOrder(exchanges: readonly Exchange[]): readonly Exchange[] {
  for (let i = 1; i < exchanges.length; i++)
    if ((exchanges[i - 1] as Exchange).seq > (exchanges[i] as Exchange).seq)
      return [...exchanges].sort((a, b) => a.seq - b.seq);
  return exchanges;
}

/** Passes the first exchange of each value; those without one count each. */
function firstOfEach(by: string): (exchange: Exchange) => boolean {
  const read = readDistinct(by);
  const seen = new Set<string>();
  return (exchange) => {
    const value = read(exchange);
    if (value === undefined) return true;
    if (seen.has(value)) return false;
    seen.add(value);
    return true;
  };
}

function readDistinct(by: string): (exchange: Exchange) => string | undefined {
  if ((PLAIN_FIELDS as readonly string[]).includes(by))
    return (exchange) => fieldOf(exchangeView(exchange), by as PlainField);
  if (/^(headers|payload)\./.test(by)) {
    const read = compileRead(by as FieldName);
    return (exchange) => read(exchangeView(exchange), NO_STATES);
  }
  const name = by.toLowerCase();
  return (exchange) => answeredIn(exchange, name) ?? headerOf(exchange, name);
}

const headerIn = (headers: readonly (readonly [string, string])[], name: string): string | undefined =>
  headers.find(([key]) => key === name)?.[1];

/** What conditions can ask about an exchange that is over. Of one that is made lazily no more is touched than is asked. */
export function exchangeView(exchange: Exchange): View {
  return {
    get: (field) => readField(exchange, field),
    header: (name) => headerIn(exchange.request.headers, name),
    payload() {
      const { payload } = exchange.request;
      return typeof payload === 'string' ? undefined : (payload ?? undefined);
    },
  };
}

function readField(exchange: Exchange, field: PlainField): string | undefined {
  switch (field) {
    case 'operation':
      return exchange.operation;
    case 'topic':
      return exchange.topic;
    case 'environment':
      return exchange.environment;
    case 'channel':
      return headerOf(exchange, 'apns-channel-id') ?? answeredIn(exchange, 'apns-channel-id');
    case 'token':
      return exchange.operation === 'device.send'
        ? route(exchange.request.method, exchange.request.path).target
        : undefined;
    case 'pushType':
      return headerOf(exchange, 'apns-push-type');
    case 'priority':
      return headerOf(exchange, 'apns-priority');
    case 'expiration':
      return headerOf(exchange, 'apns-expiration');
    case 'teamId':
      return exchange.connection.teamId ?? undefined;
    case 'keyId':
      return exchange.connection.keyId ?? undefined;
    case 'connection':
      return exchange.connection.id;
    case 'listener':
      return exchange.connection.listener;
    case 'method':
      return exchange.request.method;
    case 'path':
      return exchange.request.path;
    case 'verdict':
      return exchange.verdict.reason ?? 'accepted';
    case 'status':
      return exchange.response === null ? undefined : String(exchange.response.status);
    case 'reason':
      return reasonIn(exchange.response?.body);
    case 'rule':
      return exchange.rule === null ? undefined : exchange.rule.name;
    case 'id':
      return idIn(exchange.response?.headers ?? []) ?? idIn(exchange.request.headers);
    case 'carriedOut':
      return String(exchange.carriedOut);
  }
}

const headerOf = ({ request }: Exchange, name: string): string | undefined => headerIn(request.headers, name);
const answeredIn = ({ response }: Exchange, name: string): string | undefined =>
  headerIn(response?.headers ?? [], name);
const idIn = (headers: readonly (readonly [string, string])[]): string | undefined =>
  headerIn(headers, 'apns-id') ?? headerIn(headers, 'apns-request-id');

function reasonIn(body: unknown): string | undefined {
  const reason = typeof body === 'object' && body !== null ? (body as { reason?: unknown }).reason : undefined;
  return typeof reason === 'string' ? reason : undefined;
}
