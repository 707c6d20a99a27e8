import type { Exchange } from '../exchange.ts';
import { compileMatch, nearest } from '../scenario/expect.ts';
import { sayExchanges } from '../scenario/explain.ts';
import type { Condition } from '../scenario/model.ts';

/** Whether exchanges came one after the other as they should have. */
export interface OrderJudgement {
  readonly ok: boolean;
  readonly expected: string;
  readonly actual: string;
  /** Those found, in order. */
  readonly found: readonly number[];
  readonly nearMisses: ReturnType<typeof nearest>;
}

/** Each match takes the first exchange that fits behind the one before. */
export function judgeOrder(order: readonly (readonly Condition[])[], exchanges: readonly Exchange[]): OrderJudgement {
  const ordered = [...exchanges].sort((a, b) => a.seq - b.seq);
  const found: number[] = [];
  let rest = ordered;
  for (const match of order) {
    const fits = compileMatch(match);
    const at = rest.findIndex(fits);
    if (at < 0) break;
    found.push((rest[at] as Exchange).seq);
    rest = rest.slice(at + 1);
  }
  const expected = order.map((match, index) => `${index + 1}. ${sayExchanges(match)}`).join(', then ');
  const seen = found.map((seq, index) => `${index + 1}. was #${seq}`).join(', ');
  const wanted = order[found.length];
  if (wanted === undefined) return { ok: true, expected, actual: seen, found, nearMisses: [] };
  const early = ordered.filter(({ seq }) => !rest.some((later) => later.seq === seq)).filter(compileMatch(wanted));
  const missing = `${found.length + 1}. did not come${found.length === 0 ? '' : ` after #${found.at(-1)}`}`;
  const before = early.length === 0 ? '' : `; it came before that, as #${early.map(({ seq }) => seq).join(', #')}`;
  const fits = compileMatch(wanted);
  return {
    ok: false,
    expected,
    actual: `${seen === '' ? '' : `${seen}, `}${missing}${before}`,
    found,
    nearMisses: nearest(
      wanted,
      rest.filter((exchange) => !fits(exchange)),
    ),
  };
}
