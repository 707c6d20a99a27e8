import type { HeaderList, Response, RuleHit, Verdict } from '../protocol/model.ts';
import type { Entry, ExchangeEntry } from './entries.ts';
import type { Step } from './steps.ts';

/**
 * Entries of the journal side by side: numbers in columns, text and bodies as bytes in blocks, and what the requests of
 * a connection have in common once for all of them. A push then leaves hardly an object behind: the collector has
 * nothing to copy while it is new and nothing to mark when it is old, and a million of them take half the memory.
 * A page of which somebody may hold an entry is never written over, so that it can be read when the journal has let go.
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
  readonly block: Uint16Array;
  readonly offset: Uint32Array;
  readonly blocks: Uint8Array[];
  /** What each entry counts for, in bytes. */
  readonly cost: Uint32Array;
  /** Places in `alikes` and `topics`, counted from 1; 0: it is not packed. A reference for each would be marked each time. */
  readonly alike: Uint16Array;
  readonly topic: Uint16Array;
  readonly alikes: Alike[];
  readonly topics: string[];
  /** What is not an ordinary acceptance, by slot. */
  readonly outcomes: Map<number, Outcome>;
  /** Somebody may hold an entry of it. */
  lent: boolean;
  /** What is kept as it is: lines that are no exchanges, and exchanges with very long texts. */
  readonly whole: Map<number, Entry>;
}

/** Entries of a page. */
export const PAGE = 1024;
/** Stand for the path where a place among the headers is expected: all of it, and what follows the usual stem. */
export const PATH = 0xff;
export const TAIL = 0xfe;
/** What requests of one connection have in common; values of headers and of the answer may differ. */
export type Alike = Pick<
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
> & {
  readonly answer: HeaderList;
  /** The path to its last slash and with it. */
  readonly stem: string;
};

/** What became of an exchange that is not simply accepted. */
export interface Outcome {
  readonly verdict: Verdict;
  readonly rule: RuleHit | null;
  readonly response: Response | null;
  readonly steps: readonly Step[] | null;
  readonly carriedOut: boolean;
}

type Columns = Pick<Page, 'at' | 'stream' | 'size' | 'kept' | 'block' | 'offset' | 'cost' | 'alike' | 'topic'>;

const createColumns = (): Columns => ({
  at: new Float64Array(PAGE),
  stream: new Uint32Array(PAGE),
  size: new Uint32Array(PAGE),
  kept: new Uint32Array(PAGE),
  block: new Uint16Array(PAGE),
  offset: new Uint32Array(PAGE),
  cost: new Uint32Array(PAGE),
  alike: new Uint16Array(PAGE),
  topic: new Uint16Array(PAGE),
});

/** An empty page; `old`, which nobody needs any more, gives its columns. */
export function createPage(first: number, old?: Page): Page {
  old?.alike.fill(0);
  const { at, stream, size, kept, block, offset, cost, alike, topic } = old ?? createColumns();
  return {
    ...{ first, at, stream, size, kept, block, offset, cost, alike, topic },
    ...{ blocks: [], alikes: [], topics: [], outcomes: new Map(), whole: new Map(), lent: false },
  };
}

export const has = (page: Page, slot: number): boolean => page.alike[slot] !== 0 || page.whole.has(slot);

export function forget(page: Page, slot: number): void {
  page.alike[slot] = 0;
  page.outcomes.delete(slot);
  page.whole.delete(slot);
}
