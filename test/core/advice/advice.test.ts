/**
 * Every rule of advice on its own examples, and its page against the rule. `UPDATE_ADVICE_DOCS=1` writes the pages.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { adviseOn } from '../../../server/core/advice/advise.ts';
import { indexOf, pageOf } from '../../../server/core/advice/page.ts';
import { EXAMPLE_NOW, type Example, isDict, type Subject } from '../../../server/core/advice/rule.ts';
import { ADVICE_RULES } from '../../../server/core/advice/rules.ts';

const DOCS = new URL('../../../docs/advice/', import.meta.url);
const CODE = new URL('../../../server/core/advice/', import.meta.url);
const update = process.env['UPDATE_ADVICE_DOCS'] === '1';

const apsOf = (payload: unknown): Readonly<Record<string, unknown>> =>
  isDict(payload) && isDict(payload['aps']) ? payload['aps'] : {};

function subjectOf({ operation, headers = {}, payload, policy, before = [], freshConnections }: Example): Subject {
  return {
    operation: operation ?? 'device.send',
    now: EXAMPLE_NOW,
    header: (name) => headers[name],
    pushType: headers['apns-push-type'] ?? (operation === 'broadcast.send' ? 'liveactivity' : ''),
    topic: headers['apns-topic'] ?? '',
    payload: payload as Subject['payload'],
    aps: apsOf(payload),
    policy: policy ?? null,
    before: () =>
      before.map((earlier, index) => ({ seq: index + 1, timestamp: Number(apsOf(earlier)['timestamp']) })).reverse(),
    freshConnections: () => freshConnections ?? 1,
  };
}

const test = suite('core: advice');
for (const rule of ADVICE_RULES) {
  const idsOf = (example: Example): readonly string[] => adviseOn(subjectOf(example)).map(({ id }) => id);
  test(`${rule.id}: its examples`, () => {
    assert.ok(rule.valid.length > 0 && rule.invalid.length > 0);
    for (const example of rule.valid)
      assert.not.ok(idsOf(example).includes(rule.id), `is right: ${JSON.stringify(example)}`);
    for (const example of rule.invalid) {
      const found = adviseOn(subjectOf(example)).filter(({ id }) => id === rule.id);
      assert.ok(found.length > 0, `is to be advised against: ${JSON.stringify(example)}`);
      for (const { text, at } of found) {
        assert.match(text, /^[^.].{10,300}$/);
        if (at !== null) assert.match(at, /^(aps|headers\.apns-[a-z-]+|[\w-]+)/);
      }
    }
  });
  test(`${rule.id}: its sentences`, () => {
    assert.match(rule.says, /^.{10,140}\.$/);
    assert.match(rule.because, /\.$/);
    assert.ok(rule.sources.length > 0);
  });
  test(`${rule.id}: its page`, () => {
    const page = new URL(`${rule.id}.md`, DOCS);
    if (update) {
      mkdirSync(DOCS, { recursive: true });
      writeFileSync(page, pageOf(rule));
    } else assert.fixture(readFileSync(page, 'utf8'), pageOf(rule));
  });
}
test('a file and a page for each, and nothing else', () => {
  const ids = ADVICE_RULES.map(({ id }) => id).sort();
  assert.is(new Set(ids).size, ids.length);
  if (update) writeFileSync(new URL('README.md', DOCS), indexOf(ADVICE_RULES));
  assert.fixture(readFileSync(new URL('README.md', DOCS), 'utf8'), indexOf(ADVICE_RULES));
  const pages = readdirSync(DOCS).filter((name) => name !== 'README.md');
  assert.equal(pages.sort(), ids.map((id) => `${id}.md`).sort());
  const tools = ['advise.ts', 'keys.ts', 'page.ts', 'rule.ts', 'rules.ts'];
  const files = readdirSync(CODE).filter((name) => !tools.includes(name));
  assert.equal(files.sort(), ids.map((id) => `${id}.ts`).sort());
});
test('whatever the payload, the rules do not throw', () => {
  const odd: unknown[] = [null, 0, '', 'x', [], {}, true, -1, 1e300, { a: null }];
  const keys = ['alert', 'badge', 'sound', 'timestamp', 'event', 'content-state', 'stale-date', 'dismissal-date'];
  for (const value of odd)
    for (const key of [...keys, 'interruption-level', 'relevance-score', 'mutable-content', 'thread-id'])
      for (const type of ['alert', 'background', 'liveactivity', 'voip', 'x'])
        for (const operation of ['device.send', 'broadcast.send'] as const)
          adviseOn(
            subjectOf({
              operation,
              headers: { 'apns-push-type': type },
              payload: { aps: { [key]: value }, [key]: value },
            }),
          );
  adviseOn(subjectOf({ payload: { aps: 3 } }));
});
test('a push without a fault gets no advice at all', () => {
  const good: readonly Example[] = [
    {
      headers: { 'apns-push-type': 'alert', 'apns-priority': '10' },
      payload: { aps: { alert: { title: 'Hi', body: 'You' }, badge: 1, sound: 'default' } },
    },
    {
      headers: { 'apns-push-type': 'background', 'apns-priority': '5' },
      payload: { aps: { 'content-available': 1 }, id: 7 },
    },
    {
      operation: 'broadcast.send',
      headers: { 'apns-push-type': 'liveactivity', 'apns-priority': '10', 'apns-expiration': '0' },
      policy: 0,
      payload: {
        aps: {
          event: 'update',
          timestamp: EXAMPLE_NOW,
          'content-state': { home: 1 },
          'stale-date': EXAMPLE_NOW + 600,
          alert: { title: 'Goal', body: '1:0' },
        },
      },
    },
  ];
  for (const example of good) assert.equal(adviseOn(subjectOf(example)), []);
});
test.run();
