import type { Action, ConnectionKind, Environment, RuleHit } from '../protocol/model.ts';
import type { Due } from './due.ts';
import type { Journal } from './journal.ts';
import type { Random } from './random.ts';
import type { Registry } from './registry.ts';
import type { Rules } from './scenario/choose.ts';
import type { EffectSpec, Scenario } from './scenario/model.ts';
import type { Session } from './sessions.ts';
import type { Law } from './situation.ts';
import type { Step } from './steps.ts';

/** All that an engine remembers. The files beside engine.ts work on it; nobody else sees it. */
export interface State {
  readonly law: Law;
  readonly random: Random;
  /** What the effects of rules draw from; their own, so that a rule more or less does not change the ids that are made. */
  dice: Random;
  readonly journal: Journal;
  readonly registry: Registry;
  readonly due: Due;
  readonly sessions: Map<string, Session>;
  /** Connections that a rule has hit and that are not open yet: they may still be in their TLS handshake. */
  readonly arriving: Map<string, Hit>;
  readonly spelledTargets: boolean;
  /** `null`: no scenario. */
  rules: Rules | null;
  /** What `rules` were made of. */
  scenario: Scenario | null;
  readonly seed: number;
  shuttingDown: boolean;
}

/** A rule that fires, and what it does. */
export interface Hit {
  readonly rule: RuleHit;
  readonly effect: EffectSpec;
}

export const NO_ACTIONS: readonly Action[] = [];

/** Writes a line that is not an exchange. */
export function note(
  state: State,
  kind: ConnectionKind,
  at: number,
  session: Session | null,
  detail: string,
  stream: number | null = null,
): void {
  const { journal } = state;
  journal.append({ kind, seq: journal.nextSeq(), at, session, stream, detail });
}

/**
 * Does now what is due now and makes appointments for the rest. Steps of one moment stay together and in order; what
 * concerns the connection outlives the stream that it came with.
 */
export function schedule(
  state: State,
  at: number,
  session: Session,
  stream: number,
  steps: readonly Step[],
): readonly Action[] {
  const now: Action[] = [];
  for (const { after, action: planned } of steps) {
    const action = after === 0 ? settled(session, planned) : planned;
    if (action.do === 'stall') session.stalled.add(stream);
    if (after === 0) {
      begin(session, action);
      announce(state, at, session, action);
      now.push(action);
      continue;
    }
    state.due.add({
      at: at + after,
      session: session.id,
      stream: 'stream' in action && action.do !== 'goaway' ? action.stream : null,
      run(moment) {
        const last = settled(session, action);
        begin(session, last);
        announce(state, moment, session, last);
        return [last];
      },
    });
  }
  return now;
}

/** A GOAWAY that belongs to no stream names the highest that has come when it leaves. */
const settled = (session: Session, action: Action): Action =>
  action.do === 'goaway' && action.lastStream === 'this' && action.stream === 0
    ? { ...action, stream: session.highestStream }
    : action;

/** A stream waits no longer when the first part of its answer leaves. */
function begin(session: Session, action: Action): void {
  if (action.do === 'reply' || action.do === 'headers' || action.do === 'reset') session.waiting.delete(action.stream);
}

/** What happens to a connection is worth a line of its own; answers are told by their exchange. */
function announce(state: State, at: number, session: Session, action: Action): void {
  if (action.do === 'goaway') {
    const last = { this: `last stream ${action.stream}`, none: 'last stream 0', all: 'no last stream yet' }[
      action.lastStream
    ];
    note(
      state,
      'goaway-sent',
      at,
      session,
      `GOAWAY ${action.code}, ${last}${action.debug === '' ? '' : `, ${action.debug}`}`,
    );
  } else if (action.do === 'settings')
    note(state, 'settings-changed', at, session, `SETTINGS with MAX_CONCURRENT_STREAMS ${action.maxConcurrentStreams}`);
}

/** Streams that wait for an answer, stalled or delayed. */
export const waitingStreams = (state: State, session: Session): ReadonlySet<number> =>
  new Set([...session.stalled, ...state.due.streams(session.id)]);

/** The environment of a connection before any request has named a host. */
export const environmentOf = (fixed: Environment | null, byName: Environment | undefined, state: State): Environment =>
  fixed ?? byName ?? state.law.environment;
