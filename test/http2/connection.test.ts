/** The connection as a whole: prefaces, frames that are answered, frames that end it (RFC 9113 sections 3 to 6). */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ERROR_CODES, errorName } from '../../server/http2/errors.ts';
import { misbehave } from '../../server/http2/misbehave.ts';
import {
  ACK,
  CODE,
  END_HEADERS,
  END_STREAM,
  frame,
  literals,
  PADDED,
  Peer,
  PREFACE,
  PUSH,
  readFrames,
  ready,
  request,
  settings,
  settingsAck,
  T,
  u32,
} from './kit.ts';

const test = suite('http2/connection');

test('our SETTINGS go out before the client has said anything: 24 bytes, in the order of APNs', () => {
  const [first, second] = new Peer({ settings: { maxConcurrentStreams: 1 } }).read();
  assert.is(first!.type, T.SETTINGS);
  assert.is(first!.payload.toString('hex'), '000100001000' + '000300000001' + '000500004000' + '000600001f40');
  assert.is(second!.type, T.WINDOW);
  assert.equal(new Peer({ connectionWindow: 65_535 }).read().length, 1);
});

test('SETTINGS are acknowledged, and told with their last values (6.5.3); unknown ones are ignored (6.5.2)', () => {
  const peer = new Peer();
  peer.read();
  peer.send(PREFACE, settings([3, 7], [0xff, 1], [4, 1], [4, 100]));
  assert.equal(peer.read(), [{ type: T.SETTINGS, flags: ACK, id: 0, payload: Buffer.alloc(0) }]);
  assert.equal(peer.log, ['settings {"maxConcurrentStreams":7,"initialWindowSize":100}']);
  assert.is(peer.connection.settingsPending, 1);
  peer.send(settingsAck);
  assert.is(peer.connection.settingsPending, 0);
  assert.match(peer.log[1]!, 'settings ack {"headerTableSize":4096,"maxConcurrentStreams":1000');
});

test('a request with a body, and its answer: HEADERS, and one DATA frame with END_STREAM', () => {
  const peer = ready();
  peer.send(
    request(
      5,
      [
        ['apns-topic', 'a'],
        ['apns-topic', 'b'],
      ],
      0,
    ),
    frame(T.DATA, END_STREAM, 5, '{"aps":{}}'),
  );
  assert.equal(peer.requests, [
    {
      id: 5,
      method: 'POST',
      authority: 'localhost',
      path: '/3/device/0a',
      pathFlaw: '',
      headers: ['apns-topic', 'a', 'apns-topic', 'b'],
      trailers: undefined,
      body: '{"aps":{}}',
      size: 10,
    },
  ]);
  assert.equal(peer.log[0], 'headers 5 /3/device/0a');
  assert.ok(peer.connection.respond(5, 400, ['apns-id', 'x'], Buffer.from('{"reason":"BadTopic"}')));
  const frames = peer.read();
  assert.equal(
    frames.map(({ type, flags, id }) => [type, flags, id]),
    [
      [T.HEADERS, END_HEADERS, 5],
      [T.DATA, END_STREAM, 5],
    ],
  );
  assert.is(frames[1]!.payload.toString(), '{"reason":"BadTopic"}');
  assert.is(peer.connection.openStreams, 0);
  assert.not(peer.connection.respond(5, 200, []));
  assert.not(peer.log.includes('idle')); // nothing has been said of an end
});

test('an answer without a body ends with its HEADERS', () => {
  const peer = ready();
  peer.send(request(1));
  peer.connection.respond(1, 200, []);
  assert.equal(peer.read(), [
    { type: T.HEADERS, flags: END_STREAM | END_HEADERS, id: 1, payload: Buffer.from([0x88]) },
  ]);
});

test('answers in any order, many of them in one buffer', () => {
  const peer = ready();
  const ids = Array.from({ length: 300 }, (_, i) => 1 + 2 * i);
  peer.send(...ids.map((id) => request(id)));
  for (const id of ids.toReversed()) peer.connection.respond(id, 200, ['apns-id', 'x'.repeat(100)]);
  const output = peer.connection.takeOutput()!;
  assert.equal(
    readFrames(output).frames.map(({ id }) => id),
    ids.toReversed(),
  );
  assert.is(peer.connection.takeOutput(), undefined);
});

