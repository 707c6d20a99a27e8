/** Apple's two tables of reasons, copied from the protocol notes (4.1 and 4.2) and not from the code. */

export interface DocumentedReason {
  readonly status: number;
  readonly reason: string;
}
const table = (rows: Readonly<Record<number, readonly string[]>>): readonly DocumentedReason[] =>
  Object.entries(rows).flatMap(([status, reasons]) => reasons.map((reason) => ({ status: Number(status), reason })));

/** Broadcasts and channel management (ERR): 28 rows. */
export const BROADCAST_TABLE = table({
  400: [
    'FeatureNotEnabled',
    'MissingChannelId',
    'BadChannelId',
    'ChannelNotRegistered',
    'BadRequestParams',
    'BadRequestPayload',
    'PayloadEmpty',
    'BadMessageId',
    'MissingPushType',
    'InvalidPushType',
    'CannotCreateChannelConfig',
    'BadExpirationDate',
    'TopicDisallowed',
    'BadPriority',
  ],
  403: [
    'BadCertificate',
    'BadCertificateEnvironment',
    'TopicMismatch',
    'MissingProviderToken',
    'ExpiredProviderToken',
    'InvalidProviderToken',
  ],
  404: ['BadPath'],
  405: ['MethodNotAllowed'],
  413: ['PayloadTooLarge'],
  429: ['TooManyRequests', 'TooManyProviderTokenUpdates'],
  500: ['InternalServerError'],
  503: ['Service Unavailable', 'Shutdown'],
});

/** Device pushes (RESP): 32 rows. */
export const DEVICE_TABLE = table({
  400: [
    'BadCollapseId',
    'BadDeviceToken',
    'BadExpirationDate',
    'BadMessageId',
    'BadPriority',
    'BadTopic',
    'DeviceTokenNotForTopic',
    'DuplicateHeaders',
    'IdleTimeout',
    'InvalidPushType',
    'MissingDeviceToken',
    'MissingTopic',
    'PayloadEmpty',
    'TopicDisallowed',
  ],
  403: [
    'BadCertificate',
    'BadCertificateEnvironment',
    'ExpiredProviderToken',
    'Forbidden',
    'InvalidProviderToken',
    'MissingProviderToken',
    'UnrelatedKeyIdInToken',
    'BadEnvironmentKeyIdInToken',
  ],
  404: ['BadPath'],
  405: ['MethodNotAllowed'],
  410: ['ExpiredToken', 'Unregistered'],
  413: ['PayloadTooLarge'],
  429: ['TooManyProviderTokenUpdates', 'TooManyRequests'],
  500: ['InternalServerError'],
  503: ['ServiceUnavailable', 'Shutdown'],
});

/** Seen on the wire and in neither table (3.5, 4.3). */
export const OBSERVED_BROADCAST = table({ 400: ['BroadcastFeatureNotEnabled', 'MissingChannelQueueSize'] });
export const OBSERVED_DEVICE = table({ 403: ['BadEnvironmentKeyInToken'] });
/** In the device table only, and assumed for broadcasts and channels too (8.3, steps 4 and 6; 10, row 31). */
export const ASSUMED_BROADCAST = table({
  400: ['DuplicateHeaders'],
  403: ['UnrelatedKeyIdInToken', 'BadEnvironmentKeyIdInToken', 'BadEnvironmentKeyInToken'],
});
