/** Deliberate wrongness, as the frames on the wire show it. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HpackDecoder } from '../../server/http2/hpack-decode.ts';
import { type Misbehave, misbehave } from '../../server/http2/misbehave.ts';
import {
  CODE,
  END_HEADERS,
  END_STREAM,
  frame,
  Peer,
  PREFACE,
  readFrames,
  ready,
  request,
  settings,
  settingsAck,
  T,
  u32,
} from './kit.ts';

const test = suite('http2/misbehave');

function wrong(options: Parameters<typeof ready>[0] = {}): { peer: Peer; bad: Misbehave } {
  const peer = ready(options);
  return { peer, bad: misbehave(peer.connection) };
}

const shape = (peer: Peer): unknown[] =>
  peer.read().map(({ type, flags, id, payload }) => [type, flags, id, payload.length]);

test('any frame, any bytes', () => {
  const { peer, bad } = wrong();
  bad.frame(0xee, 0xff, 77, Buffer.from('abc'));
  bad.frame(T.PUSH, 0, 1);
  bad.bytes(frame(T.DATA, 0, 0, 'x'));
  assert.equal(shape(peer), [
    [0xee, 0xff, 77, 3],
    [T.PUSH, 0, 1, 0],
    [T.DATA, 0, 0, 1],
  ]);
  bad.bytes(Buffer.from('HTTP/1.1 200 OK\r\n'));
  assert.is(Buffer.from(peer.connection.takeOutput()!).toString(), 'HTTP/1.1 200 OK\r\n');
});

test('a header block for a raw frame keeps the tables in step', () => {
  const { peer, bad } = wrong();
  const decoder = new HpackDecoder(4096);
  for (let id = 1; id < 9; id += 2) {
    peer.send(request(id));
    const headers = ['content-type', 'text/plain'];
    if (id === 3) bad.frame(T.HEADERS, END_HEADERS, id, bad.headerBlock(429, headers));
    else peer.connection.respond(id, 429, headers);
    const { payload } = peer.readType(T.HEADERS)[0]!;
    assert.is(decoder.decode(payload, 0, payload.length, 1e6), '');
    assert.equal(
      decoder.fields.slice(0, decoder.count).map(({ value }) => value),
      ['429', 'text/plain'],
    );
  }
});

test('the limit on streams bites before the client can know of it', () => {
  const peer = new Peer({ settings: { maxConcurrentStreams: 2 } }).send(PREFACE, settings());
  const bad = misbehave(peer.connection);
  bad.bindStreamsAtOnce();
  for (const id of [1, 3, 5]) peer.send(request(id, [], 0));
  assert.equal(
    peer.readType(T.RST).map(({ id, payload }) => [id, payload.readUInt32BE(0)]),
    [[5, CODE.REFUSED]],
  );
  peer.connection.setMaxConcurrentStreams(3);
  peer.send(request(7, [], 0));
  assert.equal(peer.readType(T.RST), []);
});

test('windows held: no WINDOW_UPDATE, whatever comes; all at once when they are let go', () => {
  const { peer, bad } = wrong({ connectionWindow: 65_535 });
  bad.holdWindows(true);
  peer.send(request(1, [], 0));
  for (let i = 0; i < 3; i++) peer.send(frame(T.DATA, 0, 1, Buffer.alloc(16_384)));
  assert.equal(peer.read(), []);
  bad.holdWindows(false);
  assert.equal(shape(peer), [
    [T.WINDOW, 0, 0, 4],
    [T.WINDOW, 0, 1, 4],
  ]);
  for (let i = 0; i < 3; i++) peer.send(frame(T.DATA, 0, 1, Buffer.alloc(16_384)));
  assert.not(peer.connection.ended);
});

test('a window that never opens: INITIAL_WINDOW_SIZE 0, acknowledged, and nothing after it', () => {
  const { peer, bad } = wrong();
  bad.holdWindows(true);
  peer.connection.settings({ initialWindowSize: 0 });
  assert.equal(peer.read(), readFrames(settings([4, 0])).frames);
  peer.send(settingsAck, request(1, [], 0));
  assert.equal(peer.read(), []);
});

test('PINGs without an answer, until told otherwise', () => {
  const { peer, bad } = wrong();
  bad.ignorePings(true);
  assert.equal(peer.send(frame(T.PING, 0, 0, '12345678')).read(), []);
  assert.equal(peer.log, ['ping 3132333435363738 false']);
  bad.ignorePings(false);
  assert.is(peer.send(frame(T.PING, 0, 0, '12345678')).read().length, 1);
});

test('GOAWAY with last stream 0 while streams are open, twice, and then a larger one; the answer comes behind it', () => {
  const { peer, bad } = wrong();
  peer.send(request(1));
  bad.goaway(0, CODE.NO, Buffer.from('{"reason":"BadCertificateEnvironment"}'));
  bad.goaway(0, CODE.NO);
  peer.send(request(3));
  bad.goaway(2 ** 31 - 1, CODE.REFUSED, Buffer.from('plain text'));
  assert.ok(peer.connection.respond(1, 200, []));
  const frames = peer.read();
  assert.equal(
    frames.map(({ payload }) => payload.toString('hex')),
    [
      u32(0, 0).toString('hex') + Buffer.from('{"reason":"BadCertificateEnvironment"}').toString('hex'),
      u32(0, 0).toString('hex'),
      u32(2 ** 31 - 1, 7).toString('hex') + Buffer.from('plain text').toString('hex'),
      '88',
    ],
  );
  assert.is(frames[0]!.payload.length, 46); // as the real service's was seen to be
  assert.ok(peer.log.includes('late 3 /3/device/0a'));
  assert.is(peer.log.at(-1), 'idle');
  assert.is(peer.log.indexOf('idle'), peer.log.length - 1);
});

test('GOAWAY disowns what is still on its way: the body that follows makes no request of it', () => {
  const { peer, bad } = wrong();
  peer.send(request(1));
  peer.send(request(3, [], 0));
  bad.goaway(1, CODE.NO);
  peer.send(frame(T.DATA, END_STREAM, 3, '{}'));
  assert.ok(peer.log.includes('late 3 /3/device/0a'));
  assert.not.ok(peer.log.some((line) => line.startsWith('request 3')));
  assert.ok(peer.connection.respond(1, 200, []));
  assert.is(peer.log.at(-1), 'idle', 'and nothing waits for it');
});

test('GOAWAY behind the DATA of an answer, in one write', () => {
  const { peer } = wrong();
  peer.send(request(1));
  peer.connection.respond(1, 410, [], Buffer.from('{}'));
  peer.connection.goaway();
  assert.equal(
    shape(peer).map((each) => (each as number[])[0]),
    [T.HEADERS, T.DATA, T.GOAWAY],
  );
});

test('HEADERS that promise a body, and then a reset', () => {
  const { peer, bad } = wrong();
  peer.send(request(1));
  assert.ok(bad.headersOnly(1, 200, ['apns-id', 'x']));
  assert.not(peer.connection.respond(1, 200, []));
  assert.ok(peer.connection.reset(1, CODE.INTERNAL));
  assert.equal(
    peer.read().map(({ type, flags }) => [type, flags]),
    [
      [T.HEADERS, END_HEADERS],
      [T.RST, 0],
    ],
  );
  assert.not(bad.headersOnly(1, 200, []));
});

test('DATA whatever the windows say, with an end or without; the account goes on', () => {
  const { peer, bad } = wrong();
  peer.send(settings([4, 5]), request(1));
  peer.read();
  assert.ok(bad.headersOnly(1, 200, []));
  assert.ok(bad.data(1, Buffer.alloc(100), false));
  assert.ok(bad.data(1, Buffer.alloc(1), true));
  assert.not(bad.data(1, Buffer.alloc(1), true));
  assert.equal(shape(peer), [
    [T.HEADERS, END_HEADERS, 1, 1],
    [T.DATA, 0, 1, 100],
    [T.DATA, END_STREAM, 1, 1],
  ]);
  assert.is(peer.connection.openStreams, 0);
});

test('a part of a DATA frame, and then nothing', () => {
  const { peer, bad } = wrong();
  peer.send(request(1));
  bad.headersOnly(1, 400, []);
  bad.partOfData(1, Buffer.from('{"reason":"BadPath"}'), 7);
  peer.connection.ping();
  const { frames, rest } = readFrames(peer.connection.takeOutput()!);
  assert.equal(
    frames.map(({ type }) => type),
    [T.HEADERS],
  );
  assert.is(rest.readUIntBE(0, 3), 20);
  assert.is(rest.subarray(9).toString(), '{"reaso');
  assert.ok(peer.connection.cut);
  assert.is(peer.connection.takeOutput(), undefined);
});

test('a body in pieces: the sizes, and the end on the last', () => {
  const { peer, bad } = wrong();
  peer.send(request(1));
  assert.ok(bad.respondInPieces(1, 400, [], Buffer.from('{"reason":"BadPath"}'), 8));
  const [, ...data] = peer.read();
  assert.equal(
    data.map(({ payload, flags }) => [payload.toString(), flags]),
    [
      ['{"reason', 0],
      ['":"BadPa', 0],
      ['th"}', END_STREAM],
    ],
  );
});

test('the wrong order: DATA, then HEADERS', () => {
  const { peer, bad } = wrong();
  peer.send(request(1));
  assert.ok(bad.bodyFirst(1, 400, [], Buffer.from('{}')));
  assert.equal(shape(peer), [
    [T.DATA, 0, 1, 2],
    [T.HEADERS, END_HEADERS | END_STREAM, 1, 1],
  ]);
  assert.is(peer.connection.openStreams, 0);
});

test('cut after any number of bytes, over several writes', () => {
  for (const count of [0, 1, 9, 10, 35, 1_000]) {
    const { peer, bad } = wrong();
    peer.send(request(1), request(3));
    bad.cutAfter(count);
    let sent = 0;
    peer.connection.respond(1, 200, ['x', 'y'.repeat(20)]);
    sent += peer.connection.takeOutput()?.length ?? 0;
    peer.connection.respond(3, 200, [], Buffer.alloc(2_000));
    sent += peer.connection.takeOutput()?.length ?? 0;
    assert.is(sent, count);
    assert.ok(peer.connection.cut);
    peer.connection.ping();
    assert.is(peer.connection.takeOutput(), undefined);
    assert.is(peer.connection.waiting, 0);
  }
});

test.run();