test('the output grows wherever its end happens to be', () => {
  for (let before = 0; before < 1_100; before++) {
    const peer = ready();
    peer.send(request(1));
    misbehave(peer.connection).bytes(new Uint8Array(before));
    peer.connection.respond(1, 200, []);
    const output = Buffer.from(peer.connection.takeOutput()!);
    assert.equal(output.subarray(before), frame(T.HEADERS, END_STREAM | END_HEADERS, 1, Buffer.from([0x88])));
  }
});

test('what has been handed out is never written again', () => {
  const peer = ready();
  const pieces: [given: Uint8Array, copy: Buffer][] = [];
  for (let id = 1; id < 2000; id += 2) {
    peer.send(request(id));
    peer.connection.respond(id, 200, ['apns-id', String(id).repeat(20)]);
    const given = peer.connection.takeOutput()!;
    pieces.push([given, Buffer.from(given)]);
  }
  for (const [given, copy] of pieces) assert.equal(Buffer.from(given), copy);
});

test('PING is answered with the same bytes (6.7), and the answer to ours is told', () => {
  const peer = ready().send(frame(T.PING, 0, 0, '12345678'));
  assert.equal(peer.read(), [{ type: T.PING, flags: ACK, id: 0, payload: Buffer.from('12345678') }]);
  peer.connection.ping(Buffer.from('abcdefgh'));
  assert.equal(peer.read(), [{ type: T.PING, flags: 0, id: 0, payload: Buffer.from('abcdefgh') }]);
  peer.send(frame(T.PING, ACK, 0, 'abcdefgh'));
  assert.equal(peer.read(), []);
  assert.equal(peer.log, ['ping 3132333435363738 false', 'ping 6162636465666768 true']);
});

test('unknown frames are ignored (5.5), flags without a meaning too (4.1), and PRIORITY has no effect (6.3)', () => {
  const peer = ready();
  peer.send(frame(0xf0, 0xff, 0, 'what?'), frame(0xf0, 0, 7), frame(T.PRIORITY, 0, 9, [...u32(3), 5] as never));
  peer.send(frame(T.HEADERS, END_HEADERS | END_STREAM | 0xc2, 11, literals(PUSH)));
  assert.equal(peer.read(), []);
  assert.is(peer.requests.length, 1);
});

test('padding on HEADERS and DATA, priority on HEADERS (6.1, 6.2)', () => {
  const peer = ready();
  const block = Buffer.concat([Buffer.from([3]), u32(0), Buffer.from([200]), literals(PUSH), Buffer.alloc(3)]);
  peer.send(frame(T.HEADERS, END_HEADERS | PADDED | 0x20, 1, block));
  peer.send(
    frame(T.DATA, END_STREAM | PADDED, 1, Buffer.concat([Buffer.from([5]), Buffer.from('body'), Buffer.alloc(5)])),
  );
  assert.is(peer.requests[0]!.body, 'body');
});

test('a header block in many frames (6.10), and an answer in several when the peer takes no large ones', () => {
  const peer = ready();
  const block = literals([...PUSH, ['x', 'y'.repeat(300)]]);
  peer.send(frame(T.HEADERS, END_STREAM, 1, block.subarray(0, 10)));
  for (let at = 10; at < block.length; at += 50) {
    const last = at + 50 >= block.length ? END_HEADERS : 0;
    peer.send(frame(T.CONTINUATION, last, 1, block.subarray(at, at + 50)));
  }
  assert.equal(peer.requests[0]!.headers, ['x', 'y'.repeat(300)]);
  peer.connection.respond(1, 200, ['x', 'é'.repeat(40_000)], Buffer.from('!'));
  const frames = peer.read();
  assert.equal(
    frames.map(({ type, flags }) => [type, flags]),
    [
      [T.HEADERS, 0],
      [T.CONTINUATION, 0],
      [T.CONTINUATION, END_HEADERS],
      [T.DATA, END_STREAM],
    ],
  );
});

