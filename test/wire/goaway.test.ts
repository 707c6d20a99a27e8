// time limit: 360 s
/** GOAWAY in all its forms, by rules and by hand, as it stands on the wire. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BODY, device, openHouse, push, WAYS } from './house.ts';
import { END_HEADERS, END_STREAM, type Frame, frame, Raw, say } from './raw.ts';

const house = await openHouse();
const goaway = suite('goaway');
const ALL = 2 ** 31 - 1;
const SHUTDOWN = '{"reason":"Shutdown"}';

const goodbyes = (raw: Raw): Frame[] => raw.frames.filter(({ type }) => type === 'GOAWAY');
const statusOf = (raw: Raw, stream: number): string | undefined => raw.of(stream)[0]?.headers?.[0]?.[1];
/** Frames of streams and GOAWAY, in order. */
const story = (raw: Raw): string[] =>
  raw.frames.filter(({ type, stream }) => type === 'GOAWAY' || stream !== 0).map((each) => say(each));
const complete =
  (stream: number) =>
  (each: Frame): boolean =>
    each.stream === stream && each.end;
const to = (n: number) => push(`/3/device/${device(n)}`);
const begun = (stream: number, n = stream): Buffer => Raw.request(stream, to(n), null).fill(END_HEADERS, 4, 5);

interface Row {
  readonly name: string;
  readonly does: Readonly<Record<string, unknown>>;
  readonly story: readonly string[];
  readonly debug?: readonly string[];
  readonly ends?: boolean;
}
/** One push on a fresh connection, and everything that comes back. */
const ROWS: readonly Row[] = [
  {
    name: 'behind the answer, with its reason as debug data, and the end',
    does: { goaway: { reason: 'Shutdown', close: 'now' } },
    story: ['HEADERS+END_STREAM[1]', 'GOAWAY[0] NO_ERROR last 1'],
    debug: [SHUTDOWN],
    ends: true,
  },
  {
    name: 'behind the DATA of an error',
    does: { reason: 'TooManyRequests', goaway: { reason: 'TooManyRequests', close: 'now' } },
    story: ['HEADERS[1]', 'DATA+END_STREAM[1]', 'GOAWAY[0] NO_ERROR last 1'],
    debug: ['{"reason":"TooManyRequests"}'],
    ends: true,
  },
  {
    name: 'before the answer',
    does: { goaway: { at: 'before', reason: 'Shutdown' } },
    story: ['GOAWAY[0] NO_ERROR last 1', 'HEADERS+END_STREAM[1]'],
    debug: [SHUTDOWN],
    ends: true,
  },
  {
    name: 'last stream none, although it was answered',
    does: { goaway: { lastStream: 'none', close: 'now' } },
    story: ['HEADERS+END_STREAM[1]', 'GOAWAY[0] NO_ERROR last 0'],
    debug: [''],
    ends: true,
  },
  {
    name: 'last stream none, and no answer',
    does: { stall: true, goaway: { lastStream: 'none', reason: 'InternalServerError', close: 'now' } },
    story: ['GOAWAY[0] NO_ERROR last 0'],
    debug: ['{"reason":"InternalServerError"}'],
    ends: true,
  },
  {
    name: 'last stream all',
    does: { goaway: { lastStream: 'all', close: 'now' } },
    story: ['HEADERS+END_STREAM[1]', `GOAWAY[0] NO_ERROR last ${ALL}`],
    debug: [''],
    ends: true,
  },
  ...(['PROTOCOL_ERROR', 'INTERNAL_ERROR', 'REFUSED_STREAM', 'ENHANCE_YOUR_CALM', 'HTTP_1_1_REQUIRED'] as const).map(
    (code): Row => ({
      name: `code ${code} and plain text`,
      does: { goaway: { code, debug: 'Maximum active streams violated for this endpoint.', close: 'now' } },
      story: ['HEADERS+END_STREAM[1]', `GOAWAY[0] ${code} last 1`],
      debug: ['Maximum active streams violated for this endpoint.'],
      ends: true,
    }),
  ),
  {
    name: 'twice at once, the second without debug data',
    does: { goaway: { reason: 'Shutdown', twice: true, close: 'now' } },
    story: ['HEADERS+END_STREAM[1]', 'GOAWAY[0] NO_ERROR last 1', 'GOAWAY[0] NO_ERROR last 1'],
    debug: [SHUTDOWN, ''],
    ends: true,
  },
  {
    name: 'twice: all, then the highest that came',
    does: { goaway: { lastStream: 'all', twice: true, close: 'now' } },
    story: ['HEADERS+END_STREAM[1]', `GOAWAY[0] NO_ERROR last ${ALL}`, 'GOAWAY[0] NO_ERROR last 1'],
    debug: ['', ''],
    ends: true,
  },
  {
    name: 'never closed: the next push is answered',
    does: { goaway: { lastStream: 'all', close: 'never' } },
    story: ['HEADERS+END_STREAM[1]', `GOAWAY[0] NO_ERROR last ${ALL}`],
    debug: [''],
    ends: false,
  },
];

