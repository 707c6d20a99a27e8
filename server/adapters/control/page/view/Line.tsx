import { memo } from '../state/memo.ts';
import type { Row } from '../state/row.ts';
import { clockTime } from '../text/format.ts';
import { Icon } from './Icon.tsx';

export interface LineProps {
  row: Row;
  y: number;
  place: number;
  of: number;
  open: boolean;
  cursor: boolean;
  onOpen: (seq: number) => void;
}

/** One line of the list. */
export const Line = memo(function Line({ row, y, place, of, open, cursor, onOpen }: LineProps) {
  const exchange = row.record.kind === 'exchange';
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list has the keyboard: j, k, Enter
    // biome-ignore lint/a11y/useFocusableInteractive: the list has the focus and names its active line
    <div
      id={`row-${row.seq}`}
      class={`line${exchange ? '' : ' line-event'}`}
      role="option"
      aria-selected={open}
      aria-setsize={of}
      aria-posinset={place}
      data-tone={row.tone}
      data-cursor={cursor}
      style={{ top: `${y}px` }}
      onClick={() => onOpen(row.seq)}
    >
      <span class="line-badge">
        {row.badge === '' ? (
          <i class="dot" data-tone={row.tone} />
        ) : (
          <b class="badge" data-tone={row.tone}>
            {row.badge}
          </b>
        )}
      </span>
      <span class="line-main">
        <span class="line-title">
          <b>{row.title}</b>
          {row.reason === '' ? null : <span class="line-reason">{row.reason}</span>}
          {row.rule === '' ? null : (
            <span class="chip" data-tone="forced">
              <Icon name="bolt" size={12} />
              <span>{row.rule}</span>
            </span>
          )}
          {row.advice === 0 ? null : (
            <span class="chip line-advice" data-tone="warn" title={`${row.advice} remarks`}>
              <Icon name="light" size={12} />
              {row.advice}
            </span>
          )}
        </span>
        <span class="line-excerpt">
          {row.excerpt === '' ? null : <span class="excerpt">{row.excerpt}</span>}
          <span class="line-where-short">{[row.topic, row.target].filter((text) => text !== '').join(' · ')}</span>
        </span>
      </span>
      <span class="line-where">
        <span>{row.topic}</span>
        <span class="mono muted">{row.target}</span>
      </span>
      <span class="line-when">
        <time>{clockTime(row.at)}</time>
        <span class="mono muted">{row.place}</span>
      </span>
    </div>
  );
});
