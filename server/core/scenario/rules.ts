import { endpointOf } from '../../protocol/endpoints.ts';
import { OPERATIONS, type Operation } from '../../protocol/model.ts';
import { type ReasonName, reasonRow, reasonsOf } from '../../protocol/reasons.ts';
import {
  type Clash,
  COUNT_CLASHES,
  clashesIn,
  EFFECT_CLASHES,
  GOAWAY_CLASHES,
  MOMENT_CLASHES,
  RULE_CLASHES,
} from './clashes.ts';
import { readDuration } from './forms.ts';
import { compileMatcher } from './match.ts';
import { type Condition, type On, PLAIN_FIELDS } from './model.ts';
import { operationsWhen, spelledFor, textsOf } from './reach.ts';
import { REASON_NAMES } from './schema.ts';
import { type Complain, type Place, readConditions } from './values.ts';

/**
 * What a scenario must keep beyond the shape of its keys. Looks at raw data and leaves aside what has the wrong shape,
 * so that a file is told all of its mistakes at once.
 */

type Path = readonly (string | number)[];
type Raw = Readonly<Record<string, unknown>>;
const isMapping = (value: unknown): value is Raw =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const mapping = (value: unknown): Raw => (isMapping(value) ? value : {});
const items = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Where the key itself is wrong. */
const KEY: Place = { at: 'key' };

export interface Checks {
  readonly complain: Complain;
  /** Why a public key cannot be used; `null`: it can. Given by those who have cryptography at hand. */
  readonly keyProblem: ((pem: string) => string | null) | undefined;
}

export function checkScenario(raw: unknown, checks: Checks): void {
  const scenario = mapping(raw);
  const states = Object.keys(mapping(scenario['states']));
  items(scenario['rules']).forEach((rule, index) => {
    if (isMapping(rule)) checkRule(rule, ['rules', index], states, checks.complain);
  });
  items(scenario['expect']).forEach((expectation, index) => {
    checkExpectation(mapping(expectation), ['expect', index], states, checks.complain);
  });
  if (isMapping(scenario['clock']) && Object.keys(scenario['clock']).length === 0)
    checks.complain(['clock'], 'is empty: give offset or frozen');
  for (const { list, keys } of UNIQUE) checkUnique(scenario, list, keys, checks.complain);
  items(scenario['keys']).forEach((key, index) => {
    const pem = mapping(key)['publicKey'];
    const problem = typeof pem === 'string' ? (checks.keyProblem?.(pem) ?? null) : null;
    if (problem !== null) checks.complain(['keys', index, 'publicKey'], problem);
  });
}

/** What makes an entry of a registry the same as another. */
const UNIQUE = [
  { list: 'apps', keys: ['bundleId'] },
  { list: 'devices', keys: ['token'] },
  { list: 'channels', keys: ['environment', 'bundleId', 'id'] },
  { list: 'keys', keys: ['keyId'] },
] as const;

function checkUnique(scenario: Raw, list: string, keys: readonly string[], complain: Complain): void {
  const seen = new Map<string, number>();
  items(scenario[list]).forEach((entry, index) => {
    const values = keys.map((key) => mapping(entry)[key]);
    const last = values.at(-1);
    if (typeof last !== 'string') return;
    const id = JSON.stringify(list === 'devices' ? [last.toLowerCase()] : values);
    const earlier = seen.get(id);
    if (earlier === undefined) seen.set(id, index);
    else complain([list, index, keys.at(-1) as string], `is the same as that of ${list}[${earlier}]`);
  });
}

/** One rule, for itself or within a scenario. */
export function checkRule(rule: Raw, path: Path, states: readonly string[], complain: Complain): void {
  const on: On = rule['on'] === 'connection' || rule['on'] === 'stream' ? rule['on'] : 'request';
  checkClashes(rule, RULE_CLASHES, path, complain);
  if (rule['then'] === undefined && rule['sequence'] === undefined)
    complain(path, 'is missing its "then": what shall happen?');
  const conditions = readConditions(rule['when'], [...path, 'when'], complain);
  checkFields(conditions, on, rule, [...path, 'when'], complain);
  checkStates(conditions, [...path, 'when'], states, complain);
  checkReach(conditions, on, rule, path, complain);
  const effects = [
    { effect: rule['then'], at: [...path, 'then'] },
    ...items(rule['sequence']).map((effect, index) => ({ effect, at: [...path, 'sequence', index] })),
  ];
  for (const { effect, at } of effects) {
    if (!isMapping(effect)) continue;
    checkEffect(effect, on, at, complain);
    checkReason(effect['reason'], conditions, on, at, complain);
    for (const name of Object.keys(mapping(effect['set'])))
      if (!states.includes(name)) complain([...at, 'set', name], undeclared(name), { at: 'key', among: states });
  }
}

