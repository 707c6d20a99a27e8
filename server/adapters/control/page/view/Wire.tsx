import type { Exchange } from '../api/types.ts';
import { duration } from '../text/format.ts';
import { Headers } from './Headers.tsx';
import { Payload } from './Payload.tsx';
import { Section } from './Section.tsx';

type ActionView = Exchange['actions'][number];

/** What was done on the wire, in its order, and the answer that was in it. */
export function Wire({ exchange: { actions, response, carriedOut } }: { exchange: Exchange }) {
  return (
    <>
      <Section title="On the wire" note={carriedOut ? 'carried out' : 'not carried out'}>
        {actions.length === 0 ? (
          <p class="muted">Nothing was sent.</p>
        ) : (
          <ol class="wire">
            {actions.map((action, index) => (
              <li key={index}>
                <span class="mono muted">{action.after === undefined ? 'at once' : `+${duration(action.after)}`}</span>
                <b>{NAMES[action.do] ?? action.do}</b>
                <span>{saysOf(action)}</span>
              </li>
            ))}
          </ol>
        )}
      </Section>
      {response === null ? null : (
        <Section title="Response" note={String(response.status)}>
          <Headers list={response.headers} />
          {response.body === null ? null : <Payload name="Response body" value={response.body} />}
        </Section>
      )}
    </>
  );
}

const NAMES: Readonly<Record<string, string>> = {
  reply: 'Reply',
  headers: 'HEADERS',
  data: 'DATA',
  reset: 'RST_STREAM',
  goaway: 'GOAWAY',
  end: 'End of connection',
  drop: 'Connection cut',
  stall: 'Silence',
  settings: 'SETTINGS',
  pings: 'Pings',
  accept: 'Accept',
  window: 'Window',
};

function saysOf(action: ActionView): string {
  const last = { this: 'last stream: this one', none: 'last stream: none', all: 'last stream: none named yet' }[
    action.lastStream ?? ''
  ];
  return [action.status, action.code, last, action.debug]
    .filter((part) => part !== undefined && part !== '')
    .join(' · ');
}
