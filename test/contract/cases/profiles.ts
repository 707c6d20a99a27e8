/** Where documentation and live behaviour differ (apns-protocol 8.4): each point under both profiles. */
import type { App } from '../../../server/protocol/model.ts';
import type { Case, Setup } from '../case.ts';
import { APP } from '../credentials.ts';
import {
  broadcasted,
  created,
  deleted,
  each,
  type GoodName,
  given,
  listed,
  NEVER_ISSUED,
  type Outcome,
  pushed,
  readAs,
  refused,
  STORELESS,
  STORING,
  step,
} from './base.ts';

const observed: Partial<Setup> = { profile: 'observed' };
const silent: App = { bundleId: APP, team: null, broadcast: false, keyIds: null, channelLimit: 10_000 };
const two = (
  good: GoodName,
  name: string,
  change: Parameters<typeof given>[2],
  documented: Outcome,
  seen: Outcome,
): Case[] => [
  given(good, `documented: ${name}`, change, documented),
  given(good, `observed: ${name}`, { ...change, setup: { ...change.setup, ...observed } }, seen),
];

const capability: Case[] = each(['broadcast', 'create', 'read', 'remove', 'list'] as const, (good) =>
  two(
    good,
    'the capability is switched off',
    { setup: { apps: [silent] } },
    refused(400, 'FeatureNotEnabled', 'capability'),
    refused(400, 'BroadcastFeatureNotEnabled', 'capability'),
  ),
);

const environment: Case[] = each(['push', 'broadcast', 'create', 'list'] as const, (good) =>
  two(
    good,
    'a key of the other environment',
    { credentials: { token: { key: 'production' } } },
    refused(403, 'BadEnvironmentKeyIdInToken', 'key-environment'),
    refused(403, 'BadEnvironmentKeyInToken', 'key-environment'),
  ),
);

const notRegistered = refused(400, 'ChannelNotRegistered', 'channel');
const noPath = refused(404, 'BadPath', 'channel');
const channels: Case[] = [
  ...each(['remove', 'read'] as const, (good) => [
    ...two(
      good,
      'a channel that never existed',
      { headers: { 'apns-channel-id': NEVER_ISSUED } },
      notRegistered,
      noPath,
    ),
    ...two(good, 'a channel that was deleted', { before: [step('remove')] }, notRegistered, noPath),
  ]),
  ...two(
    'broadcast',
    'a channel that never existed',
    { headers: { 'apns-channel-id': NEVER_ISSUED } },
    notRegistered,
    refused(400, 'BadChannelId', 'channel'),
  ),
  ...two(
    'broadcast',
    'a channel that was deleted',
    { before: [step('remove', { listener: 'manage' })] },
    notRegistered,
    notRegistered,
  ),
  ...two(
    'broadcast',
    'a channel id that is no base64',
    { headers: { 'apns-channel-id': 'test-231' } },
    refused(400, 'BadChannelId', 'apns-channel-id'),
    refused(400, 'BadChannelId', 'apns-channel-id'),
  ),
];

const badParams = refused(400, 'BadRequestParams', 'body');
const noQueueSize = refused(400, 'MissingChannelQueueSize', 'body');
const policy: Case[] = [
  ...each(
    [
      '{"push-type":"LiveActivity"}',
      '{"message-storage-policy":2,"push-type":"LiveActivity"}',
      '{"message-storage-policy":"1","push-type":"LiveActivity"}',
    ],
    (body) => two('create', `the body ${body}`, { body }, badParams, noQueueSize),
  ),
  ...two(
    'create',
    'an unknown attribute',
    { body: '{"message-storage-policy":1,"push-type":"LiveActivity","a":1}' },
    badParams,
    badParams,
  ),
];

/** `given` expects error answers of the observed profile to have no content type, and their made-up apns-id upper case. */
const shapes: Case[] = [
  ...each(['push', 'broadcast', 'create'] as const, (good) => [
    ...two(
      good,
      'an error answer',
      { credentials: 'none' },
      refused(403, 'MissingProviderToken', 'credential'),
      refused(403, 'MissingProviderToken', 'credential'),
    ),
    ...two(
      good,
      'an error answer with an id of its own',
      {
        credentials: 'none',
        headers: { 'apns-id': null, 'apns-request-id': null },
      },
      refused(403, 'MissingProviderToken', 'credential'),
      refused(403, 'MissingProviderToken', 'credential'),
    ),
  ]),
  ...each<readonly [GoodName, Outcome]>(
    [
      ['push', pushed],
      ['broadcast', broadcasted],
      ['create', created],
      ['read', readAs(1)],
      ['remove', deleted],
      ['list', listed(STORING, STORELESS)],
    ],
    ([good, outcome]) => [
      ...two(good, 'accepted', {}, outcome, outcome),
      ...two(
        good,
        'accepted with an id of its own',
        { headers: { 'apns-id': null, 'apns-request-id': null } },
        outcome,
        outcome,
      ),
    ],
  ),
];

const stale = [step('push', { credentials: { token: { iat: -7200 } } })];
const recovery: Case[] = [
  ...two(
    'push',
    'a fresh token after a stale one',
    { before: stale },
    pushed,
    refused(403, 'ExpiredProviderToken', 'token-age'),
  ),
  ...two(
    'broadcast',
    'a fresh token after a stale one',
    { before: stale },
    broadcasted,
    refused(403, 'ExpiredProviderToken', 'token-age'),
  ),
  ...two(
    'push',
    'a fresh token after a forged one',
    {
      before: [step('push', { credentials: { token: { signature: 'forged' } } })],
    },
    pushed,
    pushed,
  ),
];

export const PROFILES: readonly Case[] = [
  ...capability,
  ...environment,
  ...channels,
  ...policy,
  ...shapes,
  ...recovery,
];
