// @parse/node-apn with its own hosts, through a proxy. That path of it forgets `ca`: trust comes from the environment.
import { readFileSync } from 'node:fs';
import apn from '@parse/node-apn';

const { APNS_KEY_FILE, APNS_KEY_ID, APNS_TEAM_ID, PROXY_PORT } = process.env;
const token = { key: readFileSync(APNS_KEY_FILE, 'utf8'), keyId: APNS_KEY_ID, teamId: APNS_TEAM_ID };
const where = { host: '127.0.0.1', port: Number(PROXY_PORT) };
const topic = 'com.example.scores';
const note = (properties) => Object.assign(new apn.Notification(), { topic }, properties);
for (const production of [true, false]) {
  const provider = new apn.Provider({ token, production, proxy: where, manageChannelsProxy: where });
  const pushed = await provider.send(note({ pushType: 'alert', alert: 'Hello' }), 'ab'.repeat(32));
  const payload = { 'message-storage-policy': 1, 'push-type': 'LiveActivity' };
  const made = await provider.manageChannels(note({ payload }), topic, 'create');
  for (const { sent, failed } of [pushed, made])
    console.log(sent.length, failed.map(({ error, response }) => String(error ?? response?.reason)).join());
  await new Promise((done) => provider.shutdown(done));
}
