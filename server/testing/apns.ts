import type { Exchange } from '../core/exchange-shape.ts';
import type { Clock } from '../shell/clock.ts';
import type { Backend, Verified } from './backend.ts';
import { disposable } from './disposable.ts';
import { milliseconds } from './duration.ts';
import { readMatch } from './judge.ts';
import type { EffectInput, MatchInput, RuleInput } from './scenario.ts';
import { textsOf } from './texts.ts';
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
      const { ok, ...found } = await backend.verify({ ...more, match, count: wanted });
      if (!ok) await failWith(`expected ${found.expected}, but ${found.actual}`, found, apns.verify);
    },
    scenario: createScenario(backend),
    async with(effect, fn) {
      if (typeof fn !== 'function')
        throw new TypeError(
          'with() needs a function as well: with(effect, () => …), and the effect lasts while it runs.',
        );
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
          `expected one more ${says}, but within ${patience} ms ${actual}`,
          { expected: `one more ${says}`, actual, nearMisses: misses(others), hints: await backend.hints() },
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
    goaway: (goaway = { reason: 'Shutdown' }, id = 'all') => backend.operate({ fault: 'goaway', body: goaway }, id),
    reset: (code = 'INTERNAL_ERROR', id = 'all') => backend.operate({ fault: 'reset', body: { code } }, id),
    drop: (id = 'all') => backend.operate({ fault: 'drop', body: {} }, id),
    streams: (streams, id = 'all') => backend.operate({ fault: 'streams', body: { streams } }, id),
  };
}

/** Throws node:assert's error, which every test runner knows how to show. */
async function failWith(
  sentence: string,
  { expected, actual, nearMisses, hints }: Omit<Verified, 'ok'>,
  // biome-ignore lint/complexity/noBannedTypes: what node:assert takes
  above: Function,
): Promise<never> {
  const { AssertionError } = await import('node:assert');
  // Where something came close, that is the better hint.
  const [title, lines] = nearMisses.length > 0 ? ['nearest misses', nearMisses] : ['hints', hints];
  const more = lines.length === 0 ? '' : `\n${title}:\n${lines.map((line) => `  ${line}`).join('\n')}`;
  const error = new AssertionError({
    message: `${sentence}${more}`,
    expected,
    actual,
    operator: 'verify',
    stackStartFn: above,
  });
  throw Object.assign(error, { nearMisses });
}
