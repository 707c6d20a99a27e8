// time limit: 360 s
/** What a rule or an operator can do to a connection as a whole, from its first byte on. */
import { connect as connectTcp } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BODY, device, openHouse, push, WAYS } from './house.ts';
import { END_HEADERS, END_STREAM, frame, Raw, say } from './raw.ts';

const house = await openHouse();
const connections = suite('connections');
const to = (n: number) => push(`/3/device/${device(n)}`);
const MAX_CONCURRENT_STREAMS = 3;

/** A TLS handshake and what became of it. */
function shake(options: object = {}): Promise<{ readonly code: string; readonly socket: TLSSocket }> {
  return new Promise((resolve) => {
    const socket = connectTls({
      port: house.port('tls'),
      host: '127.0.0.1',
      servername: 'localhost',
      ALPNProtocols: ['h2'],
      ...house.trust,
      ...options,
    });
    socket.once('secureConnect', () => resolve({ code: 'ok', socket }));
    socket.once('error', (error: NodeJS.ErrnoException) => resolve({ code: error.code ?? error.message, socket }));
    socket.once('close', () => resolve({ code: 'closed', socket }));
  });
}

for (const way of WAYS) {
  connections(`${way}: silent to PING, while requests are answered`, async () => {
    await house.rules({ on: 'connection', does: { pings: 'ignore' } });
    const raw = await house.call(way);
    raw.write(frame('PING', 0, 0, Buffer.alloc(8, 7)));
    const stream = raw.ask(to(1), BODY);
    await raw.until((each) => each.stream === stream && each.end);
    assert.equal(
      raw.frames.filter(({ type }) => type === 'PING'),
      [],
    );
  });

  connections(`${way}: a window that is held stops a large body, and small requests still come through`, async () => {
    await house.rules({ on: 'connection', does: { window: 'hold' } });
    const raw = await house.call(way);
    const large = raw.freshStream();
    raw.write(Raw.request(large, to(1), null).fill(END_HEADERS, 4, 5));
    const piece = Buffer.alloc(16_383);
    for (let n = 0; n < 4; n++) raw.write(frame('DATA', 0, large, piece));
    const small = raw.ask(to(2), null);
    await raw.until((each) => each.stream === small && each.end);
    await raw.fence();
    assert.equal(
      raw.frames.filter(({ type, stream }) => type === 'WINDOW_UPDATE' && stream === large),
      [],
    );
    assert.is(house.exchanges.length, 1, 'the large one never became a request');
  });

  connections(`${way}: without a rule the window opens again`, async () => {
    const raw = await house.call(way);
    const large = raw.freshStream();
    raw.write(Raw.request(large, to(1), null).fill(END_HEADERS, 4, 5));
    for (let n = 0; n < 4; n++) raw.write(frame('DATA', 0, large, Buffer.alloc(16_000)));
    await raw.until(({ type, stream }) => type === 'WINDOW_UPDATE' && stream === large);
  });

  connections(`${way}: idle for too long: GOAWAY with IdleTimeout, and the end`, async () => {
    await house.rules({ on: 'connection', does: { idle: '30s' } });
    const raw = await house.call(way);
    house.mock.clock.advance(20_000);
    const stream = raw.ask(to(1), BODY);
    await raw.until((each) => each.stream === stream && each.end);
    house.mock.clock.advance(29_999);
    await raw.fence();
    assert.is(raw.ended, undefined, 'a request counts as life');
    house.mock.clock.advance(1);
    assert.is(await raw.over(), 'FIN');
    const [goaway] = raw.frames.filter(({ type }) => type === 'GOAWAY');
    assert.is(goaway?.code, 'NO_ERROR');
    assert.is(goaway?.debug, '{"reason":"IdleTimeout"}');
  });

  connections(`${way}: idle, then cut without a word`, async () => {
    await house.rules({ on: 'connection', does: { idle: '5s', drop: true } });
    const raw = await house.call(way);
    await raw.fence();
    house.mock.clock.advance(5000);
    await raw.over();
    assert.equal(
      raw.frames.filter(({ type }) => type === 'GOAWAY'),
      [],
    );
  });

  connections(`${way}: cut after a while`, async () => {
    await house.rules({ on: 'connection', does: { delay: '1s', drop: true } });
    const raw = await house.call(way);
    house.mock.clock.advance(1000);
    await raw.over();
  });

  connections(`${way}: none of its requests is answered`, async () => {
    await house.rules({ on: 'connection', does: { stall: true } });
    const raw = await house.call(way);
    const asked = [raw.ask(to(1), BODY), raw.ask(to(2), BODY)];
    await raw.fence();
    await house.until(() => house.exchanges.length === 2);
    for (const stream of asked) assert.equal(raw.of(stream), []);
  });

  connections(`${way}: one stream only, from the first SETTINGS on`, async () => {
    await house.rules({ on: 'connection', does: { streams: 1 } });
    const raw = await house.call(way);
    assert.equal(raw.frames[0]?.settings?.[1], [MAX_CONCURRENT_STREAMS, 1]);
    assert.is(raw.frames[0]?.payload.length, 24);
  });

  connections(`${way}: refused before a byte is said`, async () => {
    await house.rules({ on: 'connection', does: { refuse: true } });
    const code = await new Promise((resolve) => {
      const socket = connectTcp({ port: house.port(way), host: '127.0.0.1' });
      socket.once('data', () => resolve('data'));
      socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
      socket.once('close', () => resolve('closed'));
    });
    assert.is(code, 'ECONNRESET');
    await house.recorded('fault');
  });

  connections(`${way}: by hand: cut, to all`, async () => {
    const [one, two] = [await house.call(way), await house.call(way)];
    house.operate({ drop: true });
    await Promise.all([one.over(), two.over()]);
    assert.equal([...one.frames, ...two.frames].filter(({ type }) => type === 'GOAWAY').map(say), []);
    await house.until(() => house.records.filter(({ kind }) => kind === 'connection-closed').length === 2);
    assert.match(await house.recorded('connection-closed'), 'cut by the server');
  });

  connections(`${way}: by hand: silent to PING, window held`, async () => {
    const raw = await house.call(way);
    await raw.fence();
    house.operate({ pings: 'ignore', window: 'hold' });
    const before = raw.frames.filter(({ type }) => type === 'PING').length;
    raw.write(frame('PING', 0, 0, Buffer.alloc(8)));
    const stream = raw.ask(to(1), BODY);
    await raw.until((each) => each.stream === stream && each.end);
    assert.is(raw.frames.filter(({ type }) => type === 'PING').length, before);
  });
}

