import { route } from '../protocol/endpoints.ts';
import type {
  Action,
  AuthMode,
  Command,
  ConnectionKind,
  Environment,
  Event,
  Profile,
  RuleHit,
  Verdict,
} from '../protocol/model.ts';
import { BROADCAST_PAYLOAD_LIMIT } from '../protocol/push-types.ts';
import { reasonRow } from '../protocol/reasons.ts';
import { carryOut } from './carry-out.ts';
import { judgeCertificate } from './certificates.ts';
import type { CheckRow } from './checks/order.ts';
import { TOKEN_REFRESH_WINDOW_MS } from './checks/provider.ts';
import { createDue } from './due.ts';
import { readFields } from './fields.ts';
import { createJournal, type Journal, type Response } from './journal.ts';
import { judge, orderFor } from './judge.ts';
import type { Ports } from './ports.ts';
import { createCredentialReader } from './provider-token.ts';
import { createRandom } from './random.ts';
import { createRegistry, type Registry } from './registry.ts';
import { baseHeaders, refusal } from './respond.ts';
import { type Effect, effectOf, PLAIN } from './scenario/effects.ts';
import { environmentOfHost, type Session } from './sessions.ts';
import type { Law, Situation } from './situation.ts';
import { readSpelled, type Spelled } from './targets.ts';

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
  readonly journal: Journal;
  readonly registry: Registry;
  readonly sessions: ReadonlyMap<string, Session>;
}

const NO_ACTIONS: readonly Action[] = [];
const REPLY: readonly Action['do'][] = ['reply'];

/** Most bytes of a body that a judge looks at; what a door need not keep beyond. */
export const BODY_KEPT_BYTES = BROADCAST_PAYLOAD_LIMIT;

