import { route } from '../protocol/endpoints.ts';
import type { Action, HeaderList, Response, Verdict } from '../protocol/model.ts';
import { type ReasonName, reasonRow } from '../protocol/reasons.ts';
import { carryOut } from './carry-out.ts';
import type { CheckRow } from './checks/order.ts';
import { shownTokens, TOKEN_MAX_AGE_MS, TOKEN_MAX_AHEAD_MS } from './checks/provider.ts';
import { judgedAgain } from './connections.ts';
import type { Event } from './events.ts';
import { readFields } from './fields.ts';
import { effectOf } from './forced.ts';
import { judge, orderFor } from './judge.ts';
import { baseHeaders, refusal } from './respond.ts';
import { type EffectSpec, NO_EFFECT } from './scenario/model.ts';
import { environmentOfHost, type Session } from './sessions.ts';
import type { Situation } from './situation.ts';
import { type Hit, NO_ACTIONS, note, type State, schedule } from './state.ts';
import { planSteps, type Step } from './steps.ts';
import { readSpelled, type Spelled } from './targets.ts';
import { requestView, topicOf } from './views.ts';

/** One request: judge, choose a rule, carry out, plan, record. */

type Arrived = Event & { type: 'request' | 'stream-opened' };

/** A request is complete. */
export function requested(state: State, event: Arrived): readonly Action[] {
  const session = state.sessions.get(event.session);
  if (session === undefined) return NO_ACTIONS;
  // A rule `on: stream` has dealt with it before its body came.
  if (session.answered.delete(event.stream)) return NO_ACTIONS;
  const s = situationOf(state, session, event, true);
  const parting = judgedAgain(state, s);
  const order = orderFor(s);
  const verdict = outsideVerdict(state, session) ?? judge(s, order);
  remember(s, order, verdict);
  const actions = finish(state, s, event.stream, order, verdict, chooseHit(state, 'request', s, verdict));
  return parting.length === 0 ? actions : [...parting, ...actions];
}

/** Only its headers are there. Nothing happens, and nothing is remembered, unless a rule `on: stream` fires. */
export function streamOpened(state: State, event: Arrived): readonly Action[] {
  const session = state.sessions.get(event.session);
  if (session === undefined || state.rules === null || !state.rules.watches('stream')) return NO_ACTIONS;
  const s = situationOf(state, session, event, false);
  const order = orderFor(s);
  const verdict = outsideVerdict(state, session) ?? judge(s, order);
  const hit = chooseHit(state, 'stream', s, verdict);
  if (hit === null) return NO_ACTIONS;
  if (goesOn(hit.effect)) {
    const steps = planSteps(hit.effect, { session: session.id, stream: event.stream }, null, state.dice);
    if (steps.length > 0)
      note(state, 'fault', event.at, session, `stream ${event.stream}, before its body: ${hit.rule.name}`);
    return schedule(state, event.at, session, event.stream, steps);
  }
  remember(s, order, verdict);
  // Nothing more comes on a stream that is reset at once.
  if (hit.effect.reset === null || hit.effect.delay !== null) session.answered.add(event.stream);
  // What has not arrived whole cannot be carried out.
  return finish(state, s, event.stream, order, verdict, { ...hit, effect: { ...hit.effect, carryOut: false } });
}

/** The effect touches the connection alone: the request is for its body, and for the rules `on: request`. */
const goesOn = ({ reason, status, headers, body, delay, reset, drop, stall, split }: EffectSpec): boolean =>
  [reason, status, body, delay, reset, split].every((each) => each === null) && headers.length === 0 && !drop && !stall;

