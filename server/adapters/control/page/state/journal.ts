import { batch, computed, effect, signal } from '@preact/signals';
import { readExchanges, readInfo } from '../api/calls.ts';
import type { Sent } from '../api/sse.ts';
import { follow } from '../api/stream.ts';
import type { Info, JournalRecord } from '../api/types.ts';
import { faultsOf } from '../text/fault.ts';
import { plural } from '../text/format.ts';
import { query } from './route.ts';
import { type Row, rowOf } from './row.ts';
import { isWhole } from './terms.ts';
import { toast } from './toast.ts';

/** What the page knows of the journal: the newest lines, kept up to date by the server's events. */

/** Lines that the page keeps; older ones stay on the server. */
const MOST = 10_000;
const FIRST_PAGE = 200;
const PAGE = 1000;

export const info = signal<Info | null>(null);
export const link = signal<'connecting' | 'live' | 'lost'>('connecting');
/** The first answer about the journal is there: only then is an empty list an empty journal. */
export const loaded = signal(false);
/** Lines that the server no longer had when we came back for them. */
export const missed = signal(0);
/** Counts arrivals of any kind: whoever shows something else than the journal reads anew. */
export const pulse = signal(0);

/** Oldest first. Changed in place; `version` tells that it was. */
let rows: Row[] = [];
const version = signal(0);
export function allRows(): readonly Row[] {
  version.value;
  return rows;
}

export function rowBySeq(seq: number): Row | undefined {
  let low = 0;
  let high = rows.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const row = rows[middle] as Row;
    if (row.seq === seq) return row;
    if (row.seq < seq) low = middle + 1;
    else high = middle - 1;
  }
  return undefined;
}

/** How far the journal is known, whether its lines were kept or deleted since. */
let seen = 0;

function append(records: readonly JournalRecord[]): void {
  for (const record of records) {
    if (record.seq <= seen) continue;
    rows.push(rowOf(record));
    seen = record.seq;
  }
  if (rows.length > MOST + MOST / 10) rows = rows.slice(-MOST);
  changed();
}

/** Many arrivals, one drawing. */
let drawing = false;
function changed(): void {
  if (drawing) return;
  drawing = true;
  const draw = (): void => {
    drawing = false;
    version.value++;
    pulse.value++;
  };
  // Hidden tabs get no frames.
  if (document.hidden) setTimeout(draw, 200);
  else requestAnimationFrame(draw);
}

let loading = 0;

/** All that the page can hold: a page to look at at once, then the rest. */
async function load(): Promise<void> {
  const turn = ++loading;
  const { records, more, last } = await readExchanges({ limit: FIRST_PAGE });
  if (turn !== loading) return;
  // What has come while the server was being asked is known already.
  const newer = rows.filter(({ seq }) => seq > last);
  rows = [...records.map(rowOf).reverse(), ...newer];
  seen = Math.max(last, newer.at(-1)?.seq ?? 0);
  loaded.value = true;
  changed();
  if (more) void loadOlder(turn).catch(() => undefined);
}

async function loadOlder(turn: number): Promise<void> {
  for (;;) {
    const { records, more } = await readExchanges({ before: rows[0]?.seq ?? 0, limit: PAGE });
    if (turn !== loading) return;
    rows = [...records.map(rowOf).reverse(), ...rows];
    changed();
    if (!more || records.length === 0 || rows.length >= MOST) return;
  }
}

/** Which run of the server, and how far: asked before each attempt to follow it. */
async function prepare(): Promise<string> {
  const found = await readInfo();
  const before = info.value;
  info.value = found;
  if (before === null) await load();
  else if (before.run !== found.run) {
    const gone = rows.length;
    rows = [];
    missed.value = 0;
    await load();
    toast(
      `The server was restarted: ${plural(gone, 'line')} of its last run ${gone === 1 ? 'is' : 'are'} gone.`,
      'note',
    );
  }
  return String(seen);
}

const DELETED_PAUSE = 150;
let lookingAgain = false;