test('a body in pieces is put together, counted beyond its limit and not kept', () => {
  const peer = ready({ maxBody: 10 });
  peer.send(request(1, [], 0), frame(T.DATA, 0, 1, 'abcdef'), frame(T.DATA, 0, 1, 'ghijkl'));
  peer.send(frame(T.DATA, END_STREAM, 1, 'mnopqr'), request(3, [], 0), frame(T.DATA, END_STREAM, 3, 'x'.repeat(50)));
  assert.equal(
    peer.requests.map(({ body, size }) => [body, size]),
    [
      ['abcdefghij', 18],
      ['xxxxxxxxxx', 50],
    ],
  );
});

test('the body is there during the callback only', () => {
  const kept: { body: Uint8Array }[] = [];
  const peer = ready({}, { onRequest: (_, request) => void kept.push(request) });
  peer.send(request(1, [], 0), frame(T.DATA, END_STREAM, 1, 'body'));
  assert.is(peer.requests[0]!.body, 'body');
  assert.is(kept[0]!.body.length, 0);
});

test('trailers (8.1)', () => {
  const peer = ready();
  peer.send(request(1, [], 0), frame(T.DATA, 0, 1, 'body'));
  peer.send(frame(T.HEADERS, END_HEADERS | END_STREAM, 1, literals([['x-sum', '1']])));
  assert.equal(peer.requests[0]!.trailers, ['x-sum', '1']);
  assert.is(peer.requests[0]!.body, 'body');
});

test('an early answer: the rest of the request is taken and told, and then the stream is closed', () => {
  const peer = ready();
  peer.send(request(1, [], 0));
  assert.ok(peer.connection.respond(1, 413, []));
  assert.is(peer.connection.openStreams, 1);
  peer.send(frame(T.DATA, END_STREAM, 1, 'late'));
  assert.is(peer.requests[0]!.body, 'late');
  assert.is(peer.connection.openStreams, 0);
});

test('RST_STREAM of the client closes the stream (6.4), ours too, and what was under way is dropped (5.1)', () => {
  const peer = ready();
  peer.send(request(1), frame(T.RST, 0, 1, u32(8)));
  assert.equal(peer.log.at(-1), 'reset 1 8');
  assert.not(peer.connection.respond(1, 200, []));
  peer.send(request(3, [], 0));
  assert.ok(peer.connection.reset(3, CODE.CALM));
  assert.not(peer.connection.reset(3, CODE.CALM));
  assert.equal(peer.read(), [{ type: T.RST, flags: 0, id: 3, payload: u32(CODE.CALM) }]);
  peer.send(frame(T.DATA, 0, 3, 'x'), frame(T.WINDOW, 0, 3, u32(5)), frame(T.RST, 0, 3, u32(8)));
  peer.send(frame(T.HEADERS, END_HEADERS | END_STREAM, 3, literals([['x-sum', '1']], 0x40)));
  // The block that was dropped has entered the table all the same (section 4.3).
  peer.send(frame(T.HEADERS, END_HEADERS | END_STREAM, 5, Buffer.concat([literals(PUSH), Buffer.from([0xbe])])));
  assert.equal(peer.read(), []);
  assert.equal(peer.requests.at(-1)!.headers, ['x-sum', '1']);
});

test('GOAWAY of the client is told (6.8), and its streams are answered all the same', () => {
  const peer = ready().send(request(1), frame(T.GOAWAY, 0, 0, Buffer.concat([u32(0, 11), Buffer.from('bye')])));
  assert.is(peer.log.at(-1), 'goaway 0 11 bye');
  assert.ok(peer.connection.respond(1, 200, []));
});

