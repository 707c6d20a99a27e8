/** The hardening: each limit ends the connection with the code that RFC 9113 names, and says why; none meets an honest client. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { LimitOptions } from '../../server/http2/limits.ts';
import { working } from '../patience.ts';
import {
  ACK,
  CODE,
  END_HEADERS,
  END_STREAM,
  frame,
  literals,
  Peer,
  PREFACE,
  PUSH,
  ready,
  request,
  settings,
  settingsAck,
  T,
  u32,
} from './kit.ts';

const test = suite('http2/limits');

const few = { burst: 10, perSecond: 100 };

/** Floods: what one unit of each looks like, the n-th of a series. `before`: what has to be there first. */
const floods: [kind: keyof NonNullable<LimitOptions['floods']>, cause: RegExp, unit: (n: number) => Uint8Array][] = [
  ['resets', /rapid reset/, (n) => Buffer.concat([request(3 + 2 * n), frame(T.RST, 0, 3 + 2 * n, u32(8))])],
  // CVE-2025-8671: the client makes us reset the stream.
  ['resets', /rapid reset/, (n) => Buffer.concat([request(3 + 2 * n), frame(T.WINDOW, 0, 3 + 2 * n, u32(0))])],
  ['resets', /rapid reset/, (n) => request(3 + 2 * n, [['Upper', '1']])],
  ['settings', /too many SETTINGS/, () => settings([4, 65_535])],
  ['settings', /too many SETTINGS/, () => frame(T.GOAWAY, 0, 0, u32(0, 0))],
  ['pings', /too many PING/, () => frame(T.PING, 0, 0, '12345678')],
  ['pings', /too many PING/, () => frame(T.PING, ACK, 0, '12345678')],
  ['emptyFrames', /without content/, () => frame(T.DATA, 0, 1)],
  ['emptyFrames', /without content/, () => frame(T.DATA, 8, 1, Buffer.from([1, 0]))],
  ['windowUpdates', /too many WINDOW_UPDATE/, () => frame(T.WINDOW, 0, 0, u32(1))],
  ['windowUpdates', /too many WINDOW_UPDATE/, () => frame(T.WINDOW, 0, 1, u32(1))],
  ['priorities', /too many PRIORITY/, () => frame(T.PRIORITY, 0, 99, Buffer.alloc(5))],
  ['ignoredFrames', /have to be ignored/, () => frame(0xbe, 0, 0, 'x')],
  ['ignoredFrames', /have to be ignored/, () => settingsAck],
];
floods.forEach(([kind, cause, unit], i) => {
  test(`flood ${i + 1}, ${kind}: so many at once, so many per second, and not one more`, () => {
    const peer = ready({ limits: { floods: { [kind]: few } } });
    if (kind === 'settings') peer.now += 1_000; // the preface had one of them
    peer.send(request(1, [], 0));
    let n = 0;
    for (; n < 10; n++) peer.send(unit(n));
    assert.not(peer.connection.ended);
    peer.now += 50;
    for (; n < 15; n++) peer.send(unit(n));
    assert.not(peer.connection.ended);
    peer.send(unit(n));
    const failure = peer.failure()!;
    assert.is(failure.code, CODE.CALM);
    assert.match(failure.cause, cause);
    assert.match(peer.log.at(-1)!, /^error 11 ENHANCE_YOUR_CALM /);
  });
});

for (const [kind, cause, unit] of [
  ['ignoredFrames', /have to be ignored/, () => request(3)],
  ['emptyFrames', /without content/, () => frame(T.DATA, 0, 3)],
] as const)
  test(`flood of ${kind} on a stream that we have cut`, () => {
    const peer = ready({ limits: { floods: { [kind]: few } } }).send(request(1, [], 0), request(3, [['Upper', '1']]));
    for (let n = 0; n < 10; n++) peer.send(unit());
    assert.not(peer.connection.ended);
    assert.match(peer.send(unit()).failure()!.cause, cause);
  });

test('a header value costs as much as it is long, whatever is in it', () => {
  const answered = (value: string): number => {
    const peer = ready();
    const worked = working();
    for (let n = 0; n < 50; n++) peer.send(request(1 + 2 * n, [['x-a', value]]));
    assert.is(peer.connection.ended, false);
    return worked();
  };
  // A search for blanks at the end that begins anew at each blank takes seconds.
  assert.ok(answered(`a${' '.repeat(7_000)}a`) < answered('a'.repeat(7_002)) + 1_000);
});

