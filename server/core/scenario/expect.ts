import { route } from '../../protocol/endpoints.ts';
import type { Exchange } from '../exchange.ts';
import { explainExpectation } from './explain.ts';
import { compileMatcher, compileRead, fieldOf, type View } from './match.ts';
import type { Condition, Expectation, FieldName, PlainField, Scenario } from './model.ts';
import { PLAIN_FIELDS } from './model.ts';
import { clip, sayDuration, sayMatcher, sayNumber } from './say.ts';

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

export function judgeExpectation(expectation: Expectation, exchanges: readonly Exchange[], now: number): Judgement {
  const { name, match, distinctBy, count, gap, quiet } = expectation;
  const ordered = [...exchanges].sort((a, b) => a.seq - b.seq);
  const fits = compileMatch(match);
  const fitting = ordered.filter(fits);
  const counted = distinctBy === null ? fitting : distinct(fitting, distinctBy);
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
      const apart = Date.parse(after.at) - Date.parse(before.at);
      if (apart >= (gap.atLeast ?? 0) && apart <= (gap.atMost ?? Number.POSITIVE_INFINITY)) continue;
      if (offenders.length < OFFENDERS_SHOWN)
        faults.push(`#${before.seq} and #${after.seq} were ${sayDuration(apart)} apart`);
      offenders.push(after);
    }
  if (quiet !== null) {
    const late = fitting.filter((exchange) => Date.parse(exchange.at) > now - quiet);
    const last = late.at(-1);
    if (last !== undefined)
      faults.push(`#${last.seq} came ${sayDuration(Math.max(0, now - Date.parse(last.at)))} before the end`);
    offenders.push(...late);
  }

  const ok = faults.length === 0;
  const expected = explainExpectation(expectation);
  const actual = ok ? sayFound(counted.length, fitting.length, distinctBy) : faults.join('; ');
  const tooFew = count !== null && counted.length < (count.exactly ?? count.atLeast ?? 0);
  const nearMisses = tooFew
    ? nearest(
        match,
        ordered.filter((exchange) => !fits(exchange)),
      )
    : [];
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

/** Exchanges that miss the fewest conditions, field by field. */
export function nearest(match: readonly Condition[], exchanges: readonly Exchange[]): readonly NearMiss[] {
  const tests = match.map(({ field, is }) => ({ field, is, read: compileRead(field), fits: compileMatcher(is) }));
  const scored = exchanges.map((exchange) => {
    const view = exchangeView(exchange);
    const missed = tests.filter(({ read, fits }) => !fits(read(view, NO_STATES)));
    return { exchange, view, missed };
  });
  return (
    scored
      .filter(({ missed }) => missed.length < tests.length || tests.length === 1)
      // Of equals, the latest.
      .sort((a, b) => a.missed.length - b.missed.length || b.exchange.seq - a.exchange.seq)
      .slice(0, NEAR_MISSES_SHOWN)
      .map(({ exchange, view, missed }) => {
        const why = missed.map(({ field, is, read }) => sayMiss(field, read(view, NO_STATES), sayMatcher(is)));
        return {
          seq: exchange.seq,
          fits: tests.length - missed.length,
          of: tests.length,
          why,
          sentence: `#${exchange.seq} ${exchange.operation}${exchange.topic === '' ? '' : ` ${exchange.topic}`}: ${why.join(', ')}`,
        };
      })
  );
}

const sayMiss = (field: FieldName, value: string | undefined, wanted: string): string =>
  value === undefined
    ? `${field} was absent, not ${wanted}`
    : `${field} was ${clip(value === '' ? '""' : value)}, not ${wanted}`;

/** The first exchange of each value; those without one count each. */
function distinct(exchanges: readonly Exchange[], by: string): readonly Exchange[] {
  const read = readDistinct(by);
  const seen = new Set<string>();
  return exchanges.filter((exchange) => {
    const value = read(exchange);
    if (value === undefined) return true;
    if (seen.has(value)) return false;
    seen.add(value);
    return true;
  });
}

function readDistinct(by: string): (exchange: Exchange) => string | undefined {
  if ((PLAIN_FIELDS as readonly string[]).includes(by))
    return (exchange) => fieldOf(exchangeView(exchange), by as PlainField);
  if (/^(headers|payload)\./.test(by)) {
    const read = compileRead(by as FieldName);
    return (exchange) => read(exchangeView(exchange), NO_STATES);
  }
  const name = by.toLowerCase();
  return ({ request, response }) => headerIn(response?.headers ?? [], name) ?? headerIn(request.headers, name);
}

const headerIn = (headers: readonly (readonly [string, string])[], name: string): string | undefined =>
  headers.find(([key]) => key === name)?.[1];

/** What conditions can ask about an exchange that is over. */
export function exchangeView(exchange: Exchange): View {
  const { request, response } = exchange;
  return {
    get: (field) => read(exchange, field),
    header: (name) => headerIn(request.headers, name),
    payload: () => (typeof request.payload === 'string' ? undefined : (request.payload ?? undefined)),
  };

  function read({ connection, verdict, rule }: Exchange, field: PlainField): string | undefined {
    switch (field) {
      case 'operation':
        return exchange.operation;
      case 'topic':
        return exchange.topic;
      case 'environment':
        return exchange.environment;
      case 'channel':
        return headerIn(request.headers, 'apns-channel-id') ?? headerIn(response?.headers ?? [], 'apns-channel-id');
      case 'token':
        return exchange.operation === 'device.send' ? route(request.method, request.path).target : undefined;
      case 'pushType':
        return headerIn(request.headers, 'apns-push-type');
      case 'priority':
        return headerIn(request.headers, 'apns-priority');
      case 'expiration':
        return headerIn(request.headers, 'apns-expiration');
      case 'teamId':
        return connection.teamId ?? undefined;
      case 'keyId':
        return connection.keyId ?? undefined;
      case 'connection':
        return connection.id;
      case 'listener':
        return connection.listener;
      case 'method':
        return request.method;
      case 'path':
        return request.path;
      case 'verdict':
        return verdict.reason ?? 'accepted';
      case 'status':
        return response === null ? undefined : String(response.status);
      case 'reason':
        return reasonIn(response?.body);
      case 'rule':
        return rule === null ? undefined : rule.name;
      case 'id':
        return idIn(response?.headers ?? []) ?? idIn(request.headers);
      case 'carriedOut':
        return String(exchange.carriedOut);
    }
  }
}

const idIn = (headers: readonly (readonly [string, string])[]): string | undefined =>
  headerIn(headers, 'apns-id') ?? headerIn(headers, 'apns-request-id');

function reasonIn(body: unknown): string | undefined {
  const reason = typeof body === 'object' && body !== null ? (body as { reason?: unknown }).reason : undefined;
  return typeof reason === 'string' ? reason : undefined;
}
