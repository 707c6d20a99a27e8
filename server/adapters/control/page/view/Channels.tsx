import { readChannels } from '../api/calls.ts';
import type { ChannelView } from '../api/types.ts';
import { serverNow, tick } from '../state/clock.ts';
import { trafficOf } from '../state/facets.ts';
import { live, useLive } from '../state/live.ts';
import { go } from '../state/route.ts';
import { termOf } from '../state/terms.ts';
import { clip, clockTime, count, duration, plural } from '../text/format.ts';
import { dict, flatten } from '../text/notice.ts';
import { Copy } from './Copy.tsx';
import { Icon } from './Icon.tsx';
import { Page } from './Page.tsx';

const channels = live(readChannels);

const WINDOW = 10 * 60_000;
const SLICES = 40;

export function Channels() {
  useLive(channels);
  const list = channels.value.value;
  const n = list?.length ?? 0;
  return (
    <Page
      title="Channels"
      says={
        n === 0
          ? 'Broadcast channels, as their apps created them.'
          : `${plural(n, 'channel')} of ${plural(new Set(list?.map(({ bundleId }) => bundleId)).size, 'app')}.`
      }
    >
      {channels.problem.value !== '' ? <p class="notice bad">{channels.problem.value}</p> : null}
      {list !== null && n === 0 ? (
        <p class="hush">
          No channel yet. POST <code>/1/apps/&lt;bundle id&gt;/channels</code> to the manage port creates one.
        </p>
      ) : null}
      <div class="cards">
        {list?.map((channel) => (
          <Card key={`${channel.environment}/${channel.bundleId}/${channel.id}`} channel={channel} />
        ))}
      </div>
    </Page>
  );
}

function Card({ channel }: { channel: ChannelView }) {
  const { id, bundleId, environment, policy, createdAt, accepted, stored } = channel;
  tick.value;
  const now = serverNow();
  const created = Date.parse(createdAt);
  return (
    <section class="card" aria-label={`Channel ${id}`}>
      <header class="card-head">
        <code class="card-id">{id}</code>
        <Copy text={id} label="Copy the channel id" />
        <span class="spacer" />
        <span class="chip" data-tone={environment === 'production' ? 'warn' : 'quiet'}>
          {environment}
        </span>
      </header>
      <p class="card-line">
        <b>{bundleId}</b>
        <span class="muted">created {duration(now - created)} ago</span>
      </p>
      <dl class="card-facts">
        <div>
          <dt>Policy {policy}</dt>
          <dd>{policy === 1 ? 'stores the latest' : 'stores nothing'}</dd>
        </div>
        <div>
          <dt>Accepted</dt>
          <dd class="figure">{count(accepted)}</dd>
        </div>
        <div>
          <dt>Stored message</dt>
          <dd>
            {stored === null ? (
              <span class="muted">none</span>
            ) : (
              <span class="stored">
                <button
                  type="button"
                  class="link"
                  onClick={() => go({ view: 'exchanges', seq: stored.seq, query: '' })}
                >
                  <Icon name="stored" size={15} /> #{stored.seq}
                </button>
                <span>until {clockTime(Date.parse(stored.until))}</span>
              </span>
            )}
          </dd>
        </div>
      </dl>
      {stored === null ? null : <Stored payload={stored.payload} />}
      <Traffic channel={id} now={now} />
      <footer class="card-tools">
        <button
          type="button"
          class="button small"
          aria-label={`Traffic of channel ${clip(id)}`}
          onClick={() => go({ view: 'exchanges', seq: null, query: termOf('channel', id) })}
        >
          <Icon name="exchanges" size={15} /> <span>Traffic</span>
        </button>
      </footer>
    </section>
  );
}

/** What a device that comes online would get. */
function Stored({ payload }: { payload: unknown }) {
  const state = flatten(dict(dict(payload)?.['aps'])?.['content-state']).slice(0, 6);
  if (state.length === 0) return null;
  return (
    <dl class="claims">
      {state.map(([path, value]) => (
        <div key={path}>
          <dt>{path}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Requests on the channel over the last minutes, as bars. */
function Traffic({ channel, now }: { channel: string; now: number }) {
  const counts = trafficOf(channel, now - WINDOW, now, SLICES);
  const sum = counts.reduce((a, b) => a + b, 0);
  const top = Math.max(1, ...counts);
  return (
    <figure class="traffic">
      <svg
        viewBox={`0 0 ${SLICES * 4} 24`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${plural(sum, 'request')} in ten minutes`}
      >
        {counts.map((n, i) => {
          const height = n === 0 ? 1 : Math.max(3, (n / top) * 24);
          return <rect key={i} data-none={n === 0} x={i * 4} y={24 - height} width="3" height={height} rx="0.8" />;
        })}
      </svg>
      <figcaption class="muted">{plural(sum, 'request')} in the last ten minutes</figcaption>
    </figure>
  );
}
