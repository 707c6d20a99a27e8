import { familyOf } from '../protocol/endpoints.ts';
import type { Family, HeaderList, Response, Verdict } from '../protocol/model.ts';
import { type ReasonName, reasonRow } from '../protocol/reasons.ts';
import { isUuid } from './checks/common.ts';
import type { Fields } from './fields.ts';
import type { Random } from './random.ts';
import type { Situation } from './situation.ts';

/** Answers as APNs shapes them (apns-protocol 2.5, 3.2, 4.5, 5.4). */

const JSON_TYPE = 'application/json';

/** Which of the two ids an answer carries: by the family that the path is meant for, else by what the listener serves. */
export function idFamily(s: Pick<Situation, 'route' | 'request' | 'session'>): Family {
  const meant = s.route.family ?? familyOf(s.request.path);
  return meant ?? (s.session.listener.families.includes('device') ? 'device' : 'channels');
}

/** The id of the answer: the client's own, letter by letter, or a new one. */
function idOf(family: Family, fields: Fields, s: Situation, random: Random): readonly [string, string] {
  if (family !== 'device') {
    const given = fields.requestId;
    return ['apns-request-id', given !== undefined && isUuid(given) ? given : random.uuid()];
  }
  const given = fields.apnsId;
  if (given !== undefined && isUuid(given)) return ['apns-id', given];
  // Apple's own ids of device pushes are upper case on the wire (uniqush/uniqush-push, hagmas/APNsKit#2).
  const made = random.uuid();
  return ['apns-id', s.law.profile === 'observed' ? made.toUpperCase() : made];
}

/** Headers that every answer of this request carries. */
export const baseHeaders = (s: Situation, random: Random): readonly [string, string] =>
  idOf(idFamily(s), s.fields, s, random);

/** The answer to a refused request: compact JSON, as in every capture. */
export function refusal(verdict: Pick<Verdict, 'reason' | 'timestamp'>, s: Situation, random: Random): Response {
  const { status } = reasonRow(verdict.reason as ReasonName);
  const id = baseHeaders(s, random);
  const stamp = verdict.timestamp === undefined ? '' : `,"timestamp":${verdict.timestamp}`;
  return {
    status,
    // Apple's samples show the content type, a header dump of the live service does not (apns-protocol 9, row 7).
    headers: s.law.profile === 'observed' ? id : ['content-type', JSON_TYPE, ...id],
    body: `{"reason":${JSON.stringify(verdict.reason)}${stamp}}`,
  };
}

/** The answer to an accepted request, without a body. */
export function acceptance(status: number, s: Situation, random: Random, more: HeaderList): Response {
  const [name, value] = baseHeaders(s, random);
  return { status, headers: [name, value, ...more], body: '' };
}

/** The answer to an accepted request that asks for something. */
export function document(status: number, s: Situation, random: Random, value: unknown): Response {
  const id = baseHeaders(s, random);
  return { status, headers: ['content-type', JSON_TYPE, ...id], body: JSON.stringify(value) };
}
