import type { Exchange } from '../api/types.ts';
import { Icon } from './Icon.tsx';
import { Section } from './Section.tsx';

/** The checks that were asked, in their order, and the one that failed. */
export function Trail({ exchange: { verdict } }: { exchange: Exchange }) {
  const { trail, status, reason } = verdict;
  const failed = trail.find(({ ok }) => !ok);
  const note =
    trail.length === 0
      ? 'refused before any check was asked'
      : failed === undefined
        ? `all ${trail.length} passed`
        : `number ${trail.length} failed: ${status} ${reason}`;
  return (
    <Section title="Checks" note={note}>
      <ol class="trail">
        {trail.map(({ check, ok }) => (
          <li key={check} data-ok={ok} title={__CHECKS__[check]}>
            <Icon name={ok ? 'check' : 'cross'} size={13} />
            <span>{check}</span>
            {ok ? null : <span class="offscreen">failed</span>}
          </li>
        ))}
      </ol>
      {failed === undefined ? null : (
        <p class="trail-said">
          <b>{failed.check}</b> makes sure that {lower(__CHECKS__[failed.check] ?? 'the request is right')}.
        </p>
      )}
    </Section>
  );
}

const lower = (text: string): string => text.slice(0, 1).toLowerCase() + text.slice(1);
