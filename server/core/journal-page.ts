import { route } from '../protocol/endpoints.ts';
import type { HeaderList, Response, RuleHit, Verdict } from '../protocol/model.ts';
import type { Entry, ExchangeEntry } from './entries.ts';
import type { Ports } from './ports.ts';
import type { Session } from './sessions.ts';
import type { Step } from './steps.ts';

/**
 * Entries of the journal side by side: numbers in columns, text and bodies as bytes in blocks, and what the requests of
 * a connection have in common once for all of them. A push then leaves hardly an object behind: the collector has
 * nothing to copy while it is new and nothing to mark when it is old, and a million of them take half the memory.
 * A page is never written over, so that whoever still holds one of its entries can read it when the journal has let go.
 */
export interface Page {
  /** Number of its first entry. */
  readonly first: number;
  readonly at: Float64Array;
  readonly stream: Uint32Array;
  /** Bytes of body that arrived, and those of them that were kept. */
  readonly size: Uint32Array;
  readonly kept: Uint32Array;
  /** Where its bytes are: which of `blocks`, and from where in it. */
  readonly block: Uint8Array;
  readonly offset: Uint32Array;
  readonly blocks: Uint8Array[];
  /** What each entry counts for, in bytes. */
  readonly cost: Uint32Array;
  readonly alike: (Alike | undefined)[];
  readonly topic: string[];
  /** What is not an ordinary acceptance, by slot. */
  readonly outcomes: Map<number, Outcome>;
  /** What is kept as it is: lines that are no exchanges, and exchanges with very long texts. */
  readonly whole: Map<number, Entry>;
}

/** Entries of a page: `block` counts to 255, and as many blocks may be begun by entries that fill one each. */
export const PAGE = 256;
const BLOCK_BYTES = 64 * 1024;
/** Texts have two bytes for their length, header places one. */
const LONGEST = 0xffff;
const MOST_FIELDS = 0xfe;
/** Stands for the path where a place among the headers is expected. */
const PATH = 0xff;
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

/** What requests of one connection have in common; values of headers and of the answer may differ. */
type Alike = Pick<
  ExchangeEntry,
  | 'session'
  | 'operation'
  | 'environment'
  | 'keyId'
  | 'teamId'
  | 'method'
  | 'path'
  | 'authority'
  | 'order'
  | 'verdict'
  | 'headers'
> & { readonly answer: HeaderList };

/** What became of an exchange that is not simply accepted. */
interface Outcome {
  readonly verdict: Verdict;
  readonly rule: RuleHit | null;
  readonly response: Response | null;
  readonly steps: readonly Step[] | null;
  readonly carriedOut: boolean;
}

export const createPage = (first: number): Page => ({
  first,
  at: new Float64Array(PAGE),
  stream: new Uint32Array(PAGE),
  size: new Uint32Array(PAGE),
  kept: new Uint32Array(PAGE),
  block: new Uint8Array(PAGE),
  offset: new Uint32Array(PAGE),
  blocks: [],
  cost: new Uint32Array(PAGE),
  alike: new Array<Alike | undefined>(PAGE).fill(undefined),
  topic: new Array<string>(PAGE).fill(''),
  outcomes: new Map(),
  whole: new Map(),
});

export const has = (page: Page, slot: number): boolean => page.alike[slot] !== undefined || page.whole.has(slot);

export function forget(page: Page, slot: number): void {
  page.alike[slot] = undefined;
  page.outcomes.delete(slot);
  page.whole.delete(slot);
}

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

/** Reads an entry of a page; `undefined`: there is none. */
export function read(page: Page, slot: number, latin1: Ports['latin1']): Entry | undefined {
  const alike = page.alike[slot];
  return alike === undefined ? page.whole.get(slot) : new Packed(page, slot, alike, latin1);
}

/** A packed exchange; text is made of its bytes when it is asked for. */
class Packed implements ExchangeEntry {
  readonly kind = 'exchange';
  private readonly page: Page;
  private readonly slot: number;
  private readonly alike: Alike;
  private readonly outcome: Outcome | undefined;
  private readonly latin1: Ports['latin1'];
  private text: { readonly path: string; readonly headers: HeaderList; readonly answer: HeaderList } | undefined;
  private aim: string | undefined;

  constructor(page: Page, slot: number, alike: Alike, latin1: Ports['latin1']) {
    this.page = page;
    this.slot = slot;
    this.alike = alike;
    this.outcome = page.outcomes.size === 0 ? undefined : page.outcomes.get(slot);
    this.latin1 = latin1;
  }

  get seq(): number {
    return this.page.first + this.slot;
  }
  get at(): number {
    return this.page.at[this.slot] as number;
  }
  get stream(): number {
    return this.page.stream[this.slot] as number;
  }
  get size(): number {
    return this.page.size[this.slot] as number;
  }
  get kept(): number {
    return this.page.kept[this.slot] as number;
  }
  get block(): Uint8Array {
    return this.page.blocks[this.page.block[this.slot] as number] as Uint8Array;
  }
  get offset(): number {
    return this.page.offset[this.slot] as number;
  }
  get topic(): string {
    return this.page.topic[this.slot] as string;
  }
  get session(): Session {
    return this.alike.session;
  }
  get operation(): ExchangeEntry['operation'] {
    return this.alike.operation;
  }
  get environment(): ExchangeEntry['environment'] {
    return this.alike.environment;
  }
  get keyId(): string | null {
    return this.alike.keyId;
  }
  get teamId(): string | null {
    return this.alike.teamId;
  }
  get method(): string {
    return this.alike.method;
  }
  get authority(): string {
    return this.alike.authority;
  }
  get order(): ExchangeEntry['order'] {
    return this.alike.order;
  }
  get verdict(): Verdict {
    return (this.outcome ?? this.alike).verdict;
  }
  get rule(): RuleHit | null {
    return this.outcome?.rule ?? null;
  }
  get steps(): readonly Step[] | null {
    return this.outcome?.steps ?? null;
  }
  get carriedOut(): boolean {
    return this.outcome?.carriedOut ?? true;
  }
  get status(): number | null {
    return this.outcome === undefined ? this.alike.verdict.status : (this.outcome.response?.status ?? null);
  }
  get response(): Response | null {
    if (this.outcome !== undefined) return this.outcome.response;
    return { status: this.alike.verdict.status, headers: this.texts().answer, body: '' };
  }
  get path(): string {
    return this.texts().path;
  }
  get headers(): HeaderList {
    return this.texts().headers;
  }
  get target(): string {
    this.aim ??= route(this.method, this.path).target;
    return this.aim;
  }

  private texts(): NonNullable<Packed['text']> {
    if (this.text !== undefined) return this.text;
    const { block, latin1, alike } = this;
    let at = this.offset + this.kept;
    let { path } = alike;
    const list = (usual: HeaderList): HeaderList => {
      let own: string[] | undefined;
      for (let place = block[at] as number; place > 0; place = block[at] as number) {
        const start = at + 3;
        at = start + (((block[at + 1] as number) << 8) | (block[at + 2] as number));
        const text = latin1(block, start, at);
        if (place === PATH) path = text;
        else {
          own ??= [...usual];
          own[place] = text;
        }
      }
      at++;
      return own ?? usual;
    };
    const headers = list(alike.headers);
    const answer = list(alike.answer);
    this.text = { path, headers, answer };
    return this.text;
  }
}
