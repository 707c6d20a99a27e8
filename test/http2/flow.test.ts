/** Flow control, both ways (RFC 9113 sections 5.2 and 6.9). */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CODE, END_STREAM, frame, Peer, PREFACE, ready, request, settings, settingsAck, T, u32 } from './kit.ts';

const test = suite('http2/flow');

/** The sizes of all DATA frames that wait to be written, and whether the last has END_STREAM. */
function readData(peer: Peer): [id: number, length: number, end: boolean][] {
  return peer.readType(T.DATA).map(({ id, payload, flags }) => [id, payload.length, (flags & END_STREAM) !== 0]);
}

/** A peer that has said in its SETTINGS how large the windows of its streams are. */
function narrow(window: number): Peer {
  const peer = new Peer().send(PREFACE, settings([4, window]), settingsAck);
  peer.read();
  return peer;
}

test('DATA waits for the window of its stream, and goes out as it opens (6.9.1)', () => {
  const peer = narrow(3).send(request(1));
  assert.ok(peer.connection.respond(1, 400, [], Buffer.from('12345678')));
  assert.equal(readData(peer), [[1, 3, false]]);
  assert.is(peer.connection.waiting, 5);
  peer.send(frame(T.WINDOW, 0, 1, u32(1)));
  assert.equal(readData(peer), [[1, 1, false]]);
  peer.send(frame(T.WINDOW, 0, 1, u32(100)));
  assert.equal(readData(peer), [[1, 4, true]]);
  assert.is(peer.connection.waiting, 0);
  assert.is(peer.connection.openStreams, 0);
});

test('a window that SETTINGS make larger lets DATA go; one made smaller may go below zero (6.9.2)', () => {
  const peer = narrow(5).send(request(1));
  peer.connection.respond(1, 400, [], Buffer.from('1234567890'));
  assert.equal(readData(peer), [[1, 5, false]]);
  peer.send(settings([4, 0]), frame(T.WINDOW, 0, 1, u32(5)));
  assert.equal(readData(peer), []); // -5 + 5
  peer.send(settings([4, 2]));
  assert.equal(readData(peer), [[1, 2, false]]);
  peer.send(settings([4, 65_535]));
  assert.equal(readData(peer), [[1, 3, true]]);
});

test('the window of the connection is shared, first come, first served', () => {
  const peer = ready().send(request(1), request(3), request(5));
  peer.connection.respond(1, 200, [], Buffer.alloc(65_530));
  peer.connection.respond(3, 200, [], Buffer.alloc(10));
  peer.connection.respond(5, 200, [], Buffer.alloc(10));
  assert.equal(readData(peer).slice(-2), [
    [1, 65_530 - 3 * 16_384, true],
    [3, 5, false],
  ]);
  peer.send(frame(T.WINDOW, 0, 0, u32(7)));
  assert.equal(readData(peer), [
    [3, 5, true],
    [5, 2, false],
  ]);
  peer.send(frame(T.RST, 0, 5, u32(8)));
  assert.is(peer.connection.waiting, 0);
});

test('DATA frames are no larger than the peer allows (6.5.2)', () => {
  const peer = ready().send(settings([5, 20_000]), request(1));
  peer.connection.respond(1, 200, [], Buffer.alloc(45_000));
  assert.equal(readData(peer), [
    [1, 20_000, false],
    [1, 20_000, false],
    [1, 5_000, true],
  ]);
});

test('windows are given back in large portions: none for small requests', () => {
  const peer = ready();
  for (let id = 1; id < 2_000; id += 2) {
    peer.send(request(id, [], 0), frame(T.DATA, END_STREAM, id, Buffer.alloc(300)));
    peer.connection.respond(id, 200, []);
  }
  assert.equal(peer.readType(T.WINDOW), []);
  for (let id = 2_001; id < 6_000; id += 2)
    peer.send(request(id, [], 0), frame(T.DATA, END_STREAM, id, Buffer.alloc(300)));
  const updates = peer.readType(T.WINDOW);
  assert.is(updates.length, 1);
  assert.is(updates[0]!.id, 0);
  assert.ok(updates[0]!.payload.readUInt32BE(0) >= 524_288);
});

