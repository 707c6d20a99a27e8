import { tokenWanted } from '../api/client.ts';
import { clock, serverNow, tick } from '../state/clock.ts';
import { facets } from '../state/facets.ts';
import { info, link } from '../state/journal.ts';
import { helpOpen } from '../state/keys.ts';
import { hashOf, show, type View, view } from '../state/route.ts';
import { nextTheme, theme } from '../state/theme.ts';
import { clockTime, count, duration } from '../text/format.ts';
import { Filters } from './Filters.tsx';
import { Icon, type IconName } from './Icon.tsx';

const PLACES: readonly (readonly [view: View, name: string])[] = [
  ['exchanges', 'Exchanges'],
  ['channels', 'Channels'],
  ['connections', 'Connections'],
  ['scenario', 'Scenario'],
  ['clock', 'Clock'],
  ['reasons', 'Reasons'],
];

export function Sidebar() {
  return (
    <header class="side">
      <div class="brand">
        <img src="icon.svg" alt="" width="28" height="28" />
        <span class="brand-text">
          <span class="brand-name">mock-apns</span>
          <LinkState />
        </span>
      </div>
      <nav class="places" aria-label="Views">
        {PLACES.map(([place, name]) => (
          <a
            key={place}
            href={hashOf({ view: place, seq: null, query: '' })}
            aria-current={view.value === place ? 'page' : undefined}
            onClick={(event) => {
              if (event.ctrlKey || event.metaKey || event.shiftKey) return;
              event.preventDefault();
              show(place);
            }}
          >
            <Icon name={place satisfies IconName} />
            <span>{name}</span>
            {place === 'exchanges' && facets.value.exchanges > 0 ? (
              <span class="place-count">{count(facets.value.exchanges)}</span>
            ) : null}
          </a>
        ))}
      </nav>
      <div class="side-filters">{view.value === 'exchanges' ? <Filters /> : null}</div>
      <div class="side-foot">
        <ClockPill />
        <span class="spacer" />
        <button
          type="button"
          class="ghost"
          onClick={nextTheme}
          aria-label={`Theme: ${theme.value}`}
          title={`Theme: ${theme.value}`}
        >
          <Icon name={theme.value === 'dark' ? 'moon' : theme.value === 'light' ? 'sun' : 'half'} />
        </button>
        <button
          type="button"
          class="ghost"
          aria-label="Keyboard help"
          title="Keyboard (?)"
          onClick={() => {
            helpOpen.value = true;
          }}
        >
          <Icon name="help" />
        </button>
      </div>
    </header>
  );
}

const LINKS = { connecting: 'Connecting', live: 'Live', lost: 'Reconnecting', locked: 'Token needed' } as const;

function LinkState() {
  const state = tokenWanted.value ? 'locked' : link.value;
  const version = info.value?.version ?? '';
  return (
    <span class="link-state" data-state={state} role="status" title={version === '' ? '' : `mock-apns ${version}`}>
      <i class="dot" data-tone={state === 'live' ? 'ok' : 'warn'} />
      {LINKS[state]}
    </span>
  );
}

function ClockPill() {
  tick.value;
  const state = clock.value.value;
  const offset = state?.offset ?? 0;
  return (
    <button type="button" class="clock-pill mono" title="Clock" onClick={() => show('clock')}>
      {clockTime(serverNow())}
      {state?.frozen === true ? <Icon name="pause" size={13} /> : null}
      {Math.abs(offset) < 1000 ? null : <span class="muted">{`${offset > 0 ? '+' : '−'}${duration(offset, 1)}`}</span>}
    </button>
  );
}
