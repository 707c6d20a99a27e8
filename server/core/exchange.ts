import type { ActionView, Advice, ConnectionRecord, ConnectionView, Exchange } from './exchange-shape.ts';
import { explain } from './explain.ts';
import type { ConnectionEntry, ExchangeEntry } from './journal.ts';
import { maskTokens } from './mask.ts';
import type { Ports } from './ports.ts';
import { isScheme } from './provider-token.ts';
import type { Session } from './sessions.ts';

export type { ActionView, Advice, ConnectionRecord, Exchange } from './exchange-shape.ts';

/** What an entry of the journal says, in the shape that everybody sees. Made when somebody looks. */

export function exchangeOf(entry: ExchangeEntry, ports: Pick<Ports, 'utf8'>, advice: readonly Advice[] = []): Exchange {
  return {
    seq: entry.seq,
    kind: 'exchange',
    at: new Date(entry.at).toISOString(),
    operation: entry.operation,
    environment: entry.environment,
    topic: maskTokens(entry.topic),
    connection: { ...viewOf(entry.session, entry), stream: entry.stream },
    request: {
      method: entry.method,
      path: maskTokens(entry.path),
      authority: maskTokens(entry.authority),
      headers: headersOf(entry),
      size: entry.size,
      payload: payloadOf(entry, ports),
      truncated: entry.size > entry.kept,
    },
    verdict: verdictOf(entry),
    rule: entry.rule,
    actions: actionsOf(entry),
    carriedOut: entry.carriedOut,
    response: responseOf(entry),
    advice,
  };
}

/**
 * The same without advice, and with each part made when it is asked for: those who judge a whole journal look at a field
 * or two of each exchange. To be read only; it is no plain object.
 */
export const lazyExchangeOf = (entry: ExchangeEntry, ports: Pick<Ports, 'utf8'>): Exchange =>
  new LazyExchange(entry, ports);

class LazyExchange implements Exchange {
  readonly kind = 'exchange';
  readonly advice = NO_ADVICE;
  private readonly entry: ExchangeEntry;
  private readonly ports: Pick<Ports, 'utf8'>;
  private asked: Exchange['request'] | undefined;
  private answered: Exchange['response'] | undefined;

  constructor(entry: ExchangeEntry, ports: Pick<Ports, 'utf8'>) {
    this.entry = entry;
    this.ports = ports;
  }

  get seq(): number {
    return this.entry.seq;
  }
  get at(): string {
    return new Date(this.entry.at).toISOString();
  }
  get operation(): Exchange['operation'] {
    return this.entry.operation;
  }
  get environment(): Exchange['environment'] {
    return this.entry.environment;
  }
  get topic(): string {
    return maskTokens(this.entry.topic);
  }
  get connection(): Exchange['connection'] {
    return { ...viewOf(this.entry.session, this.entry), stream: this.entry.stream };
  }
  get request(): Exchange['request'] {
    this.asked ??= new LazyRequest(this.entry, this.ports);
    return this.asked;
  }
  get verdict(): Exchange['verdict'] {
    return verdictOf(this.entry);
  }
  get rule(): Exchange['rule'] {
    return this.entry.rule;
  }
  get actions(): readonly ActionView[] {
    return actionsOf(this.entry);
  }
  get carriedOut(): boolean {
    return this.entry.carriedOut;
  }
  get response(): Exchange['response'] {
    if (this.answered === undefined) this.answered = responseOf(this.entry);
    return this.answered;
  }
}

class LazyRequest implements Request {
  private readonly entry: ExchangeEntry;
  private readonly ports: Pick<Ports, 'utf8'>;
  private list: Request['headers'] | undefined;
  private parsed: unknown;

  constructor(entry: ExchangeEntry, ports: Pick<Ports, 'utf8'>) {
    this.entry = entry;
    this.ports = ports;
  }

  get method(): string {
    return this.entry.method;
  }
  get path(): string {
    return maskTokens(this.entry.path);
  }
  get authority(): string {
    return maskTokens(this.entry.authority);
  }
  get headers(): Request['headers'] {
    this.list ??= headersOf(this.entry);
    return this.list;
  }
  get size(): number {
    return this.entry.size;
  }
  get payload(): unknown {
    // JSON has no `undefined`.
    if (this.parsed === undefined) this.parsed = payloadOf(this.entry, this.ports);
    return this.parsed;
  }
  get truncated(): boolean {
    return this.entry.size > this.entry.kept;
  }
}

type Request = Exchange['request'];
const NO_ADVICE: readonly Advice[] = [];

const headersOf = (entry: ExchangeEntry): [string, string][] => pairs(entry.headers).map((pair) => redact(pair, entry));

const payloadOf = ({ size, block, offset, kept }: ExchangeEntry, { utf8 }: Pick<Ports, 'utf8'>): unknown =>
  size === 0 ? null : readJson(utf8(block.subarray(offset, offset + kept)));

const verdictOf = (entry: ExchangeEntry): Exchange['verdict'] => {
  const { status, reason } = entry.verdict;
  return { status, reason, why: explain(entry), trail: trailOf(entry) };
};

const responseOf = ({ response }: ExchangeEntry): Exchange['response'] =>
  response === null
    ? null
    : {
        status: response.status,
        headers: pairs(response.headers).map(([name, value]) => [name, maskTokens(value)]),
        body: response.body === '' ? null : readJson(response.body),
      };

export const connectionRecordOf = (entry: ConnectionEntry): ConnectionRecord => ({
  seq: entry.seq,
  kind: entry.kind,
  at: new Date(entry.at).toISOString(),
  connection: entry.session === null ? null : viewOf(entry.session, null),
  stream: entry.stream,
  detail: maskTokens(entry.detail),
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
function redact([name, value]: readonly [string, string], entry: ExchangeEntry): [string, string] {
  if (name !== 'authorization') return [name, maskTokens(value)];
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
