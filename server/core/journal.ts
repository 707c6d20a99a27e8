import type { Entry } from './entries.ts';
import { createPacker } from './journal-pack.ts';
import { createPage, forget, has, PAGE, type Page } from './journal-page.ts';
import { read } from './journal-read.ts';
import type { Ports } from './ports.ts';

export type { ConnectionEntry, Entry, ExchangeEntry } from './entries.ts';

/** Everything that happened, bounded in entries and bytes; the oldest go first and are counted. */
export interface Journal {
  readonly nextSeq: () => number;
  /** Copies what it needs; the entry and the bytes of its body stay the caller's. */
  readonly append: (entry: Entry) => void;
  /** `undefined`: not yet, or no longer. What was handed out can be read for as long as somebody holds it. */
  readonly get: (seq: number) => Entry | undefined;
  /** The same for whoever looks at it at once and has done: what comes may be written over it. */
  readonly peek: (seq: number) => Entry | undefined;
  /** First and last number that can be had; an empty journal has `first` above `last`. */
  readonly range: () => { readonly first: number; readonly last: number };
  /** How many entries were let go to stay within the bounds. */
  readonly dropped: () => number;
  /** Number of the latest that was let go; 0: none was. */
  readonly droppedTo: () => number;
  /** Takes one away because somebody asked for it; its number stays empty, and it does not count as dropped. */
  readonly remove: (seq: number) => void;
  /** How many were taken away like that. */
  readonly removed: () => number;
  /** Entries held, and the bytes they count for. */
  readonly held: () => { readonly entries: number; readonly bytes: number };
}

/**
 * How many entries that were read are remembered as they were handed out, so that those who look one after the other
 * see the very same object. More than the journal has by default.
 */
const SEEN = 16_384;

export function createJournal(
  bounds: { readonly maxEntries: number; readonly maxBytes: number },
  { latin1, putLatin1 }: Pick<Ports, 'latin1' | 'putLatin1'>,
): Journal {
  const { maxEntries, maxBytes } = bounds;
  const packer = createPacker(putLatin1);
  /** From the one that `first` is in to the one that is being filled. */
  let pages: Page[] = [];
  let spare: Page | undefined;
  let seen: (Entry | undefined)[] = [];
  let first = 1;
  let next = 1;
  let bytes = 0;
  let dropped = 0;
  let droppedTo = 0;
  let removed = 0;
  let entries = 0;

  const pageOf = (seq: number): Page | undefined => pages[Math.floor((seq - (pages[0]?.first ?? seq)) / PAGE)];

  function take(seq: number): boolean {
    const page = pageOf(seq);
    if (page === undefined || !has(page, seq - page.first)) return false;
    bytes -= page.cost[seq - page.first] as number;
    forget(page, seq - page.first);
    if (seen[seq % SEEN]?.seq === seq) seen[seq % SEEN] = undefined;
    entries--;
    return true;
  }

  /**
   * While nobody looks, what comes is written over what goes. Left to the collector, the bytes of a busy server grow by
   * tens of megabytes before it looks after them.
   */
  function letGo(page: Page): void {
    packer.reuse(page);
    if (!page.lent) spare = page;
  }

  /** Moves the beginning on, past what is gone. */
  function begin(seq: number): void {
    first = seq;
    while (first < next && !has(pageOf(first) as Page, first - (pageOf(first) as Page).first)) first++;
    const front = pages[0];
    if (front === undefined || first < front.first + PAGE) return;
    const left = first === next ? [] : pages.slice(pages.indexOf(pageOf(first) as Page));
    for (const page of pages.slice(0, pages.length - left.length)) letGo(page);
    pages = left;
  }

  function dropOldest(): void {
    take(first);
    dropped++;
    droppedTo = first;
    begin(first + 1);
  }

  function peek(seq: number): Entry | undefined {
    if (seq < first || seq >= next) return undefined;
    const page = pageOf(seq) as Page;
    return read(page, seq - page.first, latin1);
  }

  return {
    nextSeq: () => next,
    append(entry) {
      if (next - first >= maxEntries) dropOldest();
      let page = pages.at(-1);
      if (page === undefined || next >= page.first + PAGE) {
        page = createPage(next, spare);
        spare = undefined;
        pages.push(page);
      }
      packer.write(page, next - page.first, entry);
      bytes += page.cost[next - page.first] as number;
      next++;
      entries++;
      while (bytes > maxBytes && next - first > 1) dropOldest();
    },
    peek,
    get(seq) {
      const known = seen[seq % SEEN];
      if (known?.seq === seq) return known;
      const entry = peek(seq);
      if (entry !== undefined) {
        (pageOf(seq) as Page).lent = true;
        if (seen.length === 0) seen = new Array<Entry | undefined>(SEEN).fill(undefined);
        seen[seq % SEEN] = entry;
      }
      return entry;
    },
    range: () => ({ first, last: next - 1 }),
    dropped: () => dropped,
    droppedTo: () => droppedTo,
    remove(seq) {
      if (seq < first || seq >= next) return;
      if (!take(seq)) return;
      removed++;
      if (seq === first) begin(first + 1);
    },
    removed: () => removed,
    held: () => ({ entries, bytes }),
  };
}
