import { IS_WORDS, SEARCH_FIELDS } from '../../../../core/search/grammar.ts';
import { REASONS } from '../../../../protocol/reasons.ts';
import { facets, most } from './facets.ts';
import { allRows } from './journal.ts';
import type { Row } from './row.ts';
import { termOf, termsOf } from './terms.ts';

/** What can be typed next. */
export interface Hint {
  /** The whole term. */
  readonly term: string;
  readonly says: string;
  /** A key: its value is still to come, so the cursor stays behind it. */
  readonly open: boolean;
}

const KEYS: readonly (readonly [key: string, says: string])[] = [
  ...SEARCH_FIELDS.map(({ name, says }) => [`${name}:`, says] as const),
  ['payload.', 'a key of the payload, as in payload.aps.alert.title:"Hi"'],
  ['headers.', 'a header of the request, as in headers.apns-collapse-id:news'],
];

const MOST_HINTS = 8;

/** For the term in which the cursor stands; `-` before it is kept. */
export function hintsAt(
  query: string,
  cursor: number,
): { readonly start: number; readonly end: number; readonly hints: readonly Hint[] } {
  const term = termsOf(query).find(({ start, end }) => start <= cursor && cursor <= end);
  const [start, end] = term === undefined ? [cursor, cursor] : [term.start, term.end];
  const typed = query.slice(start, cursor);
  const minus = typed.startsWith('-') ? '-' : '';
  const word = typed.slice(minus.length).toLowerCase();
  const colon = word.indexOf(':');
  if (colon < 0) {
    const hints = KEYS.filter(([key]) => key.startsWith(word)).map(
      ([key, says]): Hint => ({ term: minus + key, says, open: true }),
    );
    return { start, end, hints: hints.slice(0, word === '' ? 20 : MOST_HINTS) };
  }
  const key = word.slice(0, colon);
  const wanted = word.slice(colon + 1).replaceAll('"', '');
  const hints = valuesOf(key)
    .filter(([value]) => value.toLowerCase().includes(wanted) && value.toLowerCase() !== wanted)
    .slice(0, MOST_HINTS)
    .map(([value, says]): Hint => ({ term: minus + termOf(key, value), says, open: false }));
  return { start, end, hints };
}

type Value = readonly [value: string, says: string];

function valuesOf(key: string): readonly Value[] {
  const counted = (map: ReadonlyMap<string, number>): readonly Value[] =>
    most(map, 50).map(([value, n]) => [value, `${n}`]);
  switch (key) {
    case 'operation':
      return wordsOf(key).map((name) => [name, `${facets.value.operations.get(name) ?? 0}`]);
    case 'status':
      return [['2xx', 'accepted'], ['4xx', 'refused'], ['5xx', 'trouble at the server'], ...statuses()];
    case 'reason':
      return REASONS.map(({ name, meaning }) => [name, meaning]);
    case 'topic':
      return counted(facets.value.topics);
    case 'channel':
      return counted(facets.value.channels);
    case 'priority':
      return [
        ['10', 'at once'],
        ['5', 'as power allows'],
        ['1', 'never wakes the device'],
      ];
    case 'is':
      return IS_WORDS.map(({ word, says }) => [word, says]);
    case 'rule':
      return seen(({ rule }) => rule);
    case 'conn':
      return seen(({ place }) => place.split('/')[0] ?? '');
    case 'team':
      return seen(({ record }) => record.connection?.teamId ?? '');
    case 'key':
      return seen(({ record }) => record.connection?.keyId ?? '');
    default:
      return wordsOf(key).map((word) => [word, '']);
  }
}

const wordsOf = (key: string): readonly string[] => SEARCH_FIELDS.find(({ name }) => name === key)?.words ?? [];

const statuses = (): readonly Value[] =>
  [...new Set(REASONS.map(({ status }) => status))].map((status) => [
    String(status),
    REASONS.filter((row) => row.status === status).length > 1
      ? ''
      : (REASONS.find((row) => row.status === status)?.name ?? ''),
  ]);

const LOOK_BACK = 2000;

/** Values of the newest lines, the newest first. */
function seen(pick: (row: Row) => string): readonly Value[] {
  const values = new Set<string>();
  const rows = allRows();
  for (let i = rows.length - 1; i >= 0 && i > rows.length - LOOK_BACK; i--) {
    const value = pick(rows[i] as (typeof rows)[number]);
    if (value !== '') values.add(value);
  }
  return [...values].map((value) => [value, '']);
}
