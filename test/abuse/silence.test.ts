/**
 * Clients that are there and say nothing, or nothing whole: slow bodies, half a frame, half a handshake, two thousand
 * idle connections. Each costs little, is ended when its time is over, and nobody beside them waits.
 */
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type ConnectionRecord, connectionRecordOf } from '../../server/core/exchange.ts';
import { type Mock, startMock } from '../../server/mock.ts';
import { parseOptions } from '../../server/options.ts';
import { type Clock, createClock } from '../../server/shell/clock.ts';
import { skip } from '../runner/skip.ts';
import { openHouse, push } from '../wire/house.ts';
import { encode } from '../wire/hpack.ts';
import { END_HEADERS, END_STREAM, frame, PREFACE, Raw, settings, u32 } from '../wire/raw.ts';
import { bystander, held } from './kit.ts';

/** Waits that would last minutes: the time by which the server looks for stalls is turned by hand. */
interface Patient {
  readonly mock: Mock;
  readonly records: ConnectionRecord[];
  readonly pass: (ms: number) => void;
  readonly port: number;
}

async function openPatient(): Promise<Patient> {
  const real = createClock();
  const ticks = new Set<() => void>();
  let passed = 0;
  const clock: Clock = {
    ...real,
    uptime: () => real.uptime() + passed,
    every(_ms, call) {
      ticks.add(call);
      return () => ticks.delete(call);
    },
  };
  const ports = ['--port', '--manage-port', '--manage-production-port', '--control-port', '--h2c-port'];
  const argv = [...ports.flatMap((name) => [name, '0']), '--certs', 'memory', '--auth', 'off'];
  const records: ConnectionRecord[] = [];
  const mock = await startMock(
    parseOptions({ argv, env: {} }),
    {
      entry(entry) {
        if (entry.kind !== 'exchange') records.push(connectionRecordOf(entry));
      },
      say: () => undefined,
      bug(error) {
        throw error;
      },
      flush: () => undefined,
    },
    clock,
  );
  return {
    mock,
    records,
    port: Number(new URL(mock.urls.h2c ?? '').port),
    pass(ms) {
      passed += ms;
      for (const tick of [...ticks]) tick();
    },
  };
}

const slow = suite('abuse: too slow');
const HEAD = frame('HEADERS', END_HEADERS, 1, encode(push()));

const STALLS: readonly (readonly [name: string, code: string, cause: RegExp, ...bytes: Buffer[]])[] = [
  ['no byte at all', 'ENHANCE_YOUR_CALM', /nothing came for/],
  ['half a preface', 'ENHANCE_YOUR_CALM', /nothing came for/, PREFACE.subarray(0, 7)],
  ['half a frame', 'ENHANCE_YOUR_CALM', /nothing came for/, PREFACE, settings1(), HEAD.subarray(0, 20)],
  ['half a header block', 'ENHANCE_YOUR_CALM', /nothing came for/, PREFACE, settings1(), frame('HEADERS', 1, 1)],
  ['headers without their body', 'ENHANCE_YOUR_CALM', /nothing came for/, PREFACE, settings1(), HEAD],
  ['half a body', 'ENHANCE_YOUR_CALM', /nothing came for/, PREFACE, settings1(), HEAD, frame('DATA', 0, 1, u32(0))],
  [
    'a window that never opens',
    'ENHANCE_YOUR_CALM',
    /waiting for WINDOW_UPDATE/,
    PREFACE,
    frame('SETTINGS', 0, 0, settings([4, 0])),
    frame('SETTINGS', 1, 0),
    frame('HEADERS', END_HEADERS | END_STREAM, 1, encode(push('/3/nothing'))),
  ],
  ['SETTINGS not acknowledged', 'SETTINGS_TIMEOUT', /not acknowledged/, PREFACE, frame('SETTINGS', 0, 0)],
];

function settings1(): Buffer {
  return Buffer.concat([frame('SETTINGS', 0, 0), frame('SETTINGS', 1, 0)]);
}

