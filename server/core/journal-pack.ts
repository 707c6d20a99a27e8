import type { HeaderList } from '../protocol/model.ts';
import type { Entry, ExchangeEntry } from './entries.ts';
import { type Alike, PATH, type Page, TAIL } from './journal-page.ts';
import { LONGEST_TEXT, putText, roomFor } from './journal-text.ts';
import type { Ports } from './ports.ts';
import type { Session } from './sessions.ts';

const BLOCK_BYTES = 64 * 1024;
/** As many as a page of large bodies has. */
const SPARE_BLOCKS = 64;
/** A place among the headers has one byte, and two of them mean the path. */
const MOST_FIELDS = TAIL - 1;
/** The columns, and the share in a page and in what is alike. */
const PACKED_BYTES = 48;
/** What is alike, besides its text; it counts for the entry that it was made for. */
const ALIKE_BYTES = 240;
/** Objects that an exchange with a refusal or a rule has besides, measured. */
const OUTCOME_BYTES = 320;
/** An entry that is kept as an object, besides its text. */
const WHOLE_BYTES = 400;
/** More different bytes than an id, a collapse id and dates have: from here on the connection goes on in a new way. */
const DIFFERENT_BYTES = 160;

/** Writes entries into pages; the block that it is filling goes over from one page to the next. */
export interface Packer {
  readonly write: (page: Page, slot: number, entry: Entry) => void;
  /** Takes the blocks of a page that the journal has let go, if nobody else may need them. Pages go in their order. */
  readonly reuse: (page: Page) => void;
}

export function createPacker(put: Ports['putLatin1']): Packer {
  let block: Uint8Array = new Uint8Array(0);
  let used = 0;
  const spare: Uint8Array[] = [];
  /** A block at the end of a page that is lent. */
  let held: Uint8Array | undefined;
  /** What to compare the next request of a connection with; most come from the same one as the last. */
  const usual = new WeakMap<Session, Alike>();
  let last: Alike | undefined;
  const alikes = createShelf<Alike>();
  const topics = createShelf<string>();

  function write(page: Page, slot: number, entry: Entry): void {
    if (entry.kind === 'exchange' && pack(page, slot, entry)) return;
    page.whole.set(
      slot,
      entry.kind === 'exchange' ? { ...entry, block: new Uint8Array(bodyOf(entry)), offset: 0 } : entry,
    );
    page.cost[slot] = WHOLE_BYTES + (entry.kind === 'exchange' ? textOf(entry) + entry.kept : entry.detail.length);
  }

  /** False: something in it does not fit the form. */
  function pack(page: Page, slot: number, entry: ExchangeEntry): boolean {
    const { session, kept, response } = entry;
    const plain = entry.verdict.reason === null && entry.rule === null && entry.steps === null && response?.body === '';
    // Of an outcome that is kept as it is, nothing is written.
    const answer = plain ? response.headers : null;
    let alike = last?.session === session ? last : usual.get(session);
    let cost = PACKED_BYTES;
    if (alike === undefined || !fits(alike, entry, answer)) {
      alike = alikeOf(entry, answer);
      usual.set(session, alike);
      cost += ALIKE_BYTES + textOf(entry) + lengthOf(alike.answer);
    }
    last = alike;
    let end = fill(entry, answer, alike);
    if (end === NO_ROOM) {
      const room = mostOf(entry, answer);
      block = (room > BLOCK_BYTES ? undefined : spare.pop()) ?? new Uint8Array(Math.max(BLOCK_BYTES, room));
      used = 0;
      end = fill(entry, answer, alike);
    }
    if (end < 0) return false;
    if (end - used - kept > entry.path.length + DIFFERENT_BYTES) {
      usual.delete(session);
      last = undefined;
    }
    if (page.blocks.length === 0 || page.blocks[page.blocks.length - 1] !== block) page.blocks.push(block);
    page.at[slot] = entry.at;
    page.stream[slot] = entry.stream;
    page.size[slot] = entry.size;
    page.kept[slot] = kept;
    page.block[slot] = page.blocks.length - 1;
    page.offset[slot] = used;
    page.alike[slot] = alikes.place(page.alikes, alike);
    page.topic[slot] = topics.place(page.topics, entry.topic);
    if (!plain) {
      const { verdict, rule, steps, carriedOut } = entry;
      page.outcomes.set(slot, { verdict, rule, response, steps, carriedOut });
      cost += OUTCOME_BYTES + (response?.body.length ?? 0);
    }
    page.cost[slot] = cost + end - used;
    used = end;
    return true;
  }

  function reuse({ blocks, lent }: Page): void {
    const last = blocks.at(-1);
    if (last === undefined) return;
    if (!lent)
      for (const each of blocks)
        if (each !== last && each !== held && each.length === BLOCK_BYTES && spare.length < SPARE_BLOCKS)
          spare.push(each);
    // It goes on in the next page.
    if (lent) held = last;
    else if (held !== last) held = undefined;
  }

  /** Body, and whatever is not as usual. Where it ends; negative: why not. */
  function fill(entry: ExchangeEntry, answer: HeaderList | null, alike: Alike): number {
    const { kept, headers } = entry;
    if (used + kept > block.length) return NO_ROOM;
    block.set(kept === entry.block.length ? entry.block : bodyOf(entry), used);
    let at = used + kept;
    const { path } = entry;
    if (path !== alike.path)
      at = path.startsWith(alike.stem)
        ? putAt(block, at, TAIL, path.slice(alike.stem.length), put)
        : putAt(block, at, PATH, path, put);
    if (at >= 0) at = putDifferences(block, at, headers, alike.headers, put);
    if (at >= 0) at = putDifferences(block, at, answer ?? alike.answer, alike.answer, put);
    return at;
  }
  return { write, reuse };
}