test('GOAWAY of ours: what is under way goes on, what comes later is told and not served; idle at the end', () => {
  for (const lateStreams of ['ignore', 'refuse'] as const) {
    const peer = ready({ lateStreams });
    peer.send(request(1, [], 0));
    peer.connection.goaway({ debug: Buffer.from('{"reason":"Shutdown"}') });
    const [goaway] = peer.read();
    assert.equal(goaway!.payload, Buffer.concat([u32(1, 0), Buffer.from('{"reason":"Shutdown"}')]));
    peer.send(request(3, [], 0), frame(T.DATA, END_STREAM, 3, 'late'), frame(T.DATA, END_STREAM, 1, 'body'));
    assert.equal(peer.log.slice(1), ['late 3 /3/device/0a', 'request 1 POST /3/device/0a  4 body']);
    assert.not(peer.connection.idle);
    const refusal = { type: T.RST, flags: 0, id: 3, payload: u32(CODE.REFUSED) };
    assert.equal(peer.read(), lateStreams === 'refuse' ? [refusal] : []);
    peer.connection.respond(1, 200, []);
    assert.is(peer.log.at(-1), 'idle');
    assert.ok(peer.connection.idle);
  }
});

test('GOAWAY in two steps: first everything is still served, then no more (6.8); the identifier never grows', () => {
  const peer = ready();
  peer.connection.goaway({ lastStreamId: 2 ** 31 - 1 });
  peer.send(request(1));
  assert.is(peer.requests.length, 1);
  peer.connection.goaway();
  peer.connection.goaway({ lastStreamId: 99 });
  const frames = peer.readType(T.GOAWAY);
  assert.equal(
    frames.map(({ payload }) => payload.readUInt32BE(0)),
    [2 ** 31 - 1, 1, 1],
  );
});

test('GOAWAY that allows for streams to come: they are served, up to the last', () => {
  const peer = ready();
  peer.connection.goaway({ lastStreamId: 3 });
  peer.send(request(1), request(3), request(5));
  assert.is(peer.requests.length, 2);
  assert.is(peer.log.at(-1), 'late 5 /3/device/0a');
  peer.connection.respond(1, 200, []);
  assert.not(peer.connection.idle);
  peer.connection.respond(3, 200, []);
  assert.is(peer.log.at(-1), 'idle');
});

test('GOAWAY that gives up streams: they are closed, and never answered', () => {
  const peer = ready().send(request(1), request(3), request(5));
  peer.connection.goaway({ lastStreamId: 1 });
  assert.is(peer.connection.openStreams, 1);
  assert.not(peer.connection.respond(3, 200, []));
  assert.ok(peer.connection.respond(1, 200, []));
  assert.ok(peer.connection.idle);
});

test('MAX_CONCURRENT_STREAMS binds from the acknowledgement on: a burst before it passes', () => {
  const peer = new Peer({ settings: { maxConcurrentStreams: 1 } });
  peer.send(PREFACE, settings(), ...[1, 3, 5, 7, 9].map((id) => request(id)));
  assert.is(peer.requests.length, 5);
  peer.send(settingsAck, request(11));
  assert.is(peer.requests.length, 5);
  assert.equal(peer.readType(T.RST), [{ type: T.RST, flags: 0, id: 11, payload: u32(CODE.REFUSED) }]);
  assert.match(peer.log.at(-1)!, /^stream error 11 7 5 streams are open, and 1 is the most/);
  for (const id of [1, 3, 5, 7, 9]) peer.connection.respond(id, 200, []);
  peer.send(request(13));
  assert.is(peer.requests.length, 6);
});

test('MAX_CONCURRENT_STREAMS raised holds at once, lowered from its own acknowledgement on', () => {
  const peer = ready({ settings: { maxConcurrentStreams: 1 } });
  peer.connection.setMaxConcurrentStreams(3);
  assert.equal(peer.read(), readFrames(settings([3, 3])).frames);
  peer.send(request(1), request(3), settingsAck, request(5), request(7));
  assert.equal(
    peer.requests.map(({ id }) => id),
    [1, 3, 5],
  );
  peer.connection.setMaxConcurrentStreams(1);
  for (const id of [1, 3, 5]) peer.connection.respond(id, 200, []);
  peer.send(request(9), request(11), settingsAck, request(13));
  assert.equal(
    peer.requests.map(({ id }) => id),
    [1, 3, 5, 9, 11],
  );
});