function checkClashes(raw: Raw, rows: readonly Clash[], path: Path, complain: Complain): void {
  for (const { one, other, because } of clashesIn(raw, rows))
    complain([...path, other], `does not go with ${one}: ${because}`, KEY);
}

/** Fields that are there when a connection opens. */
const AT_CONNECTION: readonly string[] = ['connection', 'listener', 'environment'];

function checkFields(conditions: readonly Condition[], on: On, rule: Raw, path: Path, complain: Complain): void {
  for (const { field, is } of conditions) {
    const at = [...path, ...pathOf(field, rule)];
    const [kind = ''] = field.split('.', 1);
    if (on === 'connection' && kind !== 'state' && !AT_CONNECTION.includes(field))
      complain(at, `is not known when a connection opens: only ${AT_CONNECTION.join(', ')} and state are`, KEY);
    else if (on === 'stream' && (kind === 'payload' || kind === 'verdict'))
      complain(at, 'is not known before the body is there; use on: request', KEY);
    else if (
      on === 'request' &&
      field === 'verdict' &&
      rule['evenIfInvalid'] !== true &&
      !compileSafely(is)('accepted')
    )
      complain(at, 'never fits: a rejected request keeps its verdict, unless the rule says evenIfInvalid: true');
  }
}

/** An expression that is refused elsewhere fits everything here. */
function compileSafely(is: Condition['is']): (value: string | undefined) => boolean {
  try {
    return compileMatcher(is);
  } catch {
    return () => true;
  }
}

/** Where a condition stands in the file. */
function pathOf(field: string, rule: Raw): Path {
  const when = mapping(rule['when']);
  if (!field.startsWith('state.') || when[field] !== undefined) return [field];
  return ['state', field.slice('state.'.length)];
}

const undeclared = (name: string): string =>
  `is a state that nobody declared: add states: {${name}: …} with its first value`;

function checkStates(
  conditions: readonly Condition[],
  path: Path,
  states: readonly string[],
  complain: Complain,
): void {
  for (const { field } of conditions) {
    if (!field.startsWith('state.')) continue;
    const name = field.slice('state.'.length);
    if (!states.includes(name)) complain([...path, 'state', name], undeclared(name), { at: 'key', among: states });
  }
}

/** Operations that have what a rule counts by. */
const COUNTED: Readonly<Record<string, readonly Operation[]>> = {
  token: ['device.send'],
  channel: ['broadcast.send', 'channels.read', 'channels.delete'],
};

function checkReach(conditions: readonly Condition[], on: On, rule: Raw, path: Path, complain: Complain): void {
  // A misspelt operation has been told already.
  const named = conditions.flatMap(({ field, is }) => (field === 'operation' ? (textsOf(is) ?? []) : []));
  if (on === 'connection' || named.some((each) => !(OPERATIONS as readonly string[]).includes(each))) return;
  const operations = reach(conditions);
  const where = [...path, 'when', 'operation'];
  if (operations.length === 0) complain(where, 'fits no operation at all');
  else if (on === 'request' && rule['evenIfInvalid'] !== true && operations.every((each) => each === 'unknown'))
    complain(where, 'never fits: an unknown operation is always rejected, unless the rule says evenIfInvalid: true');
  const per = rule['per'];
  const needed = typeof per === 'string' && Object.hasOwn(COUNTED, per) ? COUNTED[per] : undefined;
  if (needed !== undefined && operations.length > 0 && !operations.some((each) => needed.includes(each)))
    complain(
      [...path, 'per'],
      `does not go with ${operations.join(', ')}, which ${operations.length > 1 ? 'have' : 'has'} no ${per}`,
      KEY,
    );
}

const reach = (conditions: readonly Condition[]): Operation[] =>
  operationsWhen(conditions.filter(({ field, is }) => field === 'operation' && isUsable(is)));

function isUsable(is: Condition['is']): boolean {
  try {
    compileMatcher(is);
    return true;
  } catch {
    return false;
  }
}

