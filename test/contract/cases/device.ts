/** Device pushes: every header, every push type, tokens, sizes (apns-protocol 5). */
import type { Case } from '../case.ts';
import { APP } from '../credentials.ts';
import { each, given, PUSH_BODY, pushed, refused, TOKEN } from './base.ts';

const UPPER = '0F8D3C1A-5B7E-4A60-9C42-D1E2F3A4B5C6';
const badId = refused(400, 'BadMessageId', 'apns-id');
const badExpiration = refused(400, 'BadExpirationDate', 'apns-expiration');
const badPriority = refused(400, 'BadPriority', 'apns-priority');
const badToken = refused(400, 'BadDeviceToken', 'device-token');
const badTopic = refused(400, 'BadTopic', 'apns-topic');
const badSuffix = refused(400, 'BadTopic', 'topic-suffix');

const accepted: Case[] = [
  given('push', 'all usual headers', {}, pushed),
  given('push', 'only a topic and a body', { headers: { 'apns-id': null, 'apns-push-type': null } }, pushed),
  given(
    'push',
    'every header there is',
    {
      headers: { 'apns-expiration': '0', 'apns-priority': '10', 'apns-collapse-id': 'score' },
    },
    pushed,
  ),
  given('push', 'in production there is no apns-unique-id', { setup: { environment: 'production' } }, pushed),
  given('push', 'production by host name', { authority: 'api.push.apple.com' }, pushed),
  given('push', 'production by host name with a port', { authority: 'api.push.apple.com:2197' }, pushed),
  given(
    'push',
    'sandbox by host name, although the server is for production',
    {
      authority: 'api.sandbox.push.apple.com',
      setup: { environment: 'production' },
    },
    pushed,
  ),
  given(
    'push',
    'sandbox by its older host name',
    {
      authority: 'api.development.push.apple.com:443',
      setup: { environment: 'production' },
    },
    pushed,
  ),
  given('push', 'a host name in capitals', { authority: 'API.PUSH.APPLE.COM' }, pushed),
];

const ids: Case[] = [
  given('push', 'no apns-id: one is made', { headers: { 'apns-id': null } }, pushed),
  given('push', 'an upper-case apns-id comes back as it is', { headers: { 'apns-id': UPPER }, echo: UPPER }, pushed),
  given(
    'push',
    'an apns-id that is no version-4 UUID comes back too',
    {
      headers: { 'apns-id': 'acdfb3eb-105b-d33c-7f29-8d09a01cc4ef' },
      echo: 'acdfb3eb-105b-d33c-7f29-8d09a01cc4ef',
    },
    pushed,
  ),
  ...each(
    [
      ['that is a word', 'hello'],
      ['that is empty', ''],
      ['without hyphens', '0f8d3c1a5b7e4a609c42d1e2f3a4b5c6'],
      ['in braces', '{0f8d3c1a-5b7e-4a60-9c42-d1e2f3a4b5c6}'],
      ['with a letter that is no digit', '0f8d3c1a-5b7e-4a60-9c42-d1e2f3a4b5cg'],
      ['one digit short', '0f8d3c1a-5b7e-4a60-9c42-d1e2f3a4b5c'],
      ['one digit long', '0f8d3c1a-5b7e-4a60-9c42-d1e2f3a4b5c66'],
      ['with hyphens in other places', '0f8d3c1a5-b7e-4a60-9c42-d1e2f3a4b5c6'],
    ] as const,
    ([what, value]) => given('push', `an apns-id ${what}`, { headers: { 'apns-id': value } }, badId),
  ),
  given('push', 'a bad apns-request-id does not matter', { headers: { 'apns-request-id': 'nonsense' } }, pushed),
];

/** Push type, suffix of the topic, largest body (SEND). */
const TYPES = [
  ['alert', '', 4096],
  ['background', '', 4096],
  ['location', '.location-query', 4096],
  ['voip', '.voip', 5120],
  ['complication', '.complication', 4096],
  ['fileprovider', '.pushkit.fileprovider', 4096],
  ['mdm', '', 4096],
  ['liveactivity', '.push-type.liveactivity', 4096],
  ['pushtotalk', '.voip-ptt', 4096],
  ['widgets', '.push-type.widgets', 4096],
  ['controls', '.push-type.controls', 4096],
] as const;

