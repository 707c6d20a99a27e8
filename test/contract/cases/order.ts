/**
 * Two faults in one request: the check that comes first in apns-protocol 8.3 decides. Each list below is that table,
 * read downwards; every fault is paired with every later one that can stand beside it.
 */
import type { Case, Setup } from '../case.ts';
import { NOW } from '../case.ts';
import { APP, type CredentialSpec, OTHER_TEAM } from '../credentials.ts';
import {
  type CaseChange,
  type GoodName,
  given,
  IN_AN_HOUR,
  NEVER_ISSUED,
  type Outcome,
  refused,
  STORELESS,
  step,
  TOKEN,
} from './base.ts';

interface Fault extends Omit<CaseChange, 'setup'> {
  readonly called: string;
  readonly outcome: Outcome;
  readonly setup?: Partial<Setup>;
}

const fault = (called: string, change: CaseChange, outcome: Outcome): Fault => ({ called, outcome, ...change });
const credentials = (spec: CredentialSpec): CaseChange => ({ credentials: spec });
const header = (name: string, value: string | null | readonly string[]): CaseChange => ({ headers: { [name]: value } });
const foreignApp: CaseChange = {
  setup: { apps: [{ bundleId: APP, team: OTHER_TEAM, broadcast: true, keyIds: null, channelLimit: 10_000 }] },
};
const incapable: CaseChange = {
  setup: { apps: [{ bundleId: APP, team: null, broadcast: false, keyIds: null, channelLimit: 10_000 }] },
};

const CREDENTIAL_FAULTS = (good: GoodName): Fault[] => [
  fault('no credentials', credentials('none'), refused(403, 'MissingProviderToken', 'credential')),
  fault(
    'a forged token',
    credentials({ token: { signature: 'forged' } }),
    refused(403, 'InvalidProviderToken', 'provider-token'),
  ),
  fault('a stale token', credentials({ token: { iat: -7200 } }), refused(403, 'ExpiredProviderToken', 'token-age')),
  fault(
    'a key of the other environment',
    credentials({ token: { key: 'production' } }),
    refused(403, 'BadEnvironmentKeyIdInToken', 'key-environment'),
  ),
  fault(
    'another team on the connection',
    { before: [step(good, { credentials: { token: { key: 'foreign' } } })] },
    refused(403, 'InvalidProviderToken', 'connection-binding'),
  ),
  fault(
    'a sixth token',
    { before: Array.from({ length: 5 }, (_, n) => step(good, { credentials: { token: { claims: { n } } } })) },
    refused(429, 'TooManyProviderTokenUpdates', 'token-refresh'),
  ),
];
const METHOD = fault('GET', { method: 'GET' }, refused(405, 'MethodNotAllowed', 'method'));
const REPEATED = fault(
  'a repeated header',
  header('user-agent', ['a', 'b']),
  refused(400, 'DuplicateHeaders', 'repeated-headers'),
);
const badMessageId = (name: string): Fault =>
  fault(`a bad ${name}`, header(name, 'x'), refused(400, 'BadMessageId', name));
const badExpiration = fault(
  'a bad expiration',
  header('apns-expiration', 'x'),
  refused(400, 'BadExpirationDate', 'apns-expiration'),
);
const badPriority = fault('a bad priority', header('apns-priority', '3'), refused(400, 'BadPriority', 'apns-priority'));
const noCapability = fault('no capability', incapable, refused(400, 'FeatureNotEnabled', 'capability'));
const mismatch = fault('an app of another team', foreignApp, refused(403, 'TopicMismatch', 'bundle-id'));

