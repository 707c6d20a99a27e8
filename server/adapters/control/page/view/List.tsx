import { useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { openSeq } from '../state/route.ts';
import { cursor, indexOf, openRow, shown } from '../state/shown.ts';
import { plural } from '../text/format.ts';
import { Icon } from './Icon.tsx';
import { Line } from './Line.tsx';

/** As --row in list.css. */
const ROW = 56;
/** Lines drawn beyond the edges. */
const MARGIN = 6;

/** The journal, newest on top. Draws what can be seen and no more, however long it is. */
export function List() {
  const box = useRef<HTMLDivElement>(null);
  const top = useSignal(0);
  const height = useSignal(800);
  const newest = useRef(0);

  const rows = shown.value;
  const first = Math.max(0, Math.floor(top.value / ROW) - MARGIN);
  const end = Math.min(rows.length, Math.ceil((top.value + height.value) / ROW) + MARGIN);
  // Number `i` from the top is number `last - i` in the list, which has the oldest first.
  const last = rows.length - 1;
  const visible = Array.from({ length: Math.max(0, end - first) }, (_, i) => first + i);
  const unseen = top.value > ROW ? countNewer(newest.current) : 0;

  useLayoutEffect(() => {
    const element = box.current as HTMLDivElement;
    const watch = new ResizeObserver(() => {
      height.value = element.clientHeight;
    });
    watch.observe(element);
    return () => watch.disconnect();
  }, [height]);

  // Who reads further down keeps the place when something arrives on top.
  const before = useRef({ seq: 0, length: 0 });
  useLayoutEffect(() => {
    const element = box.current as HTMLDivElement;
    const seq = rows[last]?.seq ?? 0;
    const { seq: known, length } = before.current;
    before.current = { seq, length: rows.length };
    if (length > 0 && known > 0 && seq > known && element.scrollTop > ROW) {
      element.scrollTop += countNewer(known) * ROW;
      top.value = element.scrollTop;
    } else if (element.scrollTop <= ROW) newest.current = seq;
    if (rows.length * ROW < element.scrollTop) top.value = element.scrollTop;
  });

  const at = cursor.value ?? openSeq.value;
  useEffect(() => {
    const element = box.current as HTMLDivElement;
    const index = indexOf(at);
    if (index < 0) return;
    const y = (shown.peek().length - 1 - index) * ROW;
    if (y < element.scrollTop) element.scrollTop = y;
    else if (y + ROW > element.scrollTop + element.clientHeight) element.scrollTop = y + ROW - element.clientHeight;
  }, [at, rows.length > 0]);

  const reachable = visible.some((i) => rows[last - i]?.seq === at);
  return (
    <div class="list-frame">
      <div
        id="list"
        ref={box}
        class="list"
        role="listbox"
        aria-label="Exchanges, newest first"
        aria-activedescendant={reachable ? `row-${at}` : undefined}
        tabIndex={0}
        onScroll={(event) => {
          top.value = event.currentTarget.scrollTop;
          if (top.value <= ROW) newest.current = shown.peek().at(-1)?.seq ?? 0;
        }}
      >
        <div class="list-field" role="presentation" style={{ height: `${rows.length * ROW}px` }}>
          {visible.map((i) => {
            const row = rows[last - i];
            if (row === undefined) return null;
            return (
              <Line
                key={row.seq}
                row={row}
                y={i * ROW}
                place={i + 1}
                of={rows.length}
                open={row.seq === openSeq.value}
                cursor={row.seq === at}
                onOpen={openRow}
              />
            );
          })}
        </div>
      </div>
      {unseen > 0 ? (
        <button
          type="button"
          class="to-top"
          onClick={() => {
            (box.current as HTMLDivElement).scrollTop = 0;
          }}
        >
          <Icon name="up" size={15} /> {plural(unseen, 'new line')}
        </button>
      ) : null}
    </div>
  );
}

function countNewer(seq: number): number {
  const rows = shown.peek();
  let n = 0;
  for (let i = rows.length - 1; i >= 0 && (rows[i]?.seq ?? 0) > seq; i--) n++;
  return n;
}