test('a long body gets the window of its stream back (6.9)', () => {
  const peer = ready().send(request(1, [], 0));
  peer.send(frame(T.DATA, 0, 1, Buffer.alloc(16_384)));
  assert.equal(peer.readType(T.WINDOW), []);
  peer.send(frame(T.DATA, 0, 1, Buffer.alloc(16_384)));
  assert.equal(peer.readType(T.WINDOW), [{ type: T.WINDOW, flags: 0, id: 1, payload: u32(32_768) }]);
});

test('padding counts, and so does what is dropped (6.9.1)', () => {
  const peer = ready({ connectionWindow: 65_535 }).send(request(1, [], 0));
  peer.connection.reset(1, CODE.CALM);
  for (let i = 0; i < 200; i++) peer.send(frame(T.DATA, 8, 1, Buffer.alloc(255, 250, 'latin1').fill(254, 0, 1)));
  const given = peer.readType(T.WINDOW).reduce((sum, { payload }) => sum + payload.readUInt32BE(0), 0);
  assert.ok(given >= 200 * 255 - 32_768);
});

test('DATA beyond the window of its stream costs the stream, beyond that of the connection the connection', () => {
  const peer = ready().send(request(1, [], 0));
  peer.connection.state.holdWindows = true;
  for (let i = 0; i < 4; i++) peer.send(frame(T.DATA, 0, 1, Buffer.alloc(16_383)));
  peer.send(frame(T.DATA, 0, 1, Buffer.alloc(3)));
  assert.equal(peer.readType(T.RST), []);
  peer.send(frame(T.DATA, 0, 1, Buffer.alloc(1)));
  assert.equal(peer.readType(T.RST)[0]!.payload, u32(CODE.FLOW));

  const wide = ready({ connectionWindow: 65_535 });
  wide.connection.state.holdWindows = true;
  for (let id = 1; id <= 9; id += 2) wide.send(request(id, [], 0), frame(T.DATA, 0, id, Buffer.alloc(16_000)));
  assert.is(wide.failure()!.code, CODE.FLOW);
});

test('our INITIAL_WINDOW_SIZE binds the client from its acknowledgement on, open streams too (6.9.2)', () => {
  const peer = new Peer({ settings: { initialWindowSize: 10 } }).send(PREFACE, settings(), request(1, [], 0));
  peer.read();
  peer.send(frame(T.DATA, 0, 1, Buffer.alloc(50)), settingsAck);
  assert.not(peer.connection.ended);
  assert.equal(peer.readType(T.WINDOW), [{ type: T.WINDOW, flags: 0, id: 1, payload: u32(50) }]);
  peer.send(frame(T.DATA, 0, 1, Buffer.alloc(10)), frame(T.DATA, 0, 1, Buffer.alloc(10)));
  assert.equal(peer.readType(T.RST), []);
  peer.send(frame(T.DATA, 0, 1, Buffer.alloc(11)));
  assert.equal(peer.readType(T.RST)[0]!.payload, u32(CODE.FLOW));
});

test('whatever the windows: a client that obeys them is never stuck, and never beyond them', () => {
  // A model of the client: it sends its bodies as far as the windows it knows allow, and hears our WINDOW_UPDATEs.
  const plan = fc.record({
    initial: fc.constantFrom(undefined, 1, 100, 16_384, 65_535, 200_000),
    changes: fc.array(fc.constantFrom(1, 50, 30_000, 65_535, 100_000), { maxLength: 3 }),
    connection: fc.constantFrom(65_535, 70_000, 1_000_000),
    sizes: fc.array(fc.integer({ min: 1, max: 150_000 }), { minLength: 1, maxLength: 4 }),
    portion: fc.integer({ min: 1, max: 16_384 }),
  });
  fc.assert(
    fc.property(plan, ({ initial, changes, connection, sizes, portion }) => {
      const peer = new Peer({
        connectionWindow: connection,
        ...(initial === undefined ? {} : { settings: { initialWindowSize: initial } }),
      });
      peer.send(PREFACE, settings());
      let shared = 65_535;
      let base = 65_535;
      // Two hundred steps are enough of the same, however narrow the way.
      const most = 200 * Math.min(portion, initial ?? 65_535, ...changes);
      const streams = sizes.map((size, i) => ({ id: 1 + 2 * i, left: Math.min(size, most), window: base }));
      const hear = (): void => {
        for (const { type, flags, id, payload } of peer.read()) {
          if (type === T.WINDOW && id === 0) shared += payload.readUInt32BE(0);
          else if (type === T.WINDOW)
            for (const stream of streams) stream.window += stream.id === id ? payload.readUInt32BE(0) : 0;
          else if (type === T.SETTINGS && flags === 0) {
            for (let at = 0; at < payload.length; at += 6) {
              if (payload.readUInt16BE(at) !== 4) continue;
              const value = payload.readUInt32BE(at + 2);
              for (const stream of streams) stream.window += value - base;
              base = value;
            }
            peer.send(settingsAck);
          } else if (type === T.RST || type === T.GOAWAY) throw new Error(`frame ${type}: ${peer.log.at(-1)}`);
        }
      };
      for (const { id } of streams) peer.send(request(id, [], 0));
      for (let turn = 0; turn < 5_000; turn++) {
        let progress = false;
        for (const stream of streams) {
          const length = Math.min(stream.left, stream.window, shared, portion);
          if (stream.left === 0 || length <= 0) continue;
          stream.left -= length;
          stream.window -= length;
          shared -= length;
          peer.send(frame(T.DATA, stream.left === 0 ? END_STREAM : 0, stream.id, Buffer.alloc(length)));
          progress = true;
        }
        const change = turn % 3 === 2 ? changes.pop() : undefined;
        if (change !== undefined) peer.connection.settings({ initialWindowSize: change });
        hear();
        if (streams.every(({ left }) => left === 0)) break;
        const canSend = streams.some(({ left, window }) => left > 0 && window > 0) && shared > 0;
        if (!progress && !canSend && change === undefined) throw new Error('stuck');
      }
      assert.is(peer.requests.length, sizes.length);
    }),
    { numRuns: 100 },
  );
});

