/** Broadcasts: headers, channel ids, storage policy, bodies (apns-protocol 2). */
import type { App } from '../../../server/protocol/model.ts';
import { type Case, filler, NOW } from '../case.ts';
import { APP, KEYS, OTHER_APP, OTHER_TEAM, TEAM } from '../credentials.ts';
import {
  ABROAD,
  broadcasted,
  CHANNELS,
  each,
  GOOD,
  given,
  ID,
  IN_AN_HOUR,
  NEVER_ISSUED,
  refused,
  STORELESS,
  STORING,
  step,
} from './base.ts';

const badExpiration = refused(400, 'BadExpirationDate', 'apns-expiration');
const badPriority = refused(400, 'BadPriority', 'apns-priority');
const notRegistered = refused(400, 'ChannelNotRegistered', 'channel');
const badChannel = refused(400, 'BadChannelId', 'apns-channel-id');
const noChannel = refused(400, 'MissingChannelId', 'apns-channel-id');
const mismatch = refused(403, 'TopicMismatch', 'bundle-id');
const disallowed = refused(400, 'TopicDisallowed', 'bundle-id');

const accepted: Case[] = [
  given('broadcast', 'all required headers', {}, broadcasted),
  given(
    'broadcast',
    'in production there is an apns-unique-id too',
    {
      setup: { environment: 'production' },
      headers: { 'apns-channel-id': ABROAD },
    },
    broadcasted,
  ),
  given(
    'broadcast',
    'production by host name',
    {
      authority: 'api.push.apple.com',
      headers: { 'apns-channel-id': ABROAD },
    },
    broadcasted,
  ),
  given(
    'broadcast',
    "production by the host name of Apple's samples",
    {
      authority: 'api-broadcast.push.apple.com:443',
      headers: { 'apns-channel-id': ABROAD },
    },
    broadcasted,
  ),
  given(
    'broadcast',
    'a topic, which is no part of this API',
    {
      headers: { 'apns-topic': `${APP}.push-type.liveactivity` },
    },
    broadcasted,
  ),
  given(
    'broadcast',
    'a collapse id of any length, which is no part of this API',
    {
      headers: { 'apns-collapse-id': 'c'.repeat(65) },
    },
    broadcasted,
  ),
  given('broadcast', 'an encoded bundle id', { path: '/4/broadcasts/apps/com%2Eexample%2Eapp' }, broadcasted),
  given(
    'broadcast',
    'ended by its sender',
    {
      body: '{"aps":{"timestamp":1795284000,"event":"end","dismissal-date":1795284000,"content-state":{}}}',
    },
    broadcasted,
  ),
];

const ids: Case[] = [
  given(
    'broadcast',
    'no apns-request-id: one is made, in lower case',
    { headers: { 'apns-request-id': null } },
    broadcasted,
  ),
  given(
    'broadcast',
    'an upper-case apns-request-id comes back as it is',
    {
      headers: { 'apns-request-id': ID.toUpperCase() },
      echo: ID.toUpperCase(),
    },
    broadcasted,
  ),
  given(
    'broadcast',
    'an apns-request-id that is no UUID is answered with a new one',
    {
      headers: { 'apns-request-id': 'goal' },
    },
    refused(400, 'BadMessageId', 'apns-request-id'),
  ),
  given(
    'broadcast',
    'an empty apns-request-id',
    { headers: { 'apns-request-id': '' } },
    refused(400, 'BadMessageId', 'apns-request-id'),
  ),
  given(
    'broadcast',
    'an apns-id beside it',
    { headers: { 'apns-id': 'acdfb3eb-105b-d33c-7f29-8d09a01cc4ef' } },
    broadcasted,
  ),
  given(
    'broadcast',
    'an apns-id that is no UUID',
    { headers: { 'apns-id': 'goal' } },
    refused(400, 'BadMessageId', 'apns-id'),
  ),
];

const pushTypes: Case[] = [
  ...each(['liveactivity', 'Liveactivity', 'LiveActivity', 'LIVEACTIVITY'], (type) =>
    given('broadcast', `the push type ${type}`, { headers: { 'apns-push-type': type } }, broadcasted),
  ),
  ...each(['alert', 'background', 'live-activity', 'liveactivities'], (type) =>
    given(
      'broadcast',
      `the push type ${type}`,
      { headers: { 'apns-push-type': type } },
      refused(400, 'InvalidPushType', 'apns-push-type'),
    ),
  ),
  given(
    'broadcast',
    'no push type',
    { headers: { 'apns-push-type': null } },
    refused(400, 'MissingPushType', 'apns-push-type'),
  ),
];

