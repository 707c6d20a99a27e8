import type { Command } from '../core/events.ts';
import { ADDED_MAX } from '../core/scenario/choose.ts';
import { mergeScenarios } from '../core/scenario/merge.ts';
import type { Problem, Rule, Scenario } from '../core/scenario/model.ts';
import type { Clock } from './clock.ts';
import { importPublicKey } from './crypto.ts';
import type { Driver } from './driver.ts';
import type { FaultyCertificate } from './listen.ts';

/** A scenario text and where it came from. */
export interface ScenarioSource {
  /** A file name, or what stands for one in messages. */
  readonly file: string;
  readonly text: string;
}

export type Loaded =
  | { readonly ok: true; readonly scenario: Scenario; readonly droppedRules: number }
  /** Nothing has changed. */
  | { readonly ok: false; readonly problems: readonly Problem[] };

export type Added =
  | { readonly ok: true; readonly rule: Rule; readonly droppedRules: number }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Puts scenarios into a running server, whole or not at all. Rules that were put on top of one go with it: how many
 * those were (`droppedRules`) is answered, and said in the log, because whoever put them there may be somebody else.
 */
export interface ScenarioHost {
  /** Puts in force what the server starts with, or what its files have become: a reset comes back to it. */
  readonly begin: (...sources: readonly ScenarioSource[]) => Promise<Loaded>;
  /** Puts another in force, until the next one or a reset. Several are read as one, in their order. */
  readonly load: (...sources: readonly ScenarioSource[]) => Promise<Loaded>;
  /** Says how many rules were dropped. */
  readonly unload: () => number;
  /**
   * Back to the state at start: journal, registries, rules, counters, scenario and clock. With a bundle id, to what the
   * scenario in force says of that app. Says how many rules were dropped.
   */
  readonly reset: (bundleId: string | null) => number;
  /** Puts one rule above all others, until it is removed or another scenario is loaded. */
  readonly addRule: (source: ScenarioSource) => Promise<Added>;
  /** False: there is none with this id. */
  readonly removeRule: (id: string) => boolean;
  /** What is loaded; empty: nothing. */
  readonly current: () => readonly ScenarioSource[];
}

export interface HostParts {
  readonly driver: Driver;
  readonly clock: Clock;
  /** The seed that somebody asked for; it wins over that of the file. */
  readonly seed: number | null;
  /** What makes the state at start, besides the scenario. */
  readonly atStart: readonly Command[];
  /** Has certificates ready that are wrong on purpose, before a connection can ask for them. */
  readonly prepare: (kinds: readonly FaultyCertificate[]) => Promise<void>;
  /** A line for the log. */
  readonly say: (text: string) => void;
}

/** Texts, and what was read in them. */
interface InForce {
  readonly sources: readonly ScenarioSource[];
  readonly scenario: Scenario | null;
}

const NOTHING: InForce = { sources: [], scenario: null };

export function createScenarioHost({ driver, clock, seed, atStart, prepare, say }: HostParts): ScenarioHost {
  let start = NOTHING;
  let current = NOTHING;
  let turnedTheClock = false;

  /** Does it, and tells how many rules on top it costs that could still have acted. */
  function dropping(why: string, command: Command): number {
    const rules = driver.engine.rules();
    const onTop = rules?.onTop() ?? [];
    driver.command(command);
    const left = new Set(driver.engine.rules() === rules ? rules?.rules().map(({ id }) => id) : []);
    const dropped = onTop.filter((id) => !left.has(id)).length;
    if (dropped > 0)
      say(
        `${dropped === 1 ? '1 rule' : `${dropped} rules`} put on top went with ${why}; put there again what is still wanted`,
      );
    return dropped;
  }

  function turnClock(scenario: Scenario | null): void {
    const wanted = scenario?.clock ?? null;
    if (wanted === null && !turnedTheClock) return;
    turnedTheClock = wanted !== null;
    clock.freeze(false);
    clock.shift(wanted?.offset ?? 0);
    clock.freeze(wanted?.frozen ?? false);
  }

  /** The clock comes first: times that count from the moment of loading count from what it shows then. */
  function putInForce(next: InForce, why: string): number {
    turnClock(next.scenario);
    const droppedRules = dropping(why, { do: 'load', scenario: next.scenario });
    current = next;
    return droppedRules;
  }

  async function load(sources: readonly ScenarioSource[]): Promise<Loaded> {
    // The parser and its libraries take longer to load than the rest of the server, and most starts need neither.
    const { parseScenario } = await import('../core/scenario/parse.ts');
    const parsed = sources.map(({ file, text }) => parseScenario(file, text, { keyProblem }));
    const problems = parsed.flatMap((each) => (each.ok ? [] : each.problems));
    const [first, ...others] = parsed.flatMap((each) => (each.ok ? [each.scenario] : []));
    if (problems.length > 0 || first === undefined) return { ok: false, problems };
    const merged = mergeScenarios([first, ...others]);
    const scenario = seed === null ? merged : { ...merged, seed };
    await prepare(faultyIn(scenario.rules));
    const droppedRules = putInForce({ sources, scenario }, 'the scenario that was replaced');
    return { ok: true, scenario, droppedRules };
  }

  return {
    async begin(...sources) {
      const loaded = await load(sources);
      if (loaded.ok) start = { sources, scenario: loaded.scenario };
      return loaded;
    },
    load: (...sources) => load(sources),
    unload: () => putInForce(NOTHING, 'the scenario that was unloaded'),
    reset(bundleId) {
      if (bundleId !== null) return dropping(`a reset for ${bundleId}`, { do: 'reset', bundleId });
      clock.freeze(false);
      clock.shift(0);
      const droppedRules = putInForce(start, 'a reset');
      driver.command({ do: 'reset', bundleId: null });
      for (const command of atStart) driver.command(command);
      return droppedRules;
    },
    async addRule({ file, text }) {
      const { parseRule } = await import('../core/scenario/parse.ts');
      const states = Object.keys(driver.engine.rules()?.states() ?? {});
      const parsed = parseRule(file, text, { keyProblem, states });
      if (!parsed.ok) return parsed;
      await prepare(faultyIn([parsed.rule]));
      const droppedRules = dropping(`newer ones: ${ADDED_MAX} are kept`, { do: 'add-rule', rule: parsed.rule });
      return { ok: true, rule: driver.engine.rules()?.rules()[0] as Rule, droppedRules };
    },
    removeRule(id) {
      const known =
        driver.engine
          .rules()
          ?.rules()
          .some((rule) => rule.id === id) === true;
      if (known) driver.command({ do: 'remove-rule', id });
      return known;
    },
    current: () => current.sources,
  };
}

function faultyIn(rules: readonly Rule[]): readonly FaultyCertificate[] {
  const kinds = rules.flatMap((rule) => rule.effects.map((effect) => effect.certificate));
  return [...new Set(kinds)].filter((kind) => kind !== null);
}

/** Why a public key cannot be used; `null`: it can. */
export function keyProblem(pem: string): string | null {
  try {
    importPublicKey(pem);
    return null;
  } catch (error) {
    return `cannot be used: ${error instanceof Error ? error.message : String(error)}`;
  }
}
