import type { Evidence, Family, Profile } from './model.ts';

/** When trying again makes sense (RESP, apns-protocol 4.6). */
export type Retry = 'never' | 'after-fix' | 'later' | 'new-connection';

export interface ReasonRow {
  /** As it stands in the error body, letter by letter. */
  readonly name: string;
  readonly status: number;
  /** Families that can answer it. */
  readonly families: readonly Family[];
  readonly retry: Retry;
  readonly evidence: Evidence;
  /** The profile in which it arises by itself; absent: in both. */
  readonly profile?: Profile;
  /** What it tells the provider. */
  readonly meaning: string;
  /** The condition under which the mock answers it unasked; `null`: only when forced. */
  readonly arises: string | null;
  readonly source: string;
}

const ALL = ['device', 'broadcast', 'channels'] as const satisfies readonly Family[];
const SEND = ['device', 'broadcast'] as const satisfies readonly Family[];
const BROADCAST = ['broadcast', 'channels'] as const satisfies readonly Family[];
const DEVICE = ['device'] as const satisfies readonly Family[];

/**
 * Every reason that APNs is known to answer: the table of RESP (device), that of ERR (broadcast and channels), and what
 * captures show beyond them. Judge, forcing targets, documentation and command line read these rows and no others.
 */
export const REASONS = [
  {
    name: 'BadChannelId',
    status: 400,
    families: BROADCAST,
    retry: 'after-fix',
    evidence: 'documented',
    meaning: 'The channel id is not standard base64, or is too long.',
    arises:
      '`apns-channel-id` cannot be decoded or has more than 64 characters; observed profile: also one never issued',
    source: 'ERR; kontourai/station, jonatansoderberg/Maui.Spine#231',
  },
  {
    name: 'BadCollapseId',
    status: 400,
    families: DEVICE,
    retry: 'after-fix',
    evidence: 'documented',
    meaning: 'The collapse id is too long.',
    arises: '`apns-collapse-id` has more than 64 bytes',
    source: 'RESP, SEND',
  },
  {
    name: 'BadDeviceToken',
    status: 400,
    families: DEVICE,
    retry: 'never',
    evidence: 'documented',
    meaning: 'The device token is malformed, or belongs to the other environment.',
    arises:
      'the token is not an even number of hexadecimal digits, is all zeros, or is registered in the other environment',
    source: 'RESP; zeros: glendonC/mobile-surfaces',
  },
  {
    name: 'BadExpirationDate',
    status: 400,
    families: SEND,
    retry: 'after-fix',
    evidence: 'documented',
    meaning: 'The expiration is not an epoch time, or the channel stores no messages.',
    arises: '`apns-expiration` is not all digits; on broadcasts also when missing, or not 0 on a channel with policy 0',
    source: 'RESP, ERR, BCAST; missing: kontourai/station',
  },
  {
    name: 'BadMessageId',
    status: 400,
    families: ALL,
    retry: 'after-fix',
    evidence: 'documented',
    meaning: 'The message id is not a UUID.',
    arises: '`apns-id` (device, broadcast) or `apns-request-id` (broadcast, channels) is not a UUID',
    source: 'RESP, ERR; apns-request-id: assumed',
  },
  {
    name: 'BadPriority',
    status: 400,
    families: SEND,
    retry: 'after-fix',
    evidence: 'documented',
    meaning: 'The priority is not one that this push may have.',
    arises: '`apns-priority` is not 10, 5 or 1; a background push with anything but 5; a broadcast without one',
    source: 'RESP, ERR, SEND; background and missing: assumed',
  },
  {
    name: 'BadRequestParams',
    status: 400,
    families: ['channels'],
    retry: 'after-fix',
    evidence: 'documented',
    meaning: 'The JSON of a channel request has an attribute that does not belong there, or a value of the wrong type.',
    arises: 'create: an unknown attribute; documented profile: also a missing or wrong `message-storage-policy`',
    source: 'ERR; the policy: assumed',
  },
  {
    name: 'BadRequestPayload',
    status: 400,
    families: BROADCAST,
    retry: 'after-fix',
    evidence: 'documented',
    meaning: 'The body is not a JSON object.',
    arises: 'the body of a create or of a broadcast cannot be parsed as a JSON object',
    source: 'ERR; on broadcasts: assumed',
  },
  {
    name: 'BadTopic',
    status: 400,
    families: DEVICE,
    retry: 'after-fix',
    evidence: 'documented',
    meaning: 'The topic is malformed, or does not fit the push type.',
    arises: '`apns-topic` has characters no bundle id has, lacks the suffix of its push type, or has that of another',
    source: 'RESP, SEND; the suffix: assumed',
  },
  {
    name: 'CannotCreateChannelConfig',
    status: 400,
    families: ['channels'],
    retry: 'after-fix',
    evidence: 'documented',
    meaning: 'The app has as many channels as it may have in this environment.',
    arises: 'create when the app has reached its limit, 10,000 unless told otherwise',
    source: 'ERR, CHAN',
  },
  {
    name: 'ChannelNotRegistered',
    status: 400,
    families: BROADCAST,
    retry: 'after-fix',
    evidence: 'documented',
    meaning: 'The app has no such channel in this environment.',
    arises: 'the channel was deleted, never issued, or belongs to another app or environment',
    source: 'ERR; kontourai/station',
  },
  {
    name: 'DeviceTokenNotForTopic',
    status: 400,
    families: DEVICE,
    retry: 'never',
    evidence: 'documented',
    meaning: 'The device token belongs to another topic.',
    arises: 'the token is registered for other topics',
    source: 'RESP',
  },
  {
    name: 'DuplicateHeaders',
    status: 400,
    families: ALL,
    retry: 'after-fix',
    evidence: 'documented',
    meaning: 'A header was repeated.',
    arises: 'any header but `cookie` occurs twice',
    source: 'RESP; on broadcasts and channels: assumed',
  },
  {
    name: 'FeatureNotEnabled',
    status: 400,
    families: BROADCAST,
    retry: 'after-fix',
    evidence: 'documented',
    profile: 'documented',
    meaning: 'The app does not have the broadcast capability.',
    arises: 'the app is registered with `broadcast: false`',
    source: 'ERR, SETUP',
  },
  {
    name: 'BroadcastFeatureNotEnabled',
    status: 400,
    families: BROADCAST,
    retry: 'after-fix',
    evidence: 'observed',
    profile: 'observed',
    meaning: 'The app does not have the broadcast capability: the spelling on the wire.',
    arises: 'the app is registered with `broadcast: false`',
    source: 'kontourai/station, jonatansoderberg/Maui.Spine#231',
  },
  {
    name: 'IdleTimeout',
    status: 400,
    families: DEVICE,
    retry: 'new-connection',
    evidence: 'documented',
    meaning: 'The connection was idle for too long.',
    arises: null,
    source: 'RESP',
  },
  {
    name: 'InvalidPushType',
    status: 400,
    families: ALL,
    retry: 'after-fix',
    evidence: 'documented',
    meaning: 'The push type does not exist or cannot be used here.',
    arises:
      '`apns-push-type` is not in the table (device) or not `liveactivity` (broadcast); create: `push-type` is not `LiveActivity`',
    source: 'RESP, ERR; create: assumed',
  },
  {
    name: 'MissingChannelId',
    status: 400,
    families: BROADCAST,
    retry: 'after-fix',
    evidence: 'documented',
    meaning: 'There is no channel id.',
    arises: 'broadcast, read or delete without `apns-channel-id`',
    source: 'ERR',
  },
  {
    name: 'MissingChannelQueueSize',
    status: 400,
    families: ['channels'],
    retry: 'after-fix',
    evidence: 'observed',
    profile: 'observed',
    meaning: 'The storage policy of a new channel is missing or wrong.',
    arises: 'create: `message-storage-policy` is missing or neither 0 nor 1',
    source: 'alexandercerutti/hapns src/connectors/apns-errors',
  },
  {
    name: 'MissingDeviceToken',
    status: 400,
    families: DEVICE,
    retry: 'after-fix',
    evidence: 'documented',
    meaning: 'The path ends before the device token.',
    arises: 'POST `/3/device/`',
    source: 'RESP',
  },
  {
    name: 'MissingPushType',
    status: 400,
    families: BROADCAST,
    retry: 'after-fix',
    evidence: 'documented',
    meaning: 'There is no push type.',
    arises: 'a broadcast without `apns-push-type`; create without `push-type`',
    source: 'ERR; create: assumed',
  },
  {
    name: 'MissingTopic',
    status: 400,
    families: DEVICE,
    retry: 'after-fix',
    evidence: 'documented',
    meaning: 'There is no topic, and nothing else implies one.',
    arises: 'no `apns-topic`, and no certificate with just one topic',
    source: 'RESP, SEND',
  },
  {
    name: 'PayloadEmpty',
    status: 400,
    families: SEND,
    retry: 'after-fix',
    evidence: 'documented',
    meaning: 'The push has no body.',
    arises: 'the body has zero bytes',
    source: 'RESP, ERR',
  },
  {
    name: 'TopicDisallowed',
    status: 400,
    families: ALL,
    retry: 'after-fix',
    evidence: 'documented',
    meaning: 'Pushing to this topic is not allowed.',
    arises:
      'device: key, certificate or team does not cover the topic; else: the bundle id in the path carries a push-type suffix',
    source: 'RESP, ERR, TROUBLE; device: assumed',
  },
  {
    name: 'BadCertificate',
    status: 403,
    families: ALL,
    retry: 'new-connection',
    evidence: 'documented',
    meaning: 'The client certificate is not valid.',
    arises:
      'it has expired, is not yet valid, names no topic, or (`--auth registered`) comes from elsewhere: told in a GOAWAY',
    source: 'RESP, ERR; GOAWAY: assumed',
  },
  {
    name: 'BadCertificateEnvironment',
    status: 403,
    families: ALL,
    retry: 'new-connection',
    evidence: 'documented',
    meaning: 'The client certificate is for the other environment.',
    arises: 'it carries the marker of the other environment only: told in a GOAWAY with last stream 0',
    source: 'RESP, ERR; GOAWAY: sideshow/apns2#93, #117',
  },
  {
    name: 'BadEnvironmentKeyIdInToken',
    status: 403,
    families: ALL,
    retry: 'after-fix',
    evidence: 'documented',
    profile: 'documented',
    meaning: 'The key of the provider token is for the other environment.',
    arises: 'the key is registered for the other environment only',
    source: 'RESP; on broadcasts and channels: assumed',
  },
  {
    name: 'BadEnvironmentKeyInToken',
    status: 403,
    families: ALL,
    retry: 'after-fix',
    evidence: 'observed',
    profile: 'observed',
    meaning: 'The key of the provider token is for the other environment: the spelling on the wire.',
    arises: 'the key is registered for the other environment only',
    source: 'kylebrowning/APNSwift#229, ndx-technologies/go-apple; on broadcasts and channels: assumed',
  },
  {
    name: 'ExpiredProviderToken',
    status: 403,
    families: ALL,
    retry: 'after-fix',
    evidence: 'documented',
    meaning: 'The provider token is too old.',
    arises: '`iat` is more than an hour ago; observed profile: the connection then stays refused',
    source: 'RESP, ERR, TOKEN; jchambers/pushy',
  },
  {
    name: 'Forbidden',
    status: 403,
    families: DEVICE,
    retry: 'never',
    evidence: 'documented',
    meaning: 'The action is not allowed.',
    arises: null,
    source: 'RESP',
  },
  {
    name: 'InvalidProviderToken',
    status: 403,
    families: ALL,
    retry: 'after-fix',
    evidence: 'documented',
    meaning: 'The provider token is malformed, or its signature, key or team is wrong.',
    arises:
      'any part of the token is wrong; another team on the same connection; `--auth registered`: an unknown key id',
    source: 'RESP, ERR, TOKEN; the team: AndrewBarba/apns2#90',
  },
  {
    name: 'MissingProviderToken',
    status: 403,
    families: ALL,
    retry: 'after-fix',
    evidence: 'documented',
    meaning: 'There is neither a client certificate nor a provider token.',
    arises: 'no certificate, and no `authorization`, another scheme than bearer, or an empty token',
    source: 'RESP, ERR; jchambers/pushy',
  },
  {
    name: 'TopicMismatch',
    status: 403,
    families: BROADCAST,
    retry: 'after-fix',
    evidence: 'documented',
    meaning: 'The bundle id in the path is not covered by the token or certificate.',
    arises: 'the app is registered for another team, or key or certificate list other topics',
    source: 'ERR',
  },
  {
    name: 'UnrelatedKeyIdInToken',
    status: 403,
    families: ALL,
    retry: 'new-connection',
    evidence: 'documented',
    meaning: 'The key has nothing to do with the one of the first push on this connection.',
    arises: 'a team-scoped key and a topic-specific one, or two topic-specific ones, on one connection',
    source: 'RESP, TOKEN; on broadcasts and channels: assumed',
  },
  {
    name: 'BadPath',
    status: 404,
    families: ALL,
    retry: 'after-fix',
    evidence: 'documented',
    meaning: 'There is nothing at this path, or not on this host.',
    arises: 'an unknown path, or a path of the other host; observed profile: read or delete of an unknown channel',
    source: 'RESP, ERR; kontourai/station',
  },
  {
    name: 'MethodNotAllowed',
    status: 405,
    families: ALL,
    retry: 'after-fix',
    evidence: 'documented',
    meaning: 'The path does not know this method.',
    arises: 'send hosts: anything but POST, before everything else; management: a method that the path does not know',
    source: 'RESP, ERR; gbyo/qbsheet',
  },
  {
    name: 'ExpiredToken',
    status: 410,
    families: DEVICE,
    retry: 'never',
    evidence: 'documented',
    meaning: 'The device token has expired.',
    arises: 'the token is registered as expired',
    source: 'RESP',
  },
  {
    name: 'Unregistered',
    status: 410,
    families: DEVICE,
    retry: 'never',
    evidence: 'documented',
    meaning: 'The device token is no longer active for the topic.',
    arises: 'the token is registered as unregistered since a moment that has come',
    source: 'RESP',
  },
  {
    name: 'PayloadTooLarge',
    status: 413,
    families: ALL,
    retry: 'never',
    evidence: 'documented',
    meaning: 'The body is too large.',
    arises: 'more than 4,096 bytes (device), 5,120 (VoIP, broadcast; create: assumed)',
    source: 'RESP, ERR, SEND, BCAST',
  },
  {
    name: 'TooManyProviderTokenUpdates',
    status: 429,
    families: ALL,
    retry: 'later',
    evidence: 'documented',
    meaning: 'The provider token changes too often.',
    arises: 'a sixth different token within 20 minutes on one connection',
    source: 'RESP, ERR; the number: kylebrowning/APNSwift#34, Pr0Ger/PyAPNs2#76',
  },
  {
    name: 'TooManyRequests',
    status: 429,
    families: ALL,
    retry: 'later',
    evidence: 'documented',
    meaning: 'Too many requests: to one device token, or altogether.',
    arises: null,
    source: 'RESP, ERR',
  },
  {
    name: 'InternalServerError',
    status: 500,
    families: ALL,
    retry: 'later',
    evidence: 'documented',
    meaning: 'Something went wrong inside APNs.',
    arises: null,
    source: 'RESP, ERR',
  },
  {
    name: 'Service Unavailable',
    status: 503,
    families: BROADCAST,
    retry: 'later',
    evidence: 'documented',
    meaning: 'The service is not available. Broadcasts and channels spell it with a space.',
    arises: null,
    source: 'ERR',
  },
  {
    name: 'ServiceUnavailable',
    status: 503,
    families: DEVICE,
    retry: 'later',
    evidence: 'documented',
    meaning: 'The service is not available. Device pushes spell it without a space.',
    arises: null,
    source: 'RESP',
  },
  {
    name: 'Shutdown',
    status: 503,
    families: ALL,
    retry: 'new-connection',
    evidence: 'documented',
    meaning: 'The server is going away.',
    arises: 'a request that is open when the mock itself shuts down',
    source: 'RESP, ERR',
  },
] as const satisfies readonly ReasonRow[];

export type ReasonName = (typeof REASONS)[number]['name'];
type NameIn<R, F> = R extends { readonly name: infer N; readonly families: readonly (infer G)[] }
  ? F extends G
    ? N
    : never
  : never;
/** The names of the reasons that a family can answer. */
export type ReasonNameOf<F extends Family> = NameIn<(typeof REASONS)[number], F>;

const BY_NAME: ReadonlyMap<string, ReasonRow> = new Map(REASONS.map((row): [string, ReasonRow] => [row.name, row]));

export const reasonRow = (name: ReasonName): ReasonRow => BY_NAME.get(name) as ReasonRow;

/** The reasons that a family can answer. */
export const reasonsOf = (family: Family): readonly ReasonRow[] =>
  REASONS.filter((row) => (row.families as readonly Family[]).includes(family));

const squeeze = (name: string): string => name.replaceAll(' ', '').toLowerCase();

/**
 * Finds the row that a name means in a family: in any case and with or without the space of `Service Unavailable`,
 * because the two tables spell that one differently.
 */
export function findReason(name: string, family: Family): ReasonRow | undefined {
  const wanted = squeeze(name);
  return reasonsOf(family).find((row) => squeeze(row.name) === wanted);
}