for (const way of WAYS) {
  for (const row of ROWS)
    goaway(`${way}: ${row.name}`, async () => {
      await house.rules({ when: { token: device(1) }, does: row.does });
      const raw = await house.call(way);
      raw.ask(to(1), BODY);
      if (row.ends === true) assert.is(await raw.over(), 'FIN');
      else await raw.until(({ type }) => type === 'GOAWAY');
      assert.equal(story(raw), row.story);
      assert.equal(
        goodbyes(raw).map(({ debug }) => debug),
        row.debug,
      );
      const recorded = house.records.filter(({ kind }) => kind === 'goaway-sent');
      assert.is(recorded.length, goodbyes(raw).length, 'every GOAWAY is in the journal');
      if (row.ends === false) {
        const next = raw.ask(to(2), BODY);
        await raw.until(complete(next));
        assert.is(statusOf(raw, next), '200');
      }
      await raw.close();
    });

  goaway(`${way}: graceful, with the reply still to come`, async () => {
    await house.rules({
      when: { token: device(1) },
      does: { delay: '1h', goaway: { at: 'before', lastStream: 'all', reason: 'Shutdown', close: 'drained' } },
    });
    const raw = await house.call(way);
    const slow = raw.ask(to(1), BODY);
    await raw.until(({ type }) => type === 'GOAWAY');
    const late = raw.ask(to(2), BODY);
    await raw.until(complete(late));
    assert.is(statusOf(raw, late), '200', 'a stream below the last one is served');
    assert.is(raw.ended, undefined);
    house.mock.clock.advance(3_600_000);
    assert.is(await raw.over(), 'FIN');
    assert.is(statusOf(raw, slow), '200');
    assert.equal(story(raw), [
      `GOAWAY[0] NO_ERROR last ${ALL}`,
      `HEADERS+END_STREAM[${late}]`,
      `HEADERS+END_STREAM[${slow}]`,
    ]);
    await raw.close();
  });

  goaway(`${way}: the connection is closed a while after it`, async () => {
    await house.rules({ when: { token: device(1) }, does: { goaway: { close: '2s' } } });
    const raw = await house.call(way);
    raw.ask(to(1), BODY);
    await raw.until(({ type }) => type === 'GOAWAY');
    house.mock.clock.advance(1999);
    await raw.fence();
    assert.is(raw.ended, undefined);
    house.mock.clock.advance(1);
    assert.is(await raw.over(), 'FIN');
    await raw.close();
  });

  goaway(`${way}: a second one after a while`, async () => {
    await house.rules({
      when: { token: device(1) },
      does: { goaway: { lastStream: 'all', twice: '1s', close: 'now' } },
    });
    const raw = await house.call(way);
    raw.ask(to(1), BODY);
    await raw.until(({ type }) => type === 'GOAWAY');
    const next = raw.ask(to(2), BODY);
    await raw.until(complete(next));
    assert.is(goodbyes(raw).length, 1);
    house.mock.clock.advance(1000);
    assert.is(await raw.over(), 'FIN');
    assert.equal(
      goodbyes(raw).map(({ last }) => last),
      [ALL, next],
    );
    await raw.close();
  });

  goaway(`${way}: on a fresh connection, before any request`, async () => {
    await house.rules({ on: 'connection', does: { goaway: { reason: 'Shutdown', close: 'now' } } });
    const raw = await house.call(way);
    assert.is(await raw.over(), 'FIN');
    assert.equal(story(raw), ['GOAWAY[0] NO_ERROR last 0']);
    assert.equal(goodbyes(raw)[0]?.debug, SHUTDOWN);
    assert.is(goodbyes(raw)[0]?.payload.length, 8 + SHUTDOWN.length);
    await raw.close();
  });

  goaway(`${way}: while other streams are in flight, those up to the last one are answered`, async () => {
    await house.rules(
      { when: { token: device(1) }, does: { goaway: { at: 'before', close: 'drained' } } },
      { when: { token: device(2) }, does: { delay: '5s' } },
    );
    const raw = await house.call(way);
    const waiting = raw.ask(to(2), BODY);
    const trigger = raw.ask(to(1), BODY);
    await raw.until(complete(trigger));
    assert.is(goodbyes(raw)[0]?.last, trigger);
    await raw.fence();
    assert.is(raw.ended, undefined);
    house.mock.clock.advance(5000);
    assert.is(await raw.over(), 'FIN');
    assert.is(statusOf(raw, waiting), '200');
    await raw.close();
  });

  goaway(
    `${way}: disowned streams get no answer, and what they asked for was carried out or not as the rule says`,
    async () => {
      await house.rules({
        when: { token: device(1) },
        does: { stall: true, carryOut: true, goaway: { lastStream: 'none', close: 'now' } },
      });
      const raw = await house.call(way);
      const lost = raw.ask(to(1), BODY);
      assert.is(await raw.over(), 'FIN');
      assert.equal(raw.of(lost), []);
      assert.is(house.exchanges[0]?.carriedOut, true);
      assert.is(house.exchanges[0]?.verdict.status, 200);
      await raw.close();
    },
  );

  goaway(`${way}: by hand, to all and to one`, async () => {
    const [one, two] = [await house.call(way), await house.call(way)];
    const ids = house.records
      .filter(({ kind }) => kind === 'connection-opened')
      .map(({ connection }) => connection?.id);
    const spec = { code: 'NO_ERROR', lastStream: 'all', debug: '', close: 'never', twice: null, at: 'after' } as const;
    house.operate({ goaway: spec }, ids[1]);
    await two.until(({ type }) => type === 'GOAWAY');
    await one.fence();
    assert.equal(goodbyes(one), []);
    house.operate({ goaway: { ...spec, lastStream: 'none', debug: SHUTDOWN, close: 0 } });
    assert.is(await one.over(), 'FIN');
    assert.is(await two.over(), 'FIN');
    assert.equal(
      goodbyes(two).map(({ last, debug }) => [last, debug]),
      [
        [ALL, ''],
        [0, SHUTDOWN],
      ],
    );
    assert.is(house.records.filter(({ kind }) => kind === 'operator').length, 3);
    await one.close();
    await two.close();
  });

  goaway(`${way}: the last stream, by hand, is the highest that came`, async () => {
    await house.rules({ when: { token: device(1) }, does: { stall: true } });
    const raw = await house.call(way);
    raw.ask(to(1), BODY);
    raw.ask(to(1), BODY);
    await house.until(() => house.exchanges.length === 2);
    house.operate({
      goaway: { code: 'NO_ERROR', lastStream: 'this', debug: '', close: 'never', twice: null, at: 'after' },
    });
    assert.is((await raw.until(({ type }) => type === 'GOAWAY')).last, 3);
    await raw.close();
  });

  for (const close of ['never', 'now'] as const)
    goaway(`${way}: streams that are opened after it are recorded, not answered (close: ${close})`, async () => {
      await house.rules({ when: { token: device(1) }, does: { goaway: { close } } });
      const raw = await house.call(way);
      const first = raw.ask(to(1), BODY);
      await raw.until(({ type }) => type === 'GOAWAY');
      const late = raw.ask(to(2), BODY);
      assert.match(await house.recorded('late-stream'), `stream ${late}`);
      assert.match(await house.recorded('late-stream'), `POST /3/device/${device(2)}`);
      assert.is(house.exchanges.length, 1);
      assert.equal(raw.of(late), []);
      assert.is(statusOf(raw, first), '200');
      await raw.close();
    });
}

goaway('a request that ends after the connection was ended is recorded as failed', async () => {
  await house.rules({ when: { token: device(2) }, does: { goaway: { lastStream: 'all', close: 'now' } } });
  const raw = await house.call();
  raw.write(begun(1));
  raw.nextStream = 3;
  raw.ask(to(2), BODY);
  await raw.until(({ type }) => type === 'GOAWAY');
  raw.write(frame('DATA', END_STREAM, 1, Buffer.from(BODY)));
  assert.match(await house.recorded('stream-failed'), `POST /3/device/${device(1)}`);
  assert.is(house.exchanges.length, 1);
  await raw.close();
});

goaway('a client that never closes is cut two seconds after the end', async () => {
  await house.rules({ when: { token: device(1) }, does: { goaway: { close: 'now' } } });
  const raw = await Raw.open({ port: house.port('cleartext') });
  raw.socket.allowHalfOpen = true;
  raw.ask(to(1), BODY);
  assert.is(await raw.over(), 'FIN');
  await house.recorded('connection-closed');
  await raw.close();
});

goaway.after.each(() => house.tidy());
goaway.after(() => house.stop());
goaway.run();
