/** Channel management: create, read, delete, list (apns-protocol 3). */
import type { App } from '../../../server/protocol/model.ts';
import { type Case, filler, type Setup } from '../case.ts';
import { APP, KEYS, OTHER_APP, OTHER_TEAM, TEAM } from '../credentials.ts';
import {
  ABROAD,
  CHANNELS,
  CREATE_BODY,
  created,
  deleted,
  each,
  type GoodName,
  given,
  ID,
  listed,
  NEVER_ISSUED,
  type Outcome,
  readAs,
  refused,
  STORELESS,
  STORING,
  step,
} from './base.ts';

const ALL = ['create', 'read', 'remove', 'list'] as const satisfies readonly GoodName[];
const SUCCESS: Readonly<Record<(typeof ALL)[number], Outcome>> = {
  create: created,
  read: readAs(1),
  remove: deleted,
  list: listed(STORING, STORELESS),
};
const PATH: Readonly<Record<(typeof ALL)[number], string>> = {
  create: 'channels',
  read: 'channels',
  remove: 'channels',
  list: 'all-channels',
};
const withApp = (change: Partial<App>): { apps: App[] } => ({
  apps: [{ bundleId: APP, team: null, broadcast: true, keyIds: null, channelLimit: 10_000, ...change }],
});
const mismatch = refused(403, 'TopicMismatch', 'bundle-id');

/** What all four have in common. */
const common: Case[] = each(ALL, (name) => [
  given(name, 'as documented', {}, SUCCESS[name]),
  given(
    name,
    'no apns-request-id: one is made, in lower case',
    { headers: { 'apns-request-id': null } },
    SUCCESS[name],
  ),
  given(
    name,
    'an upper-case apns-request-id comes back as it is',
    {
      headers: { 'apns-request-id': ID.toUpperCase() },
      echo: ID.toUpperCase(),
    },
    SUCCESS[name],
  ),
  given(
    name,
    'an apns-request-id that is no UUID',
    { headers: { 'apns-request-id': '42' } },
    refused(400, 'BadMessageId', 'apns-request-id'),
  ),
  given(name, 'an apns-id does not matter here', { headers: { 'apns-id': '42' } }, SUCCESS[name]),
  given(
    name,
    'headers of pushes do no harm',
    {
      headers: { 'apns-priority': '10', 'apns-expiration': 'soon', 'apns-topic': 'x y', 'apns-push-type': 'alert' },
    },
    SUCCESS[name],
  ),
  given(name, 'a content type', { headers: { 'content-type': 'application/json' } }, SUCCESS[name]),
  given(
    name,
    'the bundle id with a suffix',
    {
      path: `/1/apps/${APP}.push-type.liveactivity/${PATH[name]}`,
    },
    refused(400, 'TopicDisallowed', 'bundle-id'),
  ),
  given(name, 'an encoded bundle id', { path: `/1/apps/com%2Eexample%2Eapp/${PATH[name]}` }, SUCCESS[name]),
  given(name, 'an app of this team', { setup: withApp({ team: TEAM }) }, SUCCESS[name]),
  given(name, 'an app of another team', { setup: withApp({ team: OTHER_TEAM }) }, mismatch),
  given(name, 'an app that allows other keys only', { setup: withApp({ keyIds: [KEYS.second.keyId] }) }, mismatch),
  given(
    name,
    'a topic-specific key of another app',
    {
      credentials: { token: { key: 'topic' } },
      path: `/1/apps/${OTHER_APP}/${PATH[name]}`,
    },
    mismatch,
  ),
  given(
    name,
    'an app without the broadcast capability',
    { setup: withApp({ broadcast: false }) },
    refused(400, 'FeatureNotEnabled', 'capability'),
  ),
]);

