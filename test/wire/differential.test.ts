/**
 * The same requests through the wire of our own and through node:http2, as alike as two doors of one house must be.
 * What is different on purpose stands at the end, one test each.
 */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type CaseRequest, SETUP, type Setup, type Step } from '../contract/case.ts';
import { CHANNELS, GOOD, STORING, TOKEN } from '../contract/cases/base.ts';
import { APP, type CredentialSpec } from '../contract/credentials.ts';
import { rawCaller } from '../contract/doors/callers.ts';
import { socketDoor } from '../contract/doors/sockets.ts';
import { openStreet } from '../contract/doors/street.ts';
import type { Answer } from '../contract/doors.ts';
import { runs } from '../fuzz/kit.ts';

const streets = { own: await openStreet('own', false), node: await openStreet('node', false) };
const own = socketDoor({ name: 'own', street: streets.own, secure: false, call: rawCaller });
const node = socketDoor({ name: 'node', street: streets.node, secure: false, call: rawCaller });

async function answers(door: typeof own, setup: Setup, steps: readonly Step[]): Promise<Answer[]> {
  const open = await door.open(setup);
  try {
    const all: Answer[] = [];
    for (const step of steps) all.push(await open.send(step));
    return all;
  } finally {
    await open.close();
  }
}

/** Same seed, same events: even the ids that the server makes up are the same. */
async function compare(setup: Setup, steps: readonly Step[]): Promise<void> {
  assert.equal(await answers(own, setup, steps), await answers(node, setup, steps));
}

const pick = <const T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const digits = (length: number): fc.Arbitrary<string> =>
  fc.array(pick(...'0123456789abcdefABCDEF'), { minLength: length, maxLength: length }).map((all) => all.join(''));
/** What may stand in a path (RFC 3986), and what does all the same. */
const segment = fc
  .array(pick(...'abcZ019-._~%!$&()*+,;=:@/?#[]{}|^`"<>\\'), { maxLength: 12 })
  .map((all) => all.join(''));
const path = fc.oneof(
  { weight: 4, arbitrary: pick(...Object.values(GOOD).map((good) => good.path)) },
  {
    weight: 2,
    arbitrary: fc
      .integer({ min: 0, max: 210 })
      .chain(digits)
      .map((token) => `/3/device/${token}`),
  },
  segment.map((text) => `/${text}`),
  segment.map((text) => `/3/device/${text}`),
  segment.map((text) => `/4/broadcasts/apps/${APP}${text}`),
  segment.map((text) => `/1/apps/${text}/channels`),
);
const method = fc.oneof(
  { weight: 6, arbitrary: pick('POST', 'GET', 'DELETE') },
  pick('PUT', 'PATCH', 'OPTIONS', 'TRACE', 'get', 'P0ST', 'M-SEARCH', "!#$&'*+.^_`|~"),
);
/** Bytes of a value (RFC 9110 section 5.5), without blanks around. */
const value = fc
  .array(fc.integer({ min: 0x20, max: 0xff }), { maxLength: 80 })
  .map((codes) => String.fromCharCode(...codes.filter((code) => code !== 0x7f)).replace(/^[ \t]+|[ \t]+$/g, ''));
