import { type Exchange, exchangeOf } from '../core/exchange.ts';
import type { ExchangeEntry } from '../core/journal.ts';
import type { Mock } from '../mock.ts';
import { NODE_PORTS } from '../shell/ports.ts';
import type { Backend, OperatorFault } from './backend.ts';
import { readExpectation } from './judge.ts';
import { ScenarioError } from './mistakes.ts';
import { sayProblem } from './say-problem.ts';

/** How long a client may take to close a connection that we have ended: it does so at once, or not at all. */
const PATIENCE_MS = 200;

/** A mock in this process, reached without any socket. */
export function localBackend(mock: Mock): Backend {
  const { urls, certificates, driver, clock, scenario } = mock;
  const { journal } = driver.engine;
  const { p8, keyId, teamId } = certificates.providerKey;
  const seen = new WeakMap<ExchangeEntry, Exchange>();

  function exchange(entry: ExchangeEntry): Exchange {
    let made = seen.get(entry);
    if (made === undefined) {
      made = exchangeOf(entry, NODE_PORTS);
      seen.set(entry, made);
    }
    return made;
  }

  function since(after: number): readonly Exchange[] {
    const { first, last } = journal.range();
    const found: Exchange[] = [];
    for (let seq = Math.max(first, after + 1); seq <= last; seq++) {
      const entry = journal.get(seq);
      if (entry?.kind === 'exchange') found.push(exchange(entry));
    }
    return found;
  }

  return {
    sendUrl: urls.send,
    manageUrl: urls.manage,
    manageProductionUrl: urls.manageProduction,
    controlUrl: urls.control,
    ca: certificates.caPem,
    key: { p8, keyId, teamId },
    since: async (seq) => since(seq),
    wait: (seq, ms) =>
      new Promise((resolve) => {
        const done = (): void => {
          unsubscribe();
          withdraw();
          resolve();
        };
        const unsubscribe = driver.subscribe((entry) => {
          if (entry.kind === 'exchange') done();
        });
        const withdraw = clock.after(ms, done);
        if (since(seq).length > 0) done();
      }),
    async judge(input) {
      const expectation = await readExpectation(input);
      const { judgeExpectation } = await import('../core/scenario/expect.ts');
      const { ok, expected, actual, nearMisses } = judgeExpectation(expectation, since(0), clock.now());
      return { ok, expected, actual, nearMisses: nearMisses.map(({ sentence }) => sentence) };
    },
    async loadScenario(sources) {
      const loaded = await scenario.load(...sources);
      if (loaded.ok) return;
      const { formatProblem } = await import('../core/scenario/parse.ts');
      throw new ScenarioError(
        loaded.problems.map((problem) => (problem.file === '' ? sayProblem(problem) : formatProblem(problem))),
      );
    },
    unloadScenario: async () => scenario.unload(),
    async addRule(text) {
      const added = await scenario.addRule({ file: '', text });
      if (!added.ok) throw new ScenarioError(added.problems.map((problem) => sayProblem(problem)));
      return added.rule.id;
    },
    removeRule: async (id) => void scenario.removeRule(id),
    now: async () => clock.now(),
    advance: async (by) => clock.advance(by),
    freeze: async (frozen) => clock.freeze(frozen),
    connections: async () =>
      [...driver.engine.sessions.values()].map(({ id, listener, openedAt, requests }) => ({
        id,
        listener: listener.name,
        openedAt: new Date(openedAt).toISOString(),
        requests,
      })),
    async operate(fault, session) {
      if (session !== 'all' && !driver.engine.sessions.has(session))
        throw new TypeError(`there is no open connection ${session}; connections.list() tells which there are`);
      const { parseEffect } = await import('../core/scenario/parse.ts');
      const { effect, on } = effectOf(fault);
      const parsed = parseEffect('', JSON.stringify(effect), on);
      if (!parsed.ok) throw new ScenarioError(parsed.problems.map((problem) => sayProblem(problem)));
      driver.command({ do: 'operate', session, effect: parsed.effect });
    },
    async reset(bundleId) {
      driver.command({ do: 'reset', bundleId });
      if (bundleId !== null) return;
      clock.freeze(false);
      clock.shift(0);
    },
    stop: () => mock.stop(PATIENCE_MS),
  };
}

function effectOf(fault: OperatorFault): { effect: object; on: 'connection' | 'request' } {
  switch (fault.fault) {
    case 'goaway':
      return { effect: { goaway: fault.body }, on: 'connection' };
    case 'reset':
      return { effect: { reset: fault.body.code }, on: 'request' };
    case 'drop':
      return { effect: { drop: true }, on: 'connection' };
    case 'streams':
      return { effect: { streams: fault.body.streams }, on: 'connection' };
  }
}
