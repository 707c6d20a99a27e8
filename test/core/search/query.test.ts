import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createEngine } from '../../../server/core/engine.ts';
import type { Entry } from '../../../server/core/journal.ts';
import { parseQuery } from '../../../server/core/search/grammar.ts';
import * as near from '../../../server/core/search/near.ts';
import { compileTerms, type Query, queryOf } from '../../../server/core/search/query.ts';
import { createViewer } from '../../../server/core/search/view.ts';
import { finish } from '../../../server/core/work.ts';
import { NODE_PORTS } from '../../../server/shell/ports.ts';

const NOW = Date.parse('2026-11-21T18:00:00Z');
const TOKEN = 'c0ffee'.repeat(11).slice(0, 64);

/** Three pushes, one refused, one with a spelled target, and a connection event. */
function journal(): readonly Entry[] {
  const engine = createEngine({
    seed: 1,
    profile: 'documented',
    auth: 'off',
    environment: 'sandbox',
    spelledTargets: true,
    maxEntries: 100,
    maxBytes: 1_000_000,
    ports: NODE_PORTS,
  });
  const listener = { name: 'send', families: ['device', 'broadcast'], environment: null } as const;
  const opening = { alpn: 'h2', servername: '', remote: '127.0.0.1:1', certificate: null };
  engine.handle({ type: 'session-opened', at: NOW - 3_600_000, session: 'c1', listener, ...opening });
  let stream = 1;
  const push = (at: number, token: string, headers: readonly string[], payload: unknown): void => {
    const body = Buffer.from(JSON.stringify(payload));
    const request = {
      method: 'POST',
      path: `/3/device/${token}`,
      authority: 'localhost',
      headers,
      body,
      size: body.length,
    };
    engine.handle({ type: 'request', at, session: 'c1', stream, request });
    stream += 2;
  };
  push(NOW - 120_000, TOKEN, ['apns-topic', 'com.example.app', 'apns-push-type', 'alert', 'apns-priority', '10'], {
    aps: { alert: { title: 'Hi' }, badge: 3 },
  });
  push(
    NOW - 60_000,
    TOKEN,
    ['apns-topic', 'com.example.app', 'apns-priority', '7', 'authorization', 'bearer eyJsecret'],
    { aps: {} },
  );
  push(NOW, '556e7265676973746572656400'.padEnd(64, '0'), ['apns-topic', 'com.example.other'], { aps: {} });
  const { first, last } = engine.journal.range();
  return Array.from({ length: last - first + 1 }, (_, index) => engine.journal.get(first + index) as Entry);
}

