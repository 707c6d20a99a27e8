/** apns2. It knows port 443 only; another needs another pool, with the options of its own. No broadcasts. */
import { createRequire } from 'node:module';
import { ApnsClient, Notification } from 'apns2';
import { play } from './kit.ts';

/** The very undici that apns2 runs on. */
const { Pool } = createRequire(import.meta.resolve('apns2'))('undici') as {
  Pool: new (origin: string, options: object) => ApnsClient['client'];
};

let client: ApnsClient;

play({
  async open({ send, ca, key, topic }) {
    client = new ApnsClient({
      team: key.teamId,
      keyId: key.keyId,
      signingKey: key.p8,
      defaultTopic: topic,
      host: 'localhost',
    });
    await client.client.destroy();
    (client as { client: ApnsClient['client'] }).client = new Pool(send, {
      connections: 32,
      pipelining: 1,
      allowH2: true,
      maxConcurrentStreams: 100,
      connect: { ca },
    });
  },
  push: ({ device, text }) => client.send(new Notification(device, { alert: text })),
});
