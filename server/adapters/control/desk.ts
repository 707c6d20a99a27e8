import { adviserOf } from '../../core/advice/advise.ts';
import {
  type ConnectionRecord,
  connectionRecordOf,
  type Exchange,
  exchangeOf,
  lazyExchangeOf,
} from '../../core/exchange.ts';
import type { Entry, ExchangeEntry } from '../../core/journal.ts';
import { maskTokens } from '../../core/mask.ts';
import type { Ports } from '../../core/ports.ts';
import { parseQuery, type Term } from '../../core/search/grammar.ts';
import { type Clause, compileTerms, type Query, queryOf } from '../../core/search/query.ts';
import { createViewer } from '../../core/search/view.ts';
import { bundleIdOf } from '../../protocol/push-types.ts';
import { NODE_PORTS } from '../../shell/ports.ts';
import type { ControlHouse } from './house.ts';
import { Refusal } from './problem.ts';

/** How the handlers read the journal: by search, newest or oldest first, as the one record there is. */
export interface Desk {
  /** What restricts a look at the journal. @throws Refusal for a query with mistakes */
  readonly filter: (asked: Asked) => Filter;
  /**
   * What there is at this moment, one at a time; who takes it in slices has what is still there when its turn comes.
   */
  readonly newest: (before?: number) => Iterable<Entry>;
  readonly oldest: (after?: number) => Iterable<Entry>;
  readonly exchange: (entry: ExchangeEntry) => Exchange;
  /** Without advice, and lazily made: for judging many. */
  readonly plain: (entry: ExchangeEntry) => Exchange;
  readonly ports: Pick<Ports, 'utf8'>;
  readonly record: (entry: Entry) => Exchange | ConnectionRecord;
}

export interface Filter extends Query {
  /** The query says itself which kinds of entries it wants; where it does not, some calls look at exchanges alone. */
  readonly namesKind: boolean;
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
  const viewOf = createViewer(NODE_PORTS);
  const advise = adviserOf({ journal, registry: driver.engine.registry, ports: NODE_PORTS });
  const exchange = (entry: ExchangeEntry): Exchange => exchangeOf(entry, NODE_PORTS, advise(entry));
  const record = (entry: Entry): Exchange | ConnectionRecord =>
    entry.kind === 'exchange' ? exchange(entry) : connectionRecordOf(entry);
  return {
    filter({ q, topic, operation, after }) {
      const asked = [
        q ?? '',
        operation === undefined ? '' : `operation:${operation}`,
        after === undefined ? '' : `after:${after}`,
      ].join(' ');
      const advised = (entry: Entry): boolean => entry.kind === 'exchange' && advise(entry).length > 0;
      const terms = termsOf(asked);
      const clauses = compileTerms(terms, { ports: NODE_PORTS, now: clock.now(), advised });
      return {
        ...queryOf(topic === undefined ? clauses : [topicClause(topic), ...clauses], viewOf),
        namesKind: terms.some(({ field }) => field === 'kind'),
      };
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
    plain: (entry) => lazyExchangeOf(entry, NODE_PORTS),
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

/** The app's own topic, or one with the suffix of a push type. */
const belongsTo = (topic: string, app: string): boolean =>
  topic === app || (topic.startsWith(app) && bundleIdOf(topic) === app);

/** A topic, or a bundle id for all the topics of that app. */
function topicClause(topic: string): Clause {
  const of = (entry: Entry): string => (entry.kind === 'exchange' ? maskTokens(entry.topic) : '');
  return {
    fits: ({ entry }) => entry.kind === 'exchange' && belongsTo(entry.topic, topic),
    cost: 'plain',
    miss: ({ entry }) => `topic was ${of(entry) === '' ? 'absent' : of(entry)}, not ${topic}`,
  };
}