slow('each is ended when its time is over, with its cause, and none before', async () => {
  const { mock, records, pass, port } = await openPatient();
  try {
    const all = await Promise.all(
      STALLS.map(async ([name, code, cause, ...bytes]) => {
        const raw = await Raw.open({ port, preface: false, acknowledge: false });
        if (bytes.length > 0) raw.write(...bytes);
        await raw.until(({ type }) => type === 'SETTINGS');
        return { name, code, cause, raw };
      }),
    );
    // Somebody who is idle and owes nothing stays.
    const honest = await Raw.open({ port });
    await honest.fence();
    await new Promise((resolve) => setTimeout(resolve, 100));
    pass(1);
    pass(200_000);
    for (const { name, raw } of all) assert.is(raw.ended, undefined, `${name}: ended too early`);
    pass(150_000);
    for (const { name, code, cause, raw } of all) {
      await raw.over();
      const goaway = raw.frames.find(({ type }) => type === 'GOAWAY');
      assert.is(goaway?.code, code, name);
      const wanted = (record: ConnectionRecord): boolean =>
        record.detail.startsWith(`GOAWAY ${code}`) && cause.test(record.detail);
      assert.ok(records.some(wanted), `${name}: not in the journal`);
      await raw.close();
    }
    await honest.fence();
    assert.is(honest.ended, undefined);
    await honest.close();
  } finally {
    await mock.stop(500);
  }
});
slow('one that never reads its socket is cut when its time is over, with its cause', async () => {
  const { mock, records, pass, port } = await openPatient();
  try {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.on('error', () => undefined);
    const gone = new Promise((resolve) => socket.once('close', resolve));
    socket.pause();
    socket.write(Buffer.concat([PREFACE, settings1(), frame('WINDOW_UPDATE', 0, 0, u32(2 ** 31 - 1 - 65_535))]));
    // Refused without a look at their bodies, so that answers are larger than what was asked.
    const { sessions } = mock.driver.engine;
    let stream = 1;
    let taken = true;
    socket.on('drain', () => {
      taken = true;
    });
    // Until the server reads no more: then the buffers of both sides are full.
    for (let idle = 0; idle < 20; ) {
      if (!taken) {
        idle++;
        await new Promise((resolve) => setTimeout(resolve, 20));
        continue;
      }
      idle = 0;
      const many = Array.from({ length: 200 }, () =>
        frame('HEADERS', END_HEADERS | END_STREAM, stream++ * 2 - 1, encode(push('/3/nothing'))),
      );
      taken = socket.write(Buffer.concat(many));
    }
    assert.is(sessions.size, 1);
    pass(200_000);
    assert.is(sessions.size, 1, 'it was cut too early');
    pass(150_000);
    socket.resume();
    await gone;
    assert.ok(
      records.some(({ kind, detail }) => kind === 'limit-tripped' && /has not read the \d+ bytes/.test(detail)),
    );
  } finally {
    await mock.stop(500);
  }
});
slow.run();

const idle = suite('abuse: many and idle');

/** Descriptors that this process may have: each connection here takes two of them. */
const descriptors = Number(/Max open files\s+(\d+)/.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? 1024);
const MANY = 2_000;

async function openMany(count: number, port: number, bytes: Buffer): Promise<Socket[]> {
  const sockets: Socket[] = [];
  // Not more at a time than the queue of a listener holds.
  while (sockets.length < count)
    sockets.push(
      ...(await Promise.all(
        Array.from({ length: Math.min(200, count - sockets.length) }, () => {
          const socket = connect({ port, host: '127.0.0.1' });
          socket.on('error', () => undefined);
          return new Promise<Socket>((resolve, reject) => {
            socket.once('error', reject);
            socket.once('connect', () => {
              if (bytes.length > 0) socket.write(bytes);
              resolve(socket);
            });
          });
        }),
      )),
    );
  return sockets;
}

function closeAll(sockets: readonly Socket[]): Promise<unknown> {
  return Promise.all(
    sockets.map((socket) => {
      if (socket.closed) return undefined;
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.destroy();
      return closed;
    }),
  );
}

if (descriptors < 2 * MANY + 200)
  skip(idle, `${MANY} connections`, `this process may have ${descriptors} descriptors only`);
else {
  for (const [name, bytes] of [
    ['idle, and in order', Buffer.concat([PREFACE, settings1()])],
    ['half open: not a byte', Buffer.alloc(0)],
    ['with half a body each', Buffer.concat([PREFACE, settings1(), HEAD, frame('DATA', 0, 1, Buffer.alloc(1_000))])],
  ] as const)
    idle(`${MANY} connections, ${name}: each is small, and a client beside them is served`, async () => {
      const house = await openHouse('--max-entries', '1000');
      try {
        const before = await held();
        const sockets = await openMany(MANY, house.port('cleartext'), bytes);
        await house.until(() => house.mock.driver.engine.sessions.size === MANY);
        const calm = await bystander(house);
        await new Promise((resolve) => setTimeout(resolve, 300));
        await calm();
        // Both ends and the journal are in this process.
        const each = ((await held()) - before) / MANY;
        assert.ok(each < 40_000, `a connection takes ${Math.round(each)} bytes`);
        await closeAll(sockets);
        await house.tidy();
        const left = ((await held()) - before) / MANY;
        assert.ok(left < 4_000, `a closed connection leaves ${Math.round(left)} bytes behind`);
      } finally {
        await house.stop();
      }
    });

  idle('300 TLS handshakes that stop half way: others are served, and the server can stop', async () => {
    const house = await openHouse('--max-entries', '1000');
    // The beginning of a ClientHello that says it has 512 bytes.
    const hello = Buffer.from([22, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]);
    const sockets = await openMany(300, house.port('tls'), hello);
    const calm = await bystander(house, 'tls');
    await new Promise((resolve) => setTimeout(resolve, 300));
    await calm();
    assert.is(house.mock.driver.engine.sessions.size, 0, 'none of them is a connection yet');
    await closeAll(sockets.slice(0, 150));
    await house.until(() => house.records.filter(({ kind }) => kind === 'connection-refused').length === 150);
    await house.stop();
    await closeAll(sockets);
  });
}
idle.run();