const badPayload = refused(400, 'BadRequestPayload', 'body');
const badParams = refused(400, 'BadRequestParams', 'body');
const invalidType = refused(400, 'InvalidPushType', 'body');
const body = (text: string): { body: string } => ({ body: text });
const bodies: Case[] = [
  given('create', 'without storage', body('{"message-storage-policy":0,"push-type":"LiveActivity"}'), created),
  given(
    'create',
    'keys the other way round, with blanks',
    body('{ "push-type" : "LiveActivity",\n "message-storage-policy" : 1 }'),
    created,
  ),
  ...each(['liveactivity', 'Liveactivity', 'LIVEACTIVITY'], (type) =>
    given('create', `the push type ${type}`, body(`{"message-storage-policy":1,"push-type":"${type}"}`), created),
  ),
  ...each(
    ['', '{', 'null', '[]', '1', '"LiveActivity"', 'message-storage-policy=1', '{"message-storage-policy":1,}'],
    (text) => given('create', `the body ${JSON.stringify(text)}`, body(text), badPayload),
  ),
  given('create', 'a body that is no UTF-8', { body: { hex: 'c3287b7d' } }, badPayload),
  ...each(
    [
      ['an unknown attribute', '{"message-storage-policy":1,"push-type":"LiveActivity","name":"final"}'],
      ['the policy in other letters', '{"messageStoragePolicy":1,"push-type":"LiveActivity"}'],
      [
        'the channel id of an early client',
        '{"message-storage-policy":1,"push-type":"LiveActivity","channel-id":"AA=="}',
      ],
      ['no policy', '{"push-type":"LiveActivity"}'],
      ['an empty object', '{}'],
      ['the policy as text', '{"message-storage-policy":"1","push-type":"LiveActivity"}'],
      ['policy 2', '{"message-storage-policy":2,"push-type":"LiveActivity"}'],
      ['policy -1', '{"message-storage-policy":-1,"push-type":"LiveActivity"}'],
      ['policy 0.5', '{"message-storage-policy":0.5,"push-type":"LiveActivity"}'],
      ['policy true', '{"message-storage-policy":true,"push-type":"LiveActivity"}'],
      ['policy null', '{"message-storage-policy":null,"push-type":"LiveActivity"}'],
    ] as const,
    ([what, text]) => given('create', what, body(text), badParams),
  ),
  given('create', 'no push type', body('{"message-storage-policy":1}'), refused(400, 'MissingPushType', 'body')),
  ...each(['"alert"', '"live-activity"', '""', '1', 'null', '["LiveActivity"]'], (type) =>
    given('create', `the push type ${type}`, body(`{"message-storage-policy":1,"push-type":${type}}`), invalidType),
  ),
  given('create', 'blanks up to 5120 bytes', body(CREATE_BODY.padEnd(5120)), created),
  // Assumed: Apple's text is about pushes, but a body of any length can hardly be meant.
  given('create', 'blanks up to 5121 bytes', body(CREATE_BODY.padEnd(5121)), refused(413, 'PayloadTooLarge', 'body')),
  given('create', 'an unknown attribute and no policy', body('{"name":"final"}'), badParams),
  given(
    'create',
    'a wrong policy and a wrong push type',
    body('{"message-storage-policy":2,"push-type":"alert"}'),
    badParams,
  ),
];

const FULL = (count: number): Partial<Setup> => ({
  channels: [],
  fill: { bundleId: APP, environment: 'sandbox', count },
});
const tooMany = refused(400, 'CannotCreateChannelConfig', 'channel-limit');
const limits: Case[] = [
  given('create', 'channel 10,000', { setup: FULL(9_999) }, created),
  given('create', 'channel 10,001', { setup: FULL(10_000) }, tooMany),
  given(
    'create',
    'channel 10,001 after one was deleted',
    {
      setup: FULL(10_000),
      before: [step('remove', { headers: { 'apns-channel-id': filler(17) } })],
    },
    created,
  ),
  given(
    'create',
    'ten thousand channels of the other environment do not count',
    {
      setup: { ...FULL(10_000), listener: 'manage-production' },
    },
    created,
  ),
  given(
    'create',
    'ten thousand channels of another app do not count',
    {
      setup: FULL(10_000),
      path: `/1/apps/${OTHER_APP}/channels`,
    },
    created,
  ),
  given('create', 'up to the limit that the app was given', { setup: withApp({ channelLimit: 3 }) }, created),
  given('create', 'beyond the limit that the app was given', { setup: withApp({ channelLimit: 2 }) }, tooMany),
  given('create', 'a wrong body when there is no room', { setup: FULL(10_000), body: '{' }, badPayload),
  given(
    'list',
    'ten thousand channels in one body',
    { setup: FULL(10_000) },
    listed(...Array.from({ length: 10_000 }, (_, n) => filler(n))),
  ),
];