for (const [does, wanted] of [
  [{ handshake: 'refuse' }, 'refuse-handshake'],
  [{ certificate: 'wrong-host' }, 'wrong-host'],
] as const)
  connections(`cleartext: ${wanted} has nothing to act on, and the journal says so`, async () => {
    await house.rules({ name: 'trouble', on: 'connection', does });
    const raw = await house.call('cleartext');
    const stream = raw.ask(to(1), BODY);
    await raw.until((each) => each.stream === stream && each.end);
    assert.is(raw.of(stream)[0]?.headers?.[0]?.[1], '200');
    assert.match(await house.recorded('fault'), `on h2c: trouble, in vain (${wanted}): this port speaks no TLS`);
  });

connections('a handshake that is refused: an alert', async () => {
  await house.rules({ on: 'connection', does: { handshake: 'refuse' } });
  const { code } = await shake();
  assert.match(code, /HANDSHAKE_FAILURE/);
  await house.recorded('fault');
});

connections('a handshake that is never answered, cut when the server stops waiting', async () => {
  await house.rules({ on: 'connection', does: { handshake: 'stall' } });
  const socket = connectTls({ port: house.port('tls'), host: '127.0.0.1', ...house.trust });
  let said = false;
  socket.on('error', () => undefined);
  socket.on('secureConnect', () => {
    said = true;
  });
  await house.recorded('fault');
  // Another one is served meanwhile.
  house.mock.scenario.unload();
  const raw = await house.call('tls');
  await raw.fence();
  assert.is(said, false);
  socket.destroy();
});

