// A provider as it runs in production: @parse/node-apn with its own defaults, which are Apple's hosts and ports.
import { generateKeyPairSync } from 'node:crypto';
import apn from '@parse/node-apn';

// Stands for the .p8 file from the developer portal.
const { privateKey } = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const token = { key: privateKey, keyId: 'ABC123DEFG', teamId: 'TEAM123456' };
const bundleId = 'com.example.scores';
const device = 'ab'.repeat(32);

const note = (properties) => Object.assign(new apn.Notification(), { topic: bundleId, pushType: 'alert' }, properties);
let failures = 0;
function tell(what, { sent, failed }) {
  if (failed.length > 0) failures++;
  console.log(`${failed.length > 0 ? 'FAILED' : 'ok    '} ${what}`, JSON.stringify(failed.length > 0 ? failed : sent));
}

for (const production of [true, false]) {
  const where = production ? 'production' : 'sandbox';
  const provider = new apn.Provider({ token, production });
  tell(`${where}: push`, await provider.send(note({ alert: 'Hello' }), device));
  const made = await provider.manageChannels(
    Object.assign(new apn.Notification(), { payload: { 'message-storage-policy': 1, 'push-type': 'LiveActivity' } }),
    bundleId,
    'create',
  );
  tell(`${where}: create a channel`, made);
  const channelId = made.sent[0]?.['apns-channel-id'];
  const goal = {
    channelId,
    pushType: 'liveactivity',
    expiry: Math.floor(Date.now() / 1000) + 3600,
    event: 'update',
    timestamp: Math.floor(Date.now() / 1000),
    contentState: { home: 1, away: 0 },
  };
  tell(`${where}: broadcast to it`, await provider.broadcast(Object.assign(new apn.Notification(), goal), bundleId));
  const gone = Object.assign(new apn.Notification(), { channelId });
  tell(`${where}: delete it`, await provider.manageChannels(gone, bundleId, 'delete'));
  await new Promise((done) => provider.shutdown(done));
}
process.exitCode = failures > 0 ? 1 : 0;
