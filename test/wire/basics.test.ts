/** Connections as such: preface, SETTINGS, PING, bursts and limits, read frame by frame. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BODY, device, openHouse, push, WAYS } from './house.ts';
import { ACK, END_HEADERS, END_STREAM, type Frame, frame, PREFACE, Raw, u32 } from './raw.ts';

const house = await openHouse();
const basics = suite('wire');

const HEADER_TABLE_SIZE = 1;
const MAX_CONCURRENT_STREAMS = 3;
const MAX_FRAME_SIZE = 5;
const MAX_HEADER_LIST_SIZE = 6;

const statusOf = ({ headers }: Frame): string | undefined => headers?.[0]?.[1];
const limitsIn = (frames: readonly Frame[]): number[] =>
  frames
    .flatMap(({ settings }) => settings ?? [])
    .flatMap(([id, value]) => (id === MAX_CONCURRENT_STREAMS ? [value] : []));

for (const way of WAYS) {
  basics(`${way}: the first frame is SETTINGS as APNs sends it`, async () => {
    const raw = await house.call(way);
    const [first] = raw.frames;
    assert.is(first?.type, 'SETTINGS');
    assert.is(first?.stream, 0);
    assert.is(first?.flags, 0);
    assert.is(first?.payload.length, 24);
    assert.equal(first?.settings, [
      [HEADER_TABLE_SIZE, 4096],
      [MAX_CONCURRENT_STREAMS, 1000],
      [MAX_FRAME_SIZE, 16_384],
      [MAX_HEADER_LIST_SIZE, 8000],
    ]);
    await raw.close();
  });

  basics(`${way}: the client's SETTINGS are acknowledged`, async () => {
    const raw = await house.call(way);
    await raw.fence();
    assert.is(raw.frames.filter(({ type, ack }) => type === 'SETTINGS' && ack).length, 1);
    raw.write(frame('SETTINGS', 0, 0));
    await raw.fence();
    assert.is(raw.frames.filter(({ type, ack }) => type === 'SETTINGS' && ack).length, 2);
    await raw.close();
  });

  basics(`${way}: a PING comes back with its bytes`, async () => {
    const raw = await house.call(way);
    raw.write(frame('PING', 0, 0, Buffer.from('eightbyt')));
    const pong = await raw.until(({ type }) => type === 'PING');
    assert.is(pong.flags, ACK);
    assert.is(pong.payload.toString(), 'eightbyt');
    await raw.close();
  });

  basics(`${way}: success is HEADERS with END_STREAM, an error HEADERS and one DATA with END_STREAM`, async () => {
    const raw = await house.call(way);
    const good = raw.ask(push(), BODY);
    await raw.until(({ stream, end }) => stream === good && end);
    assert.equal(
      raw.of(good).map(({ type, end }) => [type, end]),
      [['HEADERS', true]],
    );
    const bad = raw.ask(push('/3/device/xyz'), BODY);
    await raw.until(({ stream, end }) => stream === bad && end);
    assert.equal(
      raw.of(bad).map(({ type, end }) => [type, end]),
      [
        ['HEADERS', false],
        ['DATA', true],
      ],
    );
    assert.is(raw.of(bad)[1]?.payload.toString(), '{"reason":"BadDeviceToken"}');
    for (const [name] of [...(raw.of(good)[0]?.headers ?? []), ...(raw.of(bad)[0]?.headers ?? [])]) {
      assert.is(name, name.toLowerCase());
      assert.is.not(name, 'date');
    }
    await raw.close();
  });

  basics(`${way}: a burst before our SETTINGS are acknowledged passes, whatever they say`, async () => {
    const raw = await house.call(way, { acknowledge: false });
    const count = 1500;
    const burst: Buffer[] = [];
    for (let n = 0; n < count; n++)
      burst.push(frame('HEADERS', END_HEADERS, raw.freshStream(), headerBlock(push(`/3/device/${device(n)}`))));
    raw.write(...burst);
    await raw.fence();
    assert.is(raw.frames.filter(({ type }) => type === 'RST_STREAM' || type === 'GOAWAY').length, 0);
    raw.write(...Array.from({ length: count }, (_, n) => frame('DATA', END_STREAM, 2 * n + 1, Buffer.from(BODY))));
    await raw.wait(() => raw.frames.filter(({ end }) => end).length === count);
    assert.is(raw.frames.filter((each) => statusOf(each) === '200').length, count);
    await raw.close();
  });

  basics(`${way}: beyond an acknowledged limit a stream is refused, and recorded with its path`, async () => {
    await house.rules({ on: 'connection', does: { streams: 2 } });
    const raw = await house.call(way);
    assert.equal(limitsIn(raw.frames), [2]);
    await raw.fence();
    const open = [1, 3, 5].map((stream) =>
      frame('HEADERS', END_HEADERS, stream, headerBlock(push(`/3/device/${device(stream)}`))),
    );
    raw.write(...open);
    const reset = await raw.until(({ type }) => type === 'RST_STREAM');
    assert.is(reset.stream, 5);
    assert.is(reset.code, 'REFUSED_STREAM');
    const line = await house.recorded('stream-failed');
    assert.match(line, device(5));
    assert.match(line, /REFUSED_STREAM/);
    raw.write(...[1, 3].map((stream) => frame('DATA', END_STREAM, stream, Buffer.from(BODY))));
    await raw.until(({ stream, end }) => stream === 3 && end);
    // Room again.
    raw.nextStream = 7;
    const next = raw.ask(push(), BODY);
    assert.is(statusOf(await raw.until(({ stream }) => stream === next)), '200');
    await raw.close();
  });

  basics(`${way}: the limit is lowered and raised in flight, by a rule and by hand`, async () => {
    await house.rules({ when: { token: device(1) }, does: { streams: 1 } });
    const raw = await house.call(way);
    const first = raw.ask(push(`/3/device/${device(1)}`), BODY);
    assert.is(statusOf(await raw.until(({ stream }) => stream === first)), '200');
    await raw.fence();
    assert.equal(limitsIn(raw.frames), [1000, 1]);
    raw.write(
      ...[3, 5].map((stream) =>
        frame('HEADERS', END_HEADERS, stream, headerBlock(push(`/3/device/${device(stream)}`))),
      ),
    );
    assert.is((await raw.until(({ type }) => type === 'RST_STREAM')).stream, 5);
    house.operate({ streams: 7 });
    await raw.wait(() => limitsIn(raw.frames).includes(7));
    await raw.fence();
    raw.write(frame('HEADERS', END_HEADERS, 7, headerBlock(push(`/3/device/${device(7)}`))));
    raw.write(...[3, 7].map((stream) => frame('DATA', END_STREAM, stream, Buffer.from(BODY))));
    await raw.until(({ stream, end }) => stream === 7 && end);
    assert.equal(
      raw.frames.filter((each) => statusOf(each) === '200').map(({ stream }) => stream),
      [1, 3, 7],
    );
    assert.match(await house.recorded('settings-changed', /7$/), 'MAX_CONCURRENT_STREAMS 7');
    await raw.close();
  });
}

basics('a preface that comes byte by byte is a preface', async () => {
  const raw = await Raw.open({ port: house.port('cleartext'), preface: false });
  for (const byte of [...PREFACE, ...frame('SETTINGS', 0, 0)]) raw.write(Buffer.of(byte));
  await raw.until(({ type, ack }) => type === 'SETTINGS' && ack);
  const stream = raw.ask(push(), BODY);
  assert.is(statusOf(await raw.until((each) => each.stream === stream)), '200');
  await raw.close();
});

basics('the server speaks before the client has said anything', async () => {
  const raw = await Raw.open({ port: house.port('cleartext'), preface: false });
  assert.is((await raw.until(() => true)).type, 'SETTINGS');
  await raw.close();
});

basics('streams without END_STREAM on HEADERS, padding, priority, unknown frames and settings are taken', async () => {
  const raw = await house.call();
  const stream = raw.freshStream();
  raw.write(
    frame('SETTINGS', 0, 0, Buffer.from('00990000000a', 'hex')),
    Buffer.concat([frame('PRIORITY', 0, 0).subarray(0, 3), Buffer.of(0xbe, 0, 0, 0, 0, 0)]),
    frame('PRIORITY', 0, 91, Buffer.concat([u32(0), Buffer.of(3)])),
    // PADDED and PRIORITY.
    frame(
      'HEADERS',
      END_HEADERS | 0x28,
      stream,
      Buffer.concat([Buffer.of(4), u32(0), Buffer.of(9), headerBlock(push()), Buffer.alloc(4)]),
    ),
    frame('DATA', 0x8, stream, Buffer.concat([Buffer.of(2), Buffer.from(BODY.slice(0, 9)), Buffer.alloc(2)])),
    frame('DATA', 0, stream),
    frame('DATA', END_STREAM, stream, Buffer.from(BODY.slice(9))),
  );
  assert.is(statusOf(await raw.until((each) => each.stream === stream && each.type === 'HEADERS')), '200');
  assert.is(house.exchanges.at(-1)?.request.size, BODY.length);
  await raw.close();
});

basics('host stands in for a missing :authority', async () => {
  const raw = await house.call();
  const headers = push().filter(([name]) => name !== ':authority');
  const stream = raw.ask([...headers, ['host', 'api.push.apple.com']], BODY);
  assert.is(statusOf(await raw.until((each) => each.stream === stream)), '200');
  assert.is(house.exchanges.at(-1)?.environment, 'production');
  await raw.close();
});

basics.after.each(() => house.tidy());
basics.after(() => house.stop());
basics.run();

function headerBlock(headers: Parameters<typeof Raw.request>[1]): Buffer {
  return Raw.request(1, headers, null).subarray(9);
}
