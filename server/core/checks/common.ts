import { isKnownMethod } from '../../protocol/endpoints.ts';
import type { Check, Situation } from '../situation.ts';
import { fail, quote } from '../situation.ts';

/** Checks that more than one family uses. */

/**
 * Send hosts judge the method before anything else, credentials included (gbyo/qbsheet). A management path that came to
 * the wrong port is let through to the route check, which can say where it belongs.
 */
export const method: Check = (s) => {
  if (s.request.method === 'POST') return null;
  if (s.route.family === 'channels' && s.route.operation !== 'unknown') return null;
  return fail('MethodNotAllowed', `${s.request.method} was used; the send hosts know POST only`);
};

/** The path leads nowhere, or to a family that this listener does not serve. */
export const path: Check = (s) => {
  const { family } = s.route;
  const asked = `${s.request.method} ${s.request.path}`;
  if (family === null) return fail('BadPath', `there is nothing at ${quote(asked)}${hint(s)}`);
  if (s.session.listener.families.includes(family)) return null;
  return family === 'channels'
    ? fail(
        'BadPath',
        `${quote(asked)} is channel management, which has ports of its own: 2195 for sandbox, 2196 for production`,
      )
    : fail(
        'BadPath',
        `${quote(asked)} belongs on the send port, 2197 here and 443 at Apple; this is ${s.session.listener.name}`,
      );
};

/** Management hosts know the path but not the method; credentials came first (apns-protocol 8.3, step 5). */
export const managementMethod: Check = (s) => {
  const { allowed } = s.route;
  if (allowed === null) return null;
  return fail('MethodNotAllowed', `${s.request.method} was used; this path knows ${allowed.join(', ')}`);
};

export const repeatedHeaders: Check = (s) =>
  s.fields.repeated === undefined
    ? null
    : fail('DuplicateHeaders', `the header ${s.fields.repeated} occurs more than once`);

/**
 * Whether an id has the form 8-4-4-4-12, in either case: Apple asks for lower case and sends upper case itself
 * (apns-protocol 9, row 20). A loop, as it runs for every push and a regular expression takes ten times as long.
 */
export function isUuid(text: string): boolean {
  if (text.length !== 36) return false;
  for (let i = 0; i < 36; i++) {
    const code = text.charCodeAt(i);
    if (i === 8 || i === 13 || i === 18 || i === 23) {
      if (code !== 45 /* - */) return false;
    } else if (!((code >= 48 && code <= 57) || ((code | 32) >= 97 && (code | 32) <= 102))) return false;
  }
  return true;
}

const messageId =
  (header: 'apns-id' | 'apns-request-id', value: (s: Situation) => string | undefined): Check =>
  (s) => {
    const id = value(s);
    if (id === undefined || isUuid(id)) return null;
    return fail(
      'BadMessageId',
      `${header} is ${quote(id)}; it must be a UUID such as 123e4567-e89b-12d3-a456-426614174000`,
    );
  };
export const apnsId = messageId('apns-id', (s) => s.fields.apnsId);
export const requestId = messageId('apns-request-id', (s) => s.fields.requestId);

const DIGITS = /^[0-9]+$/;
export const isEpoch = (text: string): boolean => DIGITS.test(text);

export const badExpiration = (value: string): string =>
  `apns-expiration is ${quote(value)}; it must be digits only: seconds since 1970, or 0`;

export function tooLarge(s: Situation, limit: number, what: string): ReturnType<Check> {
  if (s.request.size <= limit) return null;
  return fail('PayloadTooLarge', `the body has ${s.request.size} bytes; ${what} may have ${limit}`);
}

/** What stands at a path that was nearly right. */
function hint(s: Situation): string {
  const { path: asked, method: used } = s.request;
  if (asked.includes('?')) return '; APNs paths carry no query string';
  if (asked.length > 1 && asked.endsWith('/')) return '; APNs paths do not end in a slash';
  if (/^\/1\/apps\/[^/]+\/(channels|all-channels)\/.+/.test(asked))
    return '; the channel id travels in the header apns-channel-id, never in the path';
  if (/^\/\d\/(device|broadcasts|apps)/i.test(asked))
    return '; is version and letter case right? Known: /3/device/<token>, /4/broadcasts/apps/<bundleId>, /1/apps/<bundleId>/channels';
  return isKnownMethod(used) ? '' : `; ${used} is no method that APNs knows`;
}
