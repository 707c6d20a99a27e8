import { firstValue } from '../protocol/headers.ts';
import type { Environment, Listener, Verdict } from '../protocol/model.ts';
import { parseBody } from './json.ts';
import type { View } from './scenario/match.ts';
import type { PlainField } from './scenario/model.ts';
import type { Situation } from './situation.ts';

/** What rules can ask about a request or a connection; read when it is asked for. */

export function requestView(s: Situation, verdict: Verdict): View {
  let payload: unknown;
  let parsed = false;
  return {
    get: (field) => readField(s, verdict, field),
    header: (name) => firstValue(s.request.headers, name),
    payload() {
      if (!parsed && s.whole && s.request.size > 0) {
        const found = parseBody(s.request.body, s.law.ports);
        payload = typeof found === 'string' ? undefined : found;
      }
      parsed = true;
      return payload;
    },
  };
}

/** Also when a verdict came too early to have read the topic: what the client says it is. Empty: nothing. */
export const topicOf = (s: Situation): string =>
  s.topic || s.fields.topic || (s.route.family === 'device' ? '' : s.route.target);

function readField(s: Situation, verdict: Verdict, field: PlainField): string | undefined {
  switch (field) {
    case 'operation':
      return s.route.operation;
    case 'topic':
      return topicOf(s) || undefined;
    case 'environment':
      return s.environment;
    case 'channel':
      return s.fields.channelId;
    case 'token':
      return s.route.operation === 'device.send' ? s.route.target : undefined;
    case 'pushType':
      return s.fields.pushType;
    case 'priority':
      return s.fields.priority;
    case 'expiration':
      return s.fields.expiration;
    case 'teamId':
      return s.token?.teamId;
    case 'keyId':
      return s.token?.keyId;
    case 'connection':
      return s.session.id;
    case 'listener':
      return s.session.listener.name;
    case 'method':
      return s.request.method;
    case 'path':
      return s.request.path;
    case 'verdict':
      return verdict.reason ?? 'accepted';
    case 'id':
      return s.fields.apnsId ?? s.fields.requestId;
    // Known only when the request has been dealt with.
    case 'status':
    case 'reason':
    case 'rule':
    case 'carriedOut':
      return undefined;
  }
}

export function connectionView(session: string, listener: Listener, environment: Environment): View {
  return {
    get(field) {
      switch (field) {
        case 'connection':
          return session;
        case 'listener':
          return listener.name;
        case 'environment':
          return environment;
        default:
          return undefined;
      }
    },
    header: () => undefined,
    payload: () => undefined,
  };
}
