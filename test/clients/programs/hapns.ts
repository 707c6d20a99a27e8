/** hapns: its addresses are fixed, so they are turned at the seam it offers, the connector. */
import {
  createBroadcastChannel,
  deleteBroadcastChannel,
  readAllBroadcastChannels,
  readBroadcastChannel,
} from 'hapns/channels/broadcast';
import { CertificateConnector } from 'hapns/connectors/certificate';
import type { ConnectorProtocol } from 'hapns/connectors/connector';
import { TokenConnector } from 'hapns/connectors/token';
import { AlertNotification } from 'hapns/notifications/AlertNotification';
import { LiveActivityNotification } from 'hapns/notifications/LiveActivityNotification';
import { send } from 'hapns/send';
import { BroadcastChannel } from 'hapns/targets/broadcastchannel';
import { Device } from 'hapns/targets/device';
import { answer } from './answer.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

interface Where {
  readonly push: string;
  readonly channels: string;
  readonly token?: { readonly key: string; readonly keyId: string; readonly teamIdentifier: string };
  readonly certificate?: { readonly cert: string; readonly key: string };
}

let connector: ConnectorProtocol;
const SANDBOX = { useSandbox: true };

answer({
  async open({ push, channels, token, certificate }: Where) {
    const inner =
      token !== undefined
        ? TokenConnector({ ...token, key: bytes(token.key) })
        : CertificateConnector({ cert: bytes(certificate?.cert ?? ''), key: bytes(certificate?.key ?? '') });
    connector = {
      connectionType: inner.connectionType,
      send: (payload, debug) =>
        inner.send({ ...payload, baseUrl: payload.requestPath.startsWith('/1/') ? channels : push }, debug),
    };
  },
  async push({ device, topic, apnsId, ...data }: { device: string; topic: string; apnsId?: string; body?: string }) {
    const notification = AlertNotification(topic, {
      payload: { alert: { title: 'Hello', body: data.body ?? 'there' } },
    });
    return send(connector, notification, Device(device), apnsId === undefined ? {} : { apnsId });
  },
  /** So many at once, on a connector that has no connection yet. */
  async burst({ devices, topic }: { devices: string[]; topic: string }) {
    const notification = AlertNotification(topic, { payload: { alert: { title: 'Hello', body: 'there' } } });
    return Promise.all(devices.map((device) => send(connector, notification, Device(device))));
  },
  async create({ bundleId, policy, requestId }: { bundleId: string; policy: 0 | 1; requestId?: string }) {
    const request = requestId === undefined ? {} : { apnsRequestId: requestId };
    const channel = { bundleId, messageStoragePolicy: policy };
    return (await createBroadcastChannel(connector, { ...SANDBOX, ...request, ...channel })).channelId;
  },
  async read({ bundleId, channelId }: { bundleId: string; channelId: string }) {
    return readBroadcastChannel(connector, BroadcastChannel(channelId, bundleId), SANDBOX);
  },
  async list({ bundleId }: { bundleId: string }) {
    return (await readAllBroadcastChannels(connector, bundleId, SANDBOX)).map(({ channelId }) => channelId);
  },
  async remove({ bundleId, channelId }: { bundleId: string; channelId: string }) {
    return deleteBroadcastChannel(connector, BroadcastChannel(channelId, bundleId), SANDBOX);
  },
  async broadcast({ bundleId, channelId, expiration }: { bundleId: string; channelId: string; expiration?: number }) {
    const notification = LiveActivityNotification(bundleId, {
      payload: { event: 'update', contentState: { home: 1 } },
      ...(expiration === undefined ? {} : { expiration }),
    });
    return send(connector, notification, BroadcastChannel(channelId, bundleId), SANDBOX);
  },
});
