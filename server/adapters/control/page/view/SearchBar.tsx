import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { clearExchanges } from '../api/calls.ts';
import { hintsAt } from '../state/hints.ts';
import { isAnswered, reload, searching, searchProblems } from '../state/journal.ts';
import { go, query } from '../state/route.ts';
import { shown } from '../state/shown.ts';
import { isWhole } from '../state/terms.ts';
import { attempt } from '../state/toast.ts';
import { plural } from '../text/format.ts';
import { Icon } from './Icon.tsx';

/** The query, with hints for the term in hand. */
export function SearchBar() {
  const input = useRef<HTMLInputElement>(null);
  const focused = useSignal(false);
  const shut = useSignal(false);
  const cursor = useSignal(0);
  const chosen = useSignal(-1);

  const text = query.value;
  const { start, end, hints } = hintsAt(text, Math.min(cursor.value, text.length));
  const open = focused.value && !shut.value && hints.length > 0;

  const set = (value: string, at: number): void => {
    go({ query: value }, 'replace');
    cursor.value = at;
    chosen.value = -1;
  };
  const take = (index: number): void => {
    const hint = hints[index];
    if (hint === undefined) return;
    const tail = hint.open ? '' : ' ';
    const value = `${text.slice(0, start)}${hint.term}${tail}${text.slice(end).replace(/^\s+/, '')}`;
    const at = start + hint.term.length + tail.length;
    set(value, at);
    // After the value has been drawn.
    requestAnimationFrame(() => {
      input.current?.focus();
      input.current?.setSelectionRange(at, at);
    });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      shut.value = false;
      const by = event.key === 'ArrowDown' ? 1 : -1;
      chosen.value =
        (chosen.value + by + hints.length + (chosen.value < 0 && by < 0 ? 1 : 0)) % Math.max(1, hints.length);
    } else if (event.key === 'Tab' && open && chosen.value < 0 && text !== '' && !event.shiftKey) {
      event.preventDefault();
      take(0);
    } else if (event.key === 'Enter') {
      event.preventDefault();
      if (open && chosen.value >= 0) take(chosen.value);
      else {
        shut.value = true;
        document.getElementById('list')?.focus();
      }
    } else if (event.key === 'Escape') {
      // First the hints, then the query, then the field.
      if (open && text !== '') shut.value = true;
      else if (text !== '') set('', 0);
      else input.current?.blur();
      event.preventDefault();
      event.stopPropagation();
    }
  };
  const look = (): void => {
    cursor.value = input.current?.selectionStart ?? 0;
  };

  return (
    <search class="search">
      <div class="search-field" data-bad={searchProblems.value.length > 0}>
        <Icon name="search" />
        <input
          id="search"
          ref={input}
          type="text"
          role="combobox"
          aria-label="Search exchanges"
          aria-expanded={open}
          aria-controls="hints"
          aria-autocomplete="list"
          aria-activedescendant={open && chosen.value >= 0 ? `hint-${chosen.value}` : undefined}
          placeholder="Search: topic:com.example.app status:4xx is:advised …"
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          value={text}
          onInput={(event) => {
            shut.value = false;
            set(event.currentTarget.value, event.currentTarget.selectionStart ?? 0);
          }}
          onKeyDown={onKeyDown}
          onKeyUp={look}
          onClick={look}
          onFocus={() => {
            focused.value = true;
            shut.value = false;
            look();
          }}
          onBlur={() => {
            focused.value = false;
          }}
        />
        {text === '' ? (
          <kbd class="wide-only">/</kbd>
        ) : (
          <button type="button" class="ghost" aria-label="Clear the search" onClick={() => set('', 0)}>
            <Icon name="close" size={16} />
          </button>
        )}
      </div>
      <div id="hints" role="listbox" aria-label="Hints" class="hints" hidden={!open}>
        {hints.map((hint, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the keyboard, as in every combobox
          // biome-ignore lint/a11y/useFocusableInteractive: likewise
          <div
            key={hint.term}
            id={`hint-${index}`}
            role="option"
            aria-selected={index === chosen.value}
            onPointerDown={(event) => event.preventDefault()}
            onClick={() => take(index)}
          >
            <code>{hint.term}</code>
            <span class="muted">{hint.says}</span>
          </div>
        ))}
      </div>
      <Told />
      <ClearButton />
    </search>
  );
}

/** How many there are, or what is wrong with the query. */
function Told() {
  const problems = searchProblems.value;
  if (problems.length > 0)
    return (
      <div class="search-told bad" role="alert">
        {problems.map((problem) => (
          <p key={problem}>{problem}</p>
        ))}
      </div>
    );
  return (
    <p class="search-told muted" aria-live="polite">
      {tellCount()}
    </p>
  );
}

function tellCount(): string {
  const text = query.value.trim();
  if (text === '') return '';
  if (!isWhole(text)) return 'Its last term is not complete yet.';
  return searching.value || !isAnswered.value ? 'Searching …' : `${plural(shown.value.length, 'line')} found`;
}

function ClearButton() {
  const text = query.value.trim();
  const what = text === '' ? 'all exchanges' : 'the exchanges found';
  if (shown.value.length === 0) return null;
  return (
    <button
      type="button"
      class="button"
      title={`Delete ${what}`}
      // What is on the screen is not what the query in the field would delete.
      disabled={text !== '' && !isAnswered.value}
      onClick={() => {
        if (confirm(`Delete ${what} from the journal?`))
          void attempt(async () => {
            await clearExchanges(text);
            go({ seq: null, query: '' });
            await reload();
          }, `Deleted ${what}.`);
      }}
    >
      <Icon name="trash" size={16} />
      <span class="wide-only">{text === '' ? 'Clear' : 'Delete found'}</span>
    </button>
  );
}
