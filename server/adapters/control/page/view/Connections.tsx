import { useSignal } from '@preact/signals';
import { REASONS } from '../../../../protocol/reasons.ts';
import { type Operate, operate, readConnections } from '../api/calls.ts';
import type { ConnectionView } from '../api/types.ts';
import { serverNow, tick } from '../state/clock.ts';
import { live, useLive } from '../state/live.ts';
import { go } from '../state/route.ts';
import { attempt } from '../state/toast.ts';
import { count, duration, plural } from '../text/format.ts';
import { Icon } from './Icon.tsx';
import { Page } from './Page.tsx';

const connections = live(readConnections);

interface Goodbye {
  readonly reason: string;
  readonly lastStream: string;
  readonly close: string;
}

/** Reasons that end a connection. */
const FAREWELLS = [
  ...REASONS.filter(({ retry }) => retry === 'new-connection').map(({ name }) => [name, name] as const),
  ['', 'none'],
] as const;

const DEFAULT: Goodbye = { reason: 'Shutdown', lastStream: 'all', close: 'drained' };

export function Connections() {
  useLive(connections);
  const goodbye = useSignal(DEFAULT);
  const list = connections.value.value;
  const n = list?.length ?? 0;
  const act = (id: string, what: Operate): void => {
    const { reason, lastStream, close } = goodbye.value;
    const body = what === 'goaway' ? { ...(reason === '' ? {} : { reason }), lastStream, close } : undefined;
    const whom = id === 'all' ? 'every connection' : id;
    void attempt(() => operate(id, what, body), `${DONE[what]} ${whom}.`).then(() => connections.refresh());
  };
  return (
    <Page
      title="Connections"
      says={n === 0 ? 'Clients that are connected now.' : `${plural(n, 'client')} connected now.`}
      tools={
        n < 2 ? null : (
          <>
            <button type="button" class="button" onClick={() => act('all', 'goaway')}>
              GOAWAY to all
            </button>
            <button type="button" class="button danger" onClick={() => act('all', 'drop')}>
              Drop all
            </button>
          </>
        )
      }
    >
      {connections.problem.value !== '' ? <p class="notice bad">{connections.problem.value}</p> : null}
      {list !== null && n === 0 ? <p class="hush">Nobody is connected.</p> : null}
      {n === 0 ? null : (
        <details class="options">
          <summary>How GOAWAY says goodbye</summary>
          <div class="fields">
            <Choice
              label="Reason"
              value={goodbye.value.reason}
              of={FAREWELLS}
              onChange={(reason) => {
                goodbye.value = { ...goodbye.value, reason };
              }}
            />
            <Choice
              label="Last stream"
              value={goodbye.value.lastStream}
              of={[
                ['all', 'none named yet'],
                ['none', '0: disowns every stream'],
              ]}
              onChange={(lastStream) => {
                goodbye.value = { ...goodbye.value, lastStream };
              }}
            />
            <Choice
              label="Then close"
              value={goodbye.value.close}
              of={[
                ['drained', 'when open streams are done'],
                ['now', 'at once'],
                ['never', 'never'],
              ]}
              onChange={(close) => {
                goodbye.value = { ...goodbye.value, close };
              }}
            />
          </div>
        </details>
      )}
      <div class="cards">
        {list?.map((connection) => (
          <Card key={connection.id} connection={connection} act={act} />
        ))}
      </div>
    </Page>
  );
}

const DONE: Record<Operate, string> = {
  goaway: 'GOAWAY sent to',
  reset: 'Waiting streams reset on',
  drop: 'Dropped',
  streams: 'Limit of streams changed on',
};

interface ChoiceProps {
  label: string;
  value: string;
  of: readonly (readonly [value: string, says: string])[];
  onChange: (value: string) => void;
}

function Choice({ label, value, of, onChange }: ChoiceProps) {
  return (
    <label>
      {label}
      <select value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {of.map(([each, says]) => (
          <option key={each} value={each}>
            {says}
          </option>
        ))}
      </select>
    </label>
  );
}

interface CardProps {
  connection: ConnectionView;
  act: (id: string, what: Operate) => void;
}

function Card({ connection, act }: CardProps) {
  const { id, listener, alpn, remote, servername, requests, highestStream, waiting } = connection;
  const { keyId, teamId, certificate, rule } = connection;
  tick.value;
  return (
    <section class="card" aria-label={`Connection ${id}`}>
      <header class="card-head">
        <i class="dot live" data-tone="ok" />
        <b class="card-id">{id}</b>
        <span class="muted">{remote}</span>
        <span class="spacer" />
        <span class="chip">{listener}</span>
        <span class="chip">{alpn === '' ? 'no ALPN' : alpn}</span>
      </header>
      <dl class="card-facts">
        <div>
          <dt>Requests</dt>
          <dd class="figure">{count(requests)}</dd>
        </div>
        <div>
          <dt>Open for</dt>
          <dd class="figure">{duration(Math.max(0, serverNow() - Date.parse(connection.openedAt)))}</dd>
        </div>
        <div>
          <dt>Streams</dt>
          <dd>
            {waiting.length === 0
              ? `none waits, highest ${highestStream}`
              : `${waiting.join(', ')} wait, highest ${highestStream}`}
          </dd>
        </div>
      </dl>
      <dl class="claims">
        <div>
          <dt>kid</dt>
          <dd>{keyId ?? '–'}</dd>
        </div>
        <div>
          <dt>iss</dt>
          <dd>{teamId ?? '–'}</dd>
        </div>
        {connection.tokens > 0 ? (
          <div>
            <dt>tokens</dt>
            <dd>{connection.tokens}</dd>
          </div>
        ) : null}
        {certificate === null ? null : (
          <div>
            <dt>certificate</dt>
            <dd>{certificate}</dd>
          </div>
        )}
        {servername === '' ? null : (
          <div>
            <dt>asked for</dt>
            <dd>{servername}</dd>
          </div>
        )}
        {rule === null ? null : (
          <div>
            <dt>rule</dt>
            <dd>{rule}</dd>
          </div>
        )}
      </dl>
      <footer class="card-tools">
        <button
          type="button"
          class="button small"
          aria-label={`Exchanges of ${id}`}
          onClick={() => go({ view: 'exchanges', seq: null, query: `conn:${id}` })}
        >
          <Icon name="exchanges" size={15} /> <span>Exchanges</span>
        </button>
        <span class="card-acts">
          <button type="button" class="button small" aria-label={`GOAWAY to ${id}`} onClick={() => act(id, 'goaway')}>
            GOAWAY
          </button>
          <button
            type="button"
            class="button small"
            aria-label={`Reset streams of ${id}`}
            title="Resets the streams that wait for an answer"
            onClick={() => act(id, 'reset')}
          >
            Reset
          </button>
          <button type="button" class="button small danger" aria-label={`Drop ${id}`} onClick={() => act(id, 'drop')}>
            Drop
          </button>
        </span>
      </footer>
    </section>
  );
}