/** Steps 1 to 12 for a device push. */
const DEVICE: readonly Fault[] = [
  METHOD,
  ...CREDENTIAL_FAULTS('push'),
  fault('an unknown path', { path: `/9/device/${TOKEN}` }, refused(404, 'BadPath', 'path')),
  REPEATED,
  fault('no topic', header('apns-topic', null), refused(400, 'MissingTopic', 'apns-topic')),
  fault('a malformed topic', header('apns-topic', 'a b'), refused(400, 'BadTopic', 'apns-topic')),
  fault('a push type with a suffix', header('apns-push-type', 'voip'), refused(400, 'BadTopic', 'topic-suffix')),
  fault('an app of another team', foreignApp, refused(400, 'TopicDisallowed', 'topic-allowed')),
  badMessageId('apns-id'),
  fault('an unknown push type', header('apns-push-type', 'x'), refused(400, 'InvalidPushType', 'apns-push-type')),
  badExpiration,
  badPriority,
  fault(
    'a long collapse id',
    header('apns-collapse-id', 'c'.repeat(65)),
    refused(400, 'BadCollapseId', 'apns-collapse-id'),
  ),
  fault('no device token', { path: '/3/device/' }, refused(400, 'MissingDeviceToken', 'device-token')),
  fault('a malformed device token', { path: '/3/device/xyz' }, refused(400, 'BadDeviceToken', 'device-token')),
  fault(
    'an unregistered device',
    {
      setup: { devices: [{ token: TOKEN, environment: null, topics: null, state: 'unregistered', since: NOW }] },
    },
    refused(410, 'Unregistered', 'device', NOW),
  ),
  fault('no body', { body: '' }, refused(400, 'PayloadEmpty', 'payload')),
  fault('a large body', { body: { bytes: 4097 } }, refused(413, 'PayloadTooLarge', 'payload')),
];

/** Steps 1 to 12 for a broadcast. */
const BROADCAST: readonly Fault[] = [
  METHOD,
  ...CREDENTIAL_FAULTS('broadcast'),
  fault('an unknown path', { path: '/4/broadcasts/apps/' }, refused(404, 'BadPath', 'path')),
  REPEATED,
  fault('a suffix', { path: `/4/broadcasts/apps/${APP}.voip` }, refused(400, 'TopicDisallowed', 'bundle-id')),
  mismatch,
  badMessageId('apns-id'),
  badMessageId('apns-request-id'),
  fault('no push type', header('apns-push-type', null), refused(400, 'MissingPushType', 'apns-push-type')),
  fault('another push type', header('apns-push-type', 'alert'), refused(400, 'InvalidPushType', 'apns-push-type')),
  badExpiration,
  badPriority,
  fault('no channel id', header('apns-channel-id', null), refused(400, 'MissingChannelId', 'apns-channel-id')),
  fault('a bad channel id', header('apns-channel-id', '!'), refused(400, 'BadChannelId', 'apns-channel-id')),
  noCapability,
  fault('an unknown channel', header('apns-channel-id', NEVER_ISSUED), refused(400, 'ChannelNotRegistered', 'channel')),
  fault(
    'an expiration on a channel without storage',
    { headers: { 'apns-channel-id': STORELESS, 'apns-expiration': IN_AN_HOUR } },
    refused(400, 'BadExpirationDate', 'storage-policy'),
  ),
  fault('no body', { body: '' }, refused(400, 'PayloadEmpty', 'payload')),
  fault('a large body', { body: { hex: '78'.repeat(5121) } }, refused(413, 'PayloadTooLarge', 'payload')),
  fault('a body that is no JSON', { body: 'Goal!' }, refused(400, 'BadRequestPayload', 'payload')),
];

const MANAGE_METHOD = fault('PUT', { method: 'PUT' }, refused(405, 'MethodNotAllowed', 'method'));
const MANAGE_SUFFIX = fault(
  'a suffix',
  { path: `/1/apps/${APP}.voip/channels` },
  refused(400, 'TopicDisallowed', 'bundle-id'),
);

