import type { ConnectionKind } from '../../protocol/model.ts';
import type { Journal } from '../journal.ts';

const TROUBLE: readonly ConnectionKind[] = ['connection-refused', 'protocol-error', 'stream-failed', 'limit-tripped'];
const SHOWN = 3;

/** What may stand behind an exchange that never came: connections that failed, and losses of the journal. */
export function hintsOf(journal: Journal, after = 0): readonly string[] {
  const hints: string[] = [];
  const { first, last } = journal.range();
  const dropped = journal.dropped();
  if (dropped > 0)
    hints.push(`the journal let go of ${dropped} entries before #${first}: raise --max-entries or --max-bytes`);
  if (journal.held().entries === 0) hints.push('the journal is empty: nothing has reached this server');
  for (let seq = last; seq >= Math.max(first, after + 1) && hints.length < SHOWN; seq--) {
    const entry = journal.get(seq);
    if (entry !== undefined && entry.kind !== 'exchange' && TROUBLE.includes(entry.kind))
      hints.push(`#${entry.seq} ${entry.kind}: ${entry.detail}`);
  }
  return hints;
}
