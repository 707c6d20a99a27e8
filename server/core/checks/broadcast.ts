import { CHANNEL_ID_MAX_CHARS, PRIORITIES } from '../../protocol/headers.ts';
import { BROADCAST_PAYLOAD_LIMIT, suffixOf } from '../../protocol/push-types.ts';
import { isStandardBase64 } from '../base64.ts';
import { parseBody } from '../json.ts';
import type { Check } from '../situation.ts';
import { fail, quote } from '../situation.ts';
import { badExpiration, isEpoch, tooLarge } from './common.ts';
import { uncovered } from './provider.ts';

/** Broadcasts (BCAST, ERR, apns-protocol 2), and what they share with channel management. */

export const bundleId: Check = (s) => {
  s.topic = s.route.target;
  const suffix = suffixOf(s.topic);
  // Known suffix first, then coverage (apns-protocol 10, row 17).
  if (suffix !== '' && s.law.registry.app(s.topic) === undefined)
    return fail('TopicDisallowed', `the path has ${quote(s.topic)}; it takes the plain bundle id, without ${suffix}`);
  const why = uncovered(s, s.topic);
  return why === null ? null : fail('TopicMismatch', `bundle id ${quote(s.topic)}: ${why}`);
};

export const pushType: Check = (s) => {
  const given = s.fields.pushType;
  if (given === undefined || given === '')
    return fail('MissingPushType', 'the header apns-push-type is missing; broadcasts need liveactivity');
  // Apple's pages spell it in three ways, and senders follow (apns-protocol 9, row 1).
  return given.toLowerCase() === 'liveactivity'
    ? null
    : fail('InvalidPushType', `apns-push-type is ${quote(given)}; broadcasts know liveactivity only`);
};

export const expiration: Check = (s) => {
  const given = s.fields.expiration;
  if (given === undefined)
    return fail(
      'BadExpirationDate',
      'the header apns-expiration is missing; broadcasts need it, 0 or seconds since 1970',
    );
  return isEpoch(given) ? null : fail('BadExpirationDate', badExpiration(given));
};

export const priority: Check = (s) => {
  const given = s.fields.priority;
  if (given === undefined)
    return fail('BadPriority', 'the header apns-priority is missing; broadcasts need it, 10, 5 or 1');
  return PRIORITIES.includes(given)
    ? null
    : fail('BadPriority', `apns-priority is ${quote(given)}; it must be 10, 5 or 1`);
};

export const channelId: Check = (s) => {
  const id = s.fields.channelId;
  if (id === undefined || id === '') return fail('MissingChannelId', 'the header apns-channel-id is missing');
  if (id.length > CHANNEL_ID_MAX_CHARS)
    return fail('BadChannelId', `apns-channel-id has ${id.length} characters; it may have ${CHANNEL_ID_MAX_CHARS}`);
  return isStandardBase64(id)
    ? null
    : fail(
        'BadChannelId',
        `apns-channel-id is ${quote(id)}; it must be standard base64 with padding, as it came from the creation`,
      );
};

export const capability: Check = (s) => {
  if (s.law.registry.app(s.topic)?.broadcast !== false) return null;
  return fail(
    s.law.profile === 'observed' ? 'BroadcastFeatureNotEnabled' : 'FeatureNotEnabled',
    `the broadcast capability of ${s.topic} is switched off`,
  );
};

export const channelRegistered: Check = (s) => {
  // A channel that spells its answer stands for whatever the answer needs.
  if (s.spelled !== undefined) return null;
  const id = s.fields.channelId as string;
  s.channel = s.law.registry.channel(s.environment, s.topic, id);
  if (s.channel !== undefined) {
    s.policy = s.channel.policy;
    return null;
  }
  const deleted = s.law.registry.deletedChannel(s.environment, s.topic, id);
  const why = deleted?.deletedAt
    ? `channel ${id} was deleted at ${new Date(deleted.deletedAt).toISOString()}`
    : `${s.topic} has no channel ${id} in ${s.environment}${elsewhere(s)}`;
  if (s.law.profile === 'observed') {
    // Deletion and reading of an unknown channel were seen as 404, sending to a never-issued one as BadChannelId
    // (kontourai/station; reading is assumed to follow deletion).
    if (s.route.family === 'channels') return fail('BadPath', why);
    if (deleted === undefined) return fail('BadChannelId', why);
  }
  return fail('ChannelNotRegistered', why);
};

export const storagePolicy: Check = (s) => {
  if (s.channel === undefined || s.channel.policy === 1 || Number(s.fields.expiration) === 0) return null;
  return fail(
    'BadExpirationDate',
    `apns-expiration is ${s.fields.expiration}, but channel ${s.channel.id} stores no messages (message-storage-policy 0); such channels take 0 only`,
  );
};

export const payload: Check = (s) => {
  if (!s.whole) return null;
  if (s.request.size === 0) return fail('PayloadEmpty', 'the broadcast has no body');
  const large = tooLarge(s, BROADCAST_PAYLOAD_LIMIT, 'a broadcast');
  if (large !== null) return large;
  const parsed = parseBody(s.request.body, s.law.ports);
  return typeof parsed === 'string' ? fail('BadRequestPayload', `the body ${parsed}`) : null;
};

function elsewhere(s: Parameters<Check>[0]): string {
  const other = s.law.registry.whereabouts(s.fields.channelId as string);
  if (other === undefined) return '';
  return other.environment === s.environment
    ? `; it belongs to ${other.bundleId}`
    : `; it belongs to ${other.bundleId} in ${other.environment}`;
}
