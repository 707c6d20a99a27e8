/** Reads arguments and environment against any table of options. The server's own table is in ../options.ts. */
import type { Kind } from './kinds.ts';
import { nearest } from './near.ts';

export type Env = Readonly<Record<string, string | undefined>>;

export interface Source {
  /** Arguments after the command. */
  readonly argv: readonly string[];
  readonly env: Env;
  /** Does a person read the output? Decides defaults that depend on it. */
  readonly terminal?: boolean;
}

interface RowOf<T> {
  /** null: environment only. */
  readonly flag: `--${string}` | null;
  readonly env: `MOCK_APNS_${string}`;
  readonly kind: Kind<T>;
  readonly default: T | null | ((terminal: boolean) => T);
  /** The default in words, where the value does not say it. */
  readonly defaultSays?: string;
  readonly example: string;
  /** What it does, in one English sentence. */
  readonly says: string;
}

export type Row =
  | RowOf<string>
  | RowOf<number>
  | RowOf<number | null>
  | RowOf<boolean>
  | RowOf<readonly number[]>
  | RowOf<readonly string[]>;
export type Table = Readonly<Record<string, Row>>;

/** The values of a table; null where a row's default is null and nothing was given. */
export type Values<T extends Table> = {
  readonly [K in keyof T]: ValueOf<T[K]['kind']> | (T[K]['default'] extends null ? null : never);
};
type ValueOf<K> = K extends Kind<infer V> ? V : never;

/** The command line or environment is wrong. Every problem there is, one line each. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly exitCode = 1;
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = Object.freeze([...problems]);
  }
}

interface Given {
  /** Flag or environment name, as it is to be quoted. */
  readonly where: string;
  readonly text: string;
}

/** What was found; a value is missing where there was a problem with it. */
export interface Reading {
  readonly values: Record<string, unknown>;
  /** Where each value comes from: `--port`, `MOCK_APNS_PORT` or `--port (default)`. */
  readonly from: Record<string, string>;
  readonly problems: string[];
}

/** Flag over environment over default; the whole truth about what is wrong. `known`: further environment names. */
export function readTable(table: Table, source: Source, known: readonly string[] = []): Reading {
  const problems: string[] = [];
  const flags = readFlags(table, source.argv, problems);
  const env = readEnv(table, source.env, known, problems);
  const values: Record<string, unknown> = {};
  const from: Record<string, string> = {};
  for (const [key, row] of Object.entries<Row>(table)) {
    // A wrong value is told even where another one wins over it.
    const found = [flags.get(key), env.get(key)].filter((given) => given !== undefined);
    const read = found.map((given) => readValue(row, given, problems));
    if (found.length > 0) values[key] = read[0];
    else values[key] = typeof row.default === 'function' ? row.default(source.terminal ?? false) : row.default;
    from[key] = found[0]?.where ?? `${row.flag ?? row.env} (default)`;
  }
  return { values, from, problems };
}

/** The same for a program, which gives values by their names in place of text. */
export function readValues(table: Table, given: Readonly<Record<string, unknown>>): Reading {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  const from: Record<string, string> = {};
  for (const key of Object.keys(given))
    if (!Object.hasOwn(table, key))
      problems.push(`unknown option ${shown(key)}${didYouMean(nearest(key, Object.keys(table)))}`);
  for (const [key, row] of Object.entries<Row>(table)) {
    const value = given[key];
    const missing = value === undefined;
    values[key] = missing ? (typeof row.default === 'function' ? row.default(false) : row.default) : value;
    from[key] = missing ? `${key} (default)` : key;
    if (!missing && !isValue(row, value)) problems.push(`${key}: ${inWords(value)} is not valid: give ${giving(row)}`);
  }
  return { values, from, problems };
}

function isValue({ kind, default: usual }: Row, value: unknown): boolean {
  if (value === null) return usual === null;
  if (kind.placeholder === null) return typeof value === 'boolean';
  // What stands for the value on a command line must be read as just that value.
  const read: unknown =
    typeof value === 'object' || typeof value === 'string' || typeof value === 'number'
      ? kind.read(String(value))
      : undefined;
  return read !== undefined && JSON.stringify(read) === JSON.stringify(value);
}

const giving = ({ kind }: Row): string => (kind.placeholder === null ? 'true or false' : kind.allowed);

function inWords(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

/** Frozen values of a table, or UsageError. For commands with options of their own. */
export function parseTable<const T extends Table>(table: T, source: Source, known: readonly string[] = []): Values<T> {
  const { values, problems } = readTable(table, source, known);
  if (problems.length > 0) throw new UsageError(problems);
  return deepFreeze(values) as Values<T>;
}

export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const part of Object.values(value)) deepFreeze(part);
    Object.freeze(value);
  }
  return value;
}