function situationOf(state: State, session: Session, event: Arrived, whole: boolean): Situation {
  const { request, stream, at } = event;
  const where = route(request.method, request.path);
  const fields = readFields(request.headers);
  if (stream > session.highestStream) session.highestStream = stream;
  return {
    at,
    law: state.law,
    session,
    request,
    whole,
    route: where,
    fields,
    environment: session.listener.environment ?? environmentOfHost(request.authority) ?? session.environment,
    spelled: state.spelledTargets ? readSpelled(where.operation, where.target, fields.channelId) : undefined,
    token: null,
    key: undefined,
    pushType: undefined,
    topic: '',
    channel: undefined,
    policy: 1,
  };
}

/** Verdicts that no check of the request can change. */
function outsideVerdict(state: State, session: Session): Verdict | null {
  const outside = (reason: ReasonName, why: string): Verdict => ({
    status: reasonRow(reason).status,
    reason,
    why,
    timestamp: undefined,
    failed: -1,
  });
  if (session.refused !== null) return outside(session.refused.reason, session.refused.why);
  if (state.shuttingDown) return outside('Shutdown', 'the server is shutting down');
  return null;
}

/** What a connection keeps of a token whose checks all passed, whatever became of the request itself. */
function remember(s: Situation, order: readonly CheckRow[], verdict: Verdict): void {
  const { session, token } = s;
  session.requests++;
  session.lastRequestAt = s.at;
  if (token === null) return;
  if (verdict.reason === 'ExpiredProviderToken' && s.law.profile === 'observed') session.spoilt = true;
  if (verdict.failed >= 0 && verdict.failed <= order.findIndex((row) => row.name === 'token-refresh')) return;
  session.bound ??= { teamId: token.teamId, keyId: token.keyId, key: s.key };
  const { text } = token;
  const tokens = shownTokens(s);
  if (tokens.has(text)) return;
  // Until a token is too old to come again, it must be known that it is not a new one.
  for (const [old, firstSeen] of tokens)
    if (s.at - firstSeen > TOKEN_MAX_AGE_MS + TOKEN_MAX_AHEAD_MS) tokens.delete(old);
  tokens.set(text, s.at);
}

/** The first that has something to say: a rule of the scenario, a rule on the connection, a target that spells. */
function chooseHit(state: State, moment: 'stream' | 'request', s: Situation, verdict: Verdict): Hit | null {
  if (s.session.refused !== null) return null;
  const chosen = state.rules?.choose(moment, requestView(s, verdict)) ?? null;
  if (chosen !== null || moment === 'stream') return chosen;
  if (s.session.silent) return { rule: s.session.rule ?? NO_RULE, effect: SILENCE };
  if (s.spelled === undefined || verdict.reason !== null) return null;
  return { rule: ruleOf(s.spelled), effect: effectOf(s.spelled) };
}

const NO_RULE = { id: '', name: '' };
const SILENCE: EffectSpec = { ...NO_EFFECT, stall: true, carryOut: false };

function ruleOf(spelled: Spelled): Hit['rule'] {
  const name = spelled.kind === 'reason' ? spelled.row.name : spelled.fault;
  return { id: `target:${name}`, name: `the target spells ${name}` };
}

function finish(
  state: State,
  s: Situation,
  stream: number,
  order: readonly CheckRow[],
  verdict: Verdict,
  hit: Hit | null,
): readonly Action[] {
  const { journal } = state;
  const { session, request, at } = s;
  const seq = journal.nextSeq();
  const carriedOut = verdict.reason === null && (hit === null || hit.effect.carryOut);
  const response = s.session.refused !== null ? null : sent(s, answer(state, s, verdict, hit, carriedOut, seq));
  const steps = hit === null ? null : stepsOf(state, s, stream, response, hit.effect);
  const { body } = request;
  journal.append({
    kind: 'exchange',
    seq,
    at,
    session,
    stream,
    operation: s.route.operation,
    environment: s.environment,
    topic: topicOf(s),
    target: s.route.target,
    keyId: s.token?.keyId ?? null,
    teamId: s.token?.teamId ?? null,
    method: request.method,
    path: request.path,
    authority: request.authority,
    headers: request.headers,
    block: body,
    offset: 0,
    kept: body.length,
    size: request.size,
    order,
    verdict,
    rule: hit === null ? null : hit.rule,
    status: response === null ? null : response.status,
    response,
    steps,
    carriedOut,
  });
  if (steps !== null) {
    session.waiting.set(stream, response === null ? baseHeaders(s, state.random) : idIn(response.headers));
    return schedule(state, at, session, stream, steps);
  }
  // The stream of a refused connection is disowned by the GOAWAY that went before.
  if (response === null) return NO_ACTIONS;
  const { status, headers } = response;
  return [{ do: 'reply', session: session.id, stream, status, headers, body: response.body }];
}