const expirations: Case[] = [
  ...each(['0', '1', '000', IN_AN_HOUR, `${IN_AN_HOUR}000`, '9'.repeat(24)], (value) =>
    given('broadcast', `the expiration ${value}`, { headers: { 'apns-expiration': value } }, broadcasted),
  ),
  given('broadcast', 'no expiration', { headers: { 'apns-expiration': null } }, badExpiration),
  ...each(['', '-1', '1.5', 'never', '1e3'], (value) =>
    given('broadcast', `the expiration "${value}"`, { headers: { 'apns-expiration': value } }, badExpiration),
  ),
];

const policies: Case[] = [
  given(
    'broadcast',
    'expiration 0 on a channel without storage',
    { headers: { 'apns-channel-id': STORELESS } },
    broadcasted,
  ),
  given(
    'broadcast',
    'expiration 00 on a channel without storage',
    {
      headers: { 'apns-channel-id': STORELESS, 'apns-expiration': '00' },
    },
    broadcasted,
  ),
  ...each(['1', IN_AN_HOUR, '9'.repeat(24)], (value) =>
    given(
      'broadcast',
      `expiration ${value} on a channel without storage`,
      {
        headers: { 'apns-channel-id': STORELESS, 'apns-expiration': value },
      },
      refused(400, 'BadExpirationDate', 'storage-policy'),
    ),
  ),
];

const priorities: Case[] = [
  ...each(['10', '5', '1'], (value) =>
    given('broadcast', `priority ${value}`, { headers: { 'apns-priority': value } }, broadcasted),
  ),
  given('broadcast', 'no priority', { headers: { 'apns-priority': null } }, badPriority),
  ...each(['', '0', '2', '11', 'high'], (value) =>
    given('broadcast', `priority "${value}"`, { headers: { 'apns-priority': value } }, badPriority),
  ),
];

const channels: Case[] = [
  given('broadcast', 'no channel id', { headers: { 'apns-channel-id': null } }, noChannel),
  given('broadcast', 'an empty channel id', { headers: { 'apns-channel-id': '' } }, noChannel),
  given(
    'broadcast',
    'a channel id of 64 characters',
    { headers: { 'apns-channel-id': 'Q'.repeat(64) } },
    notRegistered,
  ),
  given(
    'broadcast',
    'a channel of 64 characters that exists',
    {
      headers: { 'apns-channel-id': 'Q'.repeat(64) },
      setup: { channels: [...CHANNELS, { id: 'Q'.repeat(64), bundleId: APP, environment: 'sandbox', policy: 1 }] },
    },
    broadcasted,
  ),
  given('broadcast', 'a channel id of 65 characters', { headers: { 'apns-channel-id': 'Q'.repeat(65) } }, badChannel),
  given('broadcast', 'a channel id of 68 characters', { headers: { 'apns-channel-id': 'Q'.repeat(68) } }, badChannel),
  ...each(
    [
      ['that is no base64', 'test-231'],
      ['without its padding', STORING.replaceAll('=', '')],
      ['with half of its padding', STORING.slice(0, -1)],
      ['with too much padding', `${STORING}==`],
      ['in the alphabet of URLs', STORELESS.replace('/', '_').replace('+', '-')],
      ['in quotes', `"${STORING}"`],
      ['of padding alone', '===='],
    ] as const,
    ([what, id]) => given('broadcast', `a channel id ${what}`, { headers: { 'apns-channel-id': id } }, badChannel),
  ),
  given(
    'broadcast',
    'a channel id with a slash and a plus',
    { headers: { 'apns-channel-id': STORELESS } },
    broadcasted,
  ),
  given(
    'broadcast',
    'a channel id with its padding encoded as in a URL',
    {
      headers: { 'apns-channel-id': STORING.replaceAll('=', '%3D') },
    },
    badChannel,
  ),
  given('broadcast', 'a channel that never existed', { headers: { 'apns-channel-id': NEVER_ISSUED } }, notRegistered),
  given('broadcast', 'a channel of the other environment', { headers: { 'apns-channel-id': ABROAD } }, notRegistered),
  given('broadcast', 'a channel of another app', { path: `/4/broadcasts/apps/${OTHER_APP}` }, notRegistered),
  given(
    'broadcast',
    'a channel that was deleted',
    {
      before: [step('remove', { listener: 'manage' })],
    },
    notRegistered,
  ),
  given(
    'broadcast',
    'the last of ten thousand channels',
    {
      headers: { 'apns-channel-id': filler(9_999) },
      setup: { channels: [], fill: { bundleId: APP, environment: 'sandbox', count: 10_000 } },
    },
    broadcasted,
  ),
];

