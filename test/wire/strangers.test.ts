/** Clients that do it wrong: what they get, and what the journal says about it. */
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BODY, device, openHouse, push, WAYS } from './house.ts';
import { encode } from './hpack.ts';
import { END_HEADERS, frame, Raw, settings, u32 } from './raw.ts';

const house = await openHouse();
const strangers = suite('strangers');
const to = (n: number) => push(`/3/device/${device(n)}`);
const withPath = (path: string) => push(path);

/** Says something to a port and collects what comes until the end. */
function tell(port: number, bytes: string | Buffer): Promise<Buffer> {
  return new Promise((resolve) => {
    const socket = connectTcp({ port, host: '127.0.0.1' }, () => socket.write(bytes));
    const parts: Buffer[] = [];
    socket.on('data', (part) => parts.push(part));
    socket.on('error', () => undefined);
    socket.once('close', () => resolve(Buffer.concat(parts)));
  });
}

for (const way of WAYS) {
  for (const [what, path] of [
    ['a blank within the token', `/3/device/${device(1).slice(0, 30)} ${device(1).slice(30)}`],
    ['a line break at the end', `/3/device/${device(1)}%0a`],
    ['no slash in front', `3/device/${device(1)}`],
    ['angle brackets around the token', `/3/device/<${device(1)}>`],
  ] as const)
    strangers(`${way}: a path with ${what} is answered and recorded as it came`, async () => {
      const raw = await house.call(way);
      const stream = raw.ask(withPath(path), BODY);
      await raw.until((each) => each.stream === stream && (each.end || each.type === 'RST_STREAM'));
      assert.match(raw.of(stream)[0]?.headers?.[0]?.[1] ?? 'no answer', /^4/);
      assert.is(house.exchanges[0]?.request.path, path);
    });

  strangers(`${way}: an empty path is reset and recorded`, async () => {
    const raw = await house.call(way);
    raw.ask(withPath(''), BODY);
    assert.is((await raw.until(({ type }) => type === 'RST_STREAM')).code, 'PROTOCOL_ERROR');
    assert.match(await house.recorded('stream-failed'), ':path is empty');
  });

  strangers(`${way}: a header list over 8,000 bytes is refused and recorded, and the connection lives on`, async () => {
    const raw = await house.call(way);
    const large = raw.ask([...to(1), ['x-large', 'x'.repeat(9000)]], BODY);
    const reset = await raw.until(({ type }) => type === 'RST_STREAM');
    assert.is(reset.stream, large);
    assert.match(await house.recorded('stream-failed'), /header list of \d+ bytes.*8000/);
    const next = raw.ask(to(2), BODY);
    await raw.until((each) => each.stream === next && each.end);
  });

  strangers(`${way}: a client that resets within its request is told with method, path and size`, async () => {
    const raw = await house.call(way);
    raw.write(
      Raw.request(1, to(1), null).fill(END_HEADERS, 4, 5),
      frame('DATA', 0, 1, Buffer.alloc(17)),
      Raw.reset(1, 'CANCEL'),
    );
    const line = await house.recorded('stream-failed');
    for (const part of [`POST /3/device/${device(1)}`, 'CANCEL', '17 bytes']) assert.match(line, part);
    assert.is(house.exchanges.length, 0);
  });

  strangers(`${way}: a client that goes within its request is told with method, path and size`, async () => {
    const raw = await house.call(way);
    raw.write(Raw.request(1, to(1), null).fill(END_HEADERS, 4, 5), frame('DATA', 0, 1, Buffer.alloc(1)));
    await raw.fence();
    await raw.close();
    const line = await house.recorded('stream-failed');
    for (const part of [`POST /3/device/${device(1)}`, '1 byte of its body']) assert.match(line, part);
    await house.recorded('connection-closed');
  });

  strangers(`${way}: GOAWAY of the client is recorded`, async () => {
    const raw = await house.call(way);
    raw.write(frame('GOAWAY', 0, 0, Buffer.concat([u32(0), u32(11), Buffer.from('enough')])));
    assert.match(await house.recorded('goaway-received'), 'ENHANCE_YOUR_CALM');
    assert.match(await house.recorded('goaway-received'), 'enough');
  });

  const wrong: readonly (readonly [what: string, code: string, bytes: Buffer, says: RegExp])[] = [
    ['a frame that is too large', 'FRAME_SIZE_ERROR', frame('DATA', 0, 1, Buffer.alloc(16_385)), /16385 bytes/],
    ['DATA on a stream that was never opened', 'PROTOCOL_ERROR', frame('DATA', 0, 9, Buffer.alloc(1)), /idle/],
    ['SETTINGS of five bytes', 'FRAME_SIZE_ERROR', frame('SETTINGS', 0, 0, Buffer.alloc(5)), /SETTINGS/],
    ['header bytes that are no HPACK', 'COMPRESSION_ERROR', frame('HEADERS', 5, 1, Buffer.of(0xff)), /RFC 7541/],
    ['an even stream', 'PROTOCOL_ERROR', frame('HEADERS', 5, 2, encode(to(1))), /odd/],
    ['WINDOW_UPDATE by nothing', 'PROTOCOL_ERROR', frame('WINDOW_UPDATE', 0, 0, u32(0)), /WINDOW_UPDATE by 0/],
    ['a window that is too large', 'FLOW_CONTROL_ERROR', frame('WINDOW_UPDATE', 0, 0, u32(2 ** 31 - 1)), /window/],
    ['PUSH_PROMISE', 'PROTOCOL_ERROR', frame('PUSH_PROMISE', END_HEADERS, 1, u32(2)), /push/],
  ];
  for (const [what, code, bytes, says] of wrong)
    strangers(`${way}: ${what} ends the connection with ${code}, and the cause is recorded`, async () => {
      const [raw, other] = [await house.call(way), await house.call(way)];
      raw.write(bytes);
      const goaway = await raw.until(({ type }) => type === 'GOAWAY');
      assert.is(goaway.code, code);
      assert.is(await raw.over(), 'FIN');
      const line = await house.recorded('protocol-error');
      assert.match(line, code);
      assert.match(line, says);
      assert.match(await house.recorded('connection-closed'), code);
      const stream = other.ask(to(1), BODY);
      await other.until((each) => each.stream === stream && each.end);
    });

  strangers(`${way}: a flood of SETTINGS trips a limit, and others do not notice`, async () => {
    const [raw, other] = [await house.call(way), await house.call(way)];
    const one = frame('SETTINGS', 0, 0, settings([4, 65_535]));
    raw.write(Buffer.concat(Array.from({ length: 20_000 }, () => one)));
    const goaway = await raw.until(({ type }) => type === 'GOAWAY');
    assert.is(goaway.code, 'ENHANCE_YOUR_CALM');
    assert.match(await house.recorded('limit-tripped'), /SETTINGS/);
    const stream = other.ask(to(1), BODY);
    await other.until((each) => each.stream === stream && each.end);
  });

  strangers(`${way}: rapid reset trips a limit`, async () => {
    const raw = await house.call(way);
    const burst: Buffer[] = [];
    for (let stream = 1; stream < 14_000; stream += 2)
      burst.push(frame('HEADERS', END_HEADERS, stream, encode(to(stream))), Raw.reset(stream, 'CANCEL'));
    raw.write(Buffer.concat(burst));
    assert.is((await raw.until(({ type }) => type === 'GOAWAY')).code, 'ENHANCE_YOUR_CALM');
    assert.match(await house.recorded('limit-tripped'), /reset/);
  });
}

