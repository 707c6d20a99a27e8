import type { HeaderList } from '../protocol/model.ts';
import type { Entry, ExchangeEntry } from './entries.ts';
import { type Alike, PATH, type Page } from './journal-page.ts';
import type { Ports } from './ports.ts';
import type { Session } from './sessions.ts';

const BLOCK_BYTES = 64 * 1024;
/** Texts have two bytes for their length, header places one. */
const LONGEST = 0xffff;
const MOST_FIELDS = 0xfe;
/** The columns, and the share in a page and in what is alike. */
const PACKED_BYTES = 80;
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
}

export function createPacker(put: Ports['putLatin1']): Packer {
  let block = new Uint8Array(0);
  let used = 0;
  /** What to compare the next request of a connection with; most come from the same one as the last. */
  const usual = new WeakMap<Session, Alike>();
  let last: Alike | undefined;

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
      block = new Uint8Array(Math.max(BLOCK_BYTES, mostOf(entry, answer)));
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
    page.alike[slot] = alike;
    page.topic[slot] = entry.topic;
    if (!plain) {
      const { verdict, rule, steps, carriedOut } = entry;
      page.outcomes.set(slot, { verdict, rule, response, steps, carriedOut });
      cost += OUTCOME_BYTES + (response?.body.length ?? 0);
    }
    page.cost[slot] = cost + end - used;
    used = end;
    return true;
  }

  /** Body, and whatever is not as usual. Where it ends; negative: why not. */
  function fill(entry: ExchangeEntry, answer: HeaderList | null, alike: Alike): number {
    const { kept, headers } = entry;
    if (used + kept > block.length) return NO_ROOM;
    block.set(kept === entry.block.length ? entry.block : bodyOf(entry), used);
    let at = used + kept;
    if (entry.path !== alike.path) at = putAt(block, at, PATH, entry.path, put);
    if (at >= 0) at = putDifferences(block, at, headers, alike.headers, put);
    if (at >= 0) at = putDifferences(block, at, answer ?? alike.answer, alike.answer, put);
    return at;
  }
  return { write };
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

/**
 * A text that is not as usual: its place, two bytes of length, and a byte for each character, as paths and header values
 * are bytes. Where it ends; negative: why not.
 */
function putAt(block: Uint8Array, at: number, place: number, text: string, put: Ports['putLatin1']): number {
  const { length } = text;
  if (length > LONGEST) return TOO_LONG;
  const start = at + 3;
  if (start + length > block.length) return NO_ROOM;
  block[at] = place;
  block[at + 1] = length >>> 8;
  block[at + 2] = length;
  put(text, block, start);
  return start + length;
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
