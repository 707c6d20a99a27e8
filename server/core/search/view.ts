import { firstValue } from '../../protocol/headers.ts';
import type { HeaderList } from '../../protocol/model.ts';
import { explain, sentence } from '../explain.ts';
import type { Entry, ExchangeEntry } from '../journal.ts';
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
}

/** One view for all who look at the same entry one after the other, as all do who wait for the next. */
export function createViewer(ports: Pick<Ports, 'utf8'>): (entry: Entry) => SearchView {
  let last: SearchView | undefined;
  return (entry) => {
    if (last?.entry !== entry) last = searchView(entry, ports);
    return last;
  };
}

export function searchView(entry: Entry, ports: Pick<Ports, 'utf8'>): SearchView {
  let payload: unknown;
  let parsed = false;
  let words: string | undefined;
  const bodyOf = ({ block, offset, kept }: ExchangeEntry): string => ports.utf8(block.subarray(offset, offset + kept));
  const payloadOf = (exchange: ExchangeEntry): unknown => {
    if (!parsed) payload = readJson(bodyOf(exchange));
    parsed = true;
    return payload;
  };
  let asked: SearchField | undefined;
  let answer: readonly string[] = [];
  return {
    entry,
    values,
    lowered(field) {
      if (field !== asked) {
        answer = values(field).map((value) => value.toLowerCase());
        asked = field;
      }
      return answer;
    },
    text() {
      words ??= (entry.kind === 'exchange' ? `${wordsOf(entry)} ${bodyOf(entry)}` : entry.detail).toLowerCase();
      return words;
    },
  };

  function values(field: SearchField): readonly string[] {
    if (entry.kind !== 'exchange') return ofConnection(field);
    if (field.startsWith('payload.')) return some(textOf(inside(payloadOf(entry), field.slice('payload.'.length))));
    if (field.startsWith('headers.')) {
      const name = field.slice('headers.'.length);
      return some(
        name === 'authorization' ? undefined : firstValue(entry.headers, name),
        firstValue(entry.response?.headers ?? [], name),
      );
    }
    return ofExchange(entry, field);
  }

  function ofConnection(field: SearchField): readonly string[] {
    if (entry.kind === 'exchange') return [];
    if (field === 'kind') return [entry.kind];
    return field === 'conn' && entry.session !== null ? [entry.session.id] : [];
  }
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
