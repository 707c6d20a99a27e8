/**
 * What a hostile client may try within one connection: that connection ends with the error that RFC 9113 names, its
 * cause is in the journal, memory stays bounded, and a client beside it does not notice.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openHouse, push } from '../wire/house.ts';
import { encode } from '../wire/hpack.ts';
import { type Code, END_HEADERS, END_STREAM, frame, Raw, settings, u32 } from '../wire/raw.ts';
import { bystander, held, MB, pour } from './kit.ts';

const house = await openHouse('--max-entries', '2000');
const test = suite('abuse: floods');

test.after(() => house.stop());

const BLOCK = encode(push());
const head = (stream: number, flags = END_HEADERS, block: Uint8Array = BLOCK): Buffer =>
  frame('HEADERS', flags, stream, block);
/** The same field into the dynamic table, and then references to it. */
const LONG = Buffer.concat([Buffer.of(0x40), encode([['x-long', 'v'.repeat(3_900)]]).subarray(1)]);

interface Attack {
  readonly name: string;
  readonly code: Code;
  readonly cause: RegExp;
  /** At most so many pieces; far more than it should take. */
  readonly most: number;
  /** What an operator does to all connections before it. */
  readonly operator?: Parameters<typeof house.operate>[0];
  readonly first?: Buffer;
  readonly piece: (n: number) => Buffer;
}

const odd = (n: number): number => 2 * n + 1;
const constant = (piece: Buffer) => (): Buffer => piece;

const ATTACKS: readonly Attack[] = [
  {
    name: 'rapid reset (CVE-2023-44487)',
    code: 'ENHANCE_YOUR_CALM',
    cause: /rapid reset/,
    most: 50_000,
    piece: (n) => Buffer.concat([head(odd(n)), Raw.reset(odd(n), 'CANCEL')]),
  },
  {
    name: 'made to reset (CVE-2025-8671)',
    code: 'ENHANCE_YOUR_CALM',
    cause: /rapid reset/,
    most: 50_000,
    piece: (n) => Buffer.concat([head(odd(n)), frame('WINDOW_UPDATE', 0, odd(n), u32(0))]),
  },
  {
    name: 'CONTINUATION without an end (CVE-2024-27316)',
    code: 'ENHANCE_YOUR_CALM',
    cause: /CONTINUATION/,
    most: 10_000,
    first: head(1, END_STREAM),
    piece: constant(frame('CONTINUATION', 0, 1, encode([['x', 'y']]))),
  },
  {
    name: 'CONTINUATION with 16 KB each',
    code: 'ENHANCE_YOUR_CALM',
    cause: /header block/,
    most: 10_000,
    first: head(1, END_STREAM),
    piece: constant(frame('CONTINUATION', 0, 1, Buffer.alloc(16_000, 'x'))),
  },
  {
    name: 'SETTINGS (CVE-2019-9515)',
    code: 'ENHANCE_YOUR_CALM',
    cause: /too many SETTINGS/,
    most: 100_000,
    piece: constant(frame('SETTINGS', 0, 0, settings([4, 65_535]))),
  },
  {
    name: 'PING (CVE-2019-9512)',
    code: 'ENHANCE_YOUR_CALM',
    cause: /too many PING/,
    most: 100_000,
    piece: constant(frame('PING', 0, 0, Buffer.alloc(8))),
  },
  {
    name: 'empty DATA (CVE-2019-9518)',
    code: 'ENHANCE_YOUR_CALM',
    cause: /without content/,
    most: 100_000,
    first: head(1),
    piece: constant(frame('DATA', 0, 1)),
  },
  {
    name: 'WINDOW_UPDATE by one',
    code: 'ENHANCE_YOUR_CALM',
    cause: /too many WINDOW_UPDATE/,
    most: 400_000,
    piece: constant(frame('WINDOW_UPDATE', 0, 0, u32(1))),
  },
  {
    name: 'PRIORITY (CVE-2019-9513)',
    code: 'ENHANCE_YOUR_CALM',
    cause: /too many PRIORITY/,
    most: 200_000,
    piece: (n) => frame('PRIORITY', 0, odd(n), Buffer.of(0, 0, 0, 0, 1)),
  },
  {
    name: 'a stream beyond MAX_CONCURRENT_STREAMS, over and over',
    code: 'ENHANCE_YOUR_CALM',
    cause: /beyond MAX_CONCURRENT_STREAMS too often/,
    most: 400_000,
    piece: (n) => head(odd(n)),
  },
  {
    name: 'HPACK bomb',
    code: 'ENHANCE_YOUR_CALM',
    cause: /a header list of \d+ bytes came out of a block of \d+/,
    most: 10,
    first: head(1, END_HEADERS | END_STREAM, Buffer.concat([BLOCK, LONG])),
    piece: (n) => head(odd(n + 1), END_HEADERS | END_STREAM, Buffer.concat([BLOCK, Buffer.alloc(10_000, 0xbe)])),
  },
  {
    name: 'HPACK table grown beyond its limit',
    code: 'COMPRESSION_ERROR',
    cause: /table/,
    most: 1,
    piece: constant(head(1, END_HEADERS | END_STREAM, Buffer.of(0x3f, 0xe1, 0xff, 0x7f))),
  },
  {
    name: 'a frame beyond MAX_FRAME_SIZE',
    code: 'FRAME_SIZE_ERROR',
    cause: /a frame of 1000000 bytes/,
    most: 1,
    first: head(1),
    piece: constant(frame('DATA', 0, 1, Buffer.alloc(1_000_000))),
  },
  {
    name: 'DATA that nobody opened a window for',
    code: 'FLOW_CONTROL_ERROR',
    cause: /beyond the window/,
    most: 200,
    operator: { window: 'hold' },
    first: Buffer.concat(Array.from({ length: 100 }, (_, n) => head(odd(n)))),
    piece: (n) => frame('DATA', 0, odd(n % 100), Buffer.alloc(16_000)),
  },
];

