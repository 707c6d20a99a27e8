import type { ActionView, Advice, ConnectionRecord, ConnectionView, Exchange } from './exchange-shape.ts';
import { explain } from './explain.ts';
import type { ConnectionEntry, ExchangeEntry } from './journal.ts';
import type { Ports } from './ports.ts';
import { isScheme } from './provider-token.ts';
import type { Session } from './sessions.ts';

export type { ActionView, Advice, ConnectionRecord, Exchange } from './exchange-shape.ts';

/** What an entry of the journal says, in the shape that everybody sees. Made when somebody looks. */

export function exchangeOf(entry: ExchangeEntry, ports: Pick<Ports, 'utf8'>, advice: readonly Advice[] = []): Exchange {
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
    advice,
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