test('windows opened bit by bit cost what they let out, however many others are shut', () => {
  for (const whose of ['stream', 'connection'] as const) {
    const peer = new Peer().send(PREFACE, settings([4, whose === 'stream' ? 0 : 1]));
    for (let n = 0; n < 9_500; n++) {
      peer.send(request(1 + 2 * n));
      peer.connection.respond(1 + 2 * n, 200, [], Buffer.alloc(20));
    }
    peer.read();
    const worked = working();
    for (let n = 0; n < 9_500; n++) peer.send(frame(T.WINDOW, 0, whose === 'stream' ? 1 + 2 * (n % 500) : 0, u32(1)));
    const ms = worked();
    assert.not(peer.connection.ended);
    assert.ok(ms < 1_000, `${whose}: ${ms} ms`);
  }
});

test('flood of refusals: streams beyond the limit, and streams after our GOAWAY', () => {
  for (const goaway of [false, true]) {
    const peer = ready({ limits: { floods: { refusals: few } }, settings: { maxConcurrentStreams: 0 } });
    if (goaway) peer.connection.goaway();
    for (let n = 0; n < 10; n++) peer.send(request(1 + 2 * n));
    assert.not(peer.connection.ended);
    peer.read();
    peer.send(request(21));
    assert.match(peer.failure()!.cause, /beyond MAX_CONCURRENT_STREAMS too often/);
  }
});

test('a flood is a matter of its own kind, and of its own connection', () => {
  const limits = { floods: { pings: few } };
  const [peer, other] = [ready({ limits }), ready({ limits })];
  for (let n = 0; n < 10; n++) peer.send(frame(T.PING, 0, 0, '12345678'), settings());
  assert.not(peer.connection.ended);
  peer.send(frame(T.PING, 0, 0, '12345678'));
  assert.ok(peer.connection.ended);
  assert.is(other.send(request(1)).requests.length, 1);
});

test('streams open at once: a limit of its own, while MAX_CONCURRENT_STREAMS is not acknowledged', () => {
  const peer = new Peer({ limits: { openStreams: 20 } }).send(PREFACE, settings());
  for (let n = 0; n < 25; n++) peer.send(request(1 + 2 * n));
  assert.is(peer.requests.length, 20);
  assert.is(peer.readType(T.RST).length, 5);
  assert.match(peer.log.at(-1)!, /20 streams are open, and 20 is the most/);
});

test('CONTINUATION: a limit of their number (CVE-2024-27316)', () => {
  const peer = ready({ limits: { continuations: 3 } });
  peer.send(frame(T.HEADERS, END_STREAM, 1, literals(PUSH)));
  for (let n = 0; n < 2; n++) peer.send(frame(T.CONTINUATION, 0, 1));
  peer.send(frame(T.CONTINUATION, END_HEADERS, 1), frame(T.HEADERS, END_STREAM, 3, literals(PUSH)));
  assert.is(peer.requests.length, 1);
  for (let n = 0; n < 4; n++) peer.send(frame(T.CONTINUATION, 0, 3));
  const failure = peer.failure()!;
  assert.is(failure.code, CODE.CALM);
  assert.match(failure.cause, /more than 3 CONTINUATION frames/);
});

test('CONTINUATION: a limit of their bytes, before a block is whole', () => {
  const peer = ready({ limits: { headerBlock: 30_000 } });
  peer.send(frame(T.HEADERS, END_STREAM, 1, Buffer.alloc(16_000)), frame(T.CONTINUATION, 0, 1, Buffer.alloc(14_000)));
  assert.not(peer.connection.ended);
  peer.send(frame(T.CONTINUATION, 0, 1, Buffer.alloc(1)));
  assert.match(peer.failure()!.cause, /a header block has more than 30000 bytes/);
});

test('an HPACK bomb: a small block that refers to a long field over and over', () => {
  const peer = ready();
  const long = literals([['x', 'v'.repeat(3_900)]], 0x40);
  const bomb = (times: number): Buffer => Buffer.concat([literals(PUSH), Buffer.alloc(times, 0xbe)]);
  peer.send(frame(T.HEADERS, END_HEADERS | END_STREAM, 1, Buffer.concat([literals(PUSH), long])));
  peer.send(frame(T.HEADERS, END_HEADERS | END_STREAM, 3, bomb(60)));
  assert.match(peer.log.at(-1)!, /^stream error 3 11 a header list of 236/);
  peer.send(frame(T.HEADERS, END_HEADERS | END_STREAM, 5, bomb(70)));
  const failure = peer.failure()!;
  assert.is(failure.code, CODE.CALM);
  assert.match(failure.cause, /a header list of 27\d{4} bytes came out of a block of 1\d\d/);
});