test('whatever the windows: we are never beyond them, and all is sent in the end', () => {
  const step = fc.oneof(
    fc.record({
      kind: fc.constant('stream' as const),
      id: fc.integer({ min: 0, max: 3 }),
      by: fc.integer({ min: 1, max: 30_000 }),
    }),
    fc.record({
      kind: fc.constant('connection' as const),
      id: fc.constant(0),
      by: fc.integer({ min: 1, max: 30_000 }),
    }),
    fc.record({ kind: fc.constant('initial' as const), id: fc.constant(0), by: fc.integer({ min: 0, max: 70_000 }) }),
  );
  const sizes = fc.array(fc.integer({ min: 1, max: 60_000 }), { minLength: 4, maxLength: 4 });
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 30 }),
      sizes,
      fc.integer({ min: 0, max: 70_000 }),
      (steps, sizes, initial) => {
        const peer = new Peer().send(PREFACE, settings([4, initial]), settingsAck);
        peer.read();
        let shared = 65_535;
        let base = initial;
        const windows = sizes.map(() => initial);
        const received = sizes.map(() => 0);
        const ended = sizes.map(() => false);
        const hear = (): void => {
          for (const { type, id, payload, flags } of peer.read()) {
            if (type !== T.DATA) continue;
            const i = (id - 1) / 2;
            shared -= payload.length;
            windows[i]! -= payload.length;
            received[i]! += payload.length;
            if (shared < 0 || windows[i]! < 0 || ended[i]) throw new Error('beyond the window');
            ended[i] = (flags & END_STREAM) !== 0;
          }
        };
        sizes.forEach((size, i) => {
          peer.send(request(1 + 2 * i));
          peer.connection.respond(1 + 2 * i, 200, [], Buffer.alloc(size));
          hear();
        });
        const take = ({
          kind,
          id,
          by,
        }: {
          kind: 'stream' | 'connection' | 'initial';
          id: number;
          by: number;
        }): void => {
          if (kind === 'stream') {
            windows[id]! += by;
            peer.send(frame(T.WINDOW, 0, 1 + 2 * id, u32(by)));
          } else if (kind === 'connection') {
            shared += by;
            peer.send(frame(T.WINDOW, 0, 0, u32(by)));
          } else {
            windows.forEach((_, i) => {
              windows[i]! += by - base;
            });
            base = by;
            peer.send(settings([4, by]));
          }
          hear();
        };
        for (const each of steps) take(each);
        take({ kind: 'connection', id: 0, by: 1_000_000 });
        for (const id of [0, 1, 2, 3]) take({ kind: 'stream', id, by: 1_000_000 });
        assert.equal(received, sizes);
        assert.equal(ended, [true, true, true, true]);
        assert.is(peer.connection.waiting, 0);
      },
    ),
    { numRuns: 150 },
  );
});

test.run();