const header: fc.Arbitrary<readonly [string, string]> = fc.oneof(
  fc.tuple(pick('apns-priority'), pick('1', '5', '10', '0', '', 'ten')),
  fc.tuple(pick('apns-expiration'), pick('0', '1795287600', '-1', '1e3', '')),
  fc.tuple(pick('apns-push-type'), pick('alert', 'background', 'liveactivity', 'LiveActivity', 'voip', '')),
  fc.tuple(pick('apns-topic'), pick(APP, `${APP}.push-type.liveactivity`, `${APP}.voip`, '', 'x')),
  fc.tuple(pick('apns-id', 'apns-request-id'), fc.oneof(fc.uuid(), value)),
  fc.tuple(pick('apns-channel-id'), fc.oneof(pick(STORING), value)),
  fc.tuple(pick('apns-collapse-id', 'user-agent', 'cookie', 'accept', 'x-trace', 'content-type'), value),
  fc.tuple(
    fc
      .array(pick(...'abcdefghijklmnopqrstuvwxyz0123456789-_.'), { minLength: 1, maxLength: 20 })
      .map((all) => `x${all.join('')}`),
    value,
  ),
);
const body: fc.Arbitrary<CaseRequest['body']> = fc.oneof(
  pick(...Object.values(GOOD).map((good) => good.body)),
  pick('', '{}', '{', 'null', '[]', '{"aps":{}}', '\0'),
  fc.json(),
  pick({ bytes: 4096 }, { bytes: 4097 }, { bytes: 5120 }, { bytes: 5121 }, { bytes: 70_000 }, { bytes: 200_000 }),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => ({ hex: Buffer.from(bytes).toString('hex') })),
);
const credentials: fc.Arbitrary<CredentialSpec> = fc.oneof(
  { weight: 5, arbitrary: pick<CredentialSpec>({ token: {} }) },
  pick<CredentialSpec>(
    'none',
    { token: { key: 'foreign' } },
    { token: { key: 'stranger' } },
    { token: { key: 'topic' } },
    { token: { iat: -4000 } },
    { token: { iat: 4000 } },
    { token: { signature: 'forged' } },
    { token: { scheme: 'Bearer' } },
    { authorization: 'bearer a.b.c' },
  ),
  fc.integer({ min: 0, max: 9 }).map((n): CredentialSpec => ({ token: { claims: { n } } })),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    credentials,
    request: fc.record({
      method,
      path,
      authority: pick(null, 'api.push.apple.com', 'api.sandbox.push.apple.com:2197', 'x'),
      headers: fc.array(header, { maxLength: 8 }),
      body,
    }),
  }),
  // Nearly good: one header more, or one less.
  fc.tuple(pick(...Object.values(GOOD)), fc.array(header, { maxLength: 1 }), fc.nat({ max: 6 }), credentials).map(
    ([good, more, without, shown]): Step => ({
      credentials: shown,
      request: {
        method: good.method,
        path: good.path,
        authority: null,
        headers: [...Object.entries(good.headers).filter((_, at) => at !== without), ...more],
        body: good.body,
      },
    }),
  ),
);
const setup: fc.Arbitrary<Setup> = fc
  .record({
    listener: pick('single-port', 'send', 'manage', 'manage-production'),
    profile: pick('documented', 'observed'),
    auth: pick('trusting', 'registered', 'off'),
    environment: pick('sandbox', 'production'),
  })
  .map((given): Setup => ({ ...SETUP, channels: CHANNELS, ...given }));

const differential = suite('differential');

differential('random requests get the same answers from both doors', async () => {
  await fc.assert(fc.asyncProperty(setup, fc.array(step, { minLength: 1, maxLength: 6 }), compare), runs(200));
});

const send = (change: Partial<CaseRequest>): Step => ({
  credentials: { token: {} },
  request: {
    method: 'POST',
    path: `/3/device/${TOKEN}`,
    authority: null,
    headers: Object.entries(GOOD.push.headers),
    body: GOOD.push.body,
    ...change,
  },
});
const one = async (door: typeof own, given: Step): Promise<Answer> => (await answers(door, SETUP, [given]))[0]!;

for (const [what, path] of [
  ['a blank in it', `/3/device/${TOKEN.slice(1)} a`],
  ['no slash in front', `3/device/${TOKEN}`],
] as const)
  differential(`on purpose: a path with ${what} is answered by the own wire, and reset by node:http2`, async () => {
    const given = send({ path });
    const answer = await one(own, given);
    assert.match(String(answer.status), /^40[04]$/);
    assert.equal((await one(node, given)).aftermath, [{ reset: 'PROTOCOL_ERROR' }]);
  });

differential.after(() => {
  for (const street of Object.values(streets)) street.close();
});
differential.run();
