import type { ConnectionRecord } from '../api/types.ts';
import { go } from '../state/route.ts';
import { clockTimeExact, dayOf } from '../text/format.ts';
import { nameOfKind } from '../text/summary.ts';
import { Facts } from './Facts.tsx';
import { Section } from './Section.tsx';

/** Something that happened to a connection. */
export function EventDetail({ event }: { event: ConnectionRecord }) {
  const at = Date.parse(event.at);
  const { connection } = event;
  return (
    <>
      <div class="verdict" data-tone="quiet">
        <h2>{nameOfKind(event.kind)}</h2>
        <p>{event.detail}</p>
      </div>
      <Section title="Connection">
        <Facts
          facts={[
            ['When', `${dayOf(at)}, ${clockTimeExact(at)}`],
            ['Connection', connection?.id ?? 'there was none'],
            ['Listener', connection?.listener ?? ''],
            ['ALPN', connection?.alpn ?? ''],
            ['Key id', connection?.keyId ?? ''],
            ['Team id', connection?.teamId ?? ''],
            ['Stream', event.stream === null ? '' : String(event.stream)],
          ]}
        />
        {connection === null ? null : (
          <p>
            <button
              type="button"
              class="button small"
              onClick={() => go({ view: 'exchanges', seq: null, query: `conn:${connection.id}` })}
            >
              All of {connection.id}
            </button>
          </p>
        )}
      </Section>
    </>
  );
}