test('a peer that asks and does not read: what waits is bounded, answers and acknowledgements alike', () => {
  const peer = ready({ limits: { output: 100_000 } });
  for (let id = 1; !peer.connection.ended; id += 2) {
    peer.send(request(id));
    peer.connection.respond(id, 200, [], Buffer.alloc(1_000));
    assert.ok(id < 210);
    assert.ok(peer.connection.waiting < 102_000);
  }
  assert.match(peer.failure()!.cause, /the client does not read: 10\d{4} bytes wait/);

  const blocked = ready({ limits: { output: 100_000 } }).send(settings([4, 0]), request(1), request(3));
  blocked.read();
  blocked.connection.respond(1, 200, [], Buffer.alloc(90_000));
  assert.ok(blocked.connection.waiting >= 90_000);
  blocked.connection.respond(3, 200, [], Buffer.alloc(90_000));
  assert.match(blocked.failure()!.cause, /the client does not read/);
});

const stalls: [what: string, code: number, cause: RegExp, ...frames: Buffer[]][] = [
  ['no byte at all', CODE.CALM, /preface/],
  ['no preface', CODE.CALM, /preface/, PREFACE.subarray(0, 5)],
  ['half a frame', CODE.CALM, /unfinished/, PREFACE, settings(), settingsAck, request(1).subarray(0, 20)],
  ['half a header block', CODE.CALM, /unfinished/, PREFACE, settings(), settingsAck, frame(T.HEADERS, 0, 1)],
  ['half a request', CODE.CALM, /unfinished/, PREFACE, settings(), settingsAck, request(1, [], 0)],
  ['SETTINGS never acknowledged', CODE.TIMEOUT, /not acknowledged for 60000 ms/, PREFACE, settings()],
];
for (const [what, code, cause, ...frames] of stalls) {
  test(`stalled: ${what}`, () => {
    const peer = new Peer({ limits: { readStall: 60_000, settingsAck: 60_000 } });
    peer.connection.tick(1_000);
    if (frames.length > 0) peer.send(...frames);
    peer.connection.tick(60_999);
    assert.not(peer.connection.ended);
    peer.connection.tick(61_000);
    const failure = peer.failure()!;
    assert.is(failure.code, code);
    assert.match(failure.cause, cause);
  });
}

test('stalled: an answer that waits for a window', () => {
  const peer = ready({ limits: { writeStall: 60_000 } }).send(settings([4, 5]), request(1));
  peer.connection.respond(1, 200, [], Buffer.alloc(10));
  peer.now += 30_000;
  peer.send(frame(T.WINDOW, 0, 1, u32(1)));
  peer.connection.tick(90_999);
  assert.not(peer.connection.ended);
  peer.connection.tick(91_000);
  assert.match(peer.failure()!.cause, /waiting for WINDOW_UPDATE for 60000 ms/);
});

test('an idle connection may be idle for days, and a request may wait for its answer', () => {
  const peer = ready().send(request(1));
  for (let hour = 0; hour < 100; hour++) peer.connection.tick(hour * 3_600_000);
  assert.not(peer.connection.ended);
});

test('honest load trips nothing: twenty thousand requests in no time, with bodies and errors, 1000 at once', () => {
  const peer = ready();
  let id = 1;
  const body = Buffer.alloc(300, 'x');
  const reason = Buffer.from('{"reason":"BadDeviceToken"}');
  for (let round = 0; round < 20; round++) {
    const ids = Array.from({ length: 1_000 }, (_, i) => id + 2 * i);
    id += 2_000;
    peer.send(...ids.flatMap((each) => [request(each, [], 0), frame(T.DATA, END_STREAM, each, body)]));
    for (const each of ids) assert.ok(peer.connection.respond(each, 400, ['apns-id', 'x'], reason));
    peer.connection.takeOutput();
    // Some clients give back the window of the connection and that of the stream for each answer.
    peer.send(...ids.flatMap((each) => [frame(T.WINDOW, 0, 0, u32(27)), frame(T.WINDOW, 0, each, u32(27))]));
    peer.requests.length = 0;
    peer.log.length = 0;
  }
  assert.not(peer.connection.ended);
  assert.is(peer.connection.openStreams, 0);
});

test('an impatient client may give up on a thousand requests at once', () => {
  const peer = ready();
  for (let round = 0; round < 4; round++) {
    const ids = Array.from({ length: 1_000 }, (_, i) => 1 + 2 * (i + 1_000 * round));
    peer.send(...ids.map((id) => request(id)), ...ids.map((id) => frame(T.RST, 0, id, u32(8))));
  }
  assert.not(peer.connection.ended);
});

test.run();
