import { type ConnectionRecord, connectionRecordOf, type Exchange, exchangeOf } from '../../core/exchange.ts';
import type { Entry, ExchangeEntry } from '../../core/journal.ts';
import type { Ports } from '../../core/ports.ts';
import { parseQuery, type Term } from '../../core/search/grammar.ts';
import { type Clause, compileTerms, type Query, queryOf } from '../../core/search/query.ts';
import { bundleIdOf } from '../../protocol/push-types.ts';
import { NODE_PORTS } from '../../shell/ports.ts';
import type { ControlHouse } from './house.ts';
import { Refusal } from './problem.ts';

/** How the handlers read the journal: by search, newest or oldest first, as the one record there is. */
export interface Desk {
  /** What restricts a look at the journal. @throws Refusal for a query with mistakes */
  readonly filter: (asked: Asked) => Query;
  readonly newest: (before?: number) => Iterable<Entry>;
  readonly oldest: (after?: number) => Iterable<Entry>;
  readonly exchange: (entry: ExchangeEntry) => Exchange;
  readonly ports: Pick<Ports, 'utf8'>;
  readonly record: (entry: Entry) => Exchange | ConnectionRecord;
}

export interface Asked {
  readonly q?: string | undefined;
  readonly topic?: string | undefined;
  readonly operation?: string | undefined;
  /** Numbers above it. */
  readonly after?: number | undefined;
}

export function createDesk({ driver, clock }: ControlHouse): Desk {
  const { journal } = driver.engine;
  const exchange = (entry: ExchangeEntry): Exchange => exchangeOf(entry, NODE_PORTS);
  const record = (entry: Entry): Exchange | ConnectionRecord =>
    entry.kind === 'exchange' ? exchange(entry) : connectionRecordOf(entry);
  return {
    filter({ q, topic, operation, after }) {
      const asked = [
        q ?? '',
        operation === undefined ? '' : `operation:${operation}`,
        after === undefined ? '' : `after:${after}`,
      ].join(' ');
      const advised = (entry: Entry): boolean => entry.kind === 'exchange' && exchange(entry).advice.length > 0;
      const clauses = compileTerms(termsOf(asked), { ports: NODE_PORTS, now: clock.now(), advised });
      return queryOf(topic === undefined ? clauses : [topicClause(topic), ...clauses], NODE_PORTS);
    },
    *newest(before) {
      const { first, last } = journal.range();
      for (let seq = Math.min(last, (before ?? last + 1) - 1); seq >= first; seq--) {
        const entry = journal.get(seq);
        if (entry !== undefined) yield entry;
      }
    },
    *oldest(after) {
      const { first, last } = journal.range();
      for (let seq = Math.max(first, (after ?? 0) + 1); seq <= last; seq++) {
        const entry = journal.get(seq);
        if (entry !== undefined) yield entry;
      }
    },
    exchange,
    ports: NODE_PORTS,
    record,
  };
}

/** @throws Refusal */
function termsOf(q: string): readonly Term[] {
  const parsed = parseQuery(q);
  if (parsed.ok) return parsed.terms;
  throw new Refusal(400, 'Correct the query: see problems for what is wrong and where', {
    problems: parsed.problems.map(({ at, message, suggestion }) => ({
      path: 'q',
      column: at + 1,
      message: `at character ${at + 1}: ${message}`,
      ...(suggestion === null ? {} : { suggestion }),
    })),
  });
}

/** A topic, or a bundle id for all the topics of that app. */
function topicClause(topic: string): Clause {
  const of = (entry: Entry): string => (entry.kind === 'exchange' ? entry.topic : '');
  return {
    fits: ({ entry }) => entry.kind === 'exchange' && (of(entry) === topic || bundleIdOf(of(entry)) === topic),
    miss: ({ entry }) => `topic was ${of(entry) === '' ? 'absent' : of(entry)}, not ${topic}`,
  };
}
