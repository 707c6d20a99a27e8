import { BROADCAST_PAYLOAD_LIMIT } from '../../protocol/push-types.ts';
import { parseBody } from '../json.ts';
import { CHANNELS_MAX } from '../registry.ts';
import type { Check } from '../situation.ts';
import { fail, quote } from '../situation.ts';
import { tooLarge } from './common.ts';

/** Creation of a channel (CHAN, apns-protocol 3). The other operations use the checks of broadcasts. */

const POLICY = 'message-storage-policy';
const PUSH_TYPE = 'push-type';
const WANTED = `{"${POLICY}": 0 or 1, "${PUSH_TYPE}": "LiveActivity"}`;

export const body: Check = (s) => {
  if (!s.whole) return null;
  const large = tooLarge(s, BROADCAST_PAYLOAD_LIMIT, 'a channel request');
  if (large !== null) return large;
  if (s.request.size === 0) return fail('BadRequestPayload', `the body is empty; expected ${WANTED}`);
  const parsed = parseBody(s.request.body, s.law.ports);
  if (typeof parsed === 'string') return fail('BadRequestPayload', `the body ${parsed}; expected ${WANTED}`);

  const unknown = Object.keys(parsed).find((name) => name !== POLICY && name !== PUSH_TYPE);
  if (unknown !== undefined)
    return fail('BadRequestParams', `the body has the unknown attribute ${quote(unknown)}; expected ${WANTED}`);

  const policy = parsed[POLICY];
  if (policy !== 0 && policy !== 1) {
    const given = policy === undefined ? 'is missing' : `is ${JSON.stringify(policy)}`;
    // ERR has no row for it; the client library hapns knows the name that the wire uses.
    return fail(
      s.law.profile === 'observed' ? 'MissingChannelQueueSize' : 'BadRequestParams',
      `${POLICY} ${given}; it must be the number 0 (no message stored) or 1 (most recent message stored)`,
    );
  }
  s.policy = policy;

  const type = parsed[PUSH_TYPE];
  if (type === undefined)
    return fail('MissingPushType', `${PUSH_TYPE} is missing from the body; it must be "LiveActivity"`);
  if (typeof type !== 'string' || type.toLowerCase() !== 'liveactivity')
    return fail('InvalidPushType', `${PUSH_TYPE} is ${JSON.stringify(type)}; it must be "LiveActivity"`);
  return null;
};

export const limit: Check = (s) => {
  const { registry } = s.law;
  if (registry.isFull())
    return fail(
      'CannotCreateChannelConfig',
      `this server has ${CHANNELS_MAX} channels over all apps, which is the most that it keeps; delete some, or reset it`,
    );
  const most = registry.channelLimit(s.topic);
  if (registry.channelCount(s.environment, s.topic) < most) return null;
  return fail(
    'CannotCreateChannelConfig',
    `${s.topic} has ${most} channels in ${s.environment}, which is its limit; delete one first`,
  );
};
