import { firstValue } from '../../protocol/headers.ts';
import type { HeaderList } from '../../protocol/model.ts';
import { explain, sentence } from '../explain.ts';
import type { ConnectionEntry, Entry, ExchangeEntry } from '../journal.ts';
import { maskTokens } from '../mask.ts';
import type { Ports } from '../ports.ts';
import { inside, textOf } from '../scenario/match.ts';
import type { SearchField } from './grammar.ts';

/** What a search can ask of an entry. Everything is read when it is asked for. */
export interface SearchView {
  readonly entry: Entry;
  /** Every value that stands for the field; none: it has none. */
  readonly values: (field: SearchField) => readonly string[];
  /** The same in lower case. The last field asked for is remembered: of many who wait, most ask for the same one. */
  readonly lowered: (field: SearchField) => readonly string[];
  /** All its words, in lower case. */
  readonly text: () => string;
  /** Whether the body can have that text in it, in lower case; told without reading the body as JSON. */
  readonly mayHold: (text: string) => boolean;
}

/** One view for all who look at the same entry one after the other, as all do who wait for the next. */
export function createViewer(ports: Pick<Ports, 'utf8'>): (entry: Entry) => SearchView {
  let last: SearchView | undefined;
  return (entry) => {
    if (last?.entry !== entry) last = searchView(entry, ports);
    return last;
  };
}

export const searchView = (entry: Entry, ports: Pick<Ports, 'utf8'>): SearchView => new EntryView(entry, ports);

/** A class, because thousands are made for a search: closures of their own would cost as much as what they read. */
class EntryView implements SearchView {
  readonly entry: Entry;
  private readonly ports: Pick<Ports, 'utf8'>;
  private parsed: { readonly payload: unknown } | undefined;
  private body: string | undefined;
  private bodyLowered: string | undefined;
  private words: string | undefined;
  private asked: SearchField | undefined;
  private answer: readonly string[] = NONE;

  constructor(entry: Entry, ports: Pick<Ports, 'utf8'>) {
    this.entry = entry;
    this.ports = ports;
  }

  values(field: SearchField): readonly string[] {
    const { entry } = this;
    if (entry.kind !== 'exchange') return ofConnection(entry, field);
    if (field.startsWith('payload.'))
      return some(textOf(inside(this.payloadOf(entry), field.slice('payload.'.length))));
    if (field.startsWith('headers.')) {
      const name = field.slice('headers.'.length);
      return some(
        name === 'authorization' ? undefined : firstValue(entry.headers, name),
        firstValue(entry.response?.headers ?? [], name),
      ).map(maskTokens);
    }
    return ofExchange(entry, field).map(maskTokens);
  }

  lowered(field: SearchField): readonly string[] {
    if (field !== this.asked) {
      this.answer = this.values(field).map(lower);
      this.asked = field;
    }
    return this.answer;
  }

  text(): string {
    const { entry } = this;
    this.words ??=
      entry.kind === 'exchange'
        ? `${lower(maskTokens(wordsOf(entry)))} ${this.loweredBody(entry)}`
        : lower(maskTokens(entry.detail));
    return this.words;
  }

  mayHold(text: string): boolean {
    const { entry } = this;
    if (entry.kind !== 'exchange') return false;
    // Behind a backslash any letter can be written in another way.
    return this.loweredBody(entry).includes(text) || this.bodyOf(entry).includes('\\');
  }

  private bodyOf({ block, offset, kept }: ExchangeEntry): string {
    this.body ??= this.ports.utf8(block.subarray(offset, offset + kept));
    return this.body;
  }

  private loweredBody(entry: ExchangeEntry): string {
    this.bodyLowered ??= lower(this.bodyOf(entry));
    return this.bodyLowered;
  }

  private payloadOf(entry: ExchangeEntry): unknown {
    this.parsed ??= { payload: readJson(this.bodyOf(entry)) };
    return this.parsed.payload;
  }
}

const NONE: readonly string[] = [];
const lower = (text: string): string => text.toLowerCase();

function ofConnection({ kind, session }: ConnectionEntry, field: SearchField): readonly string[] {
  if (field === 'kind') return [kind];
  return field === 'conn' && session !== null ? [session.id] : NONE;
}

const some = (...values: readonly (string | undefined)[]): readonly string[] =>
  values.filter((value) => value !== undefined);

function ofExchange(entry: ExchangeEntry, field: SearchField): readonly string[] {
  const { headers, response, session } = entry;
  const answered = response?.headers ?? [];
  switch (field) {
    case 'operation':
      return [entry.operation];
    case 'topic':
      return [entry.topic];
    case 'token':
      return entry.operation === 'device.send' ? [entry.target] : [];
    case 'channel':
      return some(firstValue(headers, 'apns-channel-id'), firstValue(answered, 'apns-channel-id'));
    case 'reason':
      return some(reasonIn(response?.body ?? ''), entry.verdict.reason ?? undefined);
    case 'status':
      return response === null ? [] : [String(response.status)];
    case 'type':
      return some(firstValue(headers, 'apns-push-type'));
    case 'priority':
      return some(firstValue(headers, 'apns-priority'));
    case 'id':
      return [headers, answered].flatMap((list) => ID_HEADERS.flatMap((name) => some(firstValue(list, name))));
    case 'team':
      return some(entry.teamId ?? session.bound?.teamId);
    case 'key':
      return some(entry.keyId ?? session.bound?.keyId);
    case 'conn':
      return [session.id];
    case 'rule':
      return entry.rule === null ? [] : [entry.rule.id, entry.rule.name];
    case 'environment':
      return [entry.environment];
    case 'kind':
      return [entry.kind];
    default:
      return [];
  }
}

const ID_HEADERS = ['apns-id', 'apns-request-id', 'apns-unique-id'] as const;

/** The reason in the body of an answer. */
export const reasonIn = (body: string): string | undefined => /"reason"\s*:\s*"([^"]*)"/.exec(body)?.[1];

/** All but the provider token, which nobody is to find out letter by letter. */
function wordsOf(entry: ExchangeEntry): string {
  const { method, path, authority, headers, response, rule } = entry;
  const shown: HeaderList = headers.filter((_, index) => headers[index - (index % 2)] !== 'authorization');
  const answer = response === null ? '' : `${response.status} ${response.headers.join(' ')} ${response.body}`;
  const { reason } = entry.verdict;
  const said = [method, path, authority, ...shown, answer, reason ?? '', explain(entry), rule?.name ?? ''];
  return `${said.join(' ')} ${sentence(entry)}`;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
