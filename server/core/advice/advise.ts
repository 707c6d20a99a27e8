import { firstValue } from '../../protocol/headers.ts';
import type { Advice } from '../exchange.ts';
import type { ExchangeEntry, Journal } from '../journal.ts';
import { maskTokens } from '../mask.ts';
import type { Ports } from '../ports.ts';
import type { Registry } from '../registry.ts';
import { type Dict, isDict, type Subject } from './rule.ts';
import { ADVICE_RULES } from './rules.ts';

/** Makes advice on exchanges when somebody looks at them. It never changes an answer. */
export type Adviser = (entry: ExchangeEntry) => readonly Advice[];

/** How far back the rules look for what came before. */
const LOOK_BACK_ENTRIES = 2000;
const MINUTE_MS = 60_000;
/** Requests from which on a connection counts as kept. */
const REUSED_FROM = 3;
const NONE: readonly Advice[] = [];

export interface AdviserParts {
  readonly journal: Journal;
  readonly registry: Registry;
  readonly ports: Pick<Ports, 'utf8'>;
}

/** An exchange as those see it that come after it. */
interface Past {
  /** Where it went; empty: nowhere. */
  readonly to: string;
  /** `undefined`: nobody has asked yet. */
  timestamp: number | null | undefined;
}

const advisers = new WeakMap<Journal, Adviser>();

/** One for each journal, so that whoever looks at an exchange is told the same. */
export function adviserOf(parts: AdviserParts): Adviser {
  const adviser = advisers.get(parts.journal) ?? createAdviser(parts);
  advisers.set(parts.journal, adviser);
  return adviser;
}

export function createAdviser({ journal, registry, ports }: AdviserParts): Adviser {
  // An entry never changes, and what came before it is over: what was said of it once holds.
  const known = new WeakMap<ExchangeEntry, readonly Advice[]>();
  // Each is looked back at by thousands that come after it.
  const pasts = new WeakMap<ExchangeEntry, Past>();

  const payloadOf = ({ block, offset, kept, size }: ExchangeEntry): Dict | null => {
    if (size > kept) return null;
    try {
      const value: unknown = JSON.parse(ports.utf8(block.subarray(offset, offset + kept)));
      return isDict(value) ? value : null;
    } catch {
      return null;
    }
  };
  const apsOf = (payload: Dict): Dict => (isDict(payload['aps']) ? payload['aps'] : {});

  function pastOf(entry: ExchangeEntry): Past {
    let past = pasts.get(entry);
    if (past === undefined) {
      // What was refused never reached a device.
      past = { to: entry.carriedOut ? whereTo(entry) : '', timestamp: undefined };
      pasts.set(entry, past);
    }
    return past;
  }

  function timestampOf(entry: ExchangeEntry, past: Past): number | null {
    if (past.timestamp === undefined) {
      const timestamp = apsOf(payloadOf(entry) ?? {})['timestamp'];
      past.timestamp = typeof timestamp === 'number' ? timestamp : null;
    }
    return past.timestamp;
  }

  function* before(entry: ExchangeEntry): Iterable<{ seq: number; timestamp: number }> {
    const to = whereTo(entry);
    const end = Math.max(journal.range().first, entry.seq - LOOK_BACK_ENTRIES);
    for (let seq = entry.seq - 1; seq >= end; seq--) {
      const other = journal.get(seq);
      if (other?.kind !== 'exchange') continue;
      const past = pastOf(other);
      const timestamp = past.to === to ? timestampOf(other, past) : null;
      if (timestamp !== null) yield { seq, timestamp };
    }
  }

  /** Sessions whose first request came within the minute before this one. */
  function freshConnections(entry: ExchangeEntry): number {
    // A connection that is used again and again is what the advice asks for.
    if (entry.session.requests > REUSED_FROM || entry.at - entry.session.openedAt > MINUTE_MS) return 0;
    const fresh = new Set<string>();
    const end = Math.max(journal.range().first, entry.seq - LOOK_BACK_ENTRIES);
    for (let seq = entry.seq; seq >= end; seq--) {
      const other = journal.get(seq);
      if (other === undefined) continue;
      if (entry.at - other.at > MINUTE_MS) break;
      if (other.kind !== 'exchange' || other.session.requests > REUSED_FROM) continue;
      if (entry.at - other.session.openedAt <= MINUTE_MS) fresh.add(other.session.id);
    }
    return fresh.size;
  }

  function look(entry: ExchangeEntry): readonly Advice[] {
    const { operation, headers, topic, environment, at } = entry;
    if (operation !== 'device.send' && operation !== 'broadcast.send') return NONE;
    const payload = payloadOf(entry);
    if (payload === null) return NONE;
    const channelId = firstValue(headers, 'apns-channel-id');
    const channel =
      operation === 'broadcast.send' && channelId !== undefined
        ? (registry.channel(environment, topic, channelId) ?? registry.deletedChannel(environment, topic, channelId))
        : undefined;
    return adviseOn({
      operation,
      now: at / 1000,
      header: (name) => firstValue(headers, name),
      pushType: (firstValue(headers, 'apns-push-type') ?? '').toLowerCase(),
      topic,
      payload,
      aps: apsOf(payload),
      policy: channel?.policy ?? null,
      before: () => before(entry),
      freshConnections: () => freshConnections(entry),
    });
  }

  return (entry) => {
    let advice = known.get(entry);
    if (advice === undefined) {
      advice = look(entry);
      known.set(entry, advice);
    }
    return advice;
  };
}

const whereTo = ({ operation, environment, target, headers }: ExchangeEntry): string =>
  `${operation} ${environment} ${target} ${firstValue(headers, 'apns-channel-id') ?? ''}`;

/** What the rules say of one push, in their order. */
export function adviseOn(subject: Subject): readonly Advice[] {
  return ADVICE_RULES.flatMap(({ id, look }) => {
    const remarks = look(subject);
    if (remarks === null) return [];
    return (Array.isArray(remarks) ? remarks : [remarks]).map(({ text, at }) => ({ id, text: maskTokens(text), at }));
  });
}
