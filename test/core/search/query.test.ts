import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createEngine } from '../../../server/core/engine.ts';
import type { Entry } from '../../../server/core/journal.ts';
import { parseQuery } from '../../../server/core/search/grammar.ts';
import { nearMisses } from '../../../server/core/search/near.ts';
import { compileTerms, type Query, queryOf } from '../../../server/core/search/query.ts';
import { createViewer } from '../../../server/core/search/view.ts';
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

test('near misses: fewest first, latest first among equals, field by field, with the cause', () => {
  const near = nearMisses(query('topic:com.example.app status:200 priority:7'), ENTRIES, NODE_PORTS);
  assert.equal(
    near.map(({ seq, fits, of }) => [seq, fits, of]),
    [
      [3, 2, 3],
      [2, 2, 3],
    ],
  );
  assert.is(near[1]?.sentence, '#2 device.send com.example.app: priority was 10, not 7');
  assert.match(
    near[0]?.sentence ?? '',
    /^#3 device\.send com\.example\.app: status was 400, not 200; BadPriority, because .*7/,
  );
  assert.match(
    nearMisses(query('status:200 topic:com.example.other'), ENTRIES, NODE_PORTS)[0]?.sentence ?? '',
    /the rule the target spells Unregistered answered it/,
  );
  assert.equal(nearMisses(query('topic:x status:9'), ENTRIES, NODE_PORTS), []);
});
test.run();