strangers('HTTP/1.1 alone in ALPN: the end without a status, and cause and cure in the journal', async () => {
  const answer = await new Promise<Buffer>((resolve) => {
    const socket = connectTls({
      port: house.port('tls'),
      host: '127.0.0.1',
      servername: 'localhost',
      ALPNProtocols: ['http/1.1'],
      ...house.trust,
    });
    const parts: Buffer[] = [];
    socket.on('data', (part) => parts.push(part));
    socket.on('error', () => undefined);
    socket.once('secureConnect', () => socket.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n'));
    socket.once('close', () => resolve(Buffer.concat(parts)));
  });
  assert.not.match(answer.toString('latin1'), /^HTTP\/1/);
  const line = await house.recorded('connection-refused');
  for (const part of ['http/1.1 only', 'HTTP/2', 'curl --http2']) assert.match(line, part);
});

const cleartext: readonly (readonly [what: string, bytes: string])[] = [
  ['HTTP/1.1', 'GET / HTTP/1.1\r\nhost: localhost\r\n\r\n'],
  ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['a POST of HTTP/1.1', 'POST /3/device/00 HTTP/1.1\r\n\r\n'],
];
for (const [what, bytes] of cleartext)
  strangers(`${what} in cleartext to a port with TLS: cause and cure`, async () => {
    await tell(house.port('tls'), bytes);
    const line = await house.recorded('connection-refused');
    for (const part of ['it speaks no TLS', 'https', '--h2c-port']) assert.match(line, part);
  });

strangers('TLS to the port for cleartext: cause and cure', async () => {
  const failed = await new Promise((resolve) => {
    const socket = connectTls({ port: house.port('cleartext'), host: '127.0.0.1', ...house.trust });
    socket.once('error', resolve);
    socket.once('secureConnect', () => resolve(null));
  });
  assert.ok(failed);
  const line = await house.recorded('protocol-error');
  for (const part of ['the client speaks TLS', 'a port with TLS']) assert.match(line, part);
});

strangers('HTTP/1.1 to the port for cleartext: cause and cure', async () => {
  const answer = await tell(house.port('cleartext'), 'GET / HTTP/1.1\r\nhost: localhost\r\n\r\n');
  assert.not.match(answer.toString('latin1'), /^HTTP\/1/);
  const line = await house.recorded('protocol-error');
  for (const part of ['HTTP/1.1', '--http2-prior-knowledge']) assert.match(line, part);
});

strangers.after.each(() => house.tidy());
strangers.after(() => house.stop());
strangers.run();