for (const { name, code, cause, most, operator, first, piece } of ATTACKS) {
  test(name, async () => {
    const calm = await bystander(house);
    const before = await held();
    const raw = await house.call();
    house.operate(operator ?? {});
    if (first !== undefined) raw.write(first);
    await pour(
      raw,
      (function* () {
        for (let n = 0; n < most; n++) yield piece(n);
      })(),
    );
    await raw.over();
    // Not every one gets to see its GOAWAY: who goes on writing to a closed connection has it reset.
    const goaway = raw.frames.find(({ type }) => type === 'GOAWAY');
    if (goaway !== undefined) assert.is(goaway.code, code);
    const kind = code === 'ENHANCE_YOUR_CALM' ? 'limit-tripped' : 'protocol-error';
    const seen = await house.recorded(kind, cause);
    assert.match(seen, `GOAWAY ${code}`);
    await house.recorded('connection-closed', cause);
    await raw.close();
    await calm();
    // The test's own copies are no business of the server's.
    raw.frames.length = 0;
    await house.tidy();
    const grown = (await held()) - before;
    assert.ok(grown < 24 * MB, `${Math.round(grown / MB)} MB are kept`);
  });
}

test('a header list beyond MAX_HEADER_LIST_SIZE costs its stream alone', async () => {
  const raw = await house.call();
  const large = raw.ask(push('/3/device/c0ffee', ['x-large', 'v'.repeat(9_000)]), null);
  const { code } = await raw.until((each) => each.type === 'RST_STREAM' && each.stream === large);
  assert.is(code, 'ENHANCE_YOUR_CALM');
  const next = raw.ask(push(), '{"aps":{"alert":"Goal!"}}');
  const { headers } = await raw.until((each) => each.type === 'HEADERS' && each.stream === next);
  assert.equal(headers?.[0], [':status', '200']);
  await house.tidy();
});

test('a body without an end is counted and not kept', async () => {
  const before = await held();
  const raw = await house.call();
  const stream = raw.freshStream();
  raw.write(head(stream));
  const calm = await bystander(house);
  await pour(
    raw,
    (function* () {
      // As the window allows: it is given back as it is used.
      for (let n = 0; n < 40; n++) yield frame('DATA', 0, stream, Buffer.alloc(1_000, 'x'));
    })(),
  );
  await raw.fence();
  raw.write(frame('DATA', END_STREAM, stream));
  const { headers } = await raw.until((each) => each.type === 'HEADERS' && each.stream === stream);
  assert.equal(headers?.[0], [':status', '413']);
  assert.is(house.exchanges.find(({ request }) => request.size > 5_000)?.request.size, 40_000);
  await calm();
  assert.ok((await held()) - before < 8 * MB);
  await house.tidy();
});

test('a client that asks and does not read: what waits for it is bounded', async () => {
  const before = await held();
  const raw = await house.call();
  const calm = await bystander(house);
  raw.socket.pause();
  let asked = 0;
  const questions = (function* () {
    for (; asked < 200_000; asked++) yield Raw.request(raw.freshStream(), push('/3/nothing'), null);
  })();
  await Promise.race([pour(raw, questions), new Promise((resolve) => setTimeout(resolve, 1_500))]);
  await calm();
  const grown = (await held()) - before;
  assert.ok(grown < 64 * MB, `${Math.round(grown / MB)} MB wait for a client that does not read`);
  await raw.close();
  await house.tidy();
});

test.run();
