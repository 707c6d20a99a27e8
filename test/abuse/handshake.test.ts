/** A TLS handshake that never ends does end: its socket is closed, and the journal says why. */
import { connect } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { loadCertificates } from '../../server/shell/certs.ts';
import { listen } from '../../server/shell/listen.ts';
import { LISTENERS } from '../contract/case.ts';

const test = suite('abuse: slow handshakes');

test('silence, and half a ClientHello: closed when their time is over, and told once each', async () => {
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
      faulty: () => undefined,
    },
    handshakeMs: 200,
    onArrival: () => ({ session: 'c1', how: 'accept', maxConcurrentStreams: null }),
    onSocket: () => assert.unreachable('nobody has finished a handshake'),
    onRefused: (_session, _remote, cause) => void refused.push(cause),
  });
  await Promise.all(
    [Buffer.alloc(0), Buffer.from([22, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3])].map(
      (bytes) =>
        new Promise<void>((resolve, reject) => {
          const socket = connect({ port: listening.port, host: '127.0.0.1' });
          const timer = setTimeout(() => {
            socket.destroy();
            reject(new Error('it is still open after 10 s'));
          }, 10_000);
          socket.on('error', () => undefined);
          socket.once('close', () => {
            clearTimeout(timer);
            resolve();
          });
          if (bytes.length > 0) socket.write(bytes);
        }),
    ),
  );
  listening.close();
  assert.equal(refused, Array(2).fill('it did not finish the TLS handshake in time'));
});

test.run();
