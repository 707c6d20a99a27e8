/** The door without a wall: events straight into the engine, actions straight out. */
import { createEngine, type Engine } from '../../server/core/engine.ts';
import { type Exchange, exchangeOf } from '../../server/core/exchange.ts';
import type { Action } from '../../server/protocol/model.ts';
import { NODE_PORTS } from '../../server/shell/ports.ts';
import {
  type Aftermath,
  bytesOf,
  commandsOf,
  LISTENERS,
  type ListenerName,
  NOW,
  type Setup,
  type Step,
} from './case.ts';
import { authorizationOf, CERTIFICATES } from './credentials.ts';
import type { Answer, Door, Frame } from './doors.ts';

export const PORTS = NODE_PORTS;

export const direct: Door = {
  name: 'direct',
  async open(setup) {
    const engine = engineOf(setup);
    const sessions = new Map<
      ListenerName,
      { readonly id: string; stream: number; readonly opening: readonly Action[] }
    >();
    return {
      async send(step) {
        const listener = step.listener ?? setup.listener;
        let session = sessions.get(listener);
        if (session === undefined) {
          const id = `c${sessions.size + 1}`;
          session = { id, stream: 1, opening: openSession(engine, setup, id, listener) };
          sessions.set(listener, session);
        }
        const answer = sendStep(engine, session.id, session.stream, step, session.opening);
        session.stream += 2;
        return answer;
      },
      async close() {
        for (const { id } of sessions.values())
          engine.handle({ type: 'session-closed', at: NOW, session: id, cause: 'the case is over' });
      },
    };
  },
};

export function engineOf(setup: Setup): Engine {
  const engine = createEngine({
    seed: 1,
    profile: setup.profile,
    auth: setup.auth,
    environment: setup.environment,
    spelledTargets: setup.spelledTargets,
    maxEntries: 1000,
    maxBytes: 1_000_000,
    ports: PORTS,
  });
  for (const command of commandsOf(setup)) engine.handle({ type: 'command', at: NOW, command });
  return engine;
}

export function openSession(engine: Engine, setup: Setup, id: string, listener: ListenerName): readonly Action[] {
  return engine.handle({
    type: 'session-opened',
    at: NOW,
    session: id,
    listener: LISTENERS[listener],
    alpn: 'h2',
    servername: 'localhost',
    remote: '127.0.0.1:50000',
    certificate: setup.certificate === null ? null : CERTIFICATES[setup.certificate],
  });
}

function sendStep(engine: Engine, session: string, stream: number, step: Step, opening: readonly Action[]): Answer {
  const { request } = step;
  const authorization = authorizationOf(step.credentials, NOW);
  const body = bytesOf(request.body);
  const pairs = authorization === undefined ? request.headers : [['authorization', authorization], ...request.headers];
  const actions = [
    ...opening,
    ...engine.handle({
      type: 'request',
      at: NOW,
      session,
      stream,
      request: {
        method: request.method,
        path: request.path,
        authority: request.authority ?? 'localhost:2197',
        headers: pairs.flat(),
        body: body.subarray(0, 5120),
        size: body.length,
      },
    }),
  ];
  const { verdict } = lastExchange(engine);
  const due = engine.nextWake();
  if (due !== undefined) actions.push(...engine.handle({ type: 'time', at: due }));
  return { ...answerIn(actions), delay: due === undefined ? 0 : due - NOW, ...verdictOf(verdict) };
}

function lastExchange(engine: Engine): Exchange {
  // Behind it may stand what its rule did to the connection.
  for (let { last: seq } = engine.journal.range(); seq > 0; seq--) {
    const entry = engine.journal.get(seq);
    if (entry?.kind === 'exchange') return exchangeOf(entry, PORTS);
  }
  throw new Error('the request left no exchange in the journal');
}

function verdictOf({ reason, trail }: Exchange['verdict']): { failed: string | null; reason: string | null } {
  const last = trail.at(-1);
  return { reason, failed: last === undefined || last.ok ? null : last.check };
}

function answerIn(actions: readonly Action[]): Answer {
  let answer: Omit<Answer, 'aftermath'> = { status: null, headers: [], body: '', frames: [] };
  const aftermath: Aftermath[] = [];
  for (const action of actions) {
    switch (action.do) {
      case 'reply': {
        if (answer.status !== null) throw new Error('the request was answered twice');
        const { status, headers, body } = action;
        const frames: Frame[] = body === '' ? ['HEADERS+END_STREAM'] : ['HEADERS', 'DATA+END_STREAM'];
        answer = { status, headers: pairsOf(headers), body, frames };
        break;
      }
      case 'goaway':
        aftermath.push({ goaway: { code: action.code, last: action.lastStream, debug: action.debug } });
        break;
      case 'reset':
        aftermath.push({ reset: action.code });
        break;
      case 'drop':
        aftermath.push('dropped');
        break;
      case 'stall':
        aftermath.push('stalled');
        break;
      default:
        throw new Error(`no case expects the action ${action.do}`);
    }
  }
  return { ...answer, aftermath };
}

function pairsOf(flat: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let i = 0; i < flat.length; i += 2) pairs.push([flat[i] as string, flat[i + 1] as string]);
  return pairs;
}
