import type { ConnectionKind } from '../../../protocol/model.ts';
import type { Desk } from '../desk.ts';
import type { ControlHouse } from '../house.ts';
import { journalState } from './state.ts';

const TROUBLE: readonly ConnectionKind[] = ['connection-refused', 'protocol-error', 'stream-failed', 'limit-tripped'];
const SHOWN = 3;

/** What may stand behind an exchange that never came: connections that failed, and losses of the journal. */
export function hintsOf(desk: Desk, house: ControlHouse, after: number | undefined): readonly string[] {
  const hints: string[] = [];
  const { dropped, first, entries } = journalState(house);
  if (dropped > 0)
    hints.push(`the journal let go of ${dropped} entries before #${first}: raise --max-entries or --max-bytes`);
  if (entries === 0) hints.push('the journal is empty: nothing has reached this server');
  for (const entry of desk.newest()) {
    if (hints.length >= SHOWN || (after !== undefined && entry.seq <= after)) break;
    if (entry.kind !== 'exchange' && TROUBLE.includes(entry.kind))
      hints.push(`#${entry.seq} ${entry.kind}: ${entry.detail}`);
  }
  return hints;
}
