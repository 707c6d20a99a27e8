import type { Action, Environment, Operation, RuleHit } from '../protocol/model.ts';
import { explain } from './explain.ts';
import type { ConnectionEntry, Entry, ExchangeEntry } from './journal.ts';
import type { Ports } from './ports.ts';
import { isScheme } from './provider-token.ts';
import type { Session } from './sessions.ts';

/**
 * The one record there is, as everybody sees it: in process, over the API, as an event and in an export. Made from the
 * compact entry when somebody looks. Times in ISO 8601.
 */
export interface Exchange {
  readonly seq: number;
  readonly kind: 'exchange';
  readonly at: string;
  readonly operation: Operation;
  readonly environment: Environment;
  readonly topic: string;
  readonly connection: ConnectionView & { readonly stream: number };
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly authority: string;
    readonly headers: readonly (readonly [string, string])[];
    /** Bytes that arrived, whether kept or not. */
    readonly size: number;
    /** Parsed JSON; the text where it is none; `null` for an empty body. */
    readonly payload: unknown;
    /** The body was longer than what is kept. */
    readonly truncated: boolean;
  };
  readonly verdict: {
    readonly status: number;
    readonly reason: string | null;
    readonly why: string;
    readonly trail: readonly { readonly check: string; readonly ok: boolean }[];
  };
  readonly rule: RuleHit | null;
  readonly actions: readonly ActionView[];
  readonly carriedOut: boolean;
  /** `null`: the request was never answered. */
  readonly response: {
    readonly status: number;
    readonly headers: readonly (readonly [string, string])[];
    readonly body: unknown;
  } | null;
  /** Remarks, by id; `at` as in `aps.badge` or `headers.apns-priority`. */
  readonly advice: readonly Advice[];
}

/** A remark about a request that APNs would take and that will not do what its sender wants, or about how it was sent. */
export interface Advice {
  readonly id: string;
  readonly text: string;
  /** The key or header it is about; `null`: the request as a whole. */
  readonly at: string | null;
}

/** What was done on the wire; `after`: milliseconds behind the request. */
export interface ActionView {
  readonly do: Action['do'];
  readonly status?: number;
  readonly code?: string;
  readonly lastStream?: string;
  readonly debug?: string;
  readonly after?: number;
}

/** A connection event in the same journal. */
export interface ConnectionRecord {
  readonly seq: number;
  readonly kind: Exclude<Entry['kind'], 'exchange'>;
  readonly at: string;
  readonly connection: ConnectionView | null;
  readonly stream: number | null;
  readonly detail: string;
}

interface ConnectionView {
  readonly id: string;
  readonly listener: string;
  readonly alpn: string;
  readonly auth: 'token' | 'certificate' | 'none';
  readonly keyId: string | null;
  readonly teamId: string | null;
}

export function exchangeOf(entry: ExchangeEntry, ports: Pick<Ports, 'utf8'>): Exchange {
  const body = ports.utf8(entry.block.subarray(entry.offset, entry.offset + entry.kept));
  const { response, verdict } = entry;
  return {
    seq: entry.seq,
    kind: 'exchange',
    at: new Date(entry.at).toISOString(),
    operation: entry.operation,
    environment: entry.environment,
    topic: entry.topic,
    connection: { ...viewOf(entry.session, entry), stream: entry.stream },
    request: {
      method: entry.method,
      path: entry.path,
      authority: entry.authority,
      headers: pairs(entry.headers).map((pair) => redact(pair, entry)),
      size: entry.size,
      payload: entry.size === 0 ? null : readJson(body),
      truncated: entry.size > entry.kept,
    },
    verdict: { status: verdict.status, reason: verdict.reason, why: explain(entry), trail: trailOf(entry) },
    rule: entry.rule,
    actions: actionsOf(entry),
    carriedOut: entry.carriedOut,
    response:
      response === null
        ? null
        : {
            status: response.status,
            headers: pairs(response.headers),
            body: response.body === '' ? null : readJson(response.body),
          },
    advice: [],
  };
}

export const connectionRecordOf = (entry: ConnectionEntry): ConnectionRecord => ({
  seq: entry.seq,
  kind: entry.kind,
  at: new Date(entry.at).toISOString(),
  connection: entry.session === null ? null : viewOf(entry.session, null),
  stream: entry.stream,
  detail: entry.detail,
});

function viewOf(session: Session, entry: ExchangeEntry | null): ConnectionView {
  const token = entry?.keyId ?? session.bound?.keyId ?? null;
  return {
    id: session.id,
    listener: session.listener.name,
    alpn: session.alpn,
    auth: session.certificate !== null ? 'certificate' : token !== null ? 'token' : 'none',
    keyId: token,
    teamId: entry?.teamId ?? session.bound?.teamId ?? null,
  };
}

function actionsOf({ steps, response }: ExchangeEntry): readonly ActionView[] {
  if (steps === null) return response === null ? [] : [{ do: 'reply', status: response.status }];
  return steps.map(({ after, action }) => ({
    do: action.do,
    ...('status' in action ? { status: action.status } : {}),
    ...('code' in action ? { code: action.code } : {}),
    ...(action.do === 'goaway' ? { lastStream: action.lastStream, debug: action.debug } : {}),
    ...(after > 0 ? { after } : {}),
  }));
}

function trailOf({ order, verdict }: ExchangeEntry): { check: string; ok: boolean }[] {
  // Refused before any check could be asked: the connection's certificate, or the server shutting down.
  if (verdict.reason !== null && verdict.failed < 0) return [];
  const looked = verdict.failed < 0 ? order : order.slice(0, verdict.failed + 1);
  return looked.map((row, index) => ({ check: row.name, ok: index !== verdict.failed }));
}

/** A provider token opens doors, so it is shown as its claims and never as itself. */
function redact([name, value]: readonly [string, string], entry: ExchangeEntry): readonly [string, string] {
  if (name !== 'authorization') return [name, value];
  const word = value.split(' ', 1)[0] as string;
  const shown = entry.keyId === null ? '(not shown)' : `(kid ${entry.keyId}, iss ${entry.teamId})`;
  return [name, isScheme(word) ? `${word} ${shown}` : shown];
}

function pairs(list: readonly string[]): [string, string][] {
  const out: [string, string][] = [];
  for (let i = 0; i < list.length; i += 2) out.push([list[i] as string, list[i + 1] as string]);
  return out;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
