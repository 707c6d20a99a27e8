import type { Adviser } from '../core/advice/advise.ts';
import { type Exchange, exchangeOf, lazyExchangeOf } from '../core/exchange.ts';
import type { ExchangeEntry } from '../core/journal.ts';
import { goawayByHand } from '../core/scenario/by-hand.ts';
import type { Judgement, NearMiss } from '../core/scenario/expect.ts';
import { hintsOf } from '../core/search/hints.ts';
import { causeOf } from '../core/search/near.ts';
import type { Session } from '../core/sessions.ts';
import type { Mock } from '../mock.ts';
import { bundleIdOf } from '../protocol/push-types.ts';
import { NODE_PORTS } from '../shell/ports.ts';
import type { Backend, OperatorFault } from './backend.ts';
import { milliseconds } from './duration.ts';
import { readExpectation } from './judge.ts';
import { ScenarioError } from './mistakes.ts';
import { sayProblem, sayProblems } from './say-problem.ts';
import type { Connection } from './types.ts';

/** How long a client may take to close a connection that we have ended: it does so at once, or not at all. */
const PATIENCE_MS = 200;

/** A mock in this process, reached without any socket. */
export function localBackend(mock: Mock): Backend {
  const { urls, certificates, driver, clock, scenario } = mock;
  const { journal } = driver.engine;
  const { p8, keyId, teamId } = certificates.providerKey;
  const seen = new WeakMap<ExchangeEntry, Exchange>();
  const judged = new WeakMap<ExchangeEntry, Exchange>();
  let adviser: Promise<Adviser> | undefined;

  function remembered(of: WeakMap<ExchangeEntry, Exchange>, entry: ExchangeEntry, make: () => Exchange): Exchange {
    let made = of.get(entry);
    if (made === undefined) {
      made = make();
      of.set(entry, made);
    }
    return made;
  }

  /** For judging: without advice, and no more of it made than is asked for. */
  const plain = (entry: ExchangeEntry): Exchange => remembered(judged, entry, () => lazyExchangeOf(entry, NODE_PORTS));

  /** Whole, as the control API shows it; its rules are loaded when somebody looks, and not with every start. */
  async function wholeSince(after: number): Promise<readonly Exchange[]> {
    adviser ??= import('../core/advice/advise.ts').then(({ adviserOf }) =>
      adviserOf({ journal, registry: driver.engine.registry, ports: NODE_PORTS }),
    );
    const advise = await adviser;
    return since(after, (entry) => remembered(seen, entry, () => exchangeOf(entry, NODE_PORTS, advise(entry))));
  }

  function since(after: number, view: (entry: ExchangeEntry) => Exchange): readonly Exchange[] {
    const { first, last } = journal.range();
    const found: Exchange[] = [];
    for (let seq = Math.max(first, after + 1); seq <= last; seq++) {
      const entry = journal.get(seq);
      if (entry?.kind === 'exchange') found.push(view(entry));
    }
    return found;
  }

  /** Waits so many real milliseconds at most for an exchange that passes; whether it came. */
  const next = (ms: number, passes: (entry: ExchangeEntry) => boolean): Promise<boolean> =>
    new Promise((resolve) => {
      if (ms <= 0) return resolve(false);
      const end = (came: boolean): void => {
        unsubscribe();
        withdraw();
        resolve(came);
      };
      const unsubscribe = driver.subscribe((entry) => {
        if (entry.kind === 'exchange' && passes(entry)) end(true);
      });
      const withdraw = clock.after(ms, () => end(false));
    });

  /** Not only which field missed, but why it came to be what it was. */
  function withCause({ seq, sentence }: NearMiss): string {
    const entry = journal.get(seq);
    const cause = entry?.kind === 'exchange' ? causeOf(entry) : null;
    return cause === null ? sentence : `${sentence}; ${cause}`;
  }

  return {
    sendUrl: urls.send,
    manageUrl: urls.manage,
    manageProductionUrl: urls.manageProduction,
    controlUrl: urls.control,
    ca: certificates.caPem,
    key: { p8, keyId, teamId },
    since: wholeSince,
    async wait(seq, ms) {
      if (since(seq, plain).length === 0) await next(ms, () => true);
    },
    hints: async () => hintsOf(journal),
    async verify({ timeout, quiet, ...input }) {
      const patience = milliseconds(timeout ?? 0, 'timeout');
      const silence = quiet === undefined ? null : milliseconds(quiet, 'quiet');
      const expectation = { ...(await readExpectation(input)), quiet: silence };
      const { compileMatch, judgeExpectation } = await import('../core/scenario/expect.ts');
      const judge = (listened: boolean): Judgement =>
        judgeExpectation(expectation, since(0, plain), clock.now(), listened);
      // What is missing may still come; what is too much will not go away.
      const settled = ({ ok, offenders }: Judgement): boolean => ok || offenders.length > 0;

      let judgement = judge(true);
      if (!settled(judgement))
        await next(patience, () => {
          judgement = judge(true);
          return settled(judgement);
        });
      if (judgement.ok && silence !== null) {
        const fits = compileMatch(expectation.match);
        const last = since(0, plain).filter(fits).at(-1);
        const age = last === undefined ? 0 : clock.now() - Date.parse(last.at);
        const disturbed = await next(silence - Math.max(0, age), (entry) => fits(plain(entry)));
        if (disturbed) judgement = judge(false);
      }
      const { ok, expected, actual, nearMisses } = judgement;
      return { ok, expected, actual, nearMisses: nearMisses.map(withCause), hints: ok ? [] : hintsOf(journal) };
    },
    async loadScenario(sources) {
      const loaded = await scenario.load(...sources);
      if (!loaded.ok) throw new ScenarioError(await sayProblems(loaded.problems));
    },
    unloadScenario: async () => void scenario.unload(),
    async addRule(text) {
      const added = await scenario.addRule({ file: '', text });
      if (!added.ok) throw new ScenarioError(added.problems.map((problem) => sayProblem(problem)));
      return added.rule.id;
    },
    removeRule: async (id) => void scenario.removeRule(id),
    now: async () => clock.now(),
    advance: async (by) => clock.advance(by),
    freeze: async (frozen) => clock.freeze(frozen),
    connections: async () => [...driver.engine.sessions.values()].map(viewOf),
    async operate(fault, session) {
      if (session !== 'all' && !driver.engine.sessions.has(session))
        throw new TypeError(`there is no open connection ${session}; connections.list() tells which there are`);
      const { parseEffect } = await import('../core/scenario/parse.ts');
      const { effect, on } = effectOf(fault);
      const parsed = parseEffect('', JSON.stringify(effect), on);
      if (!parsed.ok) throw new ScenarioError(parsed.problems.map((problem) => sayProblem(problem)));
      driver.command({ do: 'operate', session, effect: parsed.effect });
    },
    async reset(topic) {
      scenario.reset(topic === null ? null : bundleIdOf(topic));
    },
    stop: () => mock.stop(PATIENCE_MS),
  };
}

function viewOf(session: Session): Connection {
  const { id, listener, environment, openedAt, remote, servername, alpn, certificate, bound, requests } = session;
  return {
    id,
    listener: listener.name,
    environment,
    openedAt: new Date(openedAt).toISOString(),
    remote,
    servername,
    alpn,
    auth: certificate !== null ? 'certificate' : bound !== null ? 'token' : 'none',
    keyId: bound?.keyId ?? null,
    teamId: bound?.teamId ?? null,
    requests,
    waiting: [...new Set([...session.waiting.keys(), ...session.stalled])].sort((a, b) => a - b),
  };
}

function effectOf(fault: OperatorFault): { effect: object; on: 'connection' | 'request' } {
  switch (fault.fault) {
    case 'goaway':
      return { effect: { goaway: goawayByHand(fault.body) }, on: 'connection' };
    case 'reset':
      return { effect: { reset: fault.body.code }, on: 'request' };
    case 'drop':
      return { effect: { drop: true }, on: 'connection' };
    case 'streams':
      return { effect: { streams: fault.body.streams }, on: 'connection' };
  }
}
