import type { Exchange } from '../core/exchange-shape.ts';
import { readDuration } from '../core/scenario/forms.ts';
import type { Clock } from '../shell/clock.ts';
import type { Backend, Text } from './backend.ts';
import { disposable } from './disposable.ts';
import { readMatch } from './judge.ts';
import { ScenarioError } from './mistakes.ts';
import type { Duration, EffectInput, MatchInput, RuleInput, ScenarioInput } from './scenario.ts';
import type { Apns, ClockControl, Connections, Exchanges, ScenarioControl } from './types.ts';

/** The helper over either backend: waits, asserts and explains; what it is asked to do, the backend does. */
export function createApns(backend: Backend, clock: Clock): Apns {
  const { sendUrl, manageUrl, manageProductionUrl, controlUrl, ca, key } = backend;
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopping ??= backend.stop();
    return stopping;
  };
  const apns: Omit<Apns, typeof Symbol.asyncDispose> = {
    sendUrl,
    manageUrl,
    manageProductionUrl,
    controlUrl,
    ca,
    key,
    exchanges: createExchanges(backend, clock),
    async verify(match, count = { atLeast: 1 }, more = {}) {
      const wanted = typeof count === 'number' ? { exactly: count } : count;
      const { ok, expected, actual, nearMisses } = await backend.judge({ ...more, match, count: wanted });
      if (!ok) await failWith(`expected ${expected}, but ${actual}`, { expected, actual, nearMisses }, apns.verify);
    },
    scenario: createScenario(backend),
    async with(effect, fn) {
      const id = await backend.addRule(JSON.stringify(ruleOf(effect)));
      try {
        return await fn();
      } finally {
        await backend.removeRule(id);
      }
    },
    clock: createClockControl(backend),
    connections: createConnections(backend),
    reset: (topic) => backend.reset(topic ?? null),
    stop,
  };
  return disposable(apns, stop);
}

/** How long `next` waits where nothing is said. */
const PATIENCE_MS = 5000;

function createExchanges(backend: Backend, clock: Clock): Exchanges {
  const taken = new Set<number>();
  /** Everything up to here is taken. */
  let done = 0;

  function take(seq: number, list: readonly Exchange[]): void {
    taken.add(seq);
    for (const each of list) {
      if (!taken.delete(each.seq)) break;
      done = each.seq;
    }
  }

  async function next(match: MatchInput = {}, options: Parameters<Exchanges['next']>[1] = {}): Promise<Exchange> {
    const patience = milliseconds(options.timeout ?? PATIENCE_MS, 'timeout');
    const { fits, misses, says } = await readMatch(match);
    const deadline = clock.uptime() + patience;
    for (;;) {
      const list = await backend.since(done);
      const found = list.find((exchange) => exchange.seq > done && !taken.has(exchange.seq) && fits(exchange));
      if (found !== undefined) {
        take(found.seq, list);
        return found;
      }
      const left = deadline - clock.uptime();
      if (left <= 0) {
        const others = list.filter(({ seq }) => !taken.has(seq));
        const actual = others.length === 0 ? 'nothing came' : `${others.length} came that did not fit`;
        return await failWith(
          `expected ${says}, but within ${patience} ms ${actual}`,
          { expected: says, actual, nearMisses: misses(others) },
          next,
        );
      }
      await backend.wait(list.at(-1)?.seq ?? done, left);
    }
  }

  return {
    next,
    async all(match = {}) {
      const { fits } = await readMatch(match);
      return (await backend.since(0)).filter(fits);
    },
  };
}

function createScenario(backend: Backend): ScenarioControl {
  return {
    load: async (scenario) => backend.loadScenario(await textsOf(scenario)),
    unload: () => backend.unloadScenario(),
  };
}

/** Data, text, or where the text is to be found. */
export async function textsOf(scenario: ScenarioInput | string): Promise<readonly Text[]> {
  if (typeof scenario !== 'string') return [{ file: '', text: JSON.stringify(scenario) }];
  // A path has neither of these; a scenario has a line break or is JSON.
  if (/[\n{]/.test(scenario)) return [{ file: 'scenario', text: scenario }];
  const { findScenarios, readScenarioFile, ScenarioFileError } = await import('../shell/scenarios.ts');
  try {
    return findScenarios(scenario)
      .map((path) => readScenarioFile(path))
      .map(({ name, text }) => ({ file: name, text }));
  } catch (error) {
    throw error instanceof ScenarioFileError ? new ScenarioError([error.message]) : error;
  }
}

/** Effects on the connection itself happen when it opens. */
const ON_CONNECTION = ['refuse', 'handshake', 'certificate', 'idle'] as const satisfies (keyof EffectInput)[];

function ruleOf(given: EffectInput | RuleInput): object {
  if ('then' in given || 'sequence' in given) return given;
  const effect = given as EffectInput;
  const on = ON_CONNECTION.some((key) => effect[key] !== undefined) ? { on: 'connection' } : {};
  // biome-ignore lint/suspicious/noThenProperty: the word of the language
  return { name: `with(${JSON.stringify(effect)})`, ...on, then: effect };
}

function createClockControl(backend: Backend): ClockControl {
  return {
    now: async () => new Date(await backend.now()),
    advance: async (by) => backend.advance(milliseconds(by, 'by')),
    freeze: () => backend.freeze(true),
    resume: () => backend.freeze(false),
  };
}

function createConnections(backend: Backend): Connections {
  return {
    list: () => backend.connections(),
    goaway: (goaway = {}, id = 'all') => backend.operate({ fault: 'goaway', body: goaway }, id),
    reset: (code = 'INTERNAL_ERROR', id = 'all') => backend.operate({ fault: 'reset', body: { code } }, id),
    drop: (id = 'all') => backend.operate({ fault: 'drop', body: {} }, id),
    streams: (streams, id = 'all') => backend.operate({ fault: 'streams', body: { streams } }, id),
  };
}

function milliseconds(given: Duration | number, name: string): number {
  const ms = typeof given === 'number' ? given : readDuration(given);
  if (ms !== undefined && ms >= 0 && Number.isFinite(ms)) return ms;
  throw new TypeError(`${name} is ${JSON.stringify(given)}; give milliseconds, or a duration such as "250ms" or "2s"`);
}

interface Failing {
  readonly expected: string;
  readonly actual: string;
  readonly nearMisses: readonly string[];
}

/** Throws node:assert's error, which every test runner knows how to show. */
async function failWith(
  sentence: string,
  { expected, actual, nearMisses }: Failing,
  // biome-ignore lint/complexity/noBannedTypes: what node:assert takes
  above: Function,
): Promise<never> {
  const { AssertionError } = await import('node:assert');
  const near = nearMisses.length === 0 ? '' : `\nnearest misses:\n${nearMisses.map((miss) => `  ${miss}`).join('\n')}`;
  const error = new AssertionError({
    message: `${sentence}${near}`,
    expected,
    actual,
    operator: 'verify',
    stackStartFn: above,
  });
  throw Object.assign(error, { nearMisses });
}
