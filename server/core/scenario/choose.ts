import { OPERATIONS, type Operation, type RuleHit } from '../../protocol/model.ts';
import type { Random } from '../random.ts';
import { compileMatcher, compileRead, fieldOf, type Read, type States, type Test, type View } from './match.ts';
import type { EffectSpec, FieldName, On, Rule, Scenario } from './model.ts';
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
  /** Ids of the rules that were put on top and are not spent. */
  readonly onTop: () => readonly string[];
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
  /** All conditions but those on the operation, which the index has answered: the slot of the field, and the test. */
  readonly slots: readonly number[];
  readonly tests: readonly Test[];
  readonly keyOf: (view: View) => string;
  readonly counter: TurnCounter;
  /** By effect, for the operation in hand. */
  readonly outcomes: ReadonlyMap<Operation | null, readonly Chosen[]>;
}

/** Rules that can act in one kind of moment, in order, sorted out beforehand by the field that most of them ask for. */
interface Shelf {
  readonly all: readonly Ready[];
  /** Slot of that field; -1: none, all must be looked at. */
  readonly slot: number;
  /** Those that a value of the field leaves. */
  readonly left: (value: string | undefined) => readonly Ready[];
}

const shelfOf = (all: readonly Ready[]): Shelf => ({ all, slot: -1, left: () => all });
const EMPTY = shelfOf([]);
/** Below this many rules that ask for it, a look at each is as fast. */
const INDEX_FROM = 4;
/** Values whose rules are remembered. */
const VALUES_MAX = 10_000;

/**
 * Fields of the moment in hand. Many rules ask for the same few, and reading one can mean parsing a body: each is read
 * once, when it is asked for first.
 */
interface Desk {
  readonly slotOf: (field: FieldName) => number;
  readonly lay: (view: View) => void;
  readonly value: (slot: number) => string | undefined;
}

function createDesk(states: States): Desk {
  const slots = new Map<FieldName, number>();
  const reads: Read[] = [];
  const values: (string | undefined)[] = [];
  const readAt: number[] = [];
  let moment = 0;
  let view: View | null = null;
  return {
    slotOf(field) {
      const known = slots.get(field);
      if (known !== undefined) return known;
      slots.set(field, reads.length);
      values.push(undefined);
      readAt.push(-1);
      return reads.push(compileRead(field)) - 1;
    },
    lay(next) {
      view = next;
      moment++;
    },
    value(slot) {
      if (readAt[slot] === moment) return values[slot];
      readAt[slot] = moment;
      const value = (reads[slot] as Read)(view as View, states);
      values[slot] = value;
      return value;
    },
  };
}

/** Rules put on top that are kept. */
export const ADDED_MAX = 500;

export function compileRules(scenario: Pick<Scenario, 'rules' | 'states'>, random: Random): Rules {
  const states = new Map(Object.entries(scenario.states));
  const desk = createDesk(states);
  let ready: readonly Ready[] = scenario.rules.map((rule) => makeReady(rule, desk));
  /** Ids of the rules that were put on top later. */
  const added = new Set<string>();
  let lastAdded = 0;
  let shelves = arrange(ready, desk);

  function change(next: readonly Ready[]): void {
    ready = next;
    shelves = arrange(ready, desk);
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
      if (shelf.all.length === 0) return null;
      desk.lay(view);
      const list = shelf.slot < 0 ? shelf.all : shelf.left(desk.value(shelf.slot));
      for (let i = 0; i < list.length; i++) {
        const { slots, tests, keyOf, counter, outcomes } = list[i] as Ready;
        let fits = true;
        for (let t = 0; fits && t < tests.length; t++) fits = (tests[t] as Test)(desk.value(slots[t] as number));
        if (!fits) continue;
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
      const id = `a${++lastAdded}`;
      const mine = ready.filter((each) => added.has(each.rule.id));
      // Tests put one-shots here by the thousand: those that are spent make room first, then the oldest.
      const leaves = mine.length < ADDED_MAX ? undefined : (mine.findLast(isSpent) ?? mine.at(-1));
      if (leaves !== undefined) added.delete(leaves.rule.id);
      added.add(id);
      change([makeReady({ ...rule, id }, desk), ...ready.filter((each) => each !== leaves)]);
      return id;
    },
    remove(id) {
      const rest = ready.filter(({ rule }) => rule.id !== id);
      if (rest.length === ready.length) return false;
      added.delete(id);
      change(rest);
      return true;
    },
    onTop: () => ready.filter((each) => added.has(each.rule.id) && !isSpent(each)).map(({ rule }) => rule.id),
    forgetConnection(id) {
      for (const { counter } of ready) counter.forget(id);
    },
    reset(which) {
      for (const { rule, counter } of ready) if (which === undefined || which(rule)) counter.reset();
      if (which !== undefined) {
        const rest = ready.filter(({ rule }) => !(added.has(rule.id) && which(rule)));
        if (rest.length === ready.length) return;
        for (const { rule } of ready) if (which(rule)) added.delete(rule.id);
        change(rest);
        return;
      }
      states.clear();
      for (const [name, value] of Object.entries(scenario.states)) states.set(name, value);
    },
  };
}

