import type { Exchange } from '../api/types.ts';
import { clockTime, epoch } from '../text/format.ts';
import type { Notice } from '../text/notice.ts';
import { Section } from './Section.tsx';

/** What the phone would show. */
export function Preview({ notice, exchange }: { notice: Notice; exchange: Exchange }) {
  const arrives = exchange.carriedOut && exchange.verdict.reason === null;
  if (notice.kind === 'unknown')
    return (
      <Section title="On the phone">
        <p>{notice.says}</p>
      </Section>
    );
  const note = arrives ? undefined : 'would show, had it arrived';
  return (
    <Section title="On the phone" note={note}>
      <div class="preview" data-arrives={arrives} data-kind={notice.kind}>
        <div class="screen">
          <time class="screen-time">{clockTime(Date.parse(exchange.at)).slice(0, 5)}</time>
          {notice.kind === 'banner' || (notice.activity !== null && notice.body + notice.title !== '') ? (
            <Banner notice={notice} topic={exchange.topic} />
          ) : null}
          {notice.kind === 'activity' ? <ActivityCard notice={notice} topic={exchange.topic} /> : null}
          {notice.kind === 'silent' || notice.kind === 'none' || notice.kind === 'call' ? (
            <p class="screen-nothing">{notice.kind === 'call' ? 'Incoming call' : 'Nothing is shown'}</p>
          ) : null}
        </div>
        <div class="preview-says">
          <p>{notice.says}</p>
          {notice.marks.length === 0 ? null : (
            <ul class="marks">
              {notice.marks.map((mark) => (
                <li key={mark} class="chip">
                  {mark}
                </li>
              ))}
            </ul>
          )}
          {notice.activity === null ? null : <Times times={notice.activity.times} />}
        </div>
      </div>
    </Section>
  );
}

function Banner({ notice, topic }: { notice: Notice; topic: string }) {
  return (
    <div class="banner">
      <AppIcon topic={topic} badge={notice.badge} />
      <div class="banner-text">
        {notice.title === '' ? <b>{nameOf(topic)}</b> : <b>{notice.title}</b>}
        {notice.subtitle === '' ? null : <b class="banner-sub">{notice.subtitle}</b>}
        <span>{notice.body}</span>
      </div>
      <span class="banner-when">now</span>
    </div>
  );
}

function ActivityCard({ notice, topic }: { notice: Notice; topic: string }) {
  const { activity } = notice;
  if (activity === null) return null;
  return (
    <div class="activity">
      <header>
        <AppIcon topic={topic} badge={null} />
        <b>{nameOf(topic)}</b>
        <span class="chip">{activity.event === '' ? 'no event' : activity.event}</span>
      </header>
      {activity.state.length === 0 ? (
        <p>The content state is empty.</p>
      ) : (
        <dl>
          {activity.state.map(([path, value]) => (
            <div key={path}>
              <dt>{path}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
    </div>
  );
}

function Times({ times }: { times: readonly (readonly [string, unknown])[] }) {
  return (
    <dl class="times">
      {times.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{epoch(value)}</dd>
        </div>
      ))}
    </dl>
  );
}

const HUES = 12;

function AppIcon({ topic, badge }: { topic: string; badge: number | null }) {
  let sum = 0;
  for (let i = 0; i < topic.length; i++) sum = (sum * 31 + topic.charCodeAt(i)) % 9973;
  return (
    <span class="app-icon" data-hue={sum % HUES} aria-hidden="true">
      {nameOf(topic).slice(0, 1)}
      {badge === null || badge === 0 ? null : <i class="app-badge">{badge}</i>}
    </span>
  );
}

const SUFFIX = /\.(push-type\.liveactivity|voip|complication|voip-ptt|pushkit\.fileprovider|location-query)$/;

/** As the home screen would have it: the last part of the bundle id. */
function nameOf(topic: string): string {
  const name = topic.replace(SUFFIX, '').split('.').at(-1) ?? '';
  return name === '' ? 'App' : name.slice(0, 1).toUpperCase() + name.slice(1);
}
