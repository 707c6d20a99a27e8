// time limit: 360 s
/** A thousand connections, each hit by a fault: nothing of them stays behind. */
import { setImmediate as turn } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BODY, openHouse, push, type RuleText, type Way } from './house.ts';
import { END_HEADERS, frame, Raw } from './raw.ts';

const THOUSAND = 1000;
const ABREAST = 25;

const house = await openHouse('--max-entries', '200');
const thousand = suite('a thousand faults');
const target = (n: number): string => n.toString(16).padStart(64, 'e');

const FAULTS: readonly Record<string, unknown>[] = [
  { goaway: { reason: 'Shutdown', close: 'now' } },
  { goaway: { at: 'before', lastStream: 'none', close: 'now' } },
  { goaway: { lastStream: 'all', twice: '1h', close: 'never' } },
  { goaway: { close: '1h' } },
  { stall: true, goaway: { at: 'before', close: 'drained' } },
  { drop: true },
  { drop: true, delay: '1h' },
  { reset: 'INTERNAL_ERROR' },
  { reason: 'TooManyRequests', reset: { code: 'CANCEL', at: 'mid-body' } },
  { stall: true },
  { delay: '1h' },
  { reason: 'TooManyRequests', split: { frames: 3, every: '1h' } },
  { pings: 'ignore', window: 'hold', streams: 1 },
  { status: 500, body: '' },
];

const onConnection: readonly Record<string, unknown>[] = [
  { idle: '1h' },
  { delay: '1h', drop: true },
  { stall: true },
  { pings: 'ignore' },
  { streams: 1 },
];

const rules: readonly RuleText[] = [
  { on: 'connection', sequence: onConnection, afterLast: 'cycle' },
  ...FAULTS.map((does, n) => ({ when: { token: target(n) }, does })),
];

async function suffer(n: number, way: Way): Promise<void> {
  const raw = await Raw.open({ port: house.port(way), tls: way === 'tls' ? house.trust : null });
  const fault = n % FAULTS.length;
  raw.write(Raw.request(raw.freshStream(), push(`/3/device/${target(fault)}`), Buffer.from(BODY)));
  // One more whose body never comes.
  raw.write(Raw.request(raw.freshStream(), push(`/3/device/${target(99)}`), null).fill(END_HEADERS, 4, 5));
  raw.write(frame('PING', 0, 0, Buffer.alloc(8)));
  // Some go at once, some when they have heard something, some with a reset.
  if (n % 3 !== 0) await raw.wait(() => raw.ended !== undefined || raw.frames.length > 0);
  if (n % 5 === 0) raw.write(Raw.reset(1, 'CANCEL'));
  // A TLS socket of node has no such call.
  if (n % 7 === 0 && way === 'cleartext') raw.socket.resetAndDestroy();
  await raw.close();
}

async function round(count: number, way: Way): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) await suffer(next++, way);
  };
  await Promise.all(Array.from({ length: ABREAST }, worker));
  await house.mock.driver.idle();
}

/** Handles that keep a process alive, by kind. */
function handles(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

async function settle(): Promise<void> {
  for (let n = 0; n < 20; n++) await turn();
}

for (const way of ['cleartext', 'tls'] as const)
  thousand(
    `${way}: no session, no appointment, no socket, no timer, and no more memory than the journal may take`,
    async () => {
      await house.rules(...rules);
      await round(ABREAST * 4, way);
      await settle();
      const before = handles();
      globalThis.gc?.();
      const heapBefore = process.memoryUsage().heapUsed;

      await round(THOUSAND, way);
      await settle();
      const { engine } = house.mock.driver;
      assert.is(engine.sessions.size, 0, 'sessions');
      assert.is(engine.nextWake(), undefined, 'appointments');
      const after = handles();
      for (const kind of ['TCPSocketWrap', 'TLSWrap', 'Timeout', 'Immediate'])
        assert.ok((after[kind] ?? 0) <= (before[kind] ?? 0), `${kind}: ${before[kind] ?? 0}, then ${after[kind] ?? 0}`);
      const { first, last } = engine.journal.range();
      assert.ok(last - first < 200, 'the journal keeps its bound');
      globalThis.gc?.();
      const grown = (process.memoryUsage().heapUsed - heapBefore) / 2 ** 20;
      if (globalThis.gc !== undefined) assert.ok(grown < 8, `${grown.toFixed(1)} MiB more`);
      else assert.ok(grown < 100, `${grown.toFixed(1)} MiB more`);
    },
  );

thousand('and the next one is served as ever', async () => {
  house.mock.scenario.unload();
  const raw = await house.call();
  const stream = raw.ask(push(), BODY);
  await raw.until((each) => each.stream === stream && each.end);
  assert.is(raw.of(stream)[0]?.headers?.[0]?.[1], '200');
});

thousand.after(async () => {
  await house.tidy();
  await house.stop();
});
thousand.run();
