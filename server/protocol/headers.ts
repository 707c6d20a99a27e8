import type { HeaderList } from './model.ts';

/** Values of one header name in a flat list: the first, and whether there are more. */
export function firstValue(headers: HeaderList, name: string): string | undefined {
  for (let i = 0; i < headers.length; i += 2) if (headers[i] === name) return headers[i + 1];
  return undefined;
}

export type HeaderUse = 'required' | 'optional' | 'ignored';

interface HeaderRow {
  readonly name: string;
  readonly device: HeaderUse;
  readonly broadcast: HeaderUse;
  /** create, read, delete, list in one: the channel id is required for read and delete only. */
  readonly channels: HeaderUse;
  readonly form: string;
  readonly source: string;
}

/** Request headers with a meaning, by family (apns-protocol 2.1, 3.1, 5.1). Others are tolerated. */
export const HEADERS = [
  {
    name: 'authorization',
    device: 'optional',
    broadcast: 'optional',
    channels: 'optional',
    form: '`bearer <JWT>`, the scheme in any case; required unless a client certificate was presented',
    source: 'SEND, BCAST, CHAN; scheme in any case: reown-com/a2, hapns',
  },
  {
    name: 'apns-id',
    device: 'optional',
    broadcast: 'optional',
    channels: 'ignored',
    form: 'UUID, 8-4-4-4-12 hexadecimal digits',
    source: 'SEND; on broadcasts one sample of BCAST',
  },
  {
    name: 'apns-request-id',
    device: 'ignored',
    broadcast: 'optional',
    channels: 'optional',
    form: 'UUID, 8-4-4-4-12 hexadecimal digits',
    source: 'BCAST, CHAN',
  },
  {
    name: 'apns-push-type',
    device: 'optional',
    broadcast: 'required',
    channels: 'ignored',
    form: 'a push type of the table; on broadcasts `liveactivity` in any case',
    source: 'SEND, BCAST',
  },
  {
    name: 'apns-expiration',
    device: 'optional',
    broadcast: 'required',
    channels: 'ignored',
    form: 'UNIX time in seconds, digits only; `0`: try once, store nothing',
    source: 'SEND, BCAST; required on broadcasts: kontourai/station',
  },
  {
    name: 'apns-priority',
    device: 'optional',
    broadcast: 'required',
    channels: 'ignored',
    form: '`10`, `5` or `1`',
    source: 'SEND, BCAST',
  },
  {
    name: 'apns-topic',
    device: 'required',
    broadcast: 'ignored',
    channels: 'ignored',
    form: 'bundle id and the suffix of the push type; a certificate with one topic implies it',
    source: 'SEND',
  },
  {
    name: 'apns-collapse-id',
    device: 'optional',
    broadcast: 'ignored',
    channels: 'ignored',
    form: 'at most 64 bytes',
    source: 'SEND',
  },
  {
    name: 'apns-channel-id',
    device: 'ignored',
    broadcast: 'required',
    channels: 'optional',
    form: 'standard base64 with padding, at most 64 characters',
    source: 'BCAST, CHAN; the length is assumed',
  },
] as const satisfies readonly HeaderRow[];

/** Longest `apns-collapse-id`, in bytes (SEND). */
export const COLLAPSE_ID_MAX_BYTES = 64;
/** Longest `apns-channel-id`, in characters. Assumed: Apple's ids have 24 (apns-protocol 10, row 13). */
export const CHANNEL_ID_MAX_CHARS = 64;
/** Values of `apns-priority` (SEND, BCAST). */
export const PRIORITIES: readonly string[] = ['10', '5', '1'];
