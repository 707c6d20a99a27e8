import type { HeaderList, Response, RuleHit, Verdict } from '../protocol/model.ts';
import type { Entry, ExchangeEntry } from './entries.ts';
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
/** Stands for the path where a place among the headers is expected. */
export const PATH = 0xff;
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
> & { readonly answer: HeaderList };

/** What became of an exchange that is not simply accepted. */
export interface Outcome {
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