/** Somebody has deleted lines, here or elsewhere; which ones, the server is asked once for all that go together. */
function lookAgain(): void {
  if (lookingAgain) return;
  lookingAgain = true;
  setTimeout(() => {
    lookingAgain = false;
    void load().catch(() => undefined);
    if (found.peek() !== null) search(query.peek().trim());
  }, DELETED_PAUSE);
}

function take(batch: readonly Sent[]): void {
  const records: JournalRecord[] = [];
  for (const { event, data } of batch) {
    const value = parse(data);
    if (value === null) continue;
    if (typeof value['seq'] === 'number' && typeof value['kind'] === 'string') {
      records.push(value as unknown as JournalRecord);
      continue;
    }
    if (event === 'deleted') lookAgain();
    const lost = event === 'lost' ? value['count'] : 0;
    if (typeof lost === 'number' && lost > 0) {
      missed.value += lost;
      toast(`${plural(lost, 'line')} came and went while this page was not listening.`, 'note');
    }
    pulse.value++;
  }
  if (records.length > 0) append(records);
}

function parse(data: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

export function start(): void {
  follow('/api/v1/events', {
    prepare,
    open: () => {
      link.value = 'live';
      // A search that found no server is made up for.
      if (searchProblems.peek().length > 0) search(query.peek().trim());
    },
    events: take,
    lost: () => {
      link.value = 'lost';
    },
  });
}

export const reload = (): Promise<void> => load();

// ---------------------------------------------------------------------------------------------------------------
// Searching: the server answers, so that a query means here what it means everywhere.

const FOUND_MOST = 1000;
/** `null`: no query, or one that cannot be answered. Oldest first. */
export const found = signal<readonly Row[] | null>(null);
export const searching = signal(false);
/** What is wrong with the query, one sentence each. */
export const searchProblems = signal<readonly string[]>([]);
/** The query that is answered by what is found, which lags behind what is typed; `null`: none is. */
const answered = signal<string | null>(null);
/** What is found is what the query in the field asks for. */
export const isAnswered = computed(() => answered.value === query.value.trim());
/** Nothing was searched for, as far as is known: all lines fit. */
export const unsearched = computed(() => answered.value === '' || query.value.trim() === '');

let asked = new AbortController();

function search(text: string): void {
  asked.abort();
  asked = new AbortController();
  const { signal: abort } = asked;
  searchProblems.value = [];
  searching.value = false;
  if (text === '') settle(null, text);
  if (text === '' || !isWhole(text)) return;
  searching.value = true;
  readExchanges({ q: text, limit: FOUND_MOST }, abort).then(
    ({ records }) => {
      settle(records.map(rowOf).reverse(), text);
    },
    (error: Error) => {
      if (!abort.aborted) settle(null, null, faultsOf(error));
    },
  );
}

function settle(rows: readonly Row[] | null, text: string | null, problems: readonly string[] = []): void {
  batch(() => {
    searching.value = false;
    found.value = rows;
    answered.value = text;
    searchProblems.value = problems;
  });
}

/** What has arrived since is asked for by itself. */
async function searchOn(): Promise<void> {
  const known = found.peek();
  const { signal: abort } = asked;
  const text = answered.peek();
  if (known === null || text === null) return;
  const newer = await readExchanges({ q: text, after: known.at(-1)?.seq ?? 0, limit: FOUND_MOST }, abort).catch(
    () => null,
  );
  if (newer === null || abort.aborted) return;
  const rest = newer.records.filter(({ seq }) => seq > (known.at(-1)?.seq ?? 0));
  if (rest.length > 0) found.value = [...known, ...rest.map(rowOf).reverse()].slice(-FOUND_MOST);
}

let waiting: ReturnType<typeof setTimeout> | undefined;

effect(() => {
  const text = query.value.trim();
  clearTimeout(waiting);
  waiting = undefined;
  // A moment's rest between letters.
  const timer = setTimeout(() => search(text), text === '' ? 0 : 120);
  return () => clearTimeout(timer);
});

const SEARCH_PAUSE = 250;
effect(() => {
  version.value;
  if (query.peek() === '' || waiting !== undefined) return;
  waiting = setTimeout(() => {
    waiting = undefined;
    void searchOn();
  }, SEARCH_PAUSE);
});