const ENTRIES = journal();
function query(text: string): Query {
  const parsed = parseQuery(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const advised = (entry: Entry): boolean => entry.seq === 2;
  return queryOf(compileTerms(parsed.terms, { ports: NODE_PORTS, now: NOW, advised }), createViewer(NODE_PORTS));
}
const found = (text: string): number[] => ENTRIES.filter(query(text).fits).map(({ seq }) => seq);

const FINDS: readonly (readonly [query: string, seqs: readonly number[]])[] = [
  ['', [1, 2, 3, 4]],
  ['operation:device.send', [2, 3, 4]],
  ['kind:exchange', [2, 3, 4]],
  ['kind:connection-opened', [1]],
  ['kind:connection-*', [1]],
  ['topic:com.example.app', [2, 3]],
  ['topic:COM.EXAMPLE.*', [2, 3, 4]],
  ['-topic:com.example.app', [1, 4]],
  ['topic:com.example.app,com.example.other', [2, 3, 4]],
  [`token:${TOKEN.toUpperCase()}`, [2, 3]],
  ['status:4xx', [3, 4]],
  ['status:200', [2]],
  ['status:>=410', [4]],
  ['reason:BadPriority', [3]],
  ['reason:unregistered', [4]],
  ['type:alert', [2]],
  ['type:""', [1, 3, 4]],
  ['priority:>5', [2, 3]],
  ['conn:c1', [1, 2, 3, 4]],
  ['rule:target:*', [4]],
  ['is:forced', [4]],
  ['is:invalid', [3]],
  ['is:valid', [2, 4]],
  ['is:advised', [2]],
  ['-is:forced is:valid', [2]],
  ['is:forced,invalid', [3, 4]],
  ['payload.aps.alert.title:"Hi"', [2]],
  ['payload.aps.badge:*', [2]],
  ['payload.aps.badge:>2', [2]],
  ['headers.apns-priority:7', [3]],
  ['headers.authorization:*', []],
  ['eyJsecret', []],
  ['badge', [2]],
  ['c0ffee', [2, 3]],
  ['com.example.ap*', [2, 3]],
  ['COM.*.app', [2, 3]],
  ['*ample.o*er', [4]],
  ['xample.*p', [2, 3]],
  // Within a word, and in this order.
  ['post*com.example.app', []],
  ['app*example', []],
  ['"com.example.ap*"', []],
  ['*', [1, 2, 3, 4]],
  ['type:bogus', []],
  ['opened', [1]],
  ['after:90s', [3, 4]],
  ['before:90s', [1, 2]],
  ['after:2', [3, 4]],
  ['before:2026-11-21T17:30:00Z', [1]],
  ['environment:sandbox team:nobody', []],
];
const test = suite('core: search');
for (const [text, seqs] of FINDS)
  test(`${text} finds ${seqs.join(', ') || 'nothing'}`, () => assert.equal(found(text), seqs));

const nearMisses = (text: string) => finish(near.nearMisses(query(text), ENTRIES, NODE_PORTS));
test('near misses: fewest first, latest first among equals, field by field, with the cause', () => {
  const found = nearMisses('topic:com.example.app status:200 priority:7');
  assert.equal(
    found.map(({ seq, fits, of }) => [seq, fits, of]),
    [
      [3, 2, 3],
      [2, 2, 3],
    ],
  );
  assert.is(found[1]?.sentence, '#2 device.send com.example.app: priority was 10, not 7');
  assert.match(
    found[0]?.sentence ?? '',
    /^#3 device\.send com\.example\.app: status was 400, not 200; BadPriority, because .*7/,
  );
  assert.match(
    nearMisses('status:200 topic:com.example.other')[0]?.sentence ?? '',
    /the rule the target spells Unregistered answered it/,
  );
  assert.equal(nearMisses('topic:x status:9'), []);
});

/** An exchange with that body, and how often somebody has read it. */
function bodied(text: string): {
  readonly entry: Entry;
  readonly ports: typeof NODE_PORTS;
  readonly reads: () => number;
} {
  const block = Buffer.from(text);
  let reads = 0;
  const utf8 = (bytes: Uint8Array): string => {
    reads++;
    return NODE_PORTS.utf8(bytes);
  };
  const entry = {
    ...(ENTRIES[1] as Entry),
    topic: 'com.example.app',
    block,
    offset: 0,
    kept: block.length,
    size: block.length,
  };
  return { entry: entry as Entry, ports: { ...NODE_PORTS, utf8 }, reads: () => reads };
}
const fits = (text: string, { entry, ports }: Pick<ReturnType<typeof bodied>, 'entry' | 'ports'>): boolean => {
  const parsed = parseQuery(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const context = { ports, now: NOW, advised: () => Boolean(assert.unreachable('advice was asked for')) };
  return queryOf(compileTerms(parsed.terms, context), createViewer(ports)).fits(entry);
};
test('what is told at a glance comes first: nothing else is read of what fails there', () => {
  const one = bodied('{"aps":{"badge":1}}');
  assert.is(fits('is:advised word payload.aps.badge:1 headers.apns-id:x topic:other', one), false);
  assert.is(one.reads(), 0);
  assert.is(fits('is:advised payload.aps.badge:2', one), false);
  assert.is(one.reads(), 1);
});
const SPELLED: readonly (readonly [body: string, query: string])[] = [
  ['{"a":1.0}', 'payload.a:1'],
  ['{"a":1e3}', 'payload.a:1000'],
  ['{"a":1e30}', 'payload.a:1e+30'],
  ['{"a":1e999}', 'payload.a:null'],
  ['{"a":null}', 'payload.a:null'],
  ['{"a":true}', 'payload.a:TRUE'],
  ['{"a":"TRUE"}', 'payload.a:true'],
  ['{"a": { "b" : 1 } }', 'payload.a:"{\\"b\\":1}"'],
  ['{"a": [ 1 ]}', 'payload.a:"[1]"'],
  ['{"a":"\\u0048i"}', 'payload.a:hi'],
  ['{"a":"say \\"Hi\\""}', 'payload.a:"say \\"hi\\""'],
  ['{"a":"\u039f\u03a3 \u0130"}', 'payload.a:"\u03bf\u03c2 i\u0307"'],
  ['{"a":" x"}', 'payload.a:" x"'],
  ['{"\\u0061":"x"}', 'payload.a:x'],
];
for (const [body, text] of SPELLED)
  test(`${body} is found by ${text}`, () => {
    assert.is(fits(text, bodied(body)), true);
    assert.is(fits(`-${text}`, bodied(body)), false);
  });
test('any value is found by its text, however the JSON spells it', () => {
  const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;
  const escaped = (json: string): string =>
    json.replace(/[^\u0020-\u007e]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 2 }), fc.string({ unit: 'binary', maxLength: 20 }), (value, text) => {
      for (const one of [value, text]) {
        const shown = typeof one === 'string' ? one : JSON.stringify(one);
        // Bytes of UTF-8 have no halves of letters.
        if (shown.length > 500 || Buffer.from(shown).toString() !== shown) return;
        const json = JSON.stringify({ a: one });
        for (const body of [json, escaped(json), JSON.stringify({ a: one }, null, 2)])
          assert.ok(fits(`payload.a:${quoted(shown)}`, bodied(body)), `${body} by ${shown}`);
      }
    }),
  );
});
test.run();