test('a refused stream: its body is dropped in silence, and its headers have entered the table', () => {
  const peer = ready({ settings: { maxConcurrentStreams: 0 } });
  const block = Buffer.concat([literals(PUSH), literals([['x-new', '1']], 0x40)]);
  peer.send(frame(T.HEADERS, END_HEADERS, 1, block), frame(T.DATA, END_STREAM, 1, 'body'));
  assert.is(peer.read().length, 1);
  peer.connection.setMaxConcurrentStreams(1);
  peer.send(frame(T.HEADERS, END_HEADERS | END_STREAM, 3, Buffer.concat([literals(PUSH), Buffer.from([0xbe])])));
  assert.equal(peer.requests[0]!.headers, ['x-new', '1']);
});

test('a handler that throws ends the connection, and the exception gets out', () => {
  const onRequest = (): void => {
    throw new Error('mine');
  };
  const peer = ready({}, { onRequest });
  assert.throws(() => peer.send(request(1)), /mine/);
  assert.is(peer.failure()!.code, CODE.INTERNAL);
  assert.ok(peer.connection.ended);
});

test('events that nobody wants need not be there', () => {
  const peer = ready();
  const { connection } = peer;
  const { events } = connection.state as { events: object };
  for (const name of Object.keys(events)) if (name !== 'onRequest') delete (events as Record<string, unknown>)[name];
  peer.send(request(1, [], 0), frame(T.RST, 0, 1, u32(8)), frame(T.PING, 0, 0, '12345678'), settings());
  connection.setMaxConcurrentStreams(0);
  connection.goaway({ lastStreamId: 3 });
  peer.send(settingsAck, request(3), request(5), frame(T.GOAWAY, 0, 0, u32(0, 0)), frame(T.DATA, 0, 99, ''));
  assert.is(peer.log.length, 0);
  assert.ok(connection.ended);
});

test('error codes have names, both ways', () => {
  assert.is(ERROR_CODES.ENHANCE_YOUR_CALM, 0xb);
  assert.is(errorName(0xd), 'HTTP_1_1_REQUIRED');
  assert.is(errorName(0x99), 'error 0x99');
});

test('the largest settings that are allowed', () => {
  const peer = ready().send(settings([2, 1], [4, 2 ** 31 - 1], [5, 2 ** 24 - 1], [5, 16_384]));
  assert.not(peer.connection.ended);
});

const strangers: [what: string, bytes: Uint8Array, cause: RegExp][] = [
  ['HTTP/1.1', Buffer.from('POST /3/device/0a HTTP/1.1\r\n\r\n'), /HTTP\/1\.1, not HTTP\/2/],
  ['TLS', Buffer.from([0x16, 3, 1, 2, 0]), /speaks TLS/],
  ['noise', Buffer.from('PRI * HTTP/3'), /preface/],
];
for (const [what, bytes, cause] of strangers) {
  test(`a client that speaks ${what} is told so (3.4)`, () => {
    const failure = new Peer().send(bytes).failure()!;
    assert.is(failure.code, CODE.PROTOCOL);
    assert.match(failure.cause, cause);
  });
}

test('the first frame must be SETTINGS, and no acknowledgement (3.4)', () => {
  for (const first of [settingsAck, request(1), frame(T.PING, 0, 0, '12345678'), frame(0xf0, 0, 0)]) {
    assert.match(new Peer().send(PREFACE, first).failure()!.cause, /the first frame is not SETTINGS/);
  }
});

