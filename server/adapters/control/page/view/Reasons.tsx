import { useSignal } from '@preact/signals';
import { SPELLED_FAULTS, spellBundleId, spellChannelId, spellDeviceToken } from '../../../../core/targets.ts';
import type { Family } from '../../../../protocol/model.ts';
import { REASONS, type ReasonRow } from '../../../../protocol/reasons.ts';
import { go } from '../state/route.ts';
import { termOf } from '../state/terms.ts';
import { Copy } from './Copy.tsx';
import { Icon } from './Icon.tsx';
import { Page } from './Page.tsx';

const RETRY: Readonly<Record<ReasonRow['retry'], string>> = {
  never: 'never try again',
  'after-fix': 'try again once it is put right',
  later: 'try again later',
  'new-connection': 'try again on a new connection',
};

export function Reasons() {
  const wanted = useSignal('');
  const word = wanted.value.trim().toLowerCase();
  const fits = (row: ReasonRow): boolean =>
    word === '' || `${row.status} ${row.name} ${row.meaning} ${row.arises ?? ''}`.toLowerCase().includes(word);
  const rows = (REASONS as readonly ReasonRow[]).filter(fits);
  return (
    <Page
      title="Reasons"
      says="Everything APNs answers, and a target that forces it: send an otherwise valid request to it, and no set-up is needed."
      tools={
        <input
          type="search"
          class="field"
          aria-label="Search reasons"
          placeholder="Search reasons"
          value={wanted.value}
          onInput={(event) => {
            wanted.value = event.currentTarget.value;
          }}
        />
      }
    >
      <ul class="reasons">
        {rows.map((row) => (
          <li class="reason" key={row.name} id={`reason-${row.name}`}>
            <b class="badge" data-tone={row.status >= 500 ? 'forced' : 'bad'}>
              {row.status}
            </b>
            <div class="reason-text">
              <p class="reason-name">
                <b>{row.name}</b>
                <button
                  type="button"
                  class="copy"
                  title="Exchanges with this reason"
                  aria-label={`Exchanges with ${row.name}`}
                  onClick={() => go({ view: 'exchanges', seq: null, query: termOf('reason', row.name) })}
                >
                  <Icon name="search" size={14} />
                </button>
                <span class="muted">{RETRY[row.retry]}</span>
                {row.evidence === 'documented' ? null : <span class="chip">{row.evidence}</span>}
              </p>
              <p>{row.meaning}</p>
              <p class="muted">{row.arises === null ? 'Only when forced.' : <Ticked text={row.arises} />}</p>
            </div>
            <Targets name={row.name} families={row.families} />
          </li>
        ))}
      </ul>
      {rows.length === 0 ? <p class="hush">No reason fits.</p> : null}
      <h2 class="part">Faults that are no reasons</h2>
      <ul class="reasons">
        {SPELLED_FAULTS.map(({ name, says }) => (
          <li class="reason" key={name}>
            <b class="badge" data-tone="forced">
              {name}
            </b>
            <div class="reason-text">
              <p>The request {says}.</p>
            </div>
            <Targets name={name} families={['device', 'broadcast', 'channels']} />
          </li>
        ))}
      </ul>
    </Page>
  );
}

function Targets({ name, families }: { name: string; families: readonly Family[] }) {
  const broadcast = families.includes('broadcast') || families.includes('channels');
  return (
    <div class="targets">
      {families.includes('device') ? <Target is="device token" text={spellDeviceToken(name)} of={name} /> : null}
      {broadcast ? <Target is="channel id" text={spellChannelId(name)} of={name} /> : null}
      {broadcast ? <Target is="bundle id" text={spellBundleId(name)} of={name} /> : null}
    </div>
  );
}

function Target({ is, text, of }: { is: string; text: string; of: string }) {
  return (
    <div class="target">
      <span class="muted">{is}</span>
      <code title={text}>{text}</code>
      <Copy text={text} label={`Copy the ${is} of ${of}`} />
    </div>
  );
}

/** What stands between ticks is code. */
function Ticked({ text }: { text: string }) {
  return <>{text.split('`').map((part, i) => (i % 2 === 1 ? <code key={i}>{part}</code> : part))}</>;
}
