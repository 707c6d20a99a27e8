import type { Action, Arrival } from '../protocol/model.ts';
import { CLOSED_CERTIFICATE, judgeCertificate, judgeCertificateEnvironment } from './certificates.ts';
import type { Event } from './events.ts';
import type { EffectSpec } from './scenario/model.ts';
import { environmentOfHost, type Session } from './sessions.ts';
import type { Situation } from './situation.ts';
import { type Hit, NO_ACTIONS, note, type State, schedule, waitingStreams } from './state.ts';
import { planSteps, type Step } from './steps.ts';
import { connectionView } from './views.ts';

/** What happens to connections as such: they arrive, open, fall silent, close, and are handled by the operator. */

/** A TCP connection is there, and nothing has been said yet. Rules `on: connection` are looked at here, once. */
export function arrived(state: State, event: Event & { type: 'connection-arrived' }): readonly Action[] {
  const view = connectionView(event.session, event.listener, event.listener.environment ?? state.law.environment);
  const hit = state.rules?.choose('connection', view) ?? null;
  if (hit === null) return [{ do: 'accept', session: event.session, how: 'accept', maxConcurrentStreams: null }];
  const wanted = arrivalOf(hit.effect);
  const inVain = event.listener.name === 'h2c' && OF_TLS.has(wanted);
  const how = inVain ? 'accept' : wanted;
  const vain = inVain ? `, in vain (${wanted}): this port speaks no TLS` : '';
  note(
    state,
    'fault',
    event.at,
    null,
    `${event.session} from ${event.remote} on ${event.listener.name}: ${hit.rule.name}${vain}`,
  );
  if (how !== 'refuse' && how !== 'refuse-handshake' && how !== 'stall-handshake')
    state.arriving.set(event.session, hit);
  return [{ do: 'accept', session: event.session, how, maxConcurrentStreams: hit.effect.streams }];
}

/** Without TLS no certificate can be wrong, and no handshake be refused. */
const OF_TLS: ReadonlySet<Arrival> = new Set(['refuse-handshake', 'expired', 'wrong-host', 'untrusted']);

function arrivalOf(effect: EffectSpec): Arrival {
  if (effect.refuse) return 'refuse';
  if (effect.handshake !== null) return effect.handshake === 'refuse' ? 'refuse-handshake' : 'stall-handshake';
  return effect.certificate ?? 'accept';
}

export function opened(state: State, event: Event & { type: 'session-opened' }): readonly Action[] {
  const { law } = state;
  const environment = event.listener.environment ?? environmentOfHost(event.servername) ?? law.environment;
  const presented = law.auth === 'off' ? null : event.certificate;
  const refused = presented === null ? null : judgeCertificate(presented, environment, law.auth, event.at);
  const hit = state.arriving.get(event.session);
  const session: Session = {
    id: event.session,
    openedAt: event.at,
    listener: event.listener,
    alpn: event.alpn,
    servername: event.servername,
    remote: event.remote,
    certificate: presented !== null && !('error' in presented) ? presented : null,
    environment,
    refused: null,
    bound: null,
    tokens: new Map(),
    spoilt: false,
    requests: 0,
    highestStream: 0,
    lastRequestAt: event.at,
    stalled: new Set(),
    waiting: new Map(),
    answered: new Set(),
    rule: hit === undefined ? null : hit.rule,
    silent: hit?.effect.stall === true && hit.effect.idle === null,
  };
  state.sessions.set(session.id, session);
  const who = session.certificate === null ? '' : ` with client certificate ${session.certificate.commonName ?? ''}`;
  note(state, 'connection-opened', event.at, session, `opened from ${event.remote} on ${event.listener.name}${who}`);
  if (refused !== null) return refuse(state, event.at, session, refused);
  if (hit === undefined) return NO_ACTIONS;
  state.arriving.delete(event.session);
  return befall(state, event.at, session, hit);
}

/** The host name of a request may ask for another environment than the handshake did, and the certificate not fit it. */
export function judgedAgain(state: State, { at, session, environment }: Situation): readonly Action[] {
  const { certificate } = session;
  if (certificate === null || session.refused !== null) return NO_ACTIONS;
  const refused = judgeCertificateEnvironment(certificate, environment);
  return refused === null ? NO_ACTIONS : refuse(state, at, session, refused);
}

/** A wrong certificate is told in a GOAWAY that disowns every stream (apns-protocol 7.5). */
function refuse(
  state: State,
  at: number,
  session: Session,
  refused: NonNullable<Session['refused']>,
): readonly Action[] {
  const { reason, why } = refused;
  session.refused = refused;
  note(state, 'goaway-sent', at, session, `GOAWAY NO_ERROR, last stream 0, {"reason":"${reason}"}, because ${why}`);
  return [goodbye(session, 'none', reason, 'now')];
}

/** What a rule does to a connection: at once, or each time it has been idle for long enough. */
function befall(state: State, at: number, session: Session, { effect }: Hit): readonly Action[] {
  // The limit went out with the first SETTINGS.
  const now = { ...effect, streams: null };
  if (effect.idle === null) return schedule(state, at, session, 0, stepsFor(state, session, now));
  // Idleness brings what ends or silences the connection; how it is from the start is another matter.
  watchIdle(state, session, at, effect.idle, { ...now, pings: null, window: null });
  return schedule(state, at, session, 0, stepsFor(state, session, { ...now, goaway: null, drop: false }));
}

