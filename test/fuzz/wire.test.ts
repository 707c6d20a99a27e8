/** Any bytes over a socket: an answer from the table, a clean refusal, and a server that goes on. */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BODY, openHouse, push } from '../wire/house.ts';
import { encode } from '../wire/hpack.ts';
import { CODES, END_HEADERS, END_STREAM, frame, Raw, TYPES } from '../wire/raw.ts';
import { anyBody, anyText, isFromTable, mostly, runs } from './kit.ts';

const house = await openHouse('--max-entries', '500');
const test = suite('fuzz: wire');

test.after(() => house.stop());

/** The server still serves: the proof that whatever was before has harmed nobody else. */
async function stillServes(): Promise<void> {
  const raw = await house.call();
  const stream = raw.ask(push(), BODY);
  const { headers } = await raw.until((each) => each.type === 'HEADERS' && each.stream === stream);
  assert.is(headers?.[0]?.[0], ':status');
  await raw.close();
}

const pair = fc.oneof(
  fc.tuple(fc.constantFrom('apns-topic', 'apns-priority', 'apns-expiration', 'apns-id', 'authorization'), anyText(40)),
  fc.tuple(fc.constantFrom('te', 'connection', 'content-length', ':path', 'cookie', ':status', 'host'), anyText(6)),
  fc.tuple(anyText(10), anyText(20)),
);
const question = fc.record({
  method: mostly(['POST', 'POST', 'GET', 'DELETE'], anyText(5)),
  path: mostly(['/3/device/c0ffee', '/4/broadcasts/apps/a', '/1/apps/a/channels'], anyText(60)),
  more: fc.array(pair, { maxLength: 5 }),
  body: fc.option(anyBody),
});

test('any headers and any body: an answer from the table, a reset, or GOAWAY with a cause', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(question, { minLength: 1, maxLength: 6 }), async (questions) => {
      const raw = await house.call();
      const asked = questions.map(({ method, path, more, body }) => {
        const [, scheme, , authority] = push() as [unknown, [string, string], unknown, [string, string]];
        return raw.ask([[':method', method], scheme, [':path', path], authority, ...more], body);
      });
      await Promise.all(asked.map((stream) => raw.settled(stream)));
      for (const stream of asked) {
        const [head, ...rest] = raw.of(stream);
        if (head?.type === 'HEADERS') {
          const status = Number(head.headers?.[0]?.[1]);
          const body = Buffer.concat(
            rest.filter(({ type }) => type === 'DATA').map(({ payload }) => payload),
          ).toString();
          assert.ok(isFromTable(status, body), `${status} ${body}`);
        } else if (head !== undefined) assert.is(head.type, 'RST_STREAM');
        else
          assert.ok(
            raw.frames.some(({ type, code }) => type === 'GOAWAY' && code !== 'NO_ERROR'),
            raw.story(),
          );
      }
      await raw.close();
    }),
    runs(300),
  );
  await stillServes();
  await house.tidy();
});

const anyFrame = fc.oneof(
  fc
    .tuple(fc.nat(11), fc.nat(255), fc.nat(9), fc.uint8Array({ maxLength: 60 }))
    .map(([type, flags, stream, payload]) => {
      const bytes = frame(TYPES[type % TYPES.length]!, flags, stream, payload);
      bytes[3] = type;
      return bytes;
    }),
  fc.nat(9).map((n) => Raw.request(2 * n + 1, push(), Buffer.from(BODY))),
  fc.nat(9).map((n) => frame('HEADERS', END_HEADERS | END_STREAM, 2 * n + 1, encode(push()).subarray(0, 30 + n))),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
);

test('any frames and any rubbish: the connection goes on, or ends with an error that RFC 9113 names', async () => {
  await fc.assert(
    fc.asyncProperty(fc.boolean(), fc.array(anyFrame, { maxLength: 12 }), async (preface, frames) => {
      const before = house.records.length;
      const raw = await house.call('cleartext', { preface });
      raw.write(...frames);
      raw.socket.end();
      await raw.over();
      const goaway = raw.frames.find(({ type }) => type === 'GOAWAY');
      if (goaway !== undefined) assert.ok(CODES.includes(goaway.code!), raw.story());
      await raw.close();
      await house.mock.driver.idle();
      const ends = house.records.slice(before).filter(({ kind }) => kind === 'connection-closed');
      assert.is(ends.length, 1, 'one connection, one end in the journal');
      if (goaway !== undefined) {
        const causes = house.records.slice(before).filter(({ kind }) => /protocol-error|limit-tripped/.test(kind));
        assert.is(causes.length, 1, 'an error has its cause in the journal');
      }
    }),
    runs(300),
  );
  await stillServes();
  await house.tidy();
});

test.run();
