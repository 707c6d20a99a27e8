/** Any request to the control port is answered, refused or told what is wrong with it; it is never our own mistake. */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ROUTES } from '../../server/adapters/control/routes.ts';
import { PATIENCE } from '../patience.ts';
import { openHouse } from '../wire/house.ts';
import { anyText, mostly, runs } from './kit.ts';

const house = await openHouse();
const test = suite('fuzz: control API');

test.after(() => house.stop());

const KEYS = [
  'version',
  'rules',
  'when',
  'then',
  'delay',
  'by',
  'offset',
  'frozen',
  'match',
  'count',
  'token',
  'bundleId',
  'state',
  'path',
  'query',
  'method',
  'headers',
  'times',
  'sequence',
  '__proto__',
  'payload.aps',
  'regex',
  'topic',
  'policy',
]; // prettier-ignore
const VALUES: readonly unknown[] = [
  1,
  -1,
  1e308,
  '1h',
  '30d',
  true,
  null,
  '(((',
  'c1',
  'a1',
  {},
  [],
  'com.example.app',
  '*',
];
const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  any: fc.oneof({ maxDepth: 3 }, fc.constantFrom(...VALUES), tie('list'), tie('map'), fc.jsonValue()),
  list: fc.array(tie('any'), { maxLength: 3 }),
  map: fc.dictionary(mostly(KEYS, anyText(5)), tie('any'), { maxKeys: 4 }),
})).any;

const ask = fc.record({
  // Streams of events last as long as somebody listens.
  route: fc.constantFrom(...ROUTES.filter(({ path }) => !path.includes('events'))),
  segments: fc.array(mostly(['1', 'c1', 'com.example.app', '__proto__', '0', '-1', '99999999999999'], anyText(8))),
  query: fc.dictionary(mostly(['q', 'limit', 'after', 'before', 'timeout', 'format'], anyText(5)), anyText(12), {
    maxKeys: 3,
  }),
  body: fc.oneof(
    value.map((one) => JSON.stringify(one)),
    anyText(40),
  ),
});

test('any path, query and body', async () => {
  await fc.assert(
    fc.asyncProperty(ask, async ({ route, segments, query, body }) => {
      let n = 0;
      const segment = (): string => encodeURIComponent(segments[n++] ?? 'x');
      const url = new URL(route.path.replaceAll(/\{\w+\}/g, segment), house.mock.urls.control);
      // A wait that is meant to be long is no hang.
      for (const [name, text] of Object.entries(query)) if (name !== 'timeout') url.searchParams.set(name, text);
      const takes = route.method !== 'GET';
      const response = await fetch(url, {
        method: route.method,
        signal: AbortSignal.timeout(PATIENCE),
        ...(takes ? { body, headers: { 'content-type': 'application/json' } } : {}),
      });
      const text = await response.text();
      assert.ok(response.status < 500, `${response.status} to ${route.method} ${url}: ${text}`);
      if (response.status >= 400) assert.match(response.headers.get('content-type')!, 'application/problem+json');
    }),
    runs(80),
  );
  assert.is((await fetch(`${house.mock.urls.control}/readyz`)).status, 200);
});

test.run();
