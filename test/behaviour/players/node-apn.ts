/** @parse/node-apn, with no option but the addresses, the trusted certificate and the key. */
import apn from '@parse/node-apn';
import { play } from './kit.ts';

interface Failure {
  readonly status?: number;
  readonly response?: { readonly reason?: string };
  readonly error?: Error;
}

let provider: apn.Provider;
let topic = '';

play({
  open(opening) {
    const [send, manage] = [new URL(opening.send), new URL(opening.manage)];
    const { p8, keyId, teamId } = opening.key;
    topic = opening.topic;
    provider = new apn.Provider({
      token: { key: p8, keyId, teamId },
      address: send.hostname,
      port: Number(send.port),
      manageChannelsAddress: manage.hostname,
      manageChannelsPort: Number(manage.port),
      ca: [opening.ca],
      ...(opening.timeout === undefined ? {} : { requestTimeout: opening.timeout }),
    });
  },
  async push({ kind, device, channel, id, text }) {
    const seconds = Math.floor(Date.now() / 1000);
    if (kind === 'create') {
      const note = Object.assign(new apn.Notification(), { requestId: id, payload: { 'message-storage-policy': 1 } });
      return only(await provider.manageChannels(note, topic, 'create'));
    }
    if (kind === 'device') {
      const note = Object.assign(new apn.Notification(), { topic, pushType: 'alert', alert: text, id });
      return only(await provider.send(note, device));
    }
    const note = Object.assign(new apn.Notification(), {
      channelId: channel,
      pushType: 'liveactivity',
      expiry: seconds + 3600,
      event: 'update',
      timestamp: seconds,
      contentState: { text },
    });
    return only(await provider.broadcast(note, topic));
  },
});

/** One was given, so one list has one entry. */
function only({ sent, failed }: { readonly sent: readonly object[]; readonly failed: readonly object[] }): object {
  const [done] = sent;
  if (done !== undefined) return done;
  const { status, response, error } = failed[0] as Failure;
  if (response?.reason !== undefined) throw Object.assign(new Error(), { statusCode: status, reason: response.reason });
  throw error ?? new Error(`failed with status ${status}, and no more`);
}
