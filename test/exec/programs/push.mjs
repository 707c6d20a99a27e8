// One device push with what the environment says, as an application that knows nothing of tests would do it.
import { createPrivateKey, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect } from 'node:http2';

const { APNS_URL, APNS_KEY_FILE, APNS_KEY_ID: kid, APNS_TEAM_ID: iss } = process.env;
const [token = 'ab'.repeat(32)] = process.argv.slice(2);
const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const text = `${part({ alg: 'ES256', kid })}.${part({ iss, iat: Math.floor(Date.now() / 1000) })}`;
const key = { key: createPrivateKey(readFileSync(APNS_KEY_FILE)), dsaEncoding: 'ieee-p1363' };
const client = connect(APNS_URL);
client.on('error', (error) => {
  console.error(String(error));
  process.exitCode = 9;
});
const request = client.request({
  ':method': 'POST',
  ':path': `/3/device/${token}`,
  'apns-topic': 'com.example.app',
  authorization: `bearer ${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`,
});
request.on('response', (headers) => console.log(`status ${headers[':status']}`));
request.on('error', () => undefined);
request.on('close', () => client.close());
request.resume().end('{"aps":{"alert":"Hello"}}');