const missing = refused(400, 'MissingChannelId', 'apns-channel-id');
const badId = refused(400, 'BadChannelId', 'apns-channel-id');
const unknown = refused(400, 'ChannelNotRegistered', 'channel');
const addressed: Case[] = each(['read', 'remove'] as const, (name) => [
  given(name, 'no channel id', { headers: { 'apns-channel-id': null } }, missing),
  given(name, 'an empty channel id', { headers: { 'apns-channel-id': '' } }, missing),
  given(name, 'a channel id of 64 characters', { headers: { 'apns-channel-id': 'Q'.repeat(64) } }, unknown),
  given(name, 'a channel id of 65 characters', { headers: { 'apns-channel-id': 'Q'.repeat(65) } }, badId),
  given(name, 'a channel id that is no base64', { headers: { 'apns-channel-id': 'test-231' } }, badId),
  given(
    name,
    'a channel id in the alphabet of URLs',
    {
      headers: { 'apns-channel-id': STORELESS.replace('/', '_').replace('+', '-') },
    },
    badId,
  ),
  given(name, 'a channel that never existed', { headers: { 'apns-channel-id': NEVER_ISSUED } }, unknown),
  given(name, 'a channel that was deleted', { before: [step('remove')] }, unknown),
  given(name, 'a channel of the other environment', { headers: { 'apns-channel-id': ABROAD } }, unknown),
  given(name, 'a channel of another app', { path: `/1/apps/${OTHER_APP}/channels` }, unknown),
  given(name, 'a body, which some clients send', { body: '{"aps":{}}' }, SUCCESS[name]),
  given(name, 'a body of any size', { body: { bytes: 6_000 } }, SUCCESS[name]),
]);

const production: Partial<Setup> = { listener: 'manage-production' };
const rest: Case[] = [
  given('read', 'a channel without storage', { headers: { 'apns-channel-id': STORELESS } }, readAs(0)),
  given(
    'read',
    'a channel of production, on its own port',
    { setup: production, headers: { 'apns-channel-id': ABROAD } },
    readAs(1),
  ),
  given(
    'remove',
    'a channel of production, on its own port',
    { setup: production, headers: { 'apns-channel-id': ABROAD } },
    deleted,
  ),
  given('create', 'in production', { setup: production }, created),
  given('list', 'of production', { setup: production }, listed(ABROAD)),
  given(
    'list',
    'the port decides on the environment, whatever the host name',
    {
      authority: 'api-manage-broadcast.push.apple.com:2195',
    },
    listed(STORING, STORELESS),
  ),
  given('list', 'of an app without channels', { path: `/1/apps/${OTHER_APP}/all-channels` }, listed()),
  given('list', 'of an app with capital letters', { path: '/1/apps/com.Example.App/all-channels' }, listed()),
  given('list', 'without one that was deleted', { before: [step('remove')] }, listed(STORELESS)),
  given(
    'list',
    'with a channel id that does not matter',
    { headers: { 'apns-channel-id': '!' } },
    listed(STORING, STORELESS),
  ),
  given('list', 'with a body, which some clients send', { body: '{"aps":{}}' }, listed(STORING, STORELESS)),
  given(
    'list',
    'in order of registration',
    {
      setup: { channels: [...CHANNELS].reverse() },
    },
    listed(STORELESS, STORING),
  ),
];

export const CHANNEL_CASES: readonly Case[] = [...common, ...bodies, ...limits, ...addressed, ...rest];
