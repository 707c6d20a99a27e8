import { OPERATIONS, type Operation, type RuleHit } from '../../protocol/model.ts';
import type { Random } from '../random.ts';
import { compileConditions, fieldOf, type States, type View } from './match.ts';
import type { EffectSpec, FieldName, On, PlainField, Rule, Scenario } from './model.ts';
import { effectFor, operationsOf, textsOf } from './reach.ts';
import { createTurnCounter, type TurnCounter } from './turn.ts';

/** Which rule acts, and how. The same object whenever the same rule acts alike, so that comparing is cheap. */
export interface Chosen {
  readonly rule: RuleHit;
  readonly effect: EffectSpec;
}

/** How often a rule was of use. */
export interface RuleCount {
  readonly id: string;
  readonly name: string;
  /** Moments that fitted and that no earlier rule took. */
  readonly fitted: number;
  /** Times the rule acted. */
  readonly taken: number;
  /** Counters let go because there were too many (`per`): those begin at one again. */
  readonly forgotten: number;
}

/** The rules of a scenario at work: counters, dice and states. Everything else is fixed when it is made. */
export interface Rules {
  /** Whether any rule looks at such a moment at all: without one, no view need be made. */
  readonly watches: (on: On) => boolean;
  /** The first rule that fits and whose turn it is. Counts, throws dice, sets states. */
  readonly choose: (on: On, view: View) => Chosen | null;
  readonly rules: () => readonly Rule[];
  readonly hits: () => readonly RuleCount[];
  readonly states: () => Readonly<Record<string, string>>;
  readonly setState: (name: string, value: string) => void;
  /** Puts a rule on top of all others; its id. */
  readonly add: (rule: Rule) => string;
  readonly remove: (id: string) => boolean;
  /** Drops what is counted for a connection that is gone. */
  readonly forgetConnection: (id: string) => void;
  /**
   * Counters at nothing, states as at first; rules that were added stay. With `which`: their counters only, and those
   * among them that were added go.
   */
  readonly reset: (which?: (rule: Rule) => boolean) => void;
}

/** A rule ready to run. */
interface Ready {
  readonly rule: Rule;
  /** All conditions but those on the operation, which the index has answered. */
  readonly fits: (view: View, states: States) => boolean;
  readonly keyOf: (view: View) => string;
  readonly counter: TurnCounter;
  /** By effect, for the operation in hand. */
  readonly outcomes: ReadonlyMap<Operation | null, readonly Chosen[]>;
}

/** Rules that can act in one kind of moment, in order; found by the value of one field where that saves looking. */
interface Shelf {
  readonly field: PlainField | null;
  readonly byValue: ReadonlyMap<string, readonly Ready[]>;
  readonly others: readonly Ready[];
}

const EMPTY: Shelf = { field: null, byValue: new Map(), others: [] };
/** Fields that a rule often names letter by letter, and that differ from request to request. */
const INDEX_FIELDS: readonly PlainField[] = ['token', 'channel', 'topic', 'connection', 'keyId', 'teamId', 'pushType'];
/** Below this many rules a look at each is faster than a look into the index. */
const INDEX_FROM = 4;
/** Places in an index; a larger one would cost more memory than it is worth. */
const INDEX_MAX = 1_000_000;

export function compileRules(scenario: Pick<Scenario, 'rules' | 'states'>, random: Random): Rules {
  let ready: readonly Ready[] = scenario.rules.map(makeReady);
  /** Ids of the rules that were put on top later. */
  const added = new Set<string>();
  const states = new Map(Object.entries(scenario.states));
  let shelves = arrange(ready);

  function change(next: readonly Ready[]): void {
    ready = next;
    shelves = arrange(ready);
  }

  return {
    watches: (on) => shelves.used.has(on),
    choose(on, view) {
      const { used, connection, stream, accepted, rejected } = shelves;
      if (!used.has(on)) return null;
      let operation: Operation | null = null;
      let shelf = connection;
      if (on !== 'connection') {
        operation = view.get('operation') as Operation;
        const set = on === 'stream' ? stream : view.get('verdict') === 'accepted' ? accepted : rejected;
        shelf = set.get(operation) ?? EMPTY;
      }
      const { field } = shelf;
      const value = field === null ? undefined : fieldOf(view, field);
      const list = value === undefined ? shelf.others : (shelf.byValue.get(value) ?? shelf.others);
      for (let i = 0; i < list.length; i++) {
        const { fits, keyOf, counter, outcomes } = list[i] as Ready;
        if (!fits(view, states)) continue;
        const turn = counter.take(keyOf(view), random);
        if (turn < 0) continue;
        const chosen = (outcomes.get(operation) as readonly Chosen[])[turn] as Chosen;
        for (const name in chosen.effect.set) states.set(name, chosen.effect.set[name] as string);
        return chosen;
      }
      return null;
    },
    rules: () => ready.map(({ rule }) => rule),
    hits: () => ready.map(({ rule: { id, name }, counter }) => ({ id, name, ...counter.counts() })),
    states: () => Object.fromEntries(states),
    setState: (name, value) => void states.set(name, value),
    add(rule) {
      const id = `a${added.size + 1}`;
      added.add(id);
      change([makeReady({ ...rule, id }), ...ready]);
      return id;
    },
    remove(id) {
      const rest = ready.filter(({ rule }) => rule.id !== id);
      if (rest.length === ready.length) return false;
      change(rest);
      return true;
    },
    forgetConnection(id) {
      for (const { counter } of ready) counter.forget(id);
    },
    reset(which) {
      for (const { rule, counter } of ready) if (which === undefined || which(rule)) counter.reset();
      if (which !== undefined) {
        const rest = ready.filter(({ rule }) => !(added.has(rule.id) && which(rule)));
        if (rest.length < ready.length) change(rest);
        return;
      }
      states.clear();
      for (const [name, value] of Object.entries(scenario.states)) states.set(name, value);
    },
  };
}