/** What entries of a page share: each once, and its place there, counted from 1. One page is filled at a time. */
function createShelf<T>() {
  let shelf: T[] | undefined;
  let last: T | undefined;
  let lastPlace = 0;
  const places = new Map<T, number>();
  return {
    place(list: T[], value: T): number {
      if (list !== shelf) {
        shelf = list;
        places.clear();
      } else if (value === last) return lastPlace;
      last = value;
      lastPlace = places.get(value) ?? list.push(value);
      places.set(value, lastPlace);
      return lastPlace;
    },
  };
}

const NOTHING: HeaderList = [];
/** The block is full. */
const NO_ROOM = -1;
/** Longer than its form allows. */
const TOO_LONG = -2;

const bodyOf = ({ block, offset, kept }: ExchangeEntry): Uint8Array => block.subarray(offset, offset + kept);
const textOf = ({ path, headers }: ExchangeEntry): number => path.length + lengthOf(headers);

/** No entry is larger when it is packed. */
const mostOf = (entry: ExchangeEntry, answer: HeaderList | null): number =>
  entry.kept + textOf(entry) + lengthOf(answer ?? NOTHING) + 3 * (entry.headers.length + (answer?.length ?? 0)) + 5;

function lengthOf(list: HeaderList): number {
  let length = 0;
  for (let i = 0; i < list.length; i++) length += (list[i] as string).length;
  return length;
}

const alikeOf = (entry: ExchangeEntry, answer: HeaderList | null): Alike => ({
  operation: entry.operation,
  environment: entry.environment,
  keyId: entry.keyId,
  teamId: entry.teamId,
  method: entry.method,
  path: entry.path,
  stem: entry.path.slice(0, entry.path.lastIndexOf('/') + 1),
  authority: entry.authority,
  order: entry.order,
  verdict: entry.verdict,
  session: entry.session,
  headers: entry.headers,
  answer: answer ?? NOTHING,
});

/** Whether all is the same but for values of headers, path and body. */
const fits = (alike: Alike, entry: ExchangeEntry, answer: HeaderList | null): boolean =>
  alike.operation === entry.operation &&
  alike.environment === entry.environment &&
  alike.keyId === entry.keyId &&
  alike.teamId === entry.teamId &&
  alike.method === entry.method &&
  alike.authority === entry.authority &&
  alike.order === entry.order &&
  sameNames(alike.headers, entry.headers) &&
  (answer === null || (alike.verdict === entry.verdict && sameNames(alike.answer, answer)));

function sameNames(one: HeaderList, other: HeaderList): boolean {
  if (one === other) return true;
  if (one.length !== other.length) return false;
  for (let i = 0; i < one.length; i += 2) if (one[i] !== other[i]) return false;
  return true;
}

/** A text that is not as usual, behind its place. Where it ends; negative: why not. */
function putAt(block: Uint8Array, at: number, place: number, text: string, put: Ports['putLatin1']): number {
  if (text.length > LONGEST_TEXT) return TOO_LONG;
  if (at + 1 + roomFor(text) > block.length) return NO_ROOM;
  block[at] = place;
  return putText(block, at + 1, text, put);
}

/** Each value that differs, at its place, counted from 1; a zero ends it. Negative: why not. */
function putDifferences(
  block: Uint8Array,
  at: number,
  list: HeaderList,
  usual: HeaderList,
  put: Ports['putLatin1'],
): number {
  if (list !== usual)
    for (let i = 1; i < list.length; i += 2) {
      const value = list[i] as string;
      if (value === usual[i]) continue;
      if (i > MOST_FIELDS) return TOO_LONG;
      at = putAt(block, at, i, value, put);
      if (at < 0) return at;
    }
  if (at >= block.length) return NO_ROOM;
  block[at] = 0;
  return at + 1;
}