const isSpent = ({ rule: { turn }, counter }: Ready): boolean =>
  turn.times !== null && turn.per === null && counter.counts().taken >= turn.times;

function makeReady(rule: Rule, desk: Desk): Ready {
  const hit: RuleHit = { id: rule.id, name: rule.name };
  const outcomes = new Map<Operation | null, readonly Chosen[]>([
    [null, rule.effects.map((effect) => ({ rule: hit, effect }))],
    ...OPERATIONS.map((operation): [Operation, Chosen[]] => [
      operation,
      rule.effects.map((effect) => ({ rule: hit, effect: effectFor(effect, operation) })),
    ]),
  ]);
  const { per } = rule.turn;
  const conditions = rule.when.filter(({ field }) => field !== 'operation');
  return {
    rule,
    slots: conditions.map(({ field }) => desk.slotOf(field)),
    tests: conditions.map(({ is }) => compileMatcher(is)),
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

function arrange(ready: readonly Ready[], desk: Desk): Shelves {
  const on = (moment: On): readonly Ready[] => ready.filter(({ rule }) => rule.on === moment);
  return {
    used: new Set(ready.map(({ rule }) => rule.on)),
    connection: shelve(on('connection'), desk),
    stream: byOperation(on('stream'), desk),
    accepted: byOperation(on('request'), desk),
    rejected: byOperation(
      on('request').filter(({ rule }) => rule.evenIfInvalid),
      desk,
    ),
  };
}

function byOperation(ready: readonly Ready[], desk: Desk): ReadonlyMap<Operation, Shelf> {
  const reach = ready.map((each) => operationsOf(each.rule));
  return new Map(
    OPERATIONS.map((operation) => [
      operation,
      shelve(
        ready.filter((_, index) => reach[index]?.includes(operation)),
        desk,
      ),
    ]),
  );
}

/** A rule and what it asks of one field. */
interface Trial {
  readonly ready: Ready;
  readonly fits: Test;
}
const NONE: readonly never[] = [];

/**
 * Whether a rule fits a value of one field is always the same, so it is found out once for each value: 100 rules for as
 * many devices are then one look into a map.
 */
function shelve(all: readonly Ready[], desk: Desk): Shelf {
  const counts = new Map<FieldName, number>();
  for (const { rule } of all)
    for (const { field } of rule.when) if (field !== 'operation') counts.set(field, (counts.get(field) ?? 0) + 1);
  const [best] = [...counts].sort((a, b) => b[1] - a[1]);
  if (best === undefined || best[1] < INDEX_FROM) return shelfOf(all);
  const slot = desk.slotOf(best[0]);
  // Rules that do not ask; what most values leave, and therefore kept once.
  const others = all.filter(({ slots }) => !slots.includes(slot));
  /** Rules that name their values, by value; those that name a beginning, by its first letter; and all that must be tried. */
  const named = new Map<string, Ready[]>();
  const begun = new Map<string, Trial[]>();
  const tried: Trial[] = [];
  for (const ready of all)
    for (const { field, is } of ready.rule.when) {
      if (field !== best[0]) continue;
      const texts = textsOf(is);
      const letter = is.is === 'glob' && !is.pattern.startsWith('*') ? is.pattern[0] : undefined;
      if (texts !== null) for (const text of new Set(texts)) named.set(text, [...(named.get(text) ?? []), ready]);
      else if (letter === undefined) tried.push({ ready, fits: compileMatcher(is) });
      else begun.set(letter, [...(begun.get(letter) ?? []), { ready, fits: compileMatcher(is) }]);
    }
  const known = new Map<string | undefined, readonly Ready[]>();

  function left(value: string | undefined): readonly Ready[] {
    const before = known.get(value);
    if (before !== undefined) return before;
    const found = new Set(value === undefined ? NONE : named.get(value));
    const trials = value === undefined ? NONE : (begun.get(value[0] ?? '') ?? NONE);
    for (const { ready, fits } of trials) if (fits(value)) found.add(ready);
    for (const { ready, fits } of tried) if (fits(value)) found.add(ready);
    // Nothing was tried and nothing found: next time it is as quick again.
    if (found.size === 0 && trials.length + tried.length === 0) return others;
    const rules = found.size === 0 ? others : all.filter((ready) => found.has(ready) || !ready.slots.includes(slot));
    if (known.size === VALUES_MAX) known.clear();
    known.set(value, rules);
    return rules;
  }
  return { all, slot, left };
}