export function createEngine(options: EngineOptions): Engine {
  const random = createRandom(options.seed);
  const journal = createJournal(options);
  const registry = createRegistry(random);
  const due = createDue();
  const sessions = new Map<string, Session>();
  const law: Law = {
    profile: options.profile,
    auth: options.auth,
    environment: options.environment,
    registry,
    credentials: createCredentialReader(options.ports),
    ports: options.ports,
  };
  let shuttingDown = false;

  function handle(event: Event): readonly Action[] {
    switch (event.type) {
      case 'request':
        return request(event);
      case 'session-opened':
        return opened(event);
      case 'session-closed':
        return closed(event);
      case 'connection-refused':
        note(
          'connection-refused',
          event.at,
          null,
          null,
          `${event.remote} was refused on ${event.listener.name}: ${event.cause}; ${event.cure}`,
        );
        return NO_ACTIONS;
      case 'stream-failed':
        return failed(event);
      case 'connection-seen':
        note(event.kind, event.at, sessions.get(event.session) ?? null, null, event.detail);
        return NO_ACTIONS;
      case 'time':
        return due.take(event.at);
      case 'command':
        return command(event.command, event.at);
    }
  }

  function note(
    kind: ConnectionKind,
    at: number,
    session: Session | null,
    stream: number | null,
    detail: string,
  ): void {
    journal.append({ kind, seq: journal.nextSeq(), at, session, stream, detail });
  }

  function opened(event: Event & { type: 'session-opened' }): readonly Action[] {
    const environment = event.listener.environment ?? environmentOfHost(event.servername) ?? law.environment;
    const presented = law.auth === 'off' ? null : event.certificate;
    const refused = presented === null ? null : judgeCertificate(presented, environment, law.auth, event.at);
    const session: Session = {
      id: event.session,
      openedAt: event.at,
      listener: event.listener,
      alpn: event.alpn,
      servername: event.servername,
      remote: event.remote,
      certificate: presented !== null && !('error' in presented) ? presented : null,
      environment,
      refused,
      bound: null,
      tokens: new Map(),
      spoilt: false,
      requests: 0,
      stalled: new Set(),
    };
    sessions.set(session.id, session);
    const who = session.certificate === null ? '' : ` with client certificate ${session.certificate.commonName ?? ''}`;
    note('connection-opened', event.at, session, null, `opened from ${event.remote} on ${event.listener.name}${who}`);
    if (refused === null) return NO_ACTIONS;
    note(
      'goaway-sent',
      event.at,
      session,
      null,
      `GOAWAY NO_ERROR {"reason":"${refused.reason}"}, because ${refused.why}`,
    );
    return [goodbye(session, 0, 'none', refused.reason, 'now')];
  }

  function closed(event: Event & { type: 'session-closed' }): readonly Action[] {
    const session = sessions.get(event.session);
    if (session === undefined) return NO_ACTIONS;
    sessions.delete(event.session);
    due.forget(event.session);
    note(
      'connection-closed',
      event.at,
      session,
      null,
      `closed after ${session.requests} request${session.requests === 1 ? '' : 's'}: ${event.cause}`,
    );
    return NO_ACTIONS;
  }

  function failed(event: Event & { type: 'stream-failed' }): readonly Action[] {
    const session = sessions.get(event.session);
    if (session === undefined) return NO_ACTIONS;
    session.stalled.delete(event.stream);
    due.forget(event.session, event.stream);
    const asked = event.request === null ? '' : `${event.request.method} ${event.request.path}: `;
    note(
      'stream-failed',
      event.at,
      session,
      event.stream,
      `stream ${event.stream}: ${asked}${event.cause} (${event.code})`,
    );
    return NO_ACTIONS;
  }

  function request(event: Event & { type: 'request' }): readonly Action[] {
    const session = sessions.get(event.session);
    if (session === undefined) return NO_ACTIONS;
    session.requests++;
    const { request: asked, at } = event;
    const where = route(asked.method, asked.path);
    const fields = readFields(asked.headers);
    const s: Situation = {
      at,
      law,
      session,
      request: asked,
      route: where,
      fields,
      environment: session.listener.environment ?? environmentOfHost(asked.authority) ?? session.environment,
      spelled: options.spelledTargets ? readSpelled(where.operation, where.target, fields.channelId) : undefined,
      token: null,
      key: undefined,
      pushType: undefined,
      topic: '',
      channel: undefined,
      policy: 1,
    };
    const order = orderFor(s);
    const verdict = outsideVerdict(session) ?? judge(s, order);
    remember(s, order, verdict);
    const forced = verdict.reason === null ? s.spelled : undefined;
    const effect = forced === undefined ? PLAIN : effectOf(forced);
    return record(s, event.stream, order, verdict, forced, effect);
  }

  /** Verdicts that no check of the request can change. */
  function outsideVerdict(session: Session): Verdict | null {
    if (session.refused !== null)
      return {
        status: 403,
        reason: session.refused.reason,
        why: session.refused.why,
        timestamp: undefined,
        failed: -1,
      };
    if (shuttingDown)
      return { status: 503, reason: 'Shutdown', why: 'the server is shutting down', timestamp: undefined, failed: -1 };
    return null;
  }

  /** What a connection keeps of a token whose checks all passed, whatever became of the request itself. */
  function remember(s: Situation, order: readonly CheckRow[], verdict: Verdict): void {
    const { session, token } = s;
    if (token === null) return;
    if (verdict.reason === 'ExpiredProviderToken' && law.profile === 'observed') session.spoilt = true;
    if (verdict.failed >= 0 && verdict.failed <= order.findIndex((row) => row.name === 'token-refresh')) return;
    session.bound ??= { teamId: token.teamId, keyId: token.keyId, key: s.key };
    const text = s.fields.authorization as string;
    if (session.tokens.has(text)) return;
    for (const [old, firstSeen] of session.tokens)
      if (s.at - firstSeen >= TOKEN_REFRESH_WINDOW_MS) session.tokens.delete(old);
    session.tokens.set(text, s.at);
  }

  function record(
    s: Situation,
    stream: number,
    order: readonly CheckRow[],
    verdict: Verdict,
    forced: Spelled | undefined,
    effect: Effect,
  ): readonly Action[] {
    const { session, request: asked, at } = s;
    const seq = journal.nextSeq();
    const response = answer(s, seq, verdict, effect);
    const kept = journal.keep(asked.body);
    const actions = plan(s, stream, response, effect);
    journal.append({
      kind: 'exchange',
      seq,
      at,
      session,
      stream,
      operation: s.route.operation,
      environment: s.environment,
      topic: s.topic,
      target: s.route.target,
      keyId: s.token?.keyId ?? null,
      teamId: s.token?.teamId ?? null,
      method: asked.method,
      path: asked.path,
      authority: asked.authority,
      headers: asked.headers,
      block: kept.block,
      offset: kept.offset,
      kept: asked.body.length,
      size: asked.size,
      order,
      verdict,
      rule: forced === undefined ? null : ruleOf(forced),
      response,
      actions: effect === PLAIN && response !== null ? REPLY : actions.map((action) => action.do),
      delay: effect.delay,
      carriedOut: verdict.reason === null && effect.carryOut,
    });
    if (effect.delay === 0) return actions;
    due.add(at + effect.delay, actions);
    return NO_ACTIONS;
  }

  function answer(s: Situation, seq: number, verdict: Verdict, effect: Effect): Response | null {
    if (s.session.refused !== null) return null;
    if (verdict.reason !== null && effect === PLAIN) return refusal(verdict, s, random);
    const done = effect.carryOut ? carryOut(s, seq, random) : null;
    if (effect.answer === 'verdict') return done;
    if (effect.answer === 'none') return null;
    if ('reason' in effect.answer)
      return refusal(
        { reason: effect.answer.reason, timestamp: effect.answer.status === 410 ? s.at : undefined },
        s,
        random,
      );
    const { status, body, contentType } = effect.answer;
    const id = baseHeaders(s, random);
    return { status, headers: contentType === null ? id : ['content-type', contentType, ...id], body };
  }

  function plan(s: Situation, stream: number, response: Response | null, effect: Effect): readonly Action[] {
    const session = s.session.id;
    // The stream of a refused connection is disowned by the GOAWAY that went before.
    if (s.session.refused !== null) return NO_ACTIONS;
    const actions: Action[] = [];
    if (response !== null) actions.push({ do: 'reply', session, stream, ...response });
    if (effect === PLAIN) return actions;
    if (effect.reset !== null) actions.push({ do: 'reset', session, stream, code: effect.reset });
    if (effect.goaway !== null)
      actions.push({ do: 'goaway', session, stream, ...effect.goaway, lastStream: 'this', close: 'drained' });
    if (effect.drop) actions.push({ do: 'drop', session });
    if (actions.length === 0) {
      s.session.stalled.add(stream);
      actions.push({ do: 'stall', session, stream });
    }
    return actions;
  }

  function command(given: Command, at: number): readonly Action[] {
    if ('put' in given) {
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
    return shutDown(at);
  }

  /** Answers what is open with 503 Shutdown, then says goodbye (apns-protocol 10, row 22). */
  function shutDown(at: number): readonly Action[] {
    shuttingDown = true;
    const actions: Action[] = [];
    const { status } = reasonRow('Shutdown');
    const body = '{"reason":"Shutdown"}';
    const waiting = due.takeAll();
    for (const session of sessions.values()) {
      const open = new Set(session.stalled);
      for (const action of waiting) if (action.do === 'reply' && action.session === session.id) open.add(action.stream);
      const headers = law.profile === 'observed' ? [] : ['content-type', 'application/json'];
      for (const stream of open) actions.push({ do: 'reply', session: session.id, stream, status, headers, body });
      session.stalled.clear();
      if (session.refused !== null) continue;
      note('goaway-sent', at, session, null, `GOAWAY NO_ERROR ${body}, because the server is shutting down`);
      actions.push(goodbye(session, 0, 'all', 'Shutdown', 'drained'));
    }
    return actions;
  }

  return { handle, nextWake: due.next, journal, registry, sessions };
}

function goodbye(
  session: Session,
  stream: number,
  lastStream: 'none' | 'all',
  reason: string,
  close: 'now' | 'drained',
): Action {
  return {
    do: 'goaway',
    session: session.id,
    stream,
    code: 'NO_ERROR',
    lastStream,
    debug: `{"reason":"${reason}"}`,
    close,
  };
}

function ruleOf(spelled: Spelled): RuleHit {
  const name = spelled.kind === 'reason' ? spelled.row.name : spelled.fault;
  return { id: `target:${name}`, name: `the target spells ${name}` };
}
