// mockttp, a mock of HTTP servers for tests, as a peer. usage: server.mjs accept|callback CERT KEY PORT
// It records every request, as it does unless told otherwise; it knows no bound for that.
import { readFileSync } from 'node:fs';
import { getLocal } from 'mockttp';

const [, , kind, certFile, keyFile, port] = process.argv;
const cert = readFileSync(certFile, 'utf8');
const key = readFileSync(keyFile, 'utf8');
// The first pair is taken for an authority that signs RSA certificates; the second is what every connection sees.
const server = getLocal({ http2: true, https: { cert, key, tlsServerOptions: { cert, key } } });
await server.start(Number(port));
if (kind === 'accept')
  await server.forAnyRequest().always().thenReply(200, '', { 'apns-id': '123e4567-e89b-12d3-a456-426614174000' });
else if (kind === 'callback')
  await server
    .forPost(/\/3\/device\/[^/]+$/)
    .always()
    .thenCallback(async ({ headers, body }) => {
      JSON.parse(await body.getText());
      return { statusCode: 200, headers: { 'apns-id': headers['apns-id'] ?? '' } };
    });
else throw new Error(`there is no ${kind}`);
console.log('ready');
