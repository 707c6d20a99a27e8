import type { Action, AuthMode, Environment, Profile } from '../protocol/model.ts';
import { BROADCAST_PAYLOAD_LIMIT } from '../protocol/push-types.ts';
import { TOKEN_REFRESH } from './checks/provider.ts';
import * as connections from './connections.ts';
import { createDue } from './due.ts';
import type { Command, Event } from './events.ts';
import { createJournal, type Journal } from './journal.ts';
import { addRule, createDice, load } from './load.ts';
import type { Ports } from './ports.ts';
import { createCredentialReader } from './provider-token.ts';
import { createRandom } from './random.ts';
import { createRegistry, type Registry } from './registry.ts';
import { requested, streamOpened } from './requests.ts';
import { reset } from './reset.ts';
import type { Rules } from './scenario/choose.ts';
import type { Scenario } from './scenario/model.ts';
import type { Session } from './sessions.ts';
import { NO_ACTIONS, note, type State } from './state.ts';

export interface EngineOptions {
  readonly seed: number;
  readonly profile: Profile;
  readonly auth: AuthMode;
  /** When neither listener nor host name tells. */
  readonly environment: Environment;
  readonly spelledTargets: boolean;
  readonly maxEntries: number;
  readonly maxBytes: number;
  readonly ports: Ports;
}

/**
 * Events in, actions out. Synchronous, without input or output of its own; time comes with the events and goes out as
 * a wake-up. The same seed and events give the same actions and the same journal.
 */
export interface Engine {
  /** What to do now, in this order. The record is in the journal before this returns. */
  readonly handle: (event: Event) => readonly Action[];
  /** When to be told of the time again; `undefined`: nothing is waiting. */
  readonly nextWake: () => number | undefined;
  /** The rules of the scenario, with their counts; `null`: none is loaded. */
  readonly rules: () => Rules | null;
  readonly scenario: () => Scenario | null;
  /** Whether any rule looks at arriving connections, or at requests before their body; else nobody need tell. */
  readonly wants: (event: 'connection-arrived' | 'stream-opened') => boolean;
  readonly journal: Journal;
  readonly registry: Registry;
  readonly sessions: ReadonlyMap<string, Session>;
}

/** Most bytes of a body that a judge looks at; what a door need not keep beyond. */
export const BODY_KEPT_BYTES = BROADCAST_PAYLOAD_LIMIT;

export function createEngine(options: EngineOptions): Engine {
  const random = createRandom(options.seed);
  const registry = createRegistry(random);
  const state: State = {
    law: {
      profile: options.profile,
      auth: options.auth,
      environment: options.environment,
      registry,
      credentials: createCredentialReader(options.ports),
      ports: options.ports,
      tokenRefresh: TOKEN_REFRESH,
      tokensByKey: new Map(),
    },
    random,
    dice: createDice(options.seed),
    journal: createJournal(options, options.ports),
    registry,
    due: createDue(),
    sessions: new Map(),
    arriving: new Map(),
    spelledTargets: options.spelledTargets,
    rules: null,
    scenario: null,
    seed: options.seed,
    shuttingDown: false,
  };
  return {
    handle: (event) => handle(state, event),
    nextWake: state.due.next,
    wants: (event) => state.rules?.watches(event === 'stream-opened' ? 'stream' : 'connection') ?? false,
    rules: () => state.rules,
    scenario: () => state.scenario,
    journal: state.journal,
    registry,
    sessions: state.sessions,
  };
}

function handle(state: State, event: Event): readonly Action[] {
  switch (event.type) {
    case 'request':
      return requested(state, event);
    case 'stream-opened':
      return streamOpened(state, event);
    case 'connection-arrived':
      return connections.arrived(state, event);
    case 'connection-refused':
      return connections.refusedConnection(state, event);
    case 'session-opened':
      return connections.opened(state, event);
    case 'session-closed':
      return connections.closed(state, event);
    case 'stream-failed':
      return connections.streamFailed(state, event);
    case 'connection-seen':
      note(state, event.kind, event.at, state.sessions.get(event.session) ?? null, event.detail);
      return NO_ACTIONS;
    case 'time':
      return state.due.take(event.at);
    case 'command':
      return command(state, event.command, event.at);
  }
}

function command(state: State, given: Command, at: number): readonly Action[] {
  const { registry } = state;
  if ('do' in given)
    switch (given.do) {
      case 'shutdown':
        return connections.shutDown(state, at);
      case 'operate':
        return connections.operate(state, at, given.session, given.effect);
      case 'load':
        load(state, given.scenario, at);
        return NO_ACTIONS;
      case 'add-rule':
        addRule(state, given.rule);
        return NO_ACTIONS;
      case 'remove-rule':
        state.rules?.remove(given.id);
        return NO_ACTIONS;
      case 'forget':
        for (const seq of given.seqs) state.journal.remove(seq);
        return NO_ACTIONS;
      case 'reset':
        reset(state, given.bundleId, at);
        return NO_ACTIONS;
    }
  if ('remove' in given) {
    registry.removeDevice(given.token);
    return NO_ACTIONS;
  }
  switch (given.put) {
    case 'app':
      registry.putApp(given.app);
      break;
    case 'key':
      registry.putKey(given.key);
      break;
    case 'device':
      registry.putDevice(given.device);
      break;
    case 'channel':
      registry.putChannel(given.channel, at);
      break;
  }
  return NO_ACTIONS;
}
