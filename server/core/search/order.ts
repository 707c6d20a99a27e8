import type { Exchange } from '../exchange.ts';
import { compileMatch, inOrder, type NearMiss, nearing } from '../scenario/expect.ts';
import { sayExchanges } from '../scenario/explain.ts';
import type { Condition } from '../scenario/model.ts';
import { those, type Work } from '../work.ts';

/** Whether exchanges came one after the other as they should have. */
export interface OrderJudgement {
  readonly ok: boolean;
  readonly expected: string;
  readonly actual: string;
  /** Those found, in order. */
  readonly found: readonly number[];
  readonly nearMisses: readonly NearMiss[];
}

/** Each match takes the first exchange that fits behind the one before. */
export function* judgingOrder(
  order: readonly (readonly Condition[])[],
  exchanges: readonly Exchange[],
): Work<OrderJudgement> {
  const ordered = inOrder(exchanges);
  const found: number[] = [];
  /** Where the next may be. */
  let from = 0;
  for (const match of order) {
    const fits = compileMatch(match);
    let at = from;
    while (at < ordered.length && !fits(ordered[at] as Exchange)) {
      at++;
      yield;
    }
    if (at === ordered.length) break;
    found.push((ordered[at] as Exchange).seq);
    from = at + 1;
  }
  const expected = order.map((match, index) => `${index + 1}. ${sayExchanges(match)}`).join(', then ');
  const seen = found.map((seq, index) => `${index + 1}. was #${seq}`).join(', ');
  const wanted = order[found.length];
  if (wanted === undefined) return { ok: true, expected, actual: seen, found, nearMisses: [] };
  const early = yield* those(ordered.slice(0, from), compileMatch(wanted));
  const missing = `${found.length + 1}. did not come${found.length === 0 ? '' : ` after #${found.at(-1)}`}`;
  const before = early.length === 0 ? '' : `; it came before that, as #${early.map(({ seq }) => seq).join(', #')}`;
  return {
    ok: false,
    expected,
    actual: `${seen === '' ? '' : `${seen}, `}${missing}${before}`,
    found,
    nearMisses: yield* nearing(wanted, ordered.slice(from)),
  };
}