const types: Case[] = each(TYPES, ([type, suffix, limit]) => {
  const headers = { 'apns-push-type': type, 'apns-topic': APP + suffix };
  const normal = type === 'background' ? '5' : '10';
  const cases = [
    given('push', `${type} to ${APP}${suffix}`, { headers: { ...headers, 'apns-priority': normal } }, pushed),
    given('push', `${type} with priority 5`, { headers: { ...headers, 'apns-priority': '5' } }, pushed),
    given('push', `${type} of ${limit} bytes`, { headers, body: { bytes: limit } }, pushed),
    given(
      'push',
      `${type} of ${limit + 1} bytes`,
      { headers, body: { bytes: limit + 1 } },
      refused(413, 'PayloadTooLarge', 'payload'),
    ),
  ];
  if (suffix !== '')
    cases.push(given('push', `${type} without its suffix`, { headers: { 'apns-push-type': type } }, badSuffix));
  if (type !== 'background')
    cases.push(
      given('push', `${type} with priority 1`, { headers: { ...headers, 'apns-priority': '1' } }, pushed),
      given('push', `${type} without a priority`, { headers }, pushed),
    );
  return cases;
});

const topics: Case[] = [
  given('push', 'no topic', { headers: { 'apns-topic': null } }, refused(400, 'MissingTopic', 'apns-topic')),
  given('push', 'an empty topic', { headers: { 'apns-topic': '' } }, refused(400, 'MissingTopic', 'apns-topic')),
  ...each(
    [
      'com example app',
      'com.example.app/',
      'com.exämple',
      '*',
      'com.example.app,other',
      '.',
      '.com.example.app',
      '.voip',
      '.push-type.liveactivity',
    ],
    (topic) => given('push', `the topic ${topic}`, { headers: { 'apns-topic': topic } }, badTopic),
  ),
  given('push', 'a hyphen and digits in the topic', { headers: { 'apns-topic': 'com.example-7.App2' } }, pushed),
  given(
    'push',
    'a VoIP push to a push-to-talk topic',
    {
      headers: { 'apns-push-type': 'voip', 'apns-topic': `${APP}.voip-ptt` },
    },
    badSuffix,
  ),
  given('push', 'an alert to a VoIP topic', { headers: { 'apns-topic': `${APP}.voip` } }, badSuffix),
  given(
    'push',
    'an alert to a Live Activity topic',
    {
      headers: { 'apns-topic': `${APP}.push-type.liveactivity` },
    },
    badSuffix,
  ),
  given(
    'push',
    'an alert to an app whose bundle id happens to end like a suffix',
    {
      headers: { 'apns-topic': 'com.example.voip' },
      setup: {
        apps: [{ bundleId: 'com.example.voip', team: null, broadcast: true, keyIds: null, channelLimit: 10_000 }],
      },
    },
    pushed,
  ),
  given(
    'push',
    'a suffixed topic without a push type',
    {
      headers: { 'apns-push-type': null, 'apns-topic': `${APP}.voip` },
    },
    pushed,
  ),
  given(
    'push',
    'an MDM topic',
    {
      headers: { 'apns-push-type': 'mdm', 'apns-topic': 'com.apple.mgmt.External.0f8d3c1a' },
      body: '{"mdm":"4F2D"}',
    },
    pushed,
  ),
];

const pushTypes: Case[] = each(['alerts', 'Alert', 'LiveActivity', '', 'alert, voip'], (type) =>
  given(
    'push',
    `the push type "${type}"`,
    { headers: { 'apns-push-type': type } },
    refused(400, 'InvalidPushType', 'apns-push-type'),
  ),
);

const expirations: Case[] = [
  ...each(['0', '1', '1795287600', '1795287600000', '999999999999999999999999', '007'], (value) =>
    given('push', `the expiration ${value}`, { headers: { 'apns-expiration': value } }, pushed),
  ),
  ...each(['', '-1', '+1', '1.5', '1e9', 'tomorrow', '2026-11-21T18:00:00Z', '0x10', '1 2'], (value) =>
    given('push', `the expiration "${value}"`, { headers: { 'apns-expiration': value } }, badExpiration),
  ),
];

const priorities: Case[] = [
  ...each(['10', '5', '1'], (value) =>
    given('push', `priority ${value}`, { headers: { 'apns-priority': value } }, pushed),
  ),
  ...each(['', '0', '2', '7', '11', '100', '05', '-5', '5.0', 'high'], (value) =>
    given('push', `priority "${value}"`, { headers: { 'apns-priority': value } }, badPriority),
  ),
  ...each(['10', '1'], (value) =>
    given(
      'push',
      `a background push with priority ${value}`,
      {
        headers: { 'apns-push-type': 'background', 'apns-priority': value },
      },
      badPriority,
    ),
  ),
  given('push', 'a background push without a priority', { headers: { 'apns-push-type': 'background' } }, pushed),
];

