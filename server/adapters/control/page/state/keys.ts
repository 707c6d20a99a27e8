import { signal } from '@preact/signals';
import { copyText } from '../text/copy.ts';
import { curlOf } from '../text/curl.ts';
import { info, rowBySeq } from './journal.ts';
import { openSeq, show, type View, view } from './route.ts';
import { closeRow, cursor, openRow, step } from './shown.ts';
import { toast } from './toast.ts';

export const helpOpen = signal(false);

const PLACES: Readonly<Record<string, View>> = {
  e: 'exchanges',
  h: 'channels',
  c: 'connections',
  s: 'scenario',
  t: 'clock',
  r: 'reasons',
};

let going = false;

/** Keys that mean something anywhere; fields keep theirs. */
export function onKey(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  const target = event.target as HTMLElement;
  const typing = target.matches('input, textarea, select, [contenteditable]');
  if (event.key === 'Escape') {
    if (helpOpen.value) return;
    if (typing) target.blur();
    else if (openSeq.value !== null) closeRow();
    return;
  }
  if (typing || helpOpen.value) return;
  if (going) {
    going = false;
    const place = PLACES[event.key];
    if (place !== undefined) {
      event.preventDefault();
      show(place);
    }
    return;
  }
  if (event.key === 'g') {
    going = true;
    setTimeout(() => {
      going = false;
    }, 1200);
    return;
  }
  if (event.key === '?') {
    helpOpen.value = true;
    event.preventDefault();
    return;
  }
  if (event.key === '/') {
    event.preventDefault();
    show('exchanges');
    requestAnimationFrame(() => document.getElementById('search')?.focus());
    return;
  }
  if (view.value === 'exchanges') onListKey(event, target);
}

function onListKey(event: KeyboardEvent, target: HTMLElement): void {
  // A button or link that has the focus is what Enter presses.
  const free = !target.matches('button, a, summary');
  const does: Readonly<Record<string, (() => void) | undefined>> = {
    j: () => step(1),
    k: () => step(-1),
    ArrowDown: free ? () => step(1) : undefined,
    ArrowUp: free ? () => step(-1) : undefined,
    Home: free ? () => step('first') : undefined,
    End: free ? () => step('last') : undefined,
    Enter: free && cursor.value !== null ? () => openRow(cursor.value as number) : undefined,
    c: copyCurl,
  };
  const act = does[event.key];
  if (act === undefined) return;
  event.preventDefault();
  act();
}

function copyCurl(): void {
  const record = openSeq.value === null ? undefined : rowBySeq(openSeq.value)?.record;
  if (record?.kind === 'exchange') void copyText(curlOf(record, info.value)).then(() => toast('Copied as curl.'));
}
