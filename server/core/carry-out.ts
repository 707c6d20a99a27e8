import type { Channel, HeaderList, Response } from '../protocol/model.ts';
import type { Random } from './random.ts';
import { acceptance, document } from './respond.ts';
import type { Situation } from './situation.ts';

/** The longest that APNs keeps a broadcast for devices that are offline (BCAST). */
export const BROADCAST_STORED_MAX_MS = 8 * 60 * 60 * 1000;

/**
 * Does what an accepted request asks for, and says how it is answered. The one place in which a request changes
 * anything; called by the engine alone.
 */
export function carryOut(s: Situation, seq: number, random: Random): Response {
  const { registry } = s.law;
  switch (s.route.operation) {
    case 'device.send':
      // The unique id shows a push in the console's log, which exists in development only (SEND; fitomad/apns-dotnet#10).
      return acceptance(200, s, random, s.environment === 'sandbox' ? ['apns-unique-id', random.uuid()] : NOTHING);
    case 'broadcast.send':
      if (s.channel !== undefined) store(s.channel, s, seq);
      return acceptance(200, s, random, ['apns-unique-id', random.uuid()]);
    case 'channels.create': {
      const channel = registry.createChannel(s.environment, s.topic, s.policy, s.at);
      return acceptance(201, s, random, ['apns-channel-id', channel.id]);
    }
    case 'channels.read':
      return document(200, s, random, { 'message-storage-policy': s.policy, 'push-type': 'LiveActivity' });
    case 'channels.delete':
      if (s.channel !== undefined) registry.deleteChannel(s.channel, s.at);
      return acceptance(204, s, random, NOTHING);
    case 'channels.list':
      return document(200, s, random, { channels: registry.channelIds(s.environment, s.topic) });
    case 'unknown':
      throw new Error('a request without an operation cannot be accepted');
  }
}

const NOTHING: HeaderList = [];

/** Only the latest message is kept, and only if its expiration asks for it (BCAST, apns-protocol 2.3). */
function store(channel: Channel, s: Situation, seq: number): void {
  channel.accepted++;
  const expires = Number(s.fields.expiration) * 1000;
  if (channel.policy === 0 || expires <= s.at) return;
  channel.stored = { seq, at: s.at, until: Math.min(expires, s.at + BROADCAST_STORED_MAX_MS) };
}
