// A provider as a backend has it. It reads where APNs is and how to sign, and knows nothing of tests.
import apn, { type Responses } from '@parse/node-apn';

const TOPIC = 'com.example.scores';

export interface Where {
  readonly host: string;
  readonly port: number;
  readonly managePort: number;
  readonly key: string;
  readonly keyId: string;
  readonly teamId: string;
}

export class Scores {
  private readonly provider: apn.Provider;

  constructor({ host, port, managePort, key, keyId, teamId }: Where) {
    const channels = { manageChannelsAddress: host, manageChannelsPort: managePort };
    this.provider = new apn.Provider({ token: { key, keyId, teamId }, address: host, port, ...channels });
  }

  goal(device: string, text: string) {
    return this.provider.send(note({ topic: TOPIC, pushType: 'alert', alert: text }), device);
  }

  /** Resolves to the id of a new channel. */
  async openChannel(): Promise<string> {
    const payload = { 'message-storage-policy': 1, 'push-type': 'LiveActivity' };
    const { sent } = await this.provider.manageChannels(note({ payload }), TOPIC, 'create');
    return (sent[0] as unknown as { 'apns-channel-id': string })['apns-channel-id'];
  }

  async closeChannel(channelId: string): Promise<boolean> {
    const { failed } = await this.provider.manageChannels(note({ channelId }), TOPIC, 'delete');
    return failed.length === 0;
  }

  broadcast(channelId: string, home: number, away: number) {
    const now = Math.floor(Date.now() / 1000);
    const update = { event: 'update', timestamp: now, contentState: { home, away } };
    return this.provider.broadcast(note({ channelId, pushType: 'liveactivity', expiry: now + 60, ...update }), TOPIC);
  }

  stop(): Promise<void> {
    return new Promise((done) => void this.provider.shutdown(done));
  }
}

export type { Responses };

const note = (properties: object): apn.Notification => Object.assign(new apn.Notification(), properties);