/** Header values are byte strings: this letter has two bytes in UTF-8. */
const TWO_BYTES = Buffer.from('é').toString('latin1');
const tooLong = refused(400, 'BadCollapseId', 'apns-collapse-id');
const collapseIds: Case[] = [
  given('push', 'a collapse id of 64 bytes', { headers: { 'apns-collapse-id': 'c'.repeat(64) } }, pushed),
  given('push', 'a collapse id of 65 bytes', { headers: { 'apns-collapse-id': 'c'.repeat(65) } }, tooLong),
  given(
    'push',
    'a collapse id of 32 letters with 64 bytes',
    {
      headers: { 'apns-collapse-id': TWO_BYTES.repeat(32) },
    },
    pushed,
  ),
  given(
    'push',
    'a collapse id of 33 letters with 66 bytes',
    {
      headers: { 'apns-collapse-id': TWO_BYTES.repeat(33) },
    },
    tooLong,
  ),
];

const tokens: Case[] = [
  ...each(
    [
      ['in upper case', TOKEN.toUpperCase()],
      ['in mixed case', TOKEN.replaceAll('a', 'A')],
      ['of 2 digits', 'a1'],
      ['of 108 digits', 'ab'.repeat(54)],
      ['of 160 digits', 'ab'.repeat(80)],
      ['of 200 digits', 'ab'.repeat(100)],
      ['of 400 digits', 'ab'.repeat(200)],
      ['with encoded digits', `%39%61${TOKEN.slice(2)}`],
      ['of zeros but for the last digit', `${'0'.repeat(63)}1`],
    ] as const,
    ([what, token]) => given('push', `a token ${what}`, { path: `/3/device/${token}` }, pushed),
  ),
  ...each(
    [
      ['of 63 digits', TOKEN.slice(1)],
      ['of one digit', 'a'],
      ['with a letter that is no digit', `${TOKEN.slice(1)}g`],
      ['of 64 zeros', '0'.repeat(64)],
      ['in base64', 'mj8MXeF7KEaaPwxd4XsoRg=='],
      ['with spaces, encoded', `${TOKEN.slice(0, 8)}%20${TOKEN.slice(8)}`],
      ['in angle brackets, encoded', `%3C${TOKEN}%3E`],
      ['with an encoded question mark', `${TOKEN}%3Fverbose=1`],
      ['with an encoded slash', `${TOKEN.slice(2)}%2F${TOKEN.slice(0, 2)}`],
      ['encoded twice', `%2539a${TOKEN.slice(2)}`],
      ['with a percent sign that encodes nothing', `${TOKEN}%zz`],
    ] as const,
    ([what, token]) => given('push', `a token ${what}`, { path: `/3/device/${token}` }, badToken),
  ),
  given(
    'push',
    'the path ends before the token',
    { path: '/3/device/' },
    refused(400, 'MissingDeviceToken', 'device-token'),
  ),
];

const bodies: Case[] = [
  given('push', 'no body', { body: '' }, refused(400, 'PayloadEmpty', 'payload')),
  given('push', 'a body of one byte', { body: ' ' }, pushed),
  given('push', 'a body that is no JSON', { body: 'Goal!' }, pushed),
  given('push', 'a body that is no UTF-8', { body: { hex: 'fffe00' } }, pushed),
  given('push', 'an empty object', { body: '{}' }, pushed),
  given(
    'push',
    '4096 bytes without a push type',
    { headers: { 'apns-push-type': null }, body: { bytes: 4096 } },
    pushed,
  ),
  given(
    'push',
    '5120 bytes without a push type, to a VoIP topic',
    { headers: { 'apns-push-type': null, 'apns-topic': `${APP}.voip` }, body: { bytes: 5120 } },
    pushed,
  ),
  given(
    'push',
    '4097 bytes without a push type',
    { headers: { 'apns-push-type': null }, body: { bytes: 4097 } },
    refused(413, 'PayloadTooLarge', 'payload'),
  ),
  given('push', 'a hundred thousand bytes', { body: { bytes: 100_000 } }, refused(413, 'PayloadTooLarge', 'payload')),
  given(
    'push',
    'a content type that is not JSON',
    {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: PUSH_BODY,
    },
    pushed,
  ),
];

export const DEVICE: readonly Case[] = [
  ...accepted,
  ...ids,
  ...types,
  ...topics,
  ...pushTypes,
  ...expirations,
  ...priorities,
  ...collapseIds,
  ...tokens,
  ...bodies,
];