for (const [kind, expected] of [
  ['expired', 'CERT_HAS_EXPIRED'],
  ['wrong-host', 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ['untrusted', /UNABLE_TO_VERIFY|SELF_SIGNED|UNABLE_TO_GET_ISSUER/],
] as const)
  connections(
    `a server certificate that is ${kind}: a careful client refuses it, a careless one is served`,
    async () => {
      await house.rules({ on: 'connection', does: { certificate: kind } });
      const { code, socket } = await shake();
      if (typeof expected === 'string') assert.is(code, expected);
      else assert.match(code, expected);
      socket.destroy();
      await house.recorded('fault');
      const careless = await house.call('tls', { tls: { ...house.trust, rejectUnauthorized: false } });
      const stream = careless.ask(to(1), BODY);
      await careless.until((each) => each.stream === stream && each.end);
      // Once the rule is gone, so is the certificate.
      house.mock.scenario.unload();
      await house.call('tls');
    },
  );

connections('a client that does not trust the certificate is recorded with cause and cure', async () => {
  const { code, socket } = await shake({ ca: [] });
  assert.match(code, /UNABLE_TO_VERIFY|SELF_SIGNED|UNABLE_TO_GET_ISSUER/);
  socket.destroy();
  // In memory there is no file to name.
  assert.match(
    await house.recorded('connection-refused'),
    `make it trust ${house.mock.urls.control}/ca.pem (in a test suite, the ca of startApns)`,
  );
});

connections('a rule that fires for a client which vanishes in its handshake leaves nothing behind', async () => {
  await house.rules({ on: 'connection', does: { pings: 'ignore' } });
  for (let n = 0; n < 20; n++)
    await new Promise<void>((resolve) => {
      const socket = connectTcp({ port: house.port('tls'), host: '127.0.0.1' }, () => {
        socket.write(Buffer.from('16030100', 'hex'));
        socket.resetAndDestroy();
      });
      socket.on('error', () => undefined);
      socket.once('close', () => resolve());
    });
  await house.until(() => house.records.filter(({ kind }) => kind === 'connection-refused').length === 20);
});

connections('no ALPN at all is served', async () => {
  const raw = await house.call('tls', { tls: { ...house.trust, ALPNProtocols: [] } });
  const stream = raw.ask(to(1), BODY);
  await raw.until((each) => each.stream === stream && each.end);
  assert.is(house.exchanges[0]?.connection.alpn, '');
});

for (const version of ['TLSv1.2', 'TLSv1.3'] as const)
  connections(`${version} is served`, async () => {
    const raw = await house.call('tls', { tls: { ...house.trust, minVersion: version, maxVersion: version } });
    assert.is((raw.socket as TLSSocket).getProtocol(), version);
    const stream = raw.ask(to(1), BODY);
    await raw.until((each) => each.stream === stream && each.end);
  });

connections('a body in DATA frames without an end is counted while the connection lasts', async () => {
  const raw = await house.call();
  raw.write(Raw.request(1, to(1), null).fill(END_HEADERS, 4, 5));
  for (let n = 0; n < 200; n++) {
    raw.write(frame('DATA', 0, 1, Buffer.alloc(10_000)));
    await raw.fence();
  }
  await raw.close();
  assert.match(await house.recorded('stream-failed'), /after 2000000 bytes of its body/);
  assert.match(await house.recorded('stream-failed'), device(1));
});

connections('a body beyond the limit is counted, and not kept', async () => {
  const raw = await house.call();
  raw.write(Raw.request(1, to(1), null).fill(END_HEADERS, 4, 5));
  for (let n = 0; n < 100; n++) {
    raw.write(frame('DATA', n === 99 ? END_STREAM : 0, 1, Buffer.alloc(10_000, 0x20)));
    await raw.fence();
  }
  await raw.until((each) => each.stream === 1 && each.end);
  assert.is(raw.of(1)[0]?.headers?.[0]?.[1], '413');
  assert.is(house.exchanges[0]?.request.size, 1_000_000);
  assert.is(house.exchanges[0]?.request.truncated, true);
});

connections.after.each(() => house.tidy());
connections.after(() => house.stop());
connections.run();
