import type {
  ConnectionKind,
  Environment,
  HeaderList,
  Operation,
  Response,
  RuleHit,
  Verdict,
} from '../protocol/model.ts';
import type { CheckRow } from './checks/order.ts';
import type { Session } from './sessions.ts';
import type { Step } from './steps.ts';

/** A request with all that was found out and done about it: the compact form in which the journal keeps it. */
export interface ExchangeEntry {
  readonly kind: 'exchange';
  readonly seq: number;
  readonly at: number;
  readonly session: Session;
  readonly stream: number;
  readonly operation: Operation;
  readonly environment: Environment;
  readonly topic: string;
  readonly target: string;
  readonly keyId: string | null;
  readonly teamId: string | null;
  readonly method: string;
  readonly path: string;
  readonly authority: string;
  readonly headers: HeaderList;
  /** The kept bytes of the body lie in a block that many entries share: fewer and larger things to collect. */
  readonly block: Uint8Array;
  readonly offset: number;
  readonly kept: number;
  /** Bytes that arrived. */
  readonly size: number;
  readonly order: readonly CheckRow[];
  readonly verdict: Verdict;
  readonly rule: RuleHit | null;
  readonly response: Response | null;
  /** What a rule made of it, laid out in time; `null`: the answer alone, at once. */
  readonly steps: readonly Step[] | null;
  readonly carriedOut: boolean;
}

/** Something on a connection that is not a request. */
export interface ConnectionEntry {
  readonly kind: ConnectionKind;
  readonly seq: number;
  readonly at: number;
  /** `null`: there never was a session. */
  readonly session: Session | null;
  readonly stream: number | null;
  /** One English sentence. */
  readonly detail: string;
}

export type Entry = ExchangeEntry | ConnectionEntry;

/** Everything that happened, bounded in entries and bytes; the oldest go first and are counted. */
export interface Journal {
  readonly nextSeq: () => number;
  readonly append: (entry: Entry) => void;
  /** Copies the kept part of a body out of the caller's buffer. */
  readonly keep: (body: Uint8Array) => { readonly block: Uint8Array; readonly offset: number };
  /** `undefined`: not yet, or no longer. */
  readonly get: (seq: number) => Entry | undefined;
  /** First and last number that can be had; an empty journal has `first` above `last`. */
  readonly range: () => { readonly first: number; readonly last: number };
  /** How many entries were let go to stay within the bounds. */
  readonly dropped: () => number;
  /** Number of the latest that was let go; 0: none was. */
  readonly droppedTo: () => number;
  /** Takes one away because somebody asked for it; its number stays empty, and it does not count as dropped. */
  readonly remove: (seq: number) => void;
  /** Entries held, and the bytes they count for. */
  readonly held: () => { readonly entries: number; readonly bytes: number };
}

const BLOCK_BYTES = 256 * 1024;
/** What an entry costs besides its text, measured; only for the bound in bytes. */
const ENTRY_BYTES = 400;

export function createJournal(bounds: { readonly maxEntries: number; readonly maxBytes: number }): Journal {
  const { maxEntries, maxBytes } = bounds;
  const ring: (Entry | undefined)[] = [];
  let first = 1;
  let next = 1;
  let bytes = 0;
  let dropped = 0;
  let droppedTo = 0;
  let entries = 0;
  let block = new Uint8Array(0);
  let used = 0;

  function take(seq: number): boolean {
    const slot = seq % maxEntries;
    const entry = ring[slot];
    if (entry === undefined) return false;
    bytes -= sizeOf(entry);
    ring[slot] = undefined;
    entries--;
    return true;
  }

  function dropOldest(): void {
    if (take(first)) {
      dropped++;
      droppedTo = first;
    }
    first++;
  }

  return {
    nextSeq: () => next,
    append(entry) {
      if (next - first >= maxEntries) dropOldest();
      ring[next % maxEntries] = entry;
      next++;
      entries++;
      bytes += sizeOf(entry);
      while (bytes > maxBytes && next - first > 1) dropOldest();
    },
    keep(body) {
      const { length } = body;
      if (used + length > block.length) {
        block = new Uint8Array(Math.max(BLOCK_BYTES, length));
        used = 0;
      }
      const offset = used;
      block.set(body, offset);
      used += length;
      return { block, offset };
    },
    get: (seq) => (seq >= first && seq < next ? ring[seq % maxEntries] : undefined),
    range: () => ({ first, last: next - 1 }),
    dropped: () => dropped,
    droppedTo: () => droppedTo,
    remove(seq) {
      if (seq < first || seq >= next) return;
      take(seq);
      while (first < next && ring[first % maxEntries] === undefined) first++;
    },
    held: () => ({ entries, bytes }),
  };
}

function sizeOf(entry: Entry): number {
  if (entry.kind !== 'exchange') return ENTRY_BYTES + entry.detail.length;
  let size = ENTRY_BYTES + entry.kept + entry.path.length;
  const { headers } = entry;
  for (let i = 0; i < headers.length; i++) size += (headers[i] as string).length;
  return size;
}