/** After these the connection is over, with this code. */
const fatal: [what: string, code: number, ...frames: Buffer[]][] = [
  ['4.2 a frame larger than SETTINGS_MAX_FRAME_SIZE', CODE.SIZE, frame(0xf0, 0, 0, Buffer.alloc(16_385))],
  ['4.3 a header block that cannot be decoded', CODE.HPACK, frame(T.HEADERS, END_HEADERS, 1, Buffer.from([0x80]))],
  ['5.1 DATA on an idle stream', CODE.PROTOCOL, frame(T.DATA, 0, 1, 'x')],
  ['5.1 RST_STREAM on an idle stream', CODE.PROTOCOL, frame(T.RST, 0, 1, u32(0))],
  ['5.1 WINDOW_UPDATE on an idle stream', CODE.PROTOCOL, frame(T.WINDOW, 0, 1, u32(1))],
  ['5.1.1 an even identifier', CODE.PROTOCOL, request(2)],
  ['5.1.1 an identifier that was skipped', CODE.PROTOCOL, request(5), request(3)],
  ['6.1 DATA on the connection', CODE.PROTOCOL, frame(T.DATA, 0, 0, 'x')],
  ['6.1 DATA with too much padding', CODE.PROTOCOL, request(1, [], 0), frame(T.DATA, PADDED, 1, Buffer.from([2, 0]))],
  ['6.1 DATA with padding and no room for it', CODE.PROTOCOL, request(1, [], 0), frame(T.DATA, PADDED, 1)],
  ['6.2 HEADERS on the connection', CODE.PROTOCOL, request(0)],
  ['6.2 HEADERS with too much padding', CODE.PROTOCOL, frame(T.HEADERS, END_HEADERS | PADDED, 1, Buffer.from([9, 0]))],
  ['6.2 HEADERS too short for its flags', CODE.SIZE, frame(T.HEADERS, END_HEADERS | 0x20, 1, Buffer.alloc(4))],
  ['6.3 PRIORITY on the connection', CODE.PROTOCOL, frame(T.PRIORITY, 0, 0, Buffer.alloc(5))],
  ['6.3 PRIORITY of a wrong size', CODE.SIZE, frame(T.PRIORITY, 0, 1, Buffer.alloc(4))],
  ['6.3 PRIORITY of an idle stream on itself', CODE.PROTOCOL, frame(T.PRIORITY, 0, 1, Buffer.from([0, 0, 0, 1, 0]))],
  ['6.4 RST_STREAM on the connection', CODE.PROTOCOL, frame(T.RST, 0, 0, u32(0))],
  ['6.4 RST_STREAM of a wrong size', CODE.SIZE, request(1), frame(T.RST, 0, 1, Buffer.alloc(3))],
  ['6.5 SETTINGS on a stream', CODE.PROTOCOL, frame(T.SETTINGS, 0, 1)],
  ['6.5 SETTINGS of a wrong size', CODE.SIZE, frame(T.SETTINGS, 0, 0, Buffer.alloc(5))],
  ['6.5 SETTINGS ACK with a payload', CODE.SIZE, frame(T.SETTINGS, ACK, 0, Buffer.alloc(6))],
  ['6.5.2 ENABLE_PUSH 2', CODE.PROTOCOL, settings([2, 2])],
  ['6.5.2 INITIAL_WINDOW_SIZE 2^31', CODE.FLOW, settings([4, 2 ** 31])],
  ['6.5.2 MAX_FRAME_SIZE 16383', CODE.PROTOCOL, settings([5, 16_383])],
  ['6.5.2 MAX_FRAME_SIZE 2^24', CODE.PROTOCOL, settings([5, 2 ** 24])],
  ['6.6 PUSH_PROMISE', CODE.PROTOCOL, request(1), frame(T.PUSH, END_HEADERS, 1, Buffer.alloc(4))],
  ['6.7 PING on a stream', CODE.PROTOCOL, frame(T.PING, 0, 1, '12345678')],
  ['6.7 PING of a wrong size', CODE.SIZE, frame(T.PING, 0, 0, '1234567')],
  ['6.8 GOAWAY on a stream', CODE.PROTOCOL, frame(T.GOAWAY, 0, 1, Buffer.alloc(8))],
  ['6.8 GOAWAY of a wrong size', CODE.SIZE, frame(T.GOAWAY, 0, 0, Buffer.alloc(7))],
  ['6.9 WINDOW_UPDATE by 0', CODE.PROTOCOL, frame(T.WINDOW, 0, 0, u32(0))],
  ['6.9 WINDOW_UPDATE of a wrong size', CODE.SIZE, frame(T.WINDOW, 0, 0, Buffer.alloc(3))],
  ['6.9.1 a window beyond 2^31-1', CODE.FLOW, frame(T.WINDOW, 0, 0, u32(2 ** 31 - 1))],
  ['6.10 CONTINUATION without HEADERS', CODE.PROTOCOL, request(1), frame(T.CONTINUATION, END_HEADERS, 1)],
  ['6.10 CONTINUATION on the connection', CODE.PROTOCOL, frame(T.CONTINUATION, END_HEADERS, 0)],
  [
    '6.10 CONTINUATION on another stream',
    CODE.PROTOCOL,
    frame(T.HEADERS, 0, 1, literals(PUSH)),
    frame(T.CONTINUATION, END_HEADERS, 3),
  ],
  ['6.10 something in between', CODE.PROTOCOL, frame(T.HEADERS, 0, 1, literals(PUSH)), frame(0xf0, 0, 0)],
];
for (const [what, code, ...frames] of fatal) {
  test(`a connection error: ${what}`, () => {
    const peer = ready().send(...frames);
    const failure = peer.failure();
    assert.is(failure?.code, code);
    assert.match(failure!.cause, /\(RFC (9113|7541|7540) section [0-9.]+\)$/);
    assert.ok(peer.connection.ended);
    assert.match(peer.log.at(-1)!, failure!.cause);
    peer.send(request(101), frame(T.PING, 0, 0, '12345678'));
    assert.equal(peer.read(), []);
  });
}

