import { COLLAPSE_ID_MAX_BYTES, PRIORITIES } from '../../protocol/headers.ts';
import {
  DEFAULT_PAYLOAD_LIMIT,
  pushType as findPushType,
  PUSH_TYPES,
  type PushType,
  pushTypeOf,
  suffixOf,
} from '../../protocol/push-types.ts';
import type { Check, Situation } from '../situation.ts';
import { fail, quote } from '../situation.ts';
import { badExpiration, isEpoch, tooLarge } from './common.ts';
import { uncovered } from './provider.ts';

/** Device pushes (SEND, RESP, apns-protocol 5). */

/**
 * Letters that occur in bundle ids; the underscore is not official but seen. A dot in front is what is left of
 * `${BUNDLE_ID}.voip` when the variable is not set.
 */
const TOPIC = /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/;

export const topic: Check = (s) => {
  if (s.fields.pushType !== undefined) s.pushType = findPushType(s.fields.pushType);
  const given = s.fields.topic;
  const certificate = s.session.certificate;
  if (given === undefined || given === '') {
    // A certificate with a single topic implies it (OLD, SEND).
    const [only, another] = certificate?.topics ?? [];
    if (only === undefined)
      return fail(
        'MissingTopic',
        'the header apns-topic is missing; it is the bundle id plus the suffix of the push type',
      );
    if (another !== undefined)
      return fail(
        'MissingTopic',
        `the header apns-topic is missing, and the client certificate has several topics: ${certificate?.topics.join(', ')}`,
      );
    s.topic = only;
    return null;
  }
  s.topic = given;
  return TOPIC.test(given)
    ? null
    : fail(
        'BadTopic',
        `apns-topic is ${quote(given)}; a bundle id has letters, digits, dots and hyphens only, and no dot in front`,
      );
};

export const pushType: Check = (s) => {
  const given = s.fields.pushType;
  // The table of device reasons has none for a missing push type: older senders never give one.
  if (given === undefined || s.pushType !== undefined) return null;
  return fail(
    'InvalidPushType',
    `apns-push-type is ${quote(given)}; known are ${PUSH_TYPES.map((row) => row.name).join(', ')}`,
  );
};

/** `an alert push` */
const pushOf = (type: string): string => `${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type} push`;

/** Which of the two reasons a wrong suffix gives is assumed: no capture decides (apns-protocol 5.2). */
export const topicSuffix: Check = (s) => {
  if (s.pushType === undefined) return null;
  const { name, suffix } = s.pushType;
  const given = suffixOf(s.topic);
  if (suffix === given) return null;
  const wrong = `apns-topic is ${quote(s.topic)}`;
  if (suffix !== '') return fail('BadTopic', `${wrong}; ${pushOf(name)} needs the suffix ${suffix}`);
  // A bundle id may end like a suffix by chance; then its app is registered under the whole of it.
  if (s.law.registry.app(s.topic) !== undefined) return null;
  return fail('BadTopic', `${wrong}; ${pushOf(name)} goes to the plain bundle id, without ${given}`);
};

/** What a push is for; where no type is named its topic tells, which is assumed (apns-protocol 5.2 knows both together). */
const kindOf = (s: Situation): PushType | undefined => s.pushType ?? pushTypeOf(s.topic);

export const topicAllowed: Check = (s) => {
  if (s.session.certificate !== null && s.law.auth !== 'off') {
    const kind = kindOf(s);
    if (kind?.certificate === false)
      return fail(
        'TopicDisallowed',
        `${kind.name} pushes need a provider token; a client certificate cannot send them`,
      );
  }
  const why = uncovered(s, s.topic);
  return why === null ? null : fail('TopicDisallowed', `topic ${quote(s.topic)}: ${why}`);
};

export const expiration: Check = (s) => {
  const given = s.fields.expiration;
  return given === undefined || isEpoch(given) ? null : fail('BadExpirationDate', badExpiration(given));
};

export const priority: Check = (s) => {
  const given = s.fields.priority;
  if (given === undefined) return null;
  if (!PRIORITIES.includes(given))
    return fail('BadPriority', `apns-priority is ${quote(given)}; it must be 10, 5 or 1`);
  if (s.pushType === undefined || s.pushType.priorities.includes(given)) return null;
  return fail(
    'BadPriority',
    `apns-priority is ${given}; ${pushOf(s.pushType.name)} may only have ${s.pushType.priorities.join(', ')}`,
  );
};

export const collapseId: Check = (s) => {
  const given = s.fields.collapseId;
  // One character is one byte here: header values are byte strings.
  if (given === undefined || given.length <= COLLAPSE_ID_MAX_BYTES) return null;
  return fail('BadCollapseId', `apns-collapse-id has ${given.length} bytes; it may have ${COLLAPSE_ID_MAX_BYTES}`);
};

/**
 * Opaque bytes, of any length, each as two digits. (163 characters, which some tell of, are a registration token of
 * Firebase: appfeel/node-pushnotifications#152.)
 */
const HEX = /^(?:[0-9a-fA-F]{2})+$/;
const ZEROS = /^0+$/;

export const deviceToken: Check = (s) => {
  const token = s.route.target;
  if (token === '') return fail('MissingDeviceToken', 'the path ends before the device token: POST /3/device/<token>');
  if (!HEX.test(token))
    return fail('BadDeviceToken', `the device token ${quote(token)} is not an even number of hexadecimal digits`);
  if (ZEROS.test(token)) return fail('BadDeviceToken', 'a device token of zeros only belongs to no device');
  return null;
};

export const registered: Check = (s) => {
  const device = s.law.registry.device(s.route.target);
  if (device === undefined) return null;
  if (device.environment !== null && device.environment !== s.environment)
    return fail('BadDeviceToken', `the device token is registered in ${device.environment}, this is ${s.environment}`);
  if (device.state !== 'active' && device.since <= s.at) {
    const since = new Date(device.since).toISOString();
    return device.state === 'expired'
      ? { reason: 'ExpiredToken', why: `the device token has expired since ${since}`, timestamp: device.since }
      : { reason: 'Unregistered', why: `the device token is unregistered since ${since}`, timestamp: device.since };
  }
  if (device.topics === null || device.topics.includes(s.topic)) return null;
  return fail(
    'DeviceTokenNotForTopic',
    `the device token is registered for ${device.topics.join(', ')}, not for ${quote(s.topic)}`,
  );
};

export const payload: Check = (s) => {
  if (!s.whole) return null;
  if (s.request.size === 0) return fail('PayloadEmpty', 'the push has no body');
  if (s.request.size <= DEFAULT_PAYLOAD_LIMIT) return null;
  const kind = kindOf(s);
  return tooLarge(s, kind?.limit ?? DEFAULT_PAYLOAD_LIMIT, kind === undefined ? 'a push' : pushOf(kind.name));
};
