import type { ConnectionKind, Environment, Operation } from '../protocol/model.ts';
import type { Entry } from './journal.ts';

/** Counters over the whole life of the server, also of what the journal has long let go. */
export interface Metrics {
  readonly count: (entry: Entry) => void;
  /** The text format of Prometheus, 0.0.4. */
  readonly text: (gauges: Gauges) => string;
}

/** What is true at this moment. */
export interface Gauges {
  readonly version: string;
  readonly uptimeSeconds: number;
  readonly connections: ReadonlyMap<string, number>;
  readonly entries: number;
  readonly bytes: number;
  readonly dropped: number;
  readonly channels: Readonly<Record<Environment, number>>;
  readonly rules: readonly { readonly id: string; readonly name: string; readonly taken: number }[];
}

interface Counter {
  readonly labels: Readonly<Record<string, string>>;
  value: number;
}

type ByEnvironment = Map<Environment, Counter>;
type ByReason = Map<string | null, ByEnvironment>;

export function createMetrics(): Metrics {
  // By operation, then status, then reason: three look-ups in small maps, and no text is made for a request.
  const exchanges = new Map<Operation, Map<number, ByReason>>();
  const all: Counter[] = [];
  const forced = new Map<Operation, Counter>();
  const kinds = new Map<ConnectionKind, Counter>();
  let bytes = 0;

  return {
    count(entry) {
      if (entry.kind !== 'exchange') {
        within(kinds, entry.kind, () => ({ labels: { kind: entry.kind }, value: 0 })).value++;
        return;
      }
      const { operation, environment, verdict } = entry;
      const { reason } = verdict;
      const status = entry.status ?? 0;
      const byStatus = within(exchanges, operation, () => new Map<number, ByReason>());
      const byReason = within(byStatus, status, (): ByReason => new Map());
      const counter = within(
        within(byReason, reason, (): ByEnvironment => new Map()),
        environment,
        () => {
          const shown = status === 0 ? 'none' : String(status);
          const made: Counter = {
            labels: { operation, environment, status: shown, verdict: reason ?? 'accepted' },
            value: 0,
          };
          all.push(made);
          return made;
        },
      );
      counter.value++;
      bytes += entry.size;
      if (entry.rule !== null) within(forced, operation, () => ({ labels: { operation }, value: 0 })).value++;
    },
    text(gauges) {
      const one = (value: number, labels: Readonly<Record<string, string>> = {}): Counter => ({ labels, value });
      const { connections, channels, rules } = gauges;
      return [
        metric('build_info', 'gauge', 'Version of mock-apns; the value is always 1.', [
          one(1, { version: gauges.version }),
        ]),
        metric('uptime_seconds', 'gauge', 'Seconds since the process started.', [one(gauges.uptimeSeconds)]),
        metric(
          'exchanges_total',
          'counter',
          'Requests, by what they asked for, the status answered (none: no answer) and the verdict of APNs.',
          all,
        ),
        metric('exchanges_forced_total', 'counter', 'Requests that a rule or a spelled target dealt with.', [
          ...forced.values(),
        ]),
        metric('request_body_bytes_total', 'counter', 'Bytes of request bodies that arrived.', [one(bytes)]),
        metric('connection_events_total', 'counter', 'Connection events, by kind.', [...kinds.values()]),
        metric(
          'connections_open',
          'gauge',
          'Open connections, by listener.',
          [...connections].map(([listener, value]) => one(value, { listener })),
        ),
        metric('journal_entries', 'gauge', 'Entries that the journal holds.', [one(gauges.entries)]),
        metric('journal_bytes', 'gauge', 'Bytes that the journal counts for its entries.', [one(gauges.bytes)]),
        metric('journal_dropped_total', 'counter', 'Entries let go to stay within the bounds of the journal.', [
          one(gauges.dropped),
        ]),
        metric(
          'channels',
          'gauge',
          'Channels, by environment.',
          Object.entries(channels).map(([environment, value]) => one(value, { environment })),
        ),
        metric(
          'rule_hits_total',
          'counter',
          'Times that a rule acted since it was loaded.',
          rules.map(({ id, name, taken }) => one(taken, { id, name })),
        ),
      ].join('');
    },
  };
}

function within<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let found = map.get(key);
  if (found === undefined) {
    found = make();
    map.set(key, found);
  }
  return found;
}

function metric(name: string, type: 'counter' | 'gauge', help: string, samples: readonly Counter[]): string {
  const full = `mock_apns_${name}`;
  const lines = samples.map(({ labels, value }) => {
    const said = Object.entries(labels).map(([key, text]) => `${key}="${quoted(text)}"`);
    return `${full}${said.length === 0 ? '' : `{${said.join(',')}}`} ${value}\n`;
  });
  return `# HELP ${full} ${help}\n# TYPE ${full} ${type}\n${lines.join('')}`;
}

const quoted = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
