import { computed, signal } from '@preact/signals';
import { allRows, found, unsearched } from './journal.ts';
import { go, openSeq } from './route.ts';
import type { Row } from './row.ts';

/** The lines of the list: those found, or all, with or without what happened to connections. */

const KEY = 'mock-apns.connection-events';
export const withConnections = signal(localStorage.getItem(KEY) === 'yes');

export function toggleConnections(): void {
  withConnections.value = !withConnections.value;
  localStorage.setItem(KEY, withConnections.value ? 'yes' : 'no');
}

/** Oldest first, as they are kept. */
export const shown = computed<readonly Row[]>(() => {
  const base = unsearched.value ? allRows() : (found.value ?? []);
  if (withConnections.value) return base.slice();
  return base.filter(({ tone }) => tone !== 'quiet');
});

/** Where the keyboard is. */
export const cursor = signal<number | null>(null);

export const indexOf = (seq: number | null): number =>
  seq === null ? -1 : shown.value.findIndex((row) => row.seq === seq);

/** One line up or down the screen; follows with the open exchange if one is open. */
export function step(by: 1 | -1 | 10 | -10 | 'first' | 'last'): void {
  const rows = shown.value;
  if (rows.length === 0) return;
  const at = indexOf(cursor.value ?? openSeq.value);
  const last = rows.length - 1;
  // Down the screen is back in time.
  const next = by === 'first' ? last : by === 'last' ? 0 : at < 0 ? last : Math.max(0, Math.min(last, at - by));
  const { seq } = rows[next] as Row;
  cursor.value = seq;
  if (openSeq.value !== null) go({ seq }, 'replace');
}

export function openRow(seq: number): void {
  cursor.value = seq;
  go({ view: 'exchanges', seq }, openSeq.value === null ? 'push' : 'replace');
}

export const closeRow = (): void => go({ seq: null });