const withApp = (change: Partial<App>, bundleId = APP): { apps: App[] } => ({
  apps: [{ bundleId, team: null, broadcast: true, keyIds: null, channelLimit: 10_000, ...change }],
});
const bundleIds: Case[] = [
  ...each(['.push-type.liveactivity', '.voip', '.complication', '.location-query', '.voip-ptt'], (suffix) =>
    given('broadcast', `the bundle id with ${suffix}`, { path: `/4/broadcasts/apps/${APP}${suffix}` }, disallowed),
  ),
  given('broadcast', 'an app of this team', { setup: withApp({ team: TEAM }) }, broadcasted),
  given('broadcast', 'an app of another team', { setup: withApp({ team: OTHER_TEAM }) }, mismatch),
  given(
    'broadcast',
    'an app that allows other keys only',
    { setup: withApp({ keyIds: [KEYS.second.keyId] }) },
    mismatch,
  ),
  given('broadcast', 'a topic-specific key and its app', { credentials: { token: { key: 'topic' } } }, broadcasted),
  given(
    'broadcast',
    'a topic-specific key and another app',
    {
      credentials: { token: { key: 'topic' } },
      path: `/4/broadcasts/apps/${OTHER_APP}`,
    },
    mismatch,
  ),
  given(
    'broadcast',
    'an app without the broadcast capability',
    { setup: withApp({ broadcast: false }) },
    refused(400, 'FeatureNotEnabled', 'capability'),
  ),
  given(
    'broadcast',
    'the bundle id in capitals is another app',
    { path: `/4/broadcasts/apps/${APP.toUpperCase()}` },
    notRegistered,
  ),
];

const tooLarge = refused(413, 'PayloadTooLarge', 'payload');
const noObject = refused(400, 'BadRequestPayload', 'payload');
const bodies: Case[] = [
  given('broadcast', 'JSON that is not UTF-8', { body: { hex: '7b2261223a22fffe227d' } }, noObject),
  given('broadcast', 'JSON with the replacement character itself', { body: '{"a":"\uFFFD"}' }, broadcasted),
  given('broadcast', '5120 bytes', { body: { bytes: 5120 } }, broadcasted),
  given('broadcast', '5121 bytes', { body: { bytes: 5121 } }, tooLarge),
  given('broadcast', 'a million bytes', { body: { bytes: 1_000_000 } }, tooLarge),
  given('broadcast', '5121 bytes that are no JSON', { body: { hex: '78'.repeat(5121) } }, tooLarge),
  given('broadcast', 'no body', { body: '' }, refused(400, 'PayloadEmpty', 'payload')),
  ...each(['Goal!', '{', '{"aps":{}', "{'aps':{}}", '{"aps":{}}}', 'null', '[]', '"aps"', '7', ' '], (body) =>
    given('broadcast', `the body ${JSON.stringify(body)}`, { body }, noObject),
  ),
  ...each(['{}', '{"aps":{"alert":"test"}}', ' {"aps" : {} }\n', '{"aps":7,"more":[1,2]}'], (body) =>
    given('broadcast', `the body ${JSON.stringify(body)}`, { body }, broadcasted),
  ),
  given(
    'broadcast',
    'a timestamp in milliseconds',
    {
      body: `{"aps":{"timestamp":${NOW},"event":"update","content-state":{}}}`,
    },
    broadcasted,
  ),
  given(
    'broadcast',
    'a content type',
    {
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: GOOD.broadcast.body,
    },
    broadcasted,
  ),
];

export const BROADCAST: readonly Case[] = [
  ...accepted,
  ...ids,
  ...pushTypes,
  ...expirations,
  ...policies,
  ...priorities,
  ...channels,
  ...bundleIds,
  ...bodies,
];
