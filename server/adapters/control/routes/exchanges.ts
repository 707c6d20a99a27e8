import type { ConnectionRecord, Exchange } from '../../../core/exchange.ts';
import { nearMisses } from '../../../core/search/near.ts';
import { each, those, type Work } from '../../../core/work.ts';
import { sayWhoWaits } from '../guard.ts';
import { Refusal } from '../problem.ts';
import { ok, problem, route } from '../route.ts';
import { choice, DELETED, duration, FILTER, FOUND, may, needs, RECORD, RECORDS, sequence, whole } from '../schemas.ts';
import { waitFor } from '../waiting.ts';
import { hintsOf } from './hints.ts';
import { journalState } from './state.ts';

const BAD_QUERY = problem('The query has mistakes; each is told with its place.');
const KINDS = ['exchange', 'connection', 'all'] as const;
const LIMIT_MAX = 1000;

export const EXCHANGE_ROUTES = [
  route({
    method: 'GET',
    path: '/api/v1/exchanges',
    id: 'listExchanges',
    tag: 'journal',
    says: 'The journal, newest first.',
    query: {
      ...FILTER,
      before: may(sequence(), 'Only numbers below this one: the next page.', 41),
      kind: may(
        choice(KINDS),
        'Exchanges (the default, unless the query names a `kind:`), connection events, or both.',
        'all',
      ),
      limit: may(whole(1, LIMIT_MAX), 'At most so many; 100 if not given.', 20),
    },
    answers: { 200: ok('What fits.', RECORDS), 400: BAD_QUERY },
    async handle({ query, desk, house, inSlices }) {
      const { limit = 100 } = query;
      const filter = desk.filter(query);
      const kind = query.kind ?? (filter.namesKind ? 'all' : 'exchange');
      const { last } = house.driver.engine.journal.range();
      let more = false;
      function* look(): Work<(Exchange | ConnectionRecord)[]> {
        const found: (Exchange | ConnectionRecord)[] = [];
        for (const entry of desk.newest(Math.min(query.before ?? last + 1, last + 1))) {
          yield;
          if (query.after !== undefined && entry.seq <= query.after) break;
          if (kind !== 'all' && (entry.kind === 'exchange') !== (kind === 'exchange')) continue;
          if (!filter.fits(entry)) continue;
          more = found.length === limit;
          if (more) break;
          found.push(desk.record(entry));
        }
        return found;
      }
      const exchanges = await inSlices(look());
      return { json: { exchanges, more, journal: journalState(house, last) } };
    },
  }),

  route({
    method: 'GET',
    path: '/api/v1/exchanges/latest',
    id: 'latestExchange',
    tag: 'journal',
    says: 'The latest exchange that fits, whole; or the latest connection event, where the query names its `kind:`.',
    query: FILTER,
    answers: { 200: ok('The record.', RECORD), 400: BAD_QUERY, 404: problem('Nothing fits.') },
    async handle({ query, desk, inSlices }) {
      const filter = desk.filter(query);
      function* look(): Work<Exchange | ConnectionRecord | null> {
        for (const entry of desk.newest()) {
          if ((filter.namesKind || entry.kind === 'exchange') && filter.fits(entry)) return desk.record(entry);
          yield;
        }
        return null;
      }
      const found = await inSlices(look());
      if (found !== null) return { json: found };
      throw new Refusal(404, 'No exchange fits: send one, or wait for it with /api/v1/exchanges/wait');
    },
  }),

  route({
    method: 'GET',
    path: '/api/v1/exchanges/wait',
    id: 'waitForExchanges',
    tag: 'journal',
    says: 'Waits until so many exchanges fit, or connection events, where the query names their `kind:`; those that came before count as well, unless `after` says otherwise.',
    query: {
      ...FILTER,
      count: may(whole(1, LIMIT_MAX), 'How many are wanted; 1 if not given.', 2),
      timeout: may(duration(), 'How long to wait in real time, 10m at most; 5s if not given.', '500ms'),
    },
    answers: {
      200: ok('What fits, oldest first.', FOUND),
      400: BAD_QUERY,
      408: problem('They did not come in time: `nearMisses` says what came instead, and why it does not fit.'),
    },
    async handle({ query, headers, desk, house, onGone, inSlices }) {
      sayWhoWaits(headers, house.guard);
      const { count = 1, timeout = 5000 } = query;
      const filter = desk.filter(query);
      const { found, last } = await waitFor({
        house,
        desk,
        filter,
        after: query.after,
        count,
        timeout: Math.min(timeout, 600_000),
        onGone,
        inSlices,
      });
      const exchanges = await inSlices(each(found.slice(0, LIMIT_MAX), desk.record));
      if (found.length >= count) return { json: { exchanges, journal: journalState(house, last) } };
      // No exchange is near to a connection event.
      const near = filter.namesKind ? [] : await inSlices(nearMisses(filter, desk.oldest(query.after), desk.ports));
      const [one, many] = filter.namesKind ? ['entry', 'entries'] : ['exchange', 'exchanges'];
      const expected = `${count} ${count === 1 ? one : many} within ${timeout} ms`;
      const actual =
        found.length === 0 ? 'none came' : `${found.length} came: ${found.map(({ seq }) => `#${seq}`).join(', ')}`;
      throw new Refusal(
        408,
        `Expected ${expected}, but ${actual}${near[0] === undefined ? '' : `; the nearest is ${near[0].sentence}`}`,
        {
          expected,
          actual,
          exchanges,
          nearMisses: near,
          hints: hintsOf(desk, house, query.after),
          journal: journalState(house, last),
        },
      );
    },
  }),

  route({
    method: 'GET',
    path: '/api/v1/exchanges/{seq}',
    id: 'oneExchange',
    tag: 'journal',
    says: 'One exchange, or connection event, whole.',
    params: { seq: needs(sequence(), 'Its number.', 41) },
    answers: {
      200: ok('The record.', RECORD),
      404: problem('It never was, or is no longer kept.'),
    },
    handle({ path, desk, house }) {
      const entry = house.driver.engine.journal.get(path.seq);
      if (entry !== undefined) return { json: desk.record(entry) };
      const { first, last } = journalState(house);
      const kept = last < first ? 'the journal is empty' : `the journal has #${first} to #${last}`;
      throw new Refusal(404, `There is no #${path.seq}: ${kept}`);
    },
  }),

  route({
    method: 'DELETE',
    path: '/api/v1/exchanges',
    id: 'deleteExchanges',
    tag: 'journal',
    says: 'Takes away all of the journal, or what fits. Registries and rules stay; see reset.',
    query: FILTER,
    answers: { 200: ok('How many went.', DELETED), 400: BAD_QUERY },
    async handle({ query, desk, house: { driver }, inSlices }) {
      const { journal } = driver.engine;
      const { last } = journal.range();
      const filter = desk.filter(query);
      const found = await inSlices(those(desk.oldest(query.after), (entry) => entry.seq <= last && filter.fits(entry)));
      const before = journal.held().entries;
      driver.command({ do: 'forget', seqs: found.map(({ seq }) => seq) });
      return { json: { deleted: before - journal.held().entries } };
    },
  }),
];
