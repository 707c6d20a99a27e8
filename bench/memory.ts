import { spawn } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { type Context, load, memoryOf, ours, PAYLOAD, table, up, withChannels } from './kit.ts';

/** Preface, empty SETTINGS, and the acknowledgement of the server's. */
const HELLO = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  Buffer.of(0, 0, 0, 4, 0, 0, 0, 0, 0),
  Buffer.of(0, 0, 0, 4, 1, 0, 0, 0, 0),
]);

/** What starting took is given back by then. */
const REST_MS = 15_000;

/** Resident megabytes of the server, at rest and after work. */
export async function memory({ node, token, requests }: Context) {
  const rows: string[][] = [];
  const say = (what: string, megabytes: number): void => {
    rows.push([what, megabytes.toFixed(0)]);
    console.error(rows.at(-1)!.join(' | '));
  };
  const idle = spawn(node, ['-e', 'setTimeout(() => {}, 60000)'], { stdio: 'ignore' });
  const one = await up(ours(node, 'own'));
  const started = memoryOf(one.pid);
  await wait(REST_MS);
  say('`node`, idle', memoryOf(idle.pid as number));
  idle.kill();
  say('the server, just started', started);
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
  await captured({ node, token }, 10 * requests);
}

/** What a push costs that is kept, and how long the collector stops everything when there are very many. */
async function captured({ node, token }: Pick<Context, 'node' | 'token'>, count: number) {
  const server = await up(ours(node, 'own', '--trace-gc', `--max-entries=${count}`, '--max-bytes=8GiB'));
  const pauses: number[] = [];
  createInterface({ input: server.child.stdout! }).on('line', (line) => {
    // "… ms: Mark-Compact 120.1 (150.2) -> 98.3 (130.1) MB, 5.4 / 0.0 ms …"
    const pause = /ms: (?:Scavenge|Mark-Compact|Minor Mark).*? MB, ([\d.]+) \//.exec(line)?.[1];
    if (pause !== undefined) pauses.push(Number(pause));
  });
  // Each to a device of its own, nearly: as real senders do it, and so that nothing can be kept once for all.
  const given = { connections: 4, streams: 100, token, targets: 5_000 };
  load(server, { ...given, count: Math.ceil(count / 50) });
  const before = memoryOf(server.pid);
  load(server, { ...given, count });
  const each = ((memoryOf(server.pid) - before) * 1_048_576) / count;
  pauses.length = 0;
  load(server, { ...given, count: Math.ceil(count / 2) });
  await wait(500);
  await server.stop();
  console.log(
    `\n${count} captured pushes with ${PAYLOAD.length} bytes of body: ${each.toFixed(0)} bytes each. With all of them there ` +
      `and new ones driving out old ones, the longest of ${pauses.length} pauses of the collector was ${Math.max(...pauses).toFixed(1)} ms.`,
  );
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
