/** Methods and paths: what leads nowhere, and on which port (apns-protocol 1, 8.1, 8.3; contract 2). */
import type { Case, Setup } from '../case.ts';
import { APP } from '../credentials.ts';
import {
  broadcasted,
  created,
  deleted,
  each,
  given,
  listed,
  type Outcome,
  pushed,
  readAs,
  refused,
  STORELESS,
  STORING,
  TOKEN,
} from './base.ts';

const nowhere = refused(404, 'BadPath', 'path');
const wrongMethod = refused(405, 'MethodNotAllowed', 'method');
/** An answer to HEAD has no body (RFC 9110 section 9.3.2). */
const wordless: Outcome = (context) => ({ ...wrongMethod(context), body: '' });
const noToken = refused(403, 'MissingProviderToken', 'credential');
const single: Partial<Setup> = { listener: 'single-port' };

const METHODS = ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'] as const;

/** Send hosts: 405 before anything else, credentials included. */
const sendMethods: Case[] = [
  ...each(METHODS, (method) => [
    given('push', `${method}`, { method }, wrongMethod),
    given('push', `${method} without credentials`, { method, credentials: 'none' }, wrongMethod),
    given('broadcast', `${method}`, { method }, wrongMethod),
    given('broadcast', `${method} without credentials`, { method, credentials: 'none' }, wrongMethod),
  ]),
  given('push', 'HEAD', { method: 'HEAD', body: '' }, wordless),
  given(
    'push',
    'GET on the path without a token, without credentials',
    {
      method: 'GET',
      path: '/3/device/',
      credentials: 'none',
      body: '',
    },
    wrongMethod,
  ),
  given('push', 'GET on an unknown path', { method: 'GET', path: '/', credentials: 'none', body: '' }, wrongMethod),
  given('push', 'a method in small letters', { method: 'post' }, wrongMethod),
  given('push', 'GET on one port for all', { method: 'GET', setup: single, credentials: 'none' }, wrongMethod),
  given('broadcast', 'GET on one port for all', { method: 'GET', setup: single, credentials: 'none' }, wrongMethod),
  given(
    'broadcast',
    'the probe of a stranger: GET without anything',
    {
      method: 'GET',
      path: '/4/broadcasts/apps/com.example.probe',
      credentials: 'none',
      headers: {
        'apns-request-id': null,
        'apns-channel-id': null,
        'apns-push-type': null,
        'apns-expiration': null,
        'apns-priority': null,
      },
      body: '',
    },
    wrongMethod,
  ),
];

/** Management hosts: credentials first, then the method. */
const manageMethods: Case[] = [
  ...each(['PUT', 'PATCH', 'OPTIONS'] as const, (method) => [
    given('create', `${method} on channels`, { method }, wrongMethod),
    given('create', `${method} on channels without credentials`, { method, credentials: 'none' }, noToken),
    given('create', `${method} on channels, one port for all`, { method, setup: single }, wrongMethod),
    given(
      'create',
      `${method} on channels, one port for all, without credentials`,
      { method, setup: single, credentials: 'none' },
      noToken,
    ),
  ]),
  ...each(['POST', 'DELETE', 'PUT'] as const, (method) =>
    given('list', `${method} on all-channels`, { method }, wrongMethod),
  ),
  given('read', 'HEAD on channels', { method: 'HEAD' }, wordless),
  given(
    'read',
    'the probe of a stranger: GET without anything',
    {
      path: '/1/apps/com.example.probe/channels',
      credentials: 'none',
      headers: { 'apns-request-id': null, 'apns-channel-id': null },
    },
    noToken,
  ),
  given(
    'read',
    'the same in production',
    {
      path: '/1/apps/com.example.probe/channels',
      credentials: 'none',
      headers: { 'apns-request-id': null, 'apns-channel-id': null },
      setup: { listener: 'manage-production' },
    },
    noToken,
  ),
  given('create', 'PUT on an unknown path', { method: 'PUT', path: '/1/apps' }, nowhere),
];

