// time limit: 360 s
/** Faults through the door on node:http2: what it can do, what it does otherwise, and what it says it cannot. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BODY, device, openHouse, push, WAYS } from './house.ts';
import { END_HEADERS, END_STREAM, frame, Raw, say } from './raw.ts';

const house = await openHouse('--http2', 'node');
const door = suite('node:http2 door');
const to = (n: number) => push(`/3/device/${device(n)}`);
const story = (raw: Raw): string[] =>
  raw.frames
    .filter(({ type, stream }) => type === 'GOAWAY' || (stream !== 0 && type !== 'WINDOW_UPDATE'))
    .map((each) => say(each));

interface Row {
  readonly name: string;
  readonly does: Readonly<Record<string, unknown>>;
  readonly story: readonly string[];
  readonly ends: boolean;
}
const ROWS: readonly Row[] = [
  {
    name: 'GOAWAY behind the answer',
    does: { goaway: { reason: 'Shutdown', close: 'now' } },
    story: ['HEADERS+END_STREAM[1]', 'GOAWAY[0] NO_ERROR last 1'],
    ends: true,
  },
  {
    name: 'GOAWAY behind the DATA of an answer',
    does: { reason: 'TooManyRequests', goaway: { close: 'now' } },
    story: ['HEADERS[1]', 'DATA+END_STREAM[1]', 'GOAWAY[0] NO_ERROR last 1'],
    ends: true,
  },
  {
    name: 'otherwise: GOAWAY cannot disown a stream that it has served',
    does: { goaway: { lastStream: 'none', close: 'now' } },
    story: ['HEADERS+END_STREAM[1]', 'GOAWAY[0] NO_ERROR last 1'],
    ends: true,
  },
  {
    name: 'reset before headers, any code',
    does: { reset: 'ENHANCE_YOUR_CALM' },
    story: ['RST_STREAM[1] ENHANCE_YOUR_CALM'],
    ends: false,
  },
  {
    name: 'otherwise: a reset behind headers is INTERNAL_ERROR, whatever was asked for',
    does: { reset: { code: 'CANCEL', at: 'after-headers' } },
    story: ['HEADERS[1]', 'RST_STREAM[1] INTERNAL_ERROR'],
    ends: false,
  },
];

for (const way of WAYS) {
  for (const row of ROWS)
    door(`${way}: ${row.name}`, async () => {
      await house.rules({ when: { token: device(1) }, does: row.does });
      const raw = await house.call(way);
      raw.ask(to(1), BODY);
      if (row.ends) await raw.over();
      else await raw.until(({ type }) => type === 'RST_STREAM');
      assert.equal(story(raw), row.story);
    });

  door(`${way}: cut`, async () => {
    await house.rules({ when: { token: device(1) }, does: { drop: true } });
    const raw = await house.call(way);
    raw.ask(to(1), BODY);
    await raw.over();
    assert.equal(story(raw), []);
  });

  door(`${way}: GOAWAY on the headers alone lets the request go on`, async () => {
    await house.rules({ on: 'stream', when: { token: device(1) }, does: { goaway: true } });
    const raw = await house.call(way);
    raw.write(Raw.request(1, to(1), null).fill(END_HEADERS, 4, 5));
    await raw.until(({ type }) => type === 'GOAWAY');
    raw.write(frame('DATA', END_STREAM, 1, Buffer.from(BODY)));
    await raw.over();
    assert.equal(story(raw), ['GOAWAY[0] NO_ERROR last 1', 'HEADERS+END_STREAM[1]']);
    assert.is(house.exchanges[0]?.carriedOut, true);
  });

  door(`${way}: slow, split, stalled`, async () => {
    await house.rules(
      { when: { token: device(1) }, does: { delay: '1s', reason: 'TooManyRequests' } },
      { when: { token: device(2) }, does: { reason: 'TooManyRequests', split: { frames: 3, every: '1s' } } },
      { when: { token: device(3) }, does: { stall: true } },
    );
    const raw = await house.call(way);
    for (const n of [1, 2, 3]) raw.ask(to(n), BODY);
    await house.until(() => house.exchanges.length === 3);
    house.mock.clock.advance(1000);
    await raw.until(({ stream, end }) => stream === 1 && end);
    house.mock.clock.advance(1000);
    await raw.until(({ stream, end }) => stream === 3 && end);
    assert.is(raw.of(3).at(-1)?.end, true);
    assert.equal(raw.of(5), []);
  });

  door(`${way}: it says what it cannot do: silence to PING, a window that is held`, async () => {
    await house.rules({ on: 'connection', does: { pings: 'ignore', window: 'hold' } });
    const raw = await house.call(way);
    await raw.fence();
    assert.match(await house.recorded('fault', /cannot do pings/), '--http2 own');
    assert.match(await house.recorded('fault', /cannot do window/), '--http2 own');
  });

  door(`${way}: the limit is lowered and raised in flight`, async () => {
    const raw = await house.call(way);
    house.operate({ streams: 3 });
    await raw.until(({ settings }) => settings?.some(([id, value]) => id === 3 && value === 3) === true);
  });

  door(`${way}: a client that resets within its request is told with method and path`, async () => {
    const raw = await house.call(way);
    raw.write(Raw.request(1, to(1), null).fill(END_HEADERS, 4, 5));
    await raw.fence();
    raw.write(frame('DATA', 0, 1, Buffer.alloc(3)), Raw.reset(1, 'CANCEL'));
    assert.match(await house.recorded('stream-failed'), `POST /3/device/${device(1)}`);
  });
}

door('shutdown: what waits is answered with 503, then GOAWAY', async () => {
  const last = await openHouse('--http2', 'node');
  await last.rules({ when: { token: device(1) }, does: { stall: true } });
  const raw = await last.call();
  const stream = raw.ask(to(1), BODY);
  await last.until(() => last.exchanges.length === 1);
  await Promise.all([last.stop(), raw.over()]);
  assert.is(raw.of(stream)[0]?.headers?.[0]?.[1], '503');
  assert.is(raw.frames.at(-1)?.type, 'GOAWAY');
  await raw.close();
});

door.after.each(() => house.tidy());
door.after(() => house.stop());
door.run();
