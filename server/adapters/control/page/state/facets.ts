import { computed } from '@preact/signals';
import { allRows } from './journal.ts';

/** What the journal holds, counted by what filters offer. */
export interface Facets {
  readonly operations: ReadonlyMap<string, number>;
  readonly topics: ReadonlyMap<string, number>;
  readonly channels: ReadonlyMap<string, number>;
  readonly outcomes: ReadonlyMap<string, number>;
  readonly exchanges: number;
}

export const facets = computed<Facets>(() => {
  const operations = new Map<string, number>();
  const topics = new Map<string, number>();
  const channels = new Map<string, number>();
  const outcomes = new Map<string, number>();
  const add = (map: Map<string, number>, key: string): void => void map.set(key, (map.get(key) ?? 0) + 1);
  let exchanges = 0;
  for (const row of allRows()) {
    const { record } = row;
    if (record.kind !== 'exchange') continue;
    exchanges++;
    add(operations, row.operation);
    if (row.topic !== '') add(topics, row.topic);
    if (row.channel !== '') add(channels, row.channel);
    const status = record.response?.status;
    add(outcomes, status === undefined ? 'none' : `${Math.floor(status / 100)}xx`);
    if (row.tone === 'forced') add(outcomes, 'forced');
    if (record.verdict.reason !== null) add(outcomes, 'invalid');
    if (row.advice > 0) add(outcomes, 'advised');
  }
  return { operations, topics, channels, outcomes, exchanges };
});

/** The most frequent first. */
export const most = (map: ReadonlyMap<string, number>, limit: number): readonly (readonly [string, number])[] =>
  [...map].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])).slice(0, limit);

/** Accepted sends by channel, oldest first, in equal slices of the time since `from`. */
export function trafficOf(channel: string, from: number, to: number, slices: number): readonly number[] {
  const counts = new Array<number>(slices).fill(0);
  const width = Math.max(1, (to - from) / slices);
  for (const row of allRows()) {
    if (row.channel !== channel || row.at < from) continue;
    const slice = Math.min(slices - 1, Math.floor((row.at - from) / width));
    counts[slice] = (counts[slice] as number) + 1;
  }
  return counts;
}
