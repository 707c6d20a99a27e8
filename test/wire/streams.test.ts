// time limit: 360 s
/** What a rule can do to one stream: resets, cuts, silence, and answers that APNs never gives. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BODY, device, openHouse, push, WAYS } from './house.ts';
import { CODES, END_HEADERS, END_STREAM, type Frame, frame, Raw, say } from './raw.ts';

const house = await openHouse();
const streams = suite('streams');

const to = (n: number) => push(`/3/device/${device(n)}`);
const story = (raw: Raw, stream: number): string[] => raw.of(stream).map((each) => say(each));
const complete =
  (stream: number) =>
  (each: Frame): boolean =>
    each.stream === stream && (each.end || each.type === 'RST_STREAM');
/** Channels so far; both ways lead to the same shelf. */
let made = 0;
const REASON = '{"reason":"TooManyRequests"}';

for (const way of WAYS) {
  for (const code of CODES)
    streams(`${way}: reset with ${code} before headers`, async () => {
      await house.rules({ when: { token: device(1) }, does: { reset: code } });
      const raw = await house.call(way);
      const stream = raw.ask(to(1), BODY);
      await raw.until(complete(stream));
      await raw.fence();
      assert.equal(story(raw, stream), [`RST_STREAM[1] ${code}`]);
      assert.is(house.exchanges[0]?.carriedOut, false);
      assert.is(raw.ended, undefined, 'the connection lives on');
    });

  streams(`${way}: reset after headers`, async () => {
    await house.rules({ when: { token: device(1) }, does: { reset: { code: 'CANCEL', at: 'after-headers' } } });
    const raw = await house.call(way);
    const stream = raw.ask(to(1), BODY);
    await raw.until(({ type }) => type === 'RST_STREAM');
    assert.equal(story(raw, stream), ['HEADERS[1]', 'RST_STREAM[1] CANCEL']);
    assert.is(raw.of(stream)[0]?.headers?.[0]?.[1], '200');
  });

  streams(`${way}: reset in the middle of the body`, async () => {
    await house.rules({
      when: { token: device(1) },
      does: { reason: 'TooManyRequests', reset: { code: 'INTERNAL_ERROR', at: 'mid-body' } },
    });
    const raw = await house.call(way);
    const stream = raw.ask(to(1), BODY);
    await raw.until(({ type }) => type === 'RST_STREAM');
    assert.equal(story(raw, stream), ['HEADERS[1]', 'DATA[1]', 'RST_STREAM[1] INTERNAL_ERROR']);
    assert.is(raw.of(stream)[1]?.payload.toString(), REASON.slice(0, Math.ceil(REASON.length / 2)));
    const next = raw.ask(to(2), BODY);
    assert.ok((await raw.until(complete(next))).end);
  });

  streams(`${way}: reset after a while`, async () => {
    await house.rules({ when: { token: device(1) }, does: { delay: '30s', reset: 'REFUSED_STREAM' } });
    const raw = await house.call(way);
    const stream = raw.ask(to(1), BODY);
    await raw.fence();
    assert.equal(story(raw, stream), []);
    house.mock.clock.advance(30_000);
    await raw.until(complete(stream));
    assert.equal(story(raw, stream), ['RST_STREAM[1] REFUSED_STREAM']);
  });

  for (const carryOut of [true, false])
    streams(`${way}: cut, and the request was ${carryOut ? '' : 'not '}carried out`, async () => {
      await house.rules({ when: { operation: 'channels.create' }, does: { drop: true, carryOut } });
      const create = push('/1/apps/com.example.app/channels');
      const body = '{"message-storage-policy":1,"push-type":"LiveActivity"}';
      // Channels are served over cleartext on one port for all, and over TLS on a port of their own.
      const port = Number(new URL(house.mock.urls.manage).port);
      const raw = await house.call(way, way === 'tls' ? { port } : {});
      const stream = raw.ask(create, body);
      await raw.over();
      assert.equal(story(raw, stream), []);
      assert.equal(
        raw.frames.filter(({ type }) => type === 'GOAWAY'),
        [],
      );
      assert.is(house.exchanges[0]?.carriedOut, carryOut);
      assert.is(house.exchanges[0]?.response, null);
      house.mock.scenario.unload();
      const after = await house.call(way, way === 'tls' ? { port } : {});
      const list = after.ask(
        [
          [':method', 'GET'],
          [':scheme', 'https'],
          [':path', '/1/apps/com.example.app/all-channels'],
          [':authority', 'localhost'],
        ],
        null,
      );
      await after.until(complete(list));
      const { channels } = JSON.parse(after.of(list)[1]?.payload.toString() ?? '') as { channels: string[] };
      made += carryOut ? 1 : 0;
      assert.is(channels.length, made);
    });

  streams(`${way}: stalled, until somebody does something`, async () => {
    await house.rules({ when: { token: device(1) }, does: { stall: true } });
    const raw = await house.call(way);
    const stream = raw.ask(to(1), BODY);
    await raw.fence();
    house.mock.clock.advance(86_400_000);
    await raw.fence();
    assert.equal(story(raw, stream), []);
    const other = raw.ask(to(2), BODY);
    assert.ok((await raw.until(complete(other))).end, 'other streams are answered');
    house.operate({ reset: { code: 'CANCEL', at: 'before-headers' } });
    await raw.until(complete(stream));
    assert.equal(story(raw, stream), ['RST_STREAM[1] CANCEL']);
  });

  streams(`${way}: a stalled stream that the client gives up is told with its path`, async () => {
    await house.rules({ when: { token: device(1) }, does: { stall: true } });
    const raw = await house.call(way);
    const stream = raw.ask(to(1), BODY);
    await house.until(() => house.exchanges.length === 1);
    raw.write(Raw.reset(stream, 'CANCEL'));
    assert.match(await house.recorded('stream-failed'), `POST /3/device/${device(1)}`);
    assert.match(await house.recorded('stream-failed'), 'CANCEL');
  });

  streams(`${way}: a slow answer that the client gives up never leaves`, async () => {
    await house.rules({ when: { token: device(1) }, does: { delay: '10s' } });
    const raw = await house.call(way);
    const stream = raw.ask(to(1), BODY);
    await house.until(() => house.exchanges.length === 1);
    raw.write(Raw.reset(stream, 'CANCEL'));
    await house.recorded('stream-failed');
    assert.is(house.mock.driver.engine.nextWake(), undefined, 'its appointment is gone');
    house.mock.clock.advance(10_000);
    await raw.fence();
    assert.equal(story(raw, stream), []);
  });

  streams(`${way}: slow: the answer comes when its time has come, to the millisecond`, async () => {
    await house.rules({ when: { token: device(1) }, does: { delay: '1500ms' } });
    const raw = await house.call(way);
    const stream = raw.ask(to(1), BODY);
    await raw.fence();
    house.mock.clock.advance(1499);
    await raw.fence();
    assert.equal(story(raw, stream), []);
    house.mock.clock.advance(1);
    await raw.until(complete(stream));
    assert.equal(story(raw, stream), ['HEADERS+END_STREAM[1]']);
  });

  streams(`${way}: split: the body over several DATA frames, with time between them`, async () => {
    await house.rules({
      when: { token: device(1) },
      does: { reason: 'TooManyRequests', split: { frames: 4, every: '1s' } },
    });
    const raw = await house.call(way);
    const stream = raw.ask(to(1), BODY);
    await raw.until(({ type }) => type === 'DATA');
    for (const count of [1, 2, 3, 4]) {
      await raw.fence();
      assert.equal(story(raw, stream), [
        'HEADERS[1]',
        ...Array.from({ length: count }, (_, n) => (n === 3 ? 'DATA+END_STREAM[1]' : 'DATA[1]')),
      ]);
      house.mock.clock.advance(1000);
    }
    assert.is(
      Buffer.concat(raw.of(stream).flatMap(({ type, payload }) => (type === 'DATA' ? [payload] : []))).toString(),
      REASON,
    );
  });

  streams(`${way}: split at once`, async () => {
    await house.rules({ when: { token: device(1) }, does: { reason: 'TooManyRequests', split: 3 } });
    const raw = await house.call(way);
    const stream = raw.ask(to(1), BODY);
    await raw.until(complete(stream));
    assert.equal(story(raw, stream), ['HEADERS[1]', 'DATA[1]', 'DATA[1]', 'DATA+END_STREAM[1]']);
  });

  streams(`${way}: an error without a body, and a body that is garbage`, async () => {
    await house.rules(
      { when: { token: device(1) }, does: { status: 500, body: '' } },
      { when: { token: device(2) }, does: { status: 502, headers: { 'content-type': 'text/html' }, body: '<html>' } },
    );
    const raw = await house.call(way);
    const [empty, garbage] = [raw.ask(to(1), BODY), raw.ask(to(2), BODY)];
    await raw.until(complete(garbage));
    assert.equal(story(raw, empty), ['HEADERS+END_STREAM[1]']);
    assert.is(raw.of(empty)[0]?.headers?.[0]?.[1], '500');
    assert.equal(story(raw, garbage), ['HEADERS[3]', 'DATA+END_STREAM[3]']);
    assert.is(raw.of(garbage)[1]?.payload.toString(), '<html>');
    const [status, ...headers] = raw.of(garbage)[0]?.headers ?? [];
    assert.equal(status, [':status', '502']);
    assert.equal(headers.map(([name]) => name).sort(), ['apns-id', 'content-type']);
    assert.is(new Map(headers).get('content-type'), 'text/html');
  });

  streams(`${way}: on the headers alone, before the body is there`, async () => {
    await house.rules({ on: 'stream', when: { token: device(1) }, does: { reset: 'REFUSED_STREAM' } });
    const raw = await house.call(way);
    raw.write(Raw.request(1, to(1), null).fill(END_HEADERS, 4, 5));
    await raw.until(complete(1));
    assert.equal(story(raw, 1), ['RST_STREAM[1] REFUSED_STREAM']);
    assert.is(house.exchanges[0]?.carriedOut, false);
    raw.nextStream = 3;
    const next = raw.ask(to(2), BODY);
    assert.ok((await raw.until(complete(next))).end);
  });

  streams(
    `${way}: GOAWAY on the headers alone lets the request go on, to be judged and to meet the rules for it`,
    async () => {
      await house.rules(
        { name: 'leave', on: 'stream', when: { token: device(1) }, does: { goaway: true } },
        { when: { token: device(1) }, does: { headers: { 'x-rule': 'met' } } },
      );
      const raw = await house.call(way);
      raw.write(Raw.request(1, to(1), null).fill(END_HEADERS, 4, 5));
      const goaway = await raw.until(({ type }) => type === 'GOAWAY');
      assert.is(say(goaway), 'GOAWAY[0] NO_ERROR last 1');
      assert.is(house.exchanges.length, 0, 'there is no answer yet');
      assert.match(await house.recorded('fault'), 'stream 1, before its body: leave');
      raw.write(frame('DATA', END_STREAM, 1, Buffer.from(BODY)));
      await raw.until(complete(1));
      assert.is(await raw.over(), 'FIN');
      const [exchange] = house.exchanges;
      assert.equal(
        raw.of(1)[0]?.headers?.find(([name]) => name === 'x-rule'),
        ['x-rule', 'met'],
      );
      assert.equal([exchange?.carriedOut, exchange?.request.size], [true, BODY.length]);
    },
  );

  streams(`${way}: GOAWAY on the headers alone that disowns the stream: its body makes no request of it`, async () => {
    await house.rules({
      on: 'stream',
      when: { token: device(1) },
      does: { goaway: { lastStream: 'none', close: 'never' } },
    });
    const raw = await house.call(way);
    raw.write(Raw.request(1, to(1), null).fill(END_HEADERS, 4, 5));
    await raw.until(({ type }) => type === 'GOAWAY');
    raw.write(frame('DATA', END_STREAM, 1, Buffer.from(BODY)));
    await raw.fence();
    await house.recorded('late-stream');
    assert.equal([house.exchanges.length, raw.of(1).length], [0, 0]);
  });

  streams(`${way}: answered on the headers alone, the body that follows does no harm`, async () => {
    await house.rules({ on: 'stream', when: { token: device(1) }, does: { reason: 'PayloadTooLarge' } });
    const raw = await house.call(way);
    const stream = raw.ask(to(1), Buffer.alloc(60_000));
    await raw.until(complete(stream));
    await raw.fence();
    assert.is(raw.of(stream)[0]?.headers?.[0]?.[1], '413');
    assert.is(house.exchanges.length, 1);
    const next = raw.ask(to(2), BODY);
    assert.ok((await raw.until(complete(next))).end);
  });
}
streams.after.each(() => house.tidy());
streams.after(() => house.stop());
streams.run();
