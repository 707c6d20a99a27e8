/** What holds for any bytes, and for any way to cut them. */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  END_HEADERS,
  END_STREAM,
  frame,
  literals,
  Peer,
  PREFACE,
  PUSH,
  request,
  settings,
  settingsAck,
  T,
  u32,
} from './kit.ts';

const test = suite('http2/properties');

/** Frames that make sense often enough to get somewhere, and often enough do not. */
const id = fc.integer({ min: 0, max: 12 });
const block = fc.oneof(
  fc.constant(literals(PUSH)),
  fc.constant(Buffer.concat([literals(PUSH), literals([['x-id', '1']], 0x40)])),
  fc.constant(Buffer.concat([literals(PUSH), Buffer.from([0xbe])])),
  fc.uint8Array({ maxLength: 30 }),
);
const anyFrame = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(id, block, fc.constantFrom(4, 5, 0, 1, 0x2d)).map(([i, b, f]) => frame(T.HEADERS, f, i, b)),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(id, fc.uint8Array({ maxLength: 40 }), fc.constantFrom(0, 1, 8, 9))
      .map(([i, b, f]) => frame(T.DATA, f, i, b)),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(id, block, fc.constantFrom(0, 4)).map(([i, b, f]) => frame(T.CONTINUATION, f, i, b)),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(id, fc.integer({ min: 0, max: 2 ** 31 })).map(([i, n]) => frame(T.WINDOW, 0, i, u32(n))),
  },
  { weight: 1, arbitrary: id.map((i) => frame(T.RST, 0, i, u32(8))) },
  { weight: 1, arbitrary: fc.uint8Array({ minLength: 8, maxLength: 9 }).map((b) => frame(T.PING, 0, 0, b)) },
  { weight: 1, arbitrary: fc.tuple(fc.integer({ min: 0, max: 7 }), fc.nat()).map(([i, n]) => settings([i, n])) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.nat(255), fc.nat(255), id, fc.uint8Array({ maxLength: 20 }))
      .map(([t, f, i, b]) => frame(t, f, i, b)),
  },
);
const conversation = fc
  .array(anyFrame, { maxLength: 25 })
  .map((frames) => Buffer.concat([PREFACE, settings(), settingsAck, ...frames]));

/** Everything that is told and written when these bytes come in these pieces; every request is answered at once. */
function play(bytes: Buffer, cuts: readonly number[]): { log: string[]; output: string } {
  const peer: Peer = new Peer(
    {},
    { onRequest: (stream) => void peer.connection.respond(stream, 400, ['apns-id', 'x'], Buffer.from('{}')) },
  );
  const points = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  let output = '';
  let from = 0;
  for (const to of [...points, bytes.length]) {
    // A copy, and spoilt afterwards: nothing may hold on to a chunk.
    const chunk = Buffer.from(bytes.subarray(from, to));
    peer.connection.receive(chunk, peer.now);
    output += Buffer.from(peer.connection.takeOutput() ?? []).toString('hex');
    chunk.fill(0xaa);
    from = to;
  }
  return { log: peer.log, output };
}

test('any split of the same bytes gives the same events and the same output', () => {
  fc.assert(
    fc.property(conversation, fc.array(fc.nat(), { maxLength: 40 }), (bytes, cuts) => {
      assert.equal(play(bytes, cuts), play(bytes, []));
    }),
    { numRuns: 400 },
  );
});

test('byte by byte, too', () => {
  const bytes = Buffer.concat([
    PREFACE,
    settings([4, 3]),
    settingsAck,
    request(1, [['x', 'y'.repeat(200)]], 0),
    frame(T.DATA, 0, 1, 'abc'),
    frame(T.DATA, END_STREAM, 1, 'def'),
    frame(T.HEADERS, END_STREAM, 3, literals(PUSH).subarray(0, 9)),
    frame(T.CONTINUATION, END_HEADERS, 3, literals(PUSH).subarray(9)),
    frame(T.PING, 0, 0, '12345678'),
    frame(T.WINDOW, 0, 1, u32(10)),
    frame(T.GOAWAY, 0, 0, Buffer.concat([u32(3, 0), Buffer.from('bye')])),
    frame(T.DATA, 0, 99, 'x'),
  ]);
  const whole = play(bytes, []);
  assert.equal(play(bytes, Array.from(bytes.keys())), whole);
  assert.match(
    whole.log.join('\n'),
    /request 1 .*abcdef.*request 3 .*goaway 3 0 bye.*error 1 PROTOCOL_ERROR DATA on stream 99/s,
  );
});

test('any bytes never throw, and what comes out are whole frames', () => {
  const noise = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.concat([PREFACE, bytes])),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.concat([PREFACE, settings(), bytes])),
    fc
      .uint8Array({ maxLength: 200 })
      .map((bytes) => Buffer.concat([PREFACE, settings(), frame(T.HEADERS, END_HEADERS, 1, bytes)])),
    fc.tuple(conversation, fc.nat(), fc.nat(255)).map(([bytes, at, byte]) => {
      bytes[at % bytes.length] = byte;
      return bytes;
    }),
  );
  fc.assert(
    fc.property(noise, (bytes) => {
      const peer: Peer = new Peer({}, { onRequest: (stream) => void peer.connection.respond(stream, 200, []) });
      peer.send(bytes);
      const last = peer.read().at(-1);
      assert.is(peer.connection.ended, last?.type === T.GOAWAY);
      peer.connection.close();
      assert.is(peer.connection.openStreams, 0);
    }),
    { numRuns: 1_500 },
  );
});

test('a stream that stays open while thousands come and go is not taken for another, nor they for it', () => {
  const peer = new Peer().send(PREFACE, settings(), settingsAck, request(1), request(3));
  for (let stream = 5; stream < 20_000; stream += 2) {
    peer.send(request(stream));
    assert.is(peer.connection.openStreams, 3);
    assert.ok(peer.connection.respond(stream, 200, []));
    assert.not(peer.connection.respond(stream, 200, []));
  }
  assert.ok(peer.connection.respond(3, 200, []));
  assert.ok(peer.connection.respond(1, 200, []));
});

test('streams in any order of opening and ending are told apart, however many are open', () => {
  const steps = fc.array(fc.tuple(fc.nat(9), fc.nat(1_000)), { minLength: 20, maxLength: 120 });
  fc.assert(
    fc.property(steps, (steps) => {
      const peer = new Peer().send(PREFACE, settings(), settingsAck);
      const open: number[] = [];
      let next = 1;
      for (const [step, which] of steps) {
        if (step > 3 && open.length < 900) {
          // Identifiers may be skipped, by as many as there can be slots for streams; and some streams stay for long.
          for (let n = 0; n < step * 4; n++, next += 2) {
            peer.send(request(next));
            open.push(next);
          }
          if (step === 9) next += [62, 126, 2_046, 8_190][which % 4]!;
        } else if (open.length > 0) {
          const [stream] = open.splice(which % open.length, 1);
          if (step === 0) assert.ok(peer.connection.respond(stream!, 200, []));
          else if (step === 1) assert.ok(peer.connection.reset(stream!, 8));
          else peer.send(frame(T.RST, 0, stream!, u32(8)));
          assert.not(peer.connection.respond(stream!, 200, []));
        }
        assert.is(peer.connection.openStreams, open.length);
      }
      for (const stream of open) assert.ok(peer.connection.respond(stream, 200, []));
      assert.is(peer.connection.openStreams, 0);
    }),
    { numRuns: 40 },
  );
});

test.run();
