import { explain } from '../explain.ts';
import type { Entry, ExchangeEntry } from '../journal.ts';
import { maskTokens } from '../mask.ts';
import type { Ports } from '../ports.ts';
import type { Work } from '../work.ts';
import type { Query } from './query.ts';
import { searchView } from './view.ts';

/** An exchange that nearly fitted, and why it did not. */
export interface NearMiss {
  readonly seq: number;
  /** Terms that hold, of all. */
  readonly fits: number;
  readonly of: number;
  /** Field by field, and at last the cause of a refusal. */
  readonly why: readonly string[];
  /** One line: `#41 broadcast.send com.example.scores: status was 400, not 200; because …`. */
  readonly sentence: string;
}

const SHOWN = 3;

/** Exchanges that miss the fewest terms; of equals the latest. Those that miss all of several are not near. */
export function* nearMisses(
  query: Query,
  entries: Iterable<Entry>,
  ports: Pick<Ports, 'utf8'>,
): Work<readonly NearMiss[]> {
  const { clauses } = query;
  const found: { readonly entry: ExchangeEntry; readonly fits: number; readonly why: readonly string[] }[] = [];
  for (const entry of entries) {
    yield;
    if (entry.kind !== 'exchange') continue;
    const view = searchView(entry, ports);
    const missed = clauses.filter((clause) => !clause.fits(view));
    if (missed.length === 0 || (missed.length === clauses.length && clauses.length > 1)) continue;
    const fits = clauses.length - missed.length;
    if (found.length === SHOWN && fits < (found[SHOWN - 1]?.fits ?? 0)) continue;
    found.push({ entry, fits, why: missed.map((clause) => clause.miss(view)) });
    found.sort((a, b) => b.fits - a.fits || b.entry.seq - a.entry.seq);
    found.length = Math.min(found.length, SHOWN);
  }
  return found.map(({ entry, fits, why }) => {
    const cause = causeOf(entry);
    const all = cause === null ? why : [...why, cause];
    const where = `#${entry.seq} ${entry.operation}${entry.topic === '' ? '' : ` ${maskTokens(entry.topic)}`}`;
    return { seq: entry.seq, fits, of: clauses.length, why: all, sentence: `${where}: ${all.join('; ')}` };
  });
}

/** Why it was not simply accepted; `null`: it was. */
export function causeOf(entry: ExchangeEntry): string | null {
  const { verdict, rule } = entry;
  if (rule !== null) return `the rule ${rule.name} answered it`;
  return verdict.reason === null ? null : `${verdict.reason}, because ${explain(entry)}`;
}
