/** The server goes down: open streams are answered, GOAWAY, drain, and all of it within two seconds. */
import { connect as connectTls } from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { waiting } from '../patience.ts';
import { BODY, device, openHouse, push, WAYS } from './house.ts';
import { END_HEADERS, END_STREAM, frame, Raw, say } from './raw.ts';

const shutdown = suite('shutdown');
const to = (n: number) => push(`/3/device/${device(n)}`);
const SHUTDOWN = '{"reason":"Shutdown"}';
const LAST_ALL = 2 ** 31 - 1;

for (const way of WAYS) {
  shutdown(`${way}: what waits is answered with 503, then GOAWAY, then the end`, async () => {
    const house = await openHouse();
    await house.rules(
      { when: { token: device(1) }, does: { stall: true } },
      { when: { token: device(2) }, does: { delay: '1h' } },
    );
    const raw = await house.call(way);
    const [stalled, slow] = [raw.ask(to(1), BODY), raw.ask(to(2), BODY)];
    await house.until(() => house.exchanges.length === 2);
    const idle = await house.call(way);
    const waited = waiting();
    await Promise.all([house.stop(), raw.over(), idle.over()]);
    waited.stop();
    assert.ok(waited.ms() < 1500, 'a client that closes is not waited for');
    for (const stream of [stalled, slow]) {
      const [head, body] = raw.of(stream);
      assert.is(head?.headers?.[0]?.[1], '503');
      assert.is(body?.payload.toString(), SHUTDOWN);
      assert.is(body?.end, true);
    }
    for (const each of [raw, idle]) {
      const goodbyes = each.frames.filter(({ type }) => type === 'GOAWAY');
      assert.equal(goodbyes.map(say), [`GOAWAY[0] NO_ERROR last ${LAST_ALL}`]);
      assert.is(goodbyes[0]?.debug, SHUTDOWN);
      assert.is(each.frames.at(-1)?.type, 'GOAWAY', 'behind every answer');
      assert.is(each.ended, 'FIN');
      await each.close();
    }
  });

  shutdown(`${way}: a request that is still on its way is answered, and the drain waits for it`, async () => {
    const house = await openHouse();
    const raw = await house.call(way);
    raw.write(Raw.request(1, to(1), null).fill(END_HEADERS, 4, 5));
    await raw.fence();
    const stopped = house.stop();
    await raw.until(({ type }) => type === 'GOAWAY');
    raw.write(frame('DATA', END_STREAM, 1, Buffer.from(BODY)));
    await raw.until(({ stream, end }) => stream === 1 && end);
    assert.is(raw.of(1)[0]?.headers?.[0]?.[1], '503');
    assert.is(await raw.over(), 'FIN');
    await stopped;
    assert.is(house.exchanges[0]?.verdict.reason, 'Shutdown');
    await raw.close();
  });

  shutdown(`${way}: a client that never finishes is cut after two seconds`, async () => {
    const house = await openHouse();
    const raw = await house.call(way);
    raw.write(Raw.request(1, to(1), null).fill(END_HEADERS, 4, 5));
    await raw.fence();
    const began = performance.now();
    const waited = waiting();
    await house.stop();
    waited.stop();
    const took = performance.now() - began;
    assert.ok(took > 1900 && waited.ms() < 3500, `${took} ms`);
    await raw.over();
    await raw.close();
  });
}

shutdown('connections that are still in their handshake do not outlive it', async () => {
  const house = await openHouse();
  await house.rules({ on: 'connection', does: { handshake: 'stall' } });
  const socket = connectTls({ port: house.port('tls'), host: '127.0.0.1', ...house.trust });
  socket.on('error', () => undefined);
  const gone = new Promise<void>((resolve) => void socket.once('close', () => resolve()));
  await house.recorded('fault');
  await house.stop();
  await gone;
});

shutdown('new connections are refused', async () => {
  const house = await openHouse();
  await house.stop();
  let refused = false;
  await Raw.open({ port: house.port('cleartext') }).catch(() => {
    refused = true;
  });
  assert.ok(refused);
});

shutdown.run();
