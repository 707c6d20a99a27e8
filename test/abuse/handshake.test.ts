/** A TLS handshake that never ends does end: its socket is closed, and the journal says why. */
import { connect, type Socket } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Arrival } from '../../server/protocol/model.ts';
import { loadCertificates } from '../../server/shell/certs.ts';
import { createClock } from '../../server/shell/clock.ts';
import { type Listening, listen } from '../../server/shell/listen.ts';
import { LISTENERS } from '../contract/case.ts';
import { PATIENCE } from '../patience.ts';

const test = suite('abuse: slow handshakes');
const HELLO = Buffer.from([22, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]);

/** A listener that lets nobody in, and what it tells of those who tried. */
async function house(how: Arrival, limits: { readonly handshakeMs?: number; readonly stallMs?: number }) {
  const certificates = await loadCertificates({ folder: 'memory', hosts: [], now: Date.now() });
  const refused: string[] = [];
  const listening = await listen({
    listener: LISTENERS.send,
    host: '127.0.0.1',
    port: 0,
    flag: '--port',
    tls: {
      certPem: certificates.serverCertPem,
      keyPem: certificates.serverKeyPem,
      authority: () => 'ca.pem',
      faulty: () => undefined,
    },
    clock: createClock(),
    ...limits,
    onArrival: () => ({ session: 'c1', how, maxConcurrentStreams: null }),
    onSocket: () => assert.unreachable('nobody has finished a handshake'),
    onRefused: (_session, _remote, cause) => void refused.push(cause),
  });
  return { listening, refused };
}

/** Connects, says that, and settles when the server has closed the connection: with the bytes that came. */
function closed({ port }: Listening, say: (socket: Socket) => void): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' });
    let came = 0;
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error('it is still open after a minute'));
    }, PATIENCE);
    socket.on('error', () => undefined);
    socket.on('data', ({ length }) => {
      came += length;
    });
    socket.once('close', () => {
      clearTimeout(timer);
      resolve(came);
    });
    say(socket);
  });
}
const silence = (): void => undefined;
/** A byte now and then, so that it is never idle. */
const dribble = (socket: Socket): void => {
  const more = setInterval(() => socket.write('x'), 20);
  socket.once('close', () => clearInterval(more));
};
const hello = (socket: Socket): void => void socket.write(HELLO);

test('silence, and half a ClientHello: closed when their time is over, and told once each', async () => {
  const { listening, refused } = await house('accept', { handshakeMs: 200 });
  await Promise.all([closed(listening, silence), closed(listening, hello)]);
  listening.close();
  assert.equal(refused, Array(2).fill('it did not finish the TLS handshake in time'));
});

test('one that a rule stalls is never answered, is closed when its time is over, and is told', async () => {
  const { listening, refused } = await house('stall-handshake', { stallMs: 200 });
  const came = await Promise.all([silence, hello, dribble].map((say) => closed(listening, say)));
  listening.close();
  assert.equal(came, [0, 0, 0]);
  assert.equal(refused, Array(3).fill('a rule stalled its TLS handshake, and it waited longer than any client should'));
});

test('of those who leave a stalled handshake by themselves nothing is left, and nothing is told', async () => {
  const { listening, refused } = await house('stall-handshake', { stallMs: 300 });
  await closed(listening, (socket) => void socket.once('connect', () => socket.destroy()));
  await closed(listening, (socket) => void socket.end(HELLO));
  await new Promise((resolve) => setTimeout(resolve, 500));
  listening.close();
  assert.equal(refused, []);
});

test('one that a rule refuses waits for a first byte no longer than any, and for the client to leave even less', async () => {
  const { listening } = await house('refuse-handshake', { handshakeMs: 200 });
  assert.is(await closed(listening, silence), 0);
  assert.is(await closed(listening, dribble), 7, 'an alert');
  listening.close();
});

test.run();