function makeReady(rule: Rule): Ready {
  const hit: RuleHit = { id: rule.id, name: rule.name };
  const outcomes = new Map<Operation | null, readonly Chosen[]>([
    [null, rule.effects.map((effect) => ({ rule: hit, effect }))],
    ...OPERATIONS.map((operation): [Operation, Chosen[]] => [
      operation,
      rule.effects.map((effect) => ({ rule: hit, effect: effectFor(effect, operation) })),
    ]),
  ]);
  const { per } = rule.turn;
  return {
    rule,
    fits: compileConditions(rule.when.filter(({ field }) => field !== 'operation')),
    // What has no such key shares one counter.
    keyOf: per === null ? () => '' : (view) => fieldOf(view, per) ?? '',
    counter: createTurnCounter(rule),
    outcomes,
  };
}

interface Shelves {
  readonly used: ReadonlySet<On>;
  readonly connection: Shelf;
  readonly stream: ReadonlyMap<Operation, Shelf>;
  readonly accepted: ReadonlyMap<Operation, Shelf>;
  readonly rejected: ReadonlyMap<Operation, Shelf>;
}

function arrange(ready: readonly Ready[]): Shelves {
  const on = (moment: On): readonly Ready[] => ready.filter(({ rule }) => rule.on === moment);
  return {
    used: new Set(ready.map(({ rule }) => rule.on)),
    connection: shelve(on('connection')),
    stream: byOperation(on('stream')),
    accepted: byOperation(on('request')),
    rejected: byOperation(on('request').filter(({ rule }) => rule.evenIfInvalid)),
  };
}

function byOperation(ready: readonly Ready[]): ReadonlyMap<Operation, Shelf> {
  const reach = ready.map((each) => operationsOf(each.rule));
  return new Map(
    OPERATIONS.map((operation) => [operation, shelve(ready.filter((_, index) => reach[index]?.includes(operation)))]),
  );
}

/** Builds the index on the field that most rules name letter by letter. Order is kept within each list. */
function shelve(list: readonly Ready[]): Shelf {
  if (list.length < INDEX_FROM) return { ...EMPTY, others: list };
  const named = INDEX_FIELDS.map((field) => ({ field, texts: list.map((each) => textsNamed(each.rule, field)) }));
  const count = (texts: readonly unknown[]): number => texts.filter((each) => each !== null).length;
  const best = named.reduce((a, b) => (count(b.texts) > count(a.texts) ? b : a));
  if (count(best.texts) === 0) return { ...EMPTY, others: list };
  const byValue = new Map<string, Ready[]>();
  const others: Ready[] = [];
  list.forEach((each, index) => {
    const texts = best.texts[index];
    if (texts === null || texts === undefined) {
      for (const named of byValue.values()) named.push(each);
      others.push(each);
      return;
    }
    for (const text of new Set(texts)) {
      const named = byValue.get(text);
      if (named === undefined) byValue.set(text, [...others, each]);
      else named.push(each);
    }
  });
  return byValue.size * others.length > INDEX_MAX ? { ...EMPTY, others: list } : { field: best.field, byValue, others };
}

function textsNamed(rule: Rule, field: FieldName): readonly string[] | null {
  for (const condition of rule.when) {
    const texts = condition.field === field ? textsOf(condition.is) : null;
    if (texts !== null) return texts;
  }
  return null;
}