function checkEffect(effect: Raw, on: On, path: Path, complain: Complain): void {
  if (Object.keys(effect).length === 0)
    complain(path, 'does nothing; to let such requests through untouched by later rules, say carryOut: true');
  checkClashes(effect, EFFECT_CLASHES, path, complain);
  for (const { on: moments, keys, because } of MOMENT_CLASHES)
    if (moments.includes(on))
      for (const key of keys) if (effect[key] !== undefined) complain([...path, key], because, KEY);
  const { reason, timestamp, retryAfter, status, delay, drop, reset, body } = effect as Record<string, unknown>;
  if (timestamp !== undefined && statusOf(reason) !== 410)
    complain([...path, 'timestamp'], 'belongs to a reason of status 410: Unregistered or ExpiredToken', KEY);
  if (retryAfter !== undefined && reason === undefined && status === undefined)
    complain([...path, 'retryAfter'], 'needs a reason or a status: an accepted request is not to be tried again', KEY);
  if (effect['split'] !== undefined && body === '')
    complain([...path, 'split'], 'needs a body, and this one is empty', KEY);
  checkGoaway(effect, on, path, complain);
  if (delay === undefined || drop !== undefined || effect['goaway'] !== undefined) return;
  if (on === 'connection') complain([...path, 'delay'], 'delays nothing: on a connection it needs goaway or drop', KEY);
  else if (on === 'stream' && reason === undefined && status === undefined && reset === undefined)
    complain(
      [...path, 'delay'],
      'delays nothing: before the body is there it needs a reason, status, reset, drop or goaway',
      KEY,
    );
}

const statusOf = (reason: unknown): number | undefined =>
  (REASON_NAMES as readonly unknown[]).includes(reason) ? reasonRow(reason as ReasonName).status : undefined;

function checkGoaway(effect: Raw, on: On, path: Path, complain: Complain): void {
  const goaway = effect['goaway'];
  if (!isMapping(goaway)) return;
  const at = [...path, 'goaway'];
  checkClashes(goaway, GOAWAY_CLASHES, at, complain);
  if (on === 'connection') {
    if (goaway['lastStream'] === 'this')
      complain([...at, 'lastStream'], 'names no stream: when a connection opens there is none; use none or all');
    if (goaway['at'] !== undefined)
      complain([...at, 'at'], 'needs an answer to be before or behind; a connection has none', KEY);
  }
  if (goaway['at'] === 'after' && effect['stall'] !== undefined)
    complain([...at, 'at'], 'never comes: what is stalled is never answered', KEY);
}

/** A reason must be one that the operation can answer. */
function checkReason(reason: unknown, conditions: readonly Condition[], on: On, path: Path, complain: Complain): void {
  if (on === 'connection' || statusOf(reason) === undefined) return;
  const operations = reach(conditions);
  const without = operations.filter((each) => spelledFor(reason as ReasonName, each) === undefined);
  // A file that names its operations means each of them; one that does not, means those that have the reason.
  const named = conditions.some(({ field, is }) => field === 'operation' && textsOf(is) !== null);
  if (without.length === 0 || (!named && without.length < operations.length)) return;
  const known = without.flatMap((each) => reasonsOf(endpointOf(each).family).map((row) => row.name));
  complain([...path, 'reason'], `is ${JSON.stringify(reason)}, which ${without.join(', ')} never answers`, {
    among: known,
  });
}

function checkExpectation(raw: Raw, path: Path, states: readonly string[], complain: Complain): void {
  const conditions = readConditions(raw['match'], [...path, 'match'], complain);
  const state = conditions.find(({ field }) => field.startsWith('state.'));
  if (state !== undefined)
    complain(
      [...path, 'match', 'state'],
      'cannot be asked afterwards: exchanges do not keep the states of their time',
      KEY,
    );
  void states;
  const count = mapping(raw['count']);
  checkClashes(count, COUNT_CLASHES, [...path, 'count'], complain);
  const { atLeast, atMost } = count;
  if (typeof atLeast === 'number' && typeof atMost === 'number' && atLeast > atMost)
    complain([...path, 'count', 'atLeast'], 'is above atMost, so that no number is right');
  if (isMapping(raw['count']) && Object.keys(count).length === 0)
    complain([...path, 'count'], 'is empty: give exactly, atLeast or atMost');
  const gap = mapping(raw['gap']);
  const ends = [gap['atLeast'], gap['atMost']].map((end) => (typeof end === 'string' ? readDuration(end) : undefined));
  if (Number(ends[0]) > Number(ends[1]))
    complain([...path, 'gap', 'atLeast'], 'is above atMost, so that no time is right');
  const by = raw['distinctBy'];
  if (typeof by === 'string' && !isDistinct(by))
    complain([...path, 'distinctBy'], `is ${JSON.stringify(by)}, which is no field and no header`, {
      among: PLAIN_FIELDS,
    });
}

/** A header without a dash in its name can be had as `headers.date`. */
const isDistinct = (by: string): boolean =>
  (PLAIN_FIELDS as readonly string[]).includes(by) ||
  /^(headers|payload)\../.test(by) ||
  /^[a-z0-9]+(-[a-z0-9]+)+$/.test(by);
