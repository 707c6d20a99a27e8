/** What real client libraries put on the wire and must get through with (clients 3.1, 3.2 and 4; apns-protocol 3.6, 7.7). */
import { type Case, NOW } from '../case.ts';
import { APP, VALID } from '../credentials.ts';
import {
  broadcasted,
  created,
  deleted,
  given,
  ID,
  listed,
  pushed,
  readAs,
  refused,
  STORELESS,
  STORING,
  TOKEN,
} from './base.ts';

const none = { 'apns-request-id': null } as const;

const parseNodeApn: Case[] = [
  given(
    'create',
    'node-apn: push type in small letters, a priority, no id',
    {
      headers: { ...none, 'apns-priority': '10' },
      body: '{"message-storage-policy":1,"push-type":"liveactivity"}',
    },
    created,
  ),
  given(
    'create',
    'node-apn as its README has it: the policy as text',
    {
      headers: { ...none, 'apns-priority': '10' },
      body: '{"message-storage-policy":"1","push-type":"liveactivity"}',
    },
    refused(400, 'BadRequestParams', 'body'),
  ),
  given(
    'read',
    'node-apn: a priority, an expiration and a left-over body',
    {
      headers: { ...none, 'apns-priority': '10', 'apns-expiration': '0' },
      body: '{"aps":{"alert":"left over"}}',
    },
    readAs(1),
  ),
  given('remove', 'node-apn: a left-over body', { headers: none, body: '{"aps":{}}' }, deleted),
  given('list', 'node-apn: a priority', { headers: { ...none, 'apns-priority': '10' } }, listed(STORING, STORELESS)),
  given(
    'push',
    'node-apn: an empty notification without any body',
    { headers: { 'apns-priority': '10' }, body: '' },
    refused(400, 'PayloadEmpty', 'payload'),
  ),
  given('push', 'node-apn: a host name without a port', { authority: 'localhost' }, pushed),
];

const hapns: Case[] = [
  given(
    'push',
    'hapns: Bearer in capitals, priority 1 and expiration 0',
    {
      credentials: { token: { scheme: 'Bearer' } },
      headers: { 'apns-priority': '1', 'apns-expiration': '0', 'content-length': '25' },
    },
    pushed,
  ),
  given(
    'broadcast',
    'hapns: topic, apns-id and a timestamp in milliseconds',
    {
      credentials: { token: { scheme: 'Bearer' } },
      headers: {
        ...none,
        'apns-id': ID,
        'apns-topic': `${APP}.push-type.liveactivity`,
        'apns-priority': '1',
      },
      body: `{"aps":{"timestamp":${NOW},"event":"update","content-state":{"home":2}}}`,
    },
    broadcasted,
  ),
];

const others: Case[] = [
  given(
    'push',
    'apns2: an encoded token, no priority, no id',
    {
      path: `/3/device/${encodeURIComponent(TOKEN)}`,
      headers: { 'apns-id': null },
    },
    pushed,
  ),
  given('push', 'pushy: a signature in DER', { credentials: { token: { signature: 'der' } } }, pushed),
  given('push', 'dotAPNS: standard base64 with padding', { credentials: { token: { alphabet: 'base64' } } }, pushed),
  given(
    'push',
    'curl: a form content type, user agent and accept',
    {
      headers: {
        'user-agent': 'curl/7.88.1',
        accept: '*/*',
        'content-type': 'application/x-www-form-urlencoded',
      },
    },
    pushed,
  ),
  given('push', 'Windows tools: a token in upper case', { path: `/3/device/${TOKEN.toUpperCase()}` }, pushed),
  given('push', 'aioapns: any name for a host', { authority: 'push.example.net:8443' }, pushed),
  given(
    'broadcast',
    'Guardian: Liveactivity, priority 1, a content type',
    {
      headers: { 'apns-push-type': 'Liveactivity', 'apns-priority': '1', 'content-type': 'application/json' },
    },
    broadcasted,
  ),
  given('read', 'Guardian: a content type on GET', { headers: { 'content-type': 'application/json' } }, readAs(1)),
  given('remove', 'Guardian: a content type on DELETE', { headers: { 'content-type': 'application/json' } }, deleted),
  given(
    'read',
    'early APNSwift: the channel id in the path',
    {
      path: `/1/apps/${APP}/channels/${encodeURIComponent(STORING)}`,
      headers: { 'apns-channel-id': null },
    },
    refused(404, 'BadPath', 'path'),
  ),
  given(
    'list',
    'early APNSwift: the list at /channels',
    {
      path: `/1/apps/${APP}/channels`,
    },
    refused(400, 'MissingChannelId', 'apns-channel-id'),
  ),
];

const twice = refused(400, 'DuplicateHeaders', 'repeated-headers');
const repeated: Case[] = [
  given('push', 'a priority twice', { headers: { 'apns-priority': ['5', '10'] } }, twice),
  given('push', 'the same priority twice', { headers: { 'apns-priority': ['10', '10'] } }, twice),
  given('push', 'a topic twice', { headers: { 'apns-topic': [APP, APP] } }, twice),
  given('push', 'an apns-id twice: the first is echoed', { headers: { 'apns-id': [ID, ID.toUpperCase()] } }, twice),
  given('push', 'a header twice that means nothing', { headers: { 'x-trace': ['a', 'b'] } }, twice),
  given(
    'push',
    'authorization twice',
    {
      headers: { authorization: 'bearer again' },
      credentials: VALID,
      needs: ['repeated-authorization'],
    },
    twice,
  ),
  given('push', 'cookies may be split', { headers: { cookie: ['a=1', 'b=2'] } }, pushed),
  given('broadcast', 'a channel id twice', { headers: { 'apns-channel-id': [STORING, STORELESS] } }, twice),
  given('broadcast', 'an expiration twice', { headers: { 'apns-expiration': ['0', '0'] } }, twice),
  given('create', 'an apns-request-id twice', { headers: { 'apns-request-id': [ID, ID] } }, twice),
  given('remove', 'a channel id twice', { headers: { 'apns-channel-id': [STORING, STORING] } }, twice),
  given('list', 'a header twice that means nothing', { headers: { 'x-trace': ['a', 'a'] } }, twice),
  given('push', 'a value with a comma is one value', { headers: { 'x-trace': 'a, b' } }, pushed),
];

export const QUIRKS: readonly Case[] = [...parseNodeApn, ...hapns, ...others, ...repeated];
