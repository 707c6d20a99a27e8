import type { Evidence, Operation } from '../../protocol/model.ts';
import type { Check } from '../situation.ts';
import * as broadcast from './broadcast.ts';
import * as channels from './channels.ts';
import * as common from './common.ts';
import * as device from './device.ts';
import * as provider from './provider.ts';

/** One check and why it stands where it stands. */
export interface CheckRow {
  /** As it shows in the trail of an exchange. */
  readonly name: string;
  readonly run: Check;
  /** What it makes sure of, for people. */
  readonly looksAt: string;
  /** Who says that it stands here; rows without a capture or page name the step of apns-protocol 8.3. */
  readonly source: string;
  /** How well its place in the order is known. */
  readonly evidence: Evidence;
}

const row = (name: string, run: Check, looksAt: string, source: string, evidence: Evidence = 'assumed'): CheckRow => ({
  name,
  run,
  looksAt,
  source,
  evidence,
});

const METHOD = row('method', common.method, 'the method is POST', 'gbyo/qbsheet, 405 before credentials', 'observed');
const CREDENTIALS: readonly CheckRow[] = [
  row(
    'credential',
    provider.credential,
    'there is a provider token or a client certificate',
    'uniqush/uniqush-push and gbyo/qbsheet, 403 before token, topic and channel id',
    'observed',
  ),
  row(
    'provider-token',
    provider.providerToken,
    'form, algorithm, key id, team id and signature of the token are right',
    'probe notes, InvalidProviderToken before BadDeviceToken',
    'observed',
  ),
  row('token-age', provider.tokenAge, '`iat` is at most an hour old and five minutes ahead', 'step 3'),
  row(
    'key-environment',
    provider.keyEnvironment,
    'the key is for this environment',
    'probe notes, BadEnvironmentKeyInToken before BadDeviceToken',
    'observed',
  ),
  row('connection-binding', provider.connectionBinding, 'team and key fit the first push of the connection', 'step 4'),
  row('token-refresh', provider.tokenRefresh, 'the connection shows five tokens in 20 minutes at most', 'step 4'),
];
const PATH = row(
  'path',
  common.path,
  'the path exists, and on this host',
  'probe notes, BadPath with a good token',
  'observed',
);
const REPEATED = row('repeated-headers', common.repeatedHeaders, 'no header occurs twice', 'step 6');
const BUNDLE_ID = row(
  'bundle-id',
  broadcast.bundleId,
  'the bundle id is plain, and covered by the credentials',
  'step 7',
);
const APNS_ID = row('apns-id', common.apnsId, 'it is a UUID, if given', 'step 8');
const REQUEST_ID = row('apns-request-id', common.requestId, 'it is a UUID, if given', 'step 8');
const CHANNEL_ID = row('apns-channel-id', broadcast.channelId, 'it is there and is standard base64', 'step 9');
const CAPABILITY = row('capability', broadcast.capability, 'the app may broadcast', 'step 10');
const CHANNEL = row('channel', broadcast.channelRegistered, 'the app has the channel in this environment', 'step 11');

/** Requests that lead nowhere on this listener: as far as the path. */
export const LOST_ON_SEND: readonly CheckRow[] = [METHOD, ...CREDENTIALS, PATH];
export const LOST_ON_MANAGE: readonly CheckRow[] = [
  ...CREDENTIALS,
  PATH,
  row('method', common.managementMethod, 'the path knows the method', 'step 5'),
];

/**
 * The order in which a request is judged; the first check that fails decides (apns-protocol 8.3). One list per
 * operation: the trail of an exchange, the documentation and the page are drawn from these rows.
 */
export const ORDER: Record<Exclude<Operation, 'unknown'>, readonly CheckRow[]> = {
  'device.send': [
    METHOD,
    ...CREDENTIALS,
    PATH,
    REPEATED,
    row('apns-topic', device.topic, 'there is a topic, in the form of one', 'step 7'),
    row('topic-suffix', device.topicSuffix, 'the topic ends in the suffix of its push type, and in no other', 'step 7'),
    row('topic-allowed', device.topicAllowed, 'the credentials cover the topic', 'step 7'),
    APNS_ID,
    row('apns-push-type', device.pushType, 'it is in the table of push types, if given', 'step 8'),
    row('apns-expiration', device.expiration, 'it is digits only, if given', 'step 8'),
    row('apns-priority', device.priority, 'it is 10, 5 or 1 and fits the push type, if given', 'step 8'),
    row('apns-collapse-id', device.collapseId, 'it has at most 64 bytes, if given', 'step 8'),
    row('device-token', device.deviceToken, 'the path holds an even number of hexadecimal digits', 'step 9'),
    row('device', device.registered, 'a registered device is active, here and for this topic', 'step 11'),
    row('payload', device.payload, 'the body is neither empty nor too large', 'step 12'),
  ],
  'broadcast.send': [
    METHOD,
    ...CREDENTIALS,
    PATH,
    REPEATED,
    BUNDLE_ID,
    APNS_ID,
    REQUEST_ID,
    row('apns-push-type', broadcast.pushType, 'it is liveactivity, in any case', 'step 8'),
    row('apns-expiration', broadcast.expiration, 'it is there, and digits only', 'step 8'),
    row('apns-priority', broadcast.priority, 'it is there, and 10, 5 or 1', 'step 8'),
    CHANNEL_ID,
    CAPABILITY,
    CHANNEL,
    row('storage-policy', broadcast.storagePolicy, 'the expiration is 0 if the channel stores no messages', 'step 11'),
    row('payload', broadcast.payload, 'the body is a JSON object of at most 5,120 bytes', 'step 12'),
  ],
  'channels.create': [
    ...CREDENTIALS,
    PATH,
    REPEATED,
    BUNDLE_ID,
    REQUEST_ID,
    CAPABILITY,
    row('body', channels.body, 'the body has a storage policy and a push type, and nothing else', 'step 12'),
    row('channel-limit', channels.limit, 'the app has room for one more channel here', 'step 12'),
  ],
  'channels.read': [...CREDENTIALS, PATH, REPEATED, BUNDLE_ID, REQUEST_ID, CHANNEL_ID, CAPABILITY, CHANNEL],
  'channels.delete': [...CREDENTIALS, PATH, REPEATED, BUNDLE_ID, REQUEST_ID, CHANNEL_ID, CAPABILITY, CHANNEL],
  'channels.list': [...CREDENTIALS, PATH, REPEATED, BUNDLE_ID, REQUEST_ID, CAPABILITY],
};
