// What most people write first: node:http2, answers 200 to everything. usage: naive.mjs CERT KEY PORT
import { readFileSync } from 'node:fs';
import { createSecureServer } from 'node:http2';

const [, , cert, key, port] = process.argv;
createSecureServer({ cert: readFileSync(cert), key: readFileSync(key) }, (request, response) => {
  let body = '';
  request.on('data', (chunk) => {
    body += chunk;
  });
  request.on('end', () => {
    JSON.parse(body);
    response.setHeader('apns-id', request.headers['apns-id'] ?? '');
    response.end();
  });
}).listen(Number(port), '127.0.0.1', () => console.log('ready'));
