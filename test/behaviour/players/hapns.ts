/** hapns, which trusts by environment. Its addresses are fixed, so they are turned at the seam it offers, the connector. */
import { createBroadcastChannel } from 'hapns/channels/broadcast';
import type { ConnectorProtocol } from 'hapns/connectors/connector';
import { TokenConnector } from 'hapns/connectors/token';
import { AlertNotification } from 'hapns/notifications/AlertNotification';
import { LiveActivityNotification } from 'hapns/notifications/LiveActivityNotification';
import { send } from 'hapns/send';
import { BroadcastChannel } from 'hapns/targets/broadcastchannel';
import { Device } from 'hapns/targets/device';
import { play } from './kit.ts';

const SANDBOX = { useSandbox: true };
let connector: ConnectorProtocol;
let topic = '';

play({
  open(opening) {
    const { p8, keyId, teamId } = opening.key;
    topic = opening.topic;
    const inner = TokenConnector({ key: new TextEncoder().encode(p8), keyId, teamIdentifier: teamId });
    connector = {
      connectionType: inner.connectionType,
      send: (payload, debug) =>
        inner.send(
          { ...payload, baseUrl: payload.requestPath.startsWith('/1/') ? opening.manage : opening.send },
          debug,
        ),
    };
  },
  async push({ kind, device, channel, id, text }) {
    if (kind === 'create') {
      const wanted = { bundleId: topic, messageStoragePolicy: 1, apnsRequestId: id } as const;
      return createBroadcastChannel(connector, { ...SANDBOX, ...wanted });
    }
    if (kind === 'device') {
      const notification = AlertNotification(topic, { payload: { alert: { title: 'Hello', body: text } } });
      return send(connector, notification, Device(device), { apnsId: id });
    }
    const payload = { event: 'update', contentState: { text } } as const;
    const notification = LiveActivityNotification(topic, { payload });
    return send(connector, notification, BroadcastChannel(channel, topic), SANDBOX);
  },
});
