/** apns2 as it comes, without a word about certificates; only the port is always 443. */
import { ApnsClient, type ApnsOptions, Notification } from 'apns2';
import { answer } from './answer.ts';

let client: ApnsClient;
answer({
  async open(options: ApnsOptions) {
    client = new ApnsClient(options);
  },
  async push({ device, alert }: { device: string; alert: string }) {
    const sent = await client.send(new Notification(device, { alert }));
    return sent.deviceToken;
  },
});
