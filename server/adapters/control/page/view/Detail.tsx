import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { readExchange } from '../api/calls.ts';
import type { JournalRecord } from '../api/types.ts';
import { allRows, found, rowBySeq } from '../state/journal.ts';
import { closeRow, step } from '../state/shown.ts';
import { faultsOf } from '../text/fault.ts';
import { EventDetail } from './EventDetail.tsx';
import { ExchangeDetail } from './ExchangeDetail.tsx';
import { Icon } from './Icon.tsx';

/** One line of the journal, opened. What the page does not hold itself is asked of the server. */
export function Detail({ seq }: { seq: number }) {
  allRows();
  const known = rowBySeq(seq)?.record ?? found.value?.find((row) => row.seq === seq)?.record;
  const fetched = useSignal<JournalRecord | null>(null);
  const problem = useSignal('');
  const box = useRef<HTMLElement>(null);

  useEffect(() => {
    box.current?.querySelector('.detail-body')?.scrollTo(0, 0);
    problem.value = '';
    if (known !== undefined) return;
    readExchange(seq).then(
      (record) => {
        fetched.value = record;
      },
      (error: Error) => {
        problem.value = faultsOf(error).join('; ');
      },
    );
  }, [seq]);

  const record = known ?? (fetched.value?.seq === seq ? fetched.value : undefined);
  // Whoever reads it goes on reading when it is deleted.
  const last = useRef(record);
  if (record !== undefined) last.current = record;
  const kept = record ?? (last.current?.seq === seq ? last.current : undefined);
  return (
    <article ref={box} class="detail" aria-label={`Line ${seq} of the journal`}>
      <header class="detail-bar">
        <button type="button" class="ghost" onClick={closeRow} aria-label="Close (Esc)" title="Close (Esc)">
          <Icon name="close" />
        </button>
        <span class="muted mono">#{seq}</span>
        <span class="spacer" />
        <button type="button" class="ghost" onClick={() => step(-1)} aria-label="Newer (k)" title="Newer (k)">
          <span class="turn-up">
            <Icon name="back" />
          </span>
        </button>
        <button type="button" class="ghost" onClick={() => step(1)} aria-label="Older (j)" title="Older (j)">
          <span class="turn-down">
            <Icon name="back" />
          </span>
        </button>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section class="detail-body" tabIndex={0} aria-label="Details">
        {kept !== undefined && record === undefined && <p class="notice">This line is no longer in the list.</p>}
        {kept === undefined ? (
          <p class="hush">{problem.value === '' ? 'Asking the server …' : problem.value}</p>
        ) : kept.kind === 'exchange' ? (
          <ExchangeDetail exchange={kept} />
        ) : (
          <EventDetail event={kept} />
        )}
      </section>
    </article>
  );
}
