// Whether node:http2 still works in a process in which Mock Service Worker listens. Prints `clash` or `no clash`.
import { connect } from 'node:http2';
import { startApns } from 'mock-apns/testing';
import { setupServer } from 'msw/node';

const apns = await startApns();
const server = setupServer();
server.listen({ onUnhandledRequest: 'bypass' });
const session = connect(apns.sendUrl, { ca: apns.ca });
session.on('error', () => {});
const stream = session.request({ ':method': 'POST', ':path': '/3/device/xyz' });
stream.on('error', () => {});
stream.end('{}');
const answered = await Promise.race([
  new Promise((resolve) => stream.once('response', () => resolve(true))),
  new Promise((resolve) => setTimeout(resolve, 3000, false)),
]);
console.log(answered ? 'no clash' : 'clash');
process.exit(0);