function readFlags(table: Table, argv: readonly string[], problems: string[]): Map<string, Given> {
  const rows = Object.entries<Row>(table).filter(([, row]) => row.flag !== null);
  const given = new Map<string, Given>();
  for (let i = 0; i < argv.length; i++) {
    const argument = argv[i]!;
    const next = argv[i + 1];
    const equals = argument.indexOf('=');
    const flag = equals < 0 ? argument : argument.slice(0, equals);
    if (!/^-./.test(flag)) {
      problems.push(unexpected(argument, argv[i - 1], rows));
      continue;
    }
    const [key, row] = rows.find(([, each]) => each.flag === flag) ?? [];
    if (key === undefined || row === undefined) {
      const meant = nearest(
        flag,
        rows.map(([, each]) => each.flag!),
      );
      problems.push(`unknown flag ${shown(flag)}${didYouMean(meant)}`);
      if (equals < 0 && next !== undefined && !next.startsWith('-')) i++; // most likely its value: one mistake, one line
      continue;
    }
    let text = argument.slice(equals + 1);
    if (equals < 0) {
      const isSwitch = row.kind.placeholder === null;
      if (!isSwitch && (next === undefined || next.startsWith('--'))) {
        problems.push(`${flag} needs a value: give ${row.kind.allowed}, for example ${exampleOf(flag, row)}`);
        continue;
      }
      text = isSwitch ? 'true' : next!;
      if (!isSwitch) i++;
    }
    const earlier = given.get(key);
    if (earlier)
      problems.push(`${flag} is given twice, as ${quoted(earlier.text)} and as ${quoted(text)}: give it once`);
    else given.set(key, { where: flag, text });
  }
  return given;
}

function unexpected(argument: string, previous: string | undefined, rows: [string, Row][]): string {
  const before = rows.find(([, row]) => row.flag === previous && row.kind.placeholder === null)?.[1];
  const hint =
    before?.kind.read(argument) === undefined ? 'options start with --' : `write ${previous}=${shown(argument)}`;
  return `unexpected argument ${quoted(argument)}: ${hint}`;
}

function readEnv(table: Table, env: Env, known: readonly string[], problems: string[]): Map<string, Given> {
  const names = new Map<string, string>(Object.entries<Row>(table).map(([key, row]) => [row.env, key]));
  const all = [...new Set([...names.keys(), ...known])];
  const given = new Map<string, Given>();
  for (const [name, text] of Object.entries(env)) {
    if (text === undefined || !name.toUpperCase().startsWith('MOCK_APNS_')) continue;
    const key = names.get(name);
    if (key !== undefined) {
      // Empty is how compose files and CI say "not set": MOCK_APNS_PORT=${PORT:-}
      if (text !== '') given.set(key, { where: name, text });
    } else if (!all.includes(name)) {
      problems.push(`unknown environment variable ${shown(name)}${didYouMean(nearest(name, all))}`);
    }
  }
  return given;
}

function readValue(row: Row, { where, text }: Given, problems: string[]): unknown {
  const value = row.kind.read(text);
  if (value === undefined) {
    const meant = row.kind.choices ? nearest(text, row.kind.choices) : null;
    const give = `give ${row.kind.allowed}, for example ${exampleOf(where, row)}`;
    problems.push(`${where}: ${quoted(text)} is not valid${meant ? `, did you mean "${meant}"?` : ':'} ${give}`);
  }
  return value;
}

function exampleOf(where: string, row: Row): string {
  if (!where.startsWith('--')) return `${where}=${row.example}`;
  return row.kind.placeholder === null ? `${where} or ${where}=${row.example}` : `${where} ${row.example}`;
}

/** On one line and of bounded length, whatever was given. */
export function shown(text: string): string {
  const line = JSON.stringify(text).slice(1, -1);
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}

function quoted(text: string): string {
  return `"${shown(text)}"`;
}

function didYouMean(meant: string | null): string {
  return meant === null ? '' : `, did you mean ${meant}?`;
}

/** Two columns: the flag, and its sentence with environment name and default, wrapped. */
export function usageOf(table: Table, width = 100): string {
  const rows = Object.values<Row>(table).map((row) => {
    const left = [row.flag ?? '', row.flag && row.kind.placeholder].filter(Boolean).join(' ');
    const only = row.flag === null ? ', environment only' : '';
    return { left, right: `${row.says} [${row.env}${only}, default: ${defaultOf(row)}]` };
  });
  const indent = 2 + Math.max(...rows.map(({ left }) => left.length)) + 2;
  return rows
    .flatMap(({ left, right }) =>
      wrap(right, width - indent).map((line, i) => `${`  ${i === 0 ? left : ''}`.padEnd(indent)}${line}`),
    )
    .join('\n');
}

function defaultOf(row: Row): string {
  if (row.defaultSays !== undefined) return row.defaultSays;
  if (row.kind.placeholder === null) return 'off';
  return String(row.default ?? 'none');
}

function wrap(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1)!;
    if (last === '') lines[lines.length - 1] = word;
    else if (last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
