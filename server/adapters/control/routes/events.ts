import type { ServerResponse } from 'node:http';
import type { Entry } from '../../../core/journal.ts';
import type { Query } from '../../../core/search/query.ts';
import type { Work } from '../../../core/work.ts';
import { Unwanted } from '../../../shell/slices.ts';
import type { ControlHouse } from '../house.ts';
import { Refusal } from '../problem.ts';
import { type Ask, ok, problem, route } from '../route.ts';
import { FILTER } from '../schemas.ts';
import { journalState } from './state.ts';

/** A comment so often keeps proxies from closing a silent stream. */
const BEAT_MS = 15_000;
/** What a slow reader may leave unread before the rest is left out, and told as lost. */
const UNREAD_MAX_BYTES = 8 * 1024 * 1024;

export const EVENT_ROUTES = [
  route({
    method: 'GET',
    path: '/api/v1/events',
    id: 'followEvents',
    tag: 'journal',
    says: 'Everything that happens, as server-sent events `exchange` and `connection`, each with its number as id.',
    more: 'Goes on behind the header `last-event-id`, or the query `after`. What the journal no longer has is told by an event `lost` with its number; a new stream begins with `hello`. Whenever somebody deletes entries, `deleted` says what is left.',
    query: FILTER,
    answers: {
      200: ok('The stream; it ends when the client hangs up.', 'text/event-stream'),
      400: problem('The query has mistakes.'),
    },
    handle({ query, headers, desk, house, inSlices }) {
      const given = headers['last-event-id'];
      if (typeof given === 'string' && !/^\d{1,15}$/.test(given))
        throw new Refusal(400, 'Send the number of the last event as last-event-id, or leave the header out');
      const from = typeof given === 'string' ? Number(given) : query.after;
      const filter = desk.filter({ ...query, after: undefined });
      return { stream: (response) => follow(response, { house, desk, inSlices }, filter, from) };
    },
  }),
];

type Looking = Pick<Ask<unknown, unknown, unknown>, 'house' | 'desk' | 'inSlices'>;

function follow(
  response: ServerResponse,
  { house, desk, inSlices }: Looking,
  filter: Query,
  from: number | undefined,
): void {
  const { driver, clock } = house;
  const { journal } = driver.engine;
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  /** Last number that was sent, left out on purpose, or told as lost. */
  let sent = journal.range().last;
  let waiting = '';
  let full = false;
  let catching = false;
  /** That entries were deleted, to a reader who was too slow just then. */
  let untold = false;

  const say = (event: string, data: unknown, id: number): string =>
    `event: ${event}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`;
  const write = (entry: Entry): string =>
    say(entry.kind === 'exchange' ? 'exchange' : 'connection', desk.record(entry), entry.seq);

  function flush(): void {
    if (waiting === '') return;
    // As bytes: text that waits for a slow reader would be made into bytes all at once when he reads on.
    full = !response.write(Buffer.from(waiting)) && response.writableLength > UNREAD_MAX_BYTES;
    waiting = '';
  }
  /** Sends what the journal has behind `sent`, and says what it has no longer. One at a time does so. */
  function catchUp(): void {
    if (catching || full) return;
    catching = true;
    inSlices(rest()).catch((error: unknown) => {
      response.destroy();
      if (!(error instanceof Unwanted)) throw error;
    });
  }
  function* rest(): Work<void> {
    for (;;) {
      const { first, last } = journal.range();
      const gone = journal.droppedTo();
      if (gone > sent) waiting += say('lost', { count: gone - sent, from: sent + 1, to: gone }, gone);
      sent = Math.max(sent, gone, first - 1);
      if (full || sent >= last) break;
      const entry = journal.get(++sent);
      if (entry !== undefined && filter.fits(entry)) waiting += write(entry);
      if (waiting.length > 64 * 1024) flush();
      yield;
    }
    flush();
    catching = false;
  }

  response.write(`retry: 500\n\n${say('hello', { run: startOf(house), journal: journalState(house) }, from ?? sent)}`);
  if (from !== undefined) {
    // A number from before a restart would never be reached.
    sent = from > sent ? sent : from;
    catchUp();
  }
  // Many entries of one turn of the loop leave in one write, and are made into text once the clients have their answers.
  const stop = driver.subscribe(catchUp);
  const tellOfRemoval = (): void => {
    untold = full;
    if (full) return;
    waiting += say('deleted', { journal: journalState(house) }, sent);
    flush();
  };
  const deaf = driver.onRemoval(tellOfRemoval);
  response.on('drain', () => {
    if (!full) return;
    full = false;
    if (untold) tellOfRemoval();
    catchUp();
  });
  const beat = clock.every(BEAT_MS, () => void response.write(': still here\n\n'));
  response.on('close', () => {
    stop();
    deaf();
    beat();
  });
}

const startOf = ({ startedAt }: ControlHouse): string => new Date(startedAt).toISOString();