/** An answer to HEAD has no body (RFC 9110 section 9.3.2): clients take one for a PROTOCOL_ERROR. */
const sent = ({ request }: Situation, response: Response | null): Response | null =>
  request.method === 'HEAD' && response !== null ? { ...response, body: '' } : response;

/** The id among the headers of an answer. */
function idIn(headers: HeaderList): HeaderList {
  for (let i = 0; i < headers.length; i += 2)
    if (headers[i] === 'apns-id' || headers[i] === 'apns-request-id') return headers.slice(i, i + 2);
  return [];
}

/** What is answered, whole; how much of it leaves, and when, is a matter of the steps. */
function answer(
  state: State,
  s: Situation,
  verdict: Verdict,
  hit: Hit | null,
  carriedOut: boolean,
  seq: number,
): Response | null {
  const { random } = state;
  const done = carriedOut ? carryOut(s, seq, random) : null;
  if (hit === null) return done ?? refusal(verdict, s, random);
  const { effect } = hit;
  if (effect.stall || effect.drop || (effect.reset !== null && effect.reset.at === 'before-headers')) return null;
  const base = effect.reason === null ? (done ?? natural(s, verdict, random)) : reasonAnswer(effect, s, random);
  const raw = effect.status !== null || effect.body !== null;
  const said = raw
    ? { ...base, status: effect.status ?? base.status, body: effect.body ?? bodyOf(effect, base) }
    : base;
  if (effect.headers.length === 0 && effect.retryAfter === null) return said;
  const extra =
    effect.retryAfter === null ? effect.headers : [...effect.headers, 'retry-after', String(effect.retryAfter)];
  return { ...said, headers: withHeaders(said.headers, extra) };
}

/** The answer that APNs gives for a reason. */
function reasonAnswer(effect: EffectSpec, s: Situation, random: State['random']): Response {
  const reason = effect.reason as ReasonName;
  const gone = reasonRow(reason).status === 410;
  const moment = effect.timestamp;
  const at = moment === null ? s.at : 'at' in moment ? moment.at : s.at + moment.fromNow;
  return refusal({ reason, timestamp: gone ? at : undefined }, s, random);
}

/** A status alone stands alone: the body that would have been belongs to another one. */
const bodyOf = (effect: EffectSpec, base: Response): string => (effect.reason === null ? '' : base.body);

/** The answer of a request that was not carried out, although its rule leaves the answer alone. */
function natural(s: Situation, verdict: Verdict, random: State['random']): Response {
  if (verdict.reason !== null) return refusal(verdict, s, random);
  return { status: verdict.status, headers: baseHeaders(s, random), body: '' };
}

/** `extra` in place of headers of the same name, and behind the others. */
function withHeaders(headers: readonly string[], extra: readonly string[]): readonly string[] {
  const names = new Set(extra.filter((_, index) => index % 2 === 0));
  const kept = headers.filter((_, index) => !names.has(headers[index - (index % 2)] as string));
  return [...kept, ...extra];
}

const stepsOf = (
  state: State,
  s: Situation,
  stream: number,
  response: Response | null,
  effect: EffectSpec,
): readonly Step[] => planSteps(effect, { session: s.session.id, stream }, response, state.dice);