const devicePaths: Case[] = [
  ...each(
    [
      ['a slash at the end', `/3/device/${TOKEN}/`],
      ['a query string', `/3/device/${TOKEN}?verbose=1`],
      ['a segment more', `/3/device/${TOKEN}/now`],
      ['another version', `/2/device/${TOKEN}`],
      ['no version', `/device/${TOKEN}`],
      ['devices', `/3/devices/${TOKEN}`],
      ['a capital letter', `/3/Device/${TOKEN}`],
      ['two slashes', `/3//device/${TOKEN}`],
      ['the root', '/'],
      ['something else', '/index.html'],
    ] as const,
    ([what, path]) => [
      given('push', `path: ${what}`, { path }, nowhere),
      given('push', `path: ${what}, without credentials`, { path, credentials: 'none' }, noToken),
    ],
  ),
  given('push', 'path: device in percent-encoding', { path: `/3/%64evice/${TOKEN}` }, pushed),
  given(
    'push',
    'without a token and without the last slash',
    { path: '/3/device' },
    refused(400, 'MissingDeviceToken', 'device-token'),
  ),
  given('push', 'without a token and without credentials', { path: '/3/device/', credentials: 'none' }, noToken),
];

const broadcastPaths: Case[] = [
  ...each(
    [
      ['a slash at the end', `/4/broadcasts/apps/${APP}/`],
      ['a query string', `/4/broadcasts/apps/${APP}?a=b`],
      ['no bundle id', '/4/broadcasts/apps/'],
      ['no apps', `/4/broadcasts/${APP}`],
      ['the channel in the path', `/4/broadcasts/apps/${APP}/channels/${encodeURIComponent(STORING)}`],
    ] as const,
    ([what, path]) => given('broadcast', `path: ${what}`, { path }, nowhere),
  ),
  // A path that does not even begin like a broadcast is answered as a push would be: with an apns-id.
  ...each(
    [
      ['broadcast', `/4/broadcast/apps/${APP}`],
      ['another version of broadcasts', `/3/broadcasts/apps/${APP}`],
      ['a capital letter in Broadcasts', `/4/Broadcasts/apps/${APP}`],
    ] as const,
    ([what, path]) => given('push', `path: ${what}`, { path }, nowhere),
  ),
];

const channelPaths: Case[] = each(
  [
    ['a slash at the end', `/1/apps/${APP}/channels/`],
    ['a query string', `/1/apps/${APP}/channels?limit=5`],
    ['the channel id in the path', `/1/apps/${APP}/channels/${encodeURIComponent(STORING)}`],
    ['no bundle id', '/1/apps//channels'],
    ['a capital letter', `/1/Apps/${APP}/channels`],
    ['another version', `/2/apps/${APP}/channels`],
    ['channel', `/1/apps/${APP}/channel`],
    ['no channels', `/1/apps/${APP}`],
  ] as const,
  ([what, path]) => [
    given('read', `path: ${what}`, { path }, nowhere),
    given('create', `path: ${what}`, { path }, nowhere),
    given('read', `path: ${what}, without credentials`, { path, credentials: 'none' }, noToken),
  ],
);

const at = (listener: Setup['listener']): { setup: Partial<Setup> } => ({ setup: { listener } });
/** Apple splits the families by host and port; so does the mock unless told otherwise. */
const ports: Case[] = [
  ...each(['create', 'read', 'remove', 'list'] as const, (name) => [
    given(name, 'on the send port', at('send'), nowhere),
    given(name, 'on the send port without credentials', { ...at('send'), credentials: 'none' }, noToken),
  ]),
  given('create', 'PUT on the send port', { ...at('send'), method: 'PUT' }, wrongMethod),
  given('push', 'on the manage port', at('manage'), nowhere),
  given('push', 'on the manage port of production', at('manage-production'), nowhere),
  given('push', 'on the manage port without credentials', { ...at('manage'), credentials: 'none' }, noToken),
  given('broadcast', 'on the manage port', at('manage'), nowhere),
  given('push', 'GET on the manage port', { ...at('manage'), method: 'GET' }, nowhere),
  ...each<readonly ['push' | 'broadcast' | 'create' | 'read' | 'remove' | 'list', Outcome]>(
    [
      ['push', pushed],
      ['broadcast', broadcasted],
      ['create', created],
      ['read', readAs(1)],
      ['remove', deleted],
      ['list', listed(STORING, STORELESS)],
    ],
    ([name, outcome]) => given(name, 'on one port for all', { setup: single }, outcome),
  ),
  given(
    'remove',
    'on one port for all, in production',
    { setup: { ...single, environment: 'production' } },
    refused(400, 'ChannelNotRegistered', 'channel'),
  ),
  given(
    'list',
    'on one port for all, the host name decides',
    {
      setup: single,
      authority: 'api-manage-broadcast.push.apple.com',
      path: '/1/apps/com.example.none/all-channels',
    },
    listed(),
  ),
];

export const PATHS: readonly Case[] = [
  ...sendMethods,
  ...manageMethods,
  ...devicePaths,
  ...broadcastPaths,
  ...channelPaths,
  ...ports,
];