test('a stream left out takes no HEADERS later (5.1.1), the very first included', () => {
  for (const [first, left] of [
    [3, 1],
    [5, 3],
  ] as const) {
    const peer = ready().send(request(first), request(left));
    const failure = peer.failure();
    assert.is(failure?.code, CODE.PROTOCOL);
    assert.match(failure!.cause, /identifiers must grow/);
  }
});

test('a closed stream takes no HEADERS (5.1): STREAM_CLOSED', () => {
  const peer = ready().send(request(1));
  peer.connection.respond(1, 200, []);
  peer.read();
  assert.is(peer.send(request(1)).failure()!.code, CODE.CLOSED);
});

/** After these the stream is reset with this code, the event says why, and the connection goes on. */
const streamErrors: [what: string, code: number, ...frames: Buffer[]][] = [
  ['5.1 DATA after END_STREAM', CODE.CLOSED, request(1), frame(T.DATA, 0, 1, 'x')],
  ['5.1 HEADERS after END_STREAM', CODE.CLOSED, request(1), request(1)],
  ['6.3 PRIORITY of a wrong size', CODE.SIZE, request(1), frame(T.PRIORITY, 0, 1, Buffer.alloc(6))],
  ['6.9 WINDOW_UPDATE by 0', CODE.PROTOCOL, request(1), frame(T.WINDOW, 0, 1, u32(0))],
  ['6.9.1 a window beyond 2^31-1', CODE.FLOW, request(1), frame(T.WINDOW, 0, 1, u32(2 ** 31 - 1))],
  ['8.1 a second HEADERS without END_STREAM', CODE.PROTOCOL, request(1, [], 0), request(1, [], 0)],
  ['8.1 a pseudo-header in trailers', CODE.PROTOCOL, request(1, [], 0), request(1)],
  [
    '5.1 DATA on a stream that the client reset',
    CODE.CLOSED,
    request(1),
    frame(T.RST, 0, 1, u32(8)),
    frame(T.DATA, 0, 1),
  ],
];
for (const [what, code, ...frames] of streamErrors) {
  test(`a stream error: ${what}`, () => {
    const peer = ready().send(...frames);
    assert.equal(peer.readType(T.RST), [{ type: T.RST, flags: 0, id: 1, payload: u32(code) }]);
    assert.match(peer.log.at(-1)!, new RegExp(`^stream error 1 ${code} .*\\(RFC 9113 section `));
    assert.not(peer.connection.ended);
    assert.is(peer.send(request(3)).requests.at(-1)!.id, 3);
  });
}

test.run();
