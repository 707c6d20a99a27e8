import type { VNode } from 'preact';
import { OPERATIONS } from '../../../../protocol/model.ts';
import { facets, most } from '../state/facets.ts';
import { go, query } from '../state/route.ts';
import { toggleConnections, withConnections } from '../state/shown.ts';
import { hasTerm, termOf, toggleTerm } from '../state/terms.ts';
import { clip, count } from '../text/format.ts';

const OPERATION_NAMES: Readonly<Record<string, string>> = {
  'device.send': 'Device pushes',
  'broadcast.send': 'Broadcasts',
  'channels.create': 'Create channel',
  'channels.read': 'Read channel',
  'channels.delete': 'Delete channel',
  'channels.list': 'List channels',
  unknown: 'Unknown',
};

const OUTCOMES: readonly (readonly [key: string, term: string, name: string, tone: string])[] = [
  ['2xx', 'status:2xx', 'Accepted', 'ok'],
  ['4xx', 'status:4xx', 'Refused', 'bad'],
  ['5xx', 'status:5xx', 'Server trouble', 'bad'],
  ['invalid', 'is:invalid', 'APNs would refuse', 'bad'],
  ['forced', 'is:forced', 'Answered by a rule', 'forced'],
  ['advised', 'is:advised', 'With advice', 'warn'],
];

const TOP = 6;

/** Filters are terms of the query: what a click puts there can be read, changed and shared. */
export function Filters() {
  const { operations, topics, channels, outcomes } = facets.value;
  return (
    <div class="filters">
      <Group title="Outcome">
        {OUTCOMES.filter(([key]) => (outcomes.get(key) ?? 0) > 0).map(([key, term, name, tone]) => (
          <Filter key={key} term={term} name={name} n={outcomes.get(key) ?? 0} tone={tone} />
        ))}
      </Group>
      <Group title="Operation">
        {OPERATIONS.filter((name) => operations.has(name)).map((name) => (
          <Filter
            key={name}
            term={termOf('operation', name)}
            name={OPERATION_NAMES[name] ?? name}
            n={operations.get(name) ?? 0}
          />
        ))}
      </Group>
      <Group title="App">
        {most(topics, TOP).map(([topic, n]) => (
          <Filter key={topic} term={termOf('topic', topic)} name={topic} n={n} />
        ))}
      </Group>
      <Group title="Channel">
        {most(channels, TOP).map(([channel, n]) => (
          <Filter key={channel} term={termOf('channel', channel)} name={clip(channel, 14, 4)} n={n} mono />
        ))}
      </Group>
      <label class="switch">
        <input type="checkbox" checked={withConnections.value} onChange={toggleConnections} />
        <span>Connection events</span>
      </label>
    </div>
  );
}

function Group({ title, children }: { title: string; children: readonly VNode[] }) {
  if (children.length === 0) return null;
  return (
    <fieldset class="filter-group">
      <legend>{title}</legend>
      {children}
    </fieldset>
  );
}

interface FilterProps {
  term: string;
  name: string;
  n: number;
  tone?: string;
  mono?: boolean;
}

function Filter({ term, name, n, tone, mono }: FilterProps) {
  const on = hasTerm(query.value, term);
  return (
    <button
      type="button"
      class={`filter${mono === true ? ' mono' : ''}`}
      aria-pressed={on}
      title={term}
      onClick={() => go({ view: 'exchanges', query: toggleTerm(query.value, term) })}
    >
      {tone === undefined ? null : <i class="dot" data-tone={tone} />}
      <span class="filter-name">{name}</span>
      <span class="filter-count">{count(n)}</span>
    </button>
  );
}
