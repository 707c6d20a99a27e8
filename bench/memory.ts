import { spawn } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { Context } from './bench.ts';
import { load, memoryOf, ours, table, up, withChannels } from './kit.ts';

/** Preface, empty SETTINGS, and the acknowledgement of the server's. */
const HELLO = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  Buffer.of(0, 0, 0, 4, 0, 0, 0, 0, 0),
  Buffer.of(0, 0, 0, 4, 1, 0, 0, 0, 0),
]);

/** Resident megabytes of the server, at rest and after work. */
export async function memory({ node, token, requests }: Context) {
  const rows: string[][] = [];
  const say = (what: string, megabytes: number): void => {
    rows.push([what, megabytes.toFixed(0)]);
    console.error(rows.at(-1)!.join(' | '));
  };
  const idle = spawn(node, ['-e', 'setTimeout(() => {}, 60000)'], { stdio: 'ignore' });
  await wait(1_000);
  say('`node`, idle', memoryOf(idle.pid as number));
  idle.kill();

  const one = await up(ours(node, 'own'));
  await wait(1_000);
  say('the server, idle', memoryOf(one.pid));
  // Ten times what throughput is measured with: a million unless told otherwise.
  const million = 10 * requests;
  load(one, { connections: 4, streams: 100, count: million, token });
  say(`after ${million} pushes, the journal at its bounds`, memoryOf(one.pid));
  load(one, { connections: 4, streams: 100, count: million, token });
  say(`after as many again`, memoryOf(one.pid));
  await one.stop();

  const channels = await up(ours(node, 'own', `--scenario=${withChannels(10_000)}`));
  say('with 10,000 channels', memoryOf(channels.pid));
  await channels.stop();

  for (const count of [1_000, 10_000]) {
    const server = await up(ours(node, 'own', '--h2c-port=23960'));
    const before = memoryOf(server.pid);
    const sockets = await openIdle(23_960, count);
    await wait(500);
    const after = memoryOf(server.pid);
    say(`with ${count} idle connections, cleartext (${(((after - before) * 1024) / count).toFixed(1)} KB each)`, after);
    for (const socket of sockets) socket.destroy();
    await server.stop();
  }
  console.log(table(['server', 'MB resident'], rows));
}

async function openIdle(port: number, count: number): Promise<Socket[]> {
  const sockets: Socket[] = [];
  while (sockets.length < count)
    sockets.push(
      ...(await Promise.all(
        Array.from(
          { length: Math.min(250, count - sockets.length) },
          () =>
            new Promise<Socket>((resolve, reject) => {
              const socket = connect({ port, host: '127.0.0.1' }, () => {
                socket.write(HELLO);
                resolve(socket);
              });
              socket.once('error', reject);
            }),
        ),
      )),
    );
  return sockets;
}