const stepsFor = (state: State, session: Session, effect: EffectSpec): readonly Step[] =>
  planSteps(effect, { session: session.id, stream: 0 }, null, state.dice);

function watchIdle(state: State, session: Session, from: number, idle: number, effect: EffectSpec): void {
  state.due.add({
    at: from + idle,
    session: session.id,
    stream: null,
    run(at) {
      if (at - session.lastRequestAt < idle) {
        watchIdle(state, session, session.lastRequestAt, idle, effect);
        return NO_ACTIONS;
      }
      session.silent = effect.stall;
      return schedule(state, at, session, 0, stepsFor(state, session, effect));
    },
  });
}

export function refusedConnection(state: State, event: Event & { type: 'connection-refused' }): readonly Action[] {
  if (event.session !== null) state.arriving.delete(event.session);
  const where = event.listener.name;
  note(
    state,
    'connection-refused',
    event.at,
    null,
    `${event.remote} was refused on ${where}: ${event.cause}; ${event.cure}`,
  );
  return NO_ACTIONS;
}

export function closed(state: State, event: Event & { type: 'session-closed' }): readonly Action[] {
  const session = state.sessions.get(event.session);
  if (session === undefined) return NO_ACTIONS;
  state.sessions.delete(event.session);
  state.due.forget(event.session);
  state.rules?.forgetConnection(event.session);
  // The journal keeps the session as long as an entry of it: what was for the judge alone goes.
  if (session.certificate !== null) session.certificate = CLOSED_CERTIFICATE;
  session.tokens.clear();
  const { requests } = session;
  note(
    state,
    'connection-closed',
    event.at,
    session,
    `closed after ${requests} request${requests === 1 ? '' : 's'}: ${event.cause}`,
  );
  return NO_ACTIONS;
}

export function streamFailed(state: State, event: Event & { type: 'stream-failed' }): readonly Action[] {
  const session = state.sessions.get(event.session);
  if (session === undefined) return NO_ACTIONS;
  session.stalled.delete(event.stream);
  session.waiting.delete(event.stream);
  session.answered.delete(event.stream);
  state.due.forget(event.session, event.stream);
  const asked = event.request === null ? '' : `${event.request.method} ${event.request.path}: `;
  note(
    state,
    'stream-failed',
    event.at,
    session,
    `stream ${event.stream}: ${asked}${event.cause} (${event.code})`,
    event.stream,
  );
  return NO_ACTIONS;
}

/** Does to one connection, or to all, what an operator asks for. `reset` concerns the streams that wait for an answer. */
export function operate(state: State, at: number, target: string, effect: EffectSpec): readonly Action[] {
  const actions: Action[] = [];
  for (const session of target === 'all' ? [...state.sessions.values()] : [state.sessions.get(target)]) {
    if (session === undefined) continue;
    note(state, 'operator', at, session, `by hand of the operator: ${whatIsDone(effect)}`);
    if (effect.reset !== null) {
      const { code } = effect.reset;
      for (const stream of waitingStreams(state, session)) {
        state.due.forget(session.id, stream);
        session.stalled.delete(stream);
        session.waiting.delete(stream);
        actions.push({ do: 'reset', session: session.id, stream, code });
      }
    }
    actions.push(...schedule(state, at, session, 0, stepsFor(state, session, { ...effect, reset: null })));
  }
  return actions;
}

function whatIsDone({ goaway, reset, drop, streams, pings, window }: EffectSpec): string {
  const done = [
    ...(reset === null ? [] : [`the streams that wait are reset with ${reset.code}`]),
    ...(streams === null ? [] : [`${streams} streams at once from now on`]),
    ...(pings === null ? [] : ['pings are ignored']),
    ...(window === null ? [] : ['no window is given back']),
    ...(goaway === null ? [] : ['goaway']),
    ...(drop ? ['the connection is cut'] : []),
  ];
  return done.length === 0 ? 'nothing that a connection has' : done.join(', ');
}

/** Answers what is open with 503 Shutdown, then says goodbye (apns-protocol 10, row 22). */
export function shutDown(state: State, at: number): readonly Action[] {
  state.shuttingDown = true;
  const actions: Action[] = [];
  const body = '{"reason":"Shutdown"}';
  const type = state.law.profile === 'observed' ? [] : ['content-type', 'application/json'];
  for (const session of state.sessions.values()) {
    for (const [stream, id] of session.waiting) {
      actions.push({ do: 'reply', session: session.id, stream, status: 503, headers: [...type, ...id], body });
      state.due.forget(session.id, stream);
    }
    session.waiting.clear();
    session.stalled.clear();
    // What is left belongs to answers that have begun, and may end.
    state.due.forget(session.id, null);
    if (session.refused !== null) continue;
    note(state, 'goaway-sent', at, session, `GOAWAY NO_ERROR, ${body}, because the server is shutting down`);
    actions.push(goodbye(session, 'all', 'Shutdown', 'drained'));
  }
  return actions;
}

function goodbye(session: Session, lastStream: 'none' | 'all', reason: string, close: 'now' | 'drained'): Action {
  const debug = `{"reason":"${reason}"}`;
  return { do: 'goaway', session: session.id, stream: 0, code: 'NO_ERROR', lastStream, debug, close };
}