/** Steps 2 to 12 for a creation. */
const CREATE: readonly Fault[] = [
  ...CREDENTIAL_FAULTS('create'),
  fault('an unknown path', { path: '/1/apps' }, refused(404, 'BadPath', 'path')),
  MANAGE_METHOD,
  REPEATED,
  MANAGE_SUFFIX,
  mismatch,
  badMessageId('apns-request-id'),
  noCapability,
  fault('a body that is no JSON', { body: '{' }, refused(400, 'BadRequestPayload', 'body')),
  fault('an unknown attribute', { body: '{"x":1}' }, refused(400, 'BadRequestParams', 'body')),
  fault(
    'a full shelf',
    {
      setup: { apps: [{ bundleId: APP, team: null, broadcast: true, keyIds: null, channelLimit: 2 }] },
    },
    refused(400, 'CannotCreateChannelConfig', 'channel-limit'),
  ),
];

/** Steps 2 to 11 for reading and deleting. */
const ADDRESSED = (good: 'read' | 'remove'): readonly Fault[] => [
  ...CREDENTIAL_FAULTS(good),
  fault('an unknown path', { path: '/1/apps' }, refused(404, 'BadPath', 'path')),
  MANAGE_METHOD,
  REPEATED,
  MANAGE_SUFFIX,
  mismatch,
  badMessageId('apns-request-id'),
  fault('no channel id', header('apns-channel-id', null), refused(400, 'MissingChannelId', 'apns-channel-id')),
  fault('a bad channel id', header('apns-channel-id', '!'), refused(400, 'BadChannelId', 'apns-channel-id')),
  noCapability,
  fault('an unknown channel', header('apns-channel-id', NEVER_ISSUED), refused(400, 'ChannelNotRegistered', 'channel')),
];

/** Steps 2 to 10 for listing. */
const LIST: readonly Fault[] = [
  ...CREDENTIAL_FAULTS('list'),
  fault('an unknown path', { path: '/1/apps' }, refused(404, 'BadPath', 'path')),
  MANAGE_METHOD,
  REPEATED,
  fault('a suffix', { path: `/1/apps/${APP}.voip/all-channels` }, refused(400, 'TopicDisallowed', 'bundle-id')),
  mismatch,
  badMessageId('apns-request-id'),
  noCapability,
];

/** All pairs of a list that can be had at once; the earlier one decides. */
function pairs(good: GoodName, faults: readonly Fault[]): Case[] {
  const cases: Case[] = [];
  faults.forEach((first, i) => {
    for (const second of faults.slice(i + 1)) {
      const both = merge(first, second);
      if (both !== null) cases.push(given(good, `${first.called} and ${second.called}`, both, first.outcome));
    }
  });
  return cases;
}

/** `null`: the two faults are about the same part of the request, which can be wrong in one way only. */
function merge(a: Fault, b: Fault): CaseChange | null {
  for (const part of ['method', 'path', 'body', 'credentials', 'before'] as const)
    if (a[part] !== undefined && b[part] !== undefined) return null;
  // The connection's first pushes must be good, and need the app as it is.
  const connected = a.before ?? b.before;
  if (connected !== undefined && (a.credentials ?? b.credentials) !== undefined) return null;
  const names = Object.keys(a.headers ?? {});
  if (names.some((name) => b.headers?.[name] !== undefined)) return null;
  const settings = Object.keys(a.setup ?? {});
  if (settings.some((name) => name in (b.setup ?? {}))) return null;
  const { called: _a, outcome: _b, ...first } = a;
  const { called: _c, outcome: _d, ...second } = b;
  return { ...first, ...second, headers: { ...a.headers, ...b.headers }, setup: { ...a.setup, ...b.setup } };
}

export const ORDER_CASES: readonly Case[] = [
  ...pairs('push', DEVICE),
  ...pairs('broadcast', BROADCAST),
  ...pairs('create', CREATE),
  ...pairs('read', ADDRESSED('read')),
  ...pairs('remove', ADDRESSED('remove')),
  ...pairs('list', LIST),
];
