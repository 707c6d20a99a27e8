import type { HeaderList } from '../protocol/model.ts';

/** The request headers that mean something, read in one pass; the first value of each. */
export interface Fields {
  authorization: string | undefined;
  apnsId: string | undefined;
  requestId: string | undefined;
  pushType: string | undefined;
  expiration: string | undefined;
  priority: string | undefined;
  topic: string | undefined;
  collapseId: string | undefined;
  channelId: string | undefined;
  /** Name of the first header that occurs twice. */
  repeated: string | undefined;
}

/** Reads a header list. Runs once per request on the hot path, hence the switch and the flat list. */
export function readFields(headers: HeaderList): Fields {
  const fields: Fields = {
    authorization: undefined,
    apnsId: undefined,
    requestId: undefined,
    pushType: undefined,
    expiration: undefined,
    priority: undefined,
    topic: undefined,
    collapseId: undefined,
    channelId: undefined,
    repeated: undefined,
  };
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    const value = headers[i + 1] as string;
    switch (name) {
      case 'authorization':
        if (fields.authorization === undefined) fields.authorization = value;
        else fields.repeated ??= name;
        break;
      case 'apns-id':
        if (fields.apnsId === undefined) fields.apnsId = value;
        else fields.repeated ??= name;
        break;
      case 'apns-request-id':
        if (fields.requestId === undefined) fields.requestId = value;
        else fields.repeated ??= name;
        break;
      case 'apns-push-type':
        if (fields.pushType === undefined) fields.pushType = value;
        else fields.repeated ??= name;
        break;
      case 'apns-expiration':
        if (fields.expiration === undefined) fields.expiration = value;
        else fields.repeated ??= name;
        break;
      case 'apns-priority':
        if (fields.priority === undefined) fields.priority = value;
        else fields.repeated ??= name;
        break;
      case 'apns-topic':
        if (fields.topic === undefined) fields.topic = value;
        else fields.repeated ??= name;
        break;
      case 'apns-collapse-id':
        if (fields.collapseId === undefined) fields.collapseId = value;
        else fields.repeated ??= name;
        break;
      case 'apns-channel-id':
        if (fields.channelId === undefined) fields.channelId = value;
        else fields.repeated ??= name;
        break;
      // A client may split its cookies (RFC 9113 section 8.2.3).
      case 'cookie':
        break;
      default:
        if (fields.repeated === undefined && occursBefore(headers, i)) fields.repeated = name;
    }
  }
  return fields;
}

function occursBefore(headers: HeaderList, index: number): boolean {
  for (let i = 0; i < index; i += 2) if (headers[i] === headers[index]) return true;
  return false;
}
