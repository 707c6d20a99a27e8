/** Each reason of Apple's two tables, forced by a scenario of two lines, on every operation that documents it. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ENDPOINTS } from '../../server/protocol/endpoints.ts';
import type { Operation } from '../../server/protocol/model.ts';
import { reasonsOf } from '../../server/protocol/reasons.ts';
import { type Played, type Stage, stageOf } from './stage.ts';

const CALLS: Record<Exclude<Operation, 'unknown'>, (s: Stage) => Played> = {
  'device.send': (s) => s.push(),
  'broadcast.send': (s) => s.broadcast(CHANNEL),
  'channels.create': (s) => s.create(),
  'channels.read': (s) => s.manage('GET', 'channels', CHANNEL),
  'channels.delete': (s) => s.manage('DELETE', 'channels', CHANNEL),
  'channels.list': (s) => s.manage('GET', 'all-channels', CHANNEL),
};
const CHANNEL = 'dHN0LXNyY2gtY2hubA==';
const SEED = `version: 1
channels: [{ id: "${CHANNEL}", bundleId: com.example.app, policy: 0 }]
`;

const test = suite('reasons by scenario');
for (const { operation, family } of ENDPOINTS) {
  const call = CALLS[operation];
  test(`${operation}: without a rule it is accepted`, () => assert.match(call(stageOf(SEED)).answer, /^20[014]\b/));
  for (const { name, status } of reasonsOf(family)) {
    test(`${operation}: ${name}`, () => {
      const s = stageOf(`${SEED}rules:\n  - { when: { operation: ${operation} }, then: { reason: ${name} } }\n`);
      const { actions, answer } = call(s);
      assert.is(answer, `${status} ${name}`);
      const [reply, ...more] = actions;
      if (reply?.do !== 'reply') throw new Error('no reply');
      assert.equal(more, []);
      const body = JSON.parse(reply.body);
      assert.equal(body, status === 410 ? { reason: name, timestamp: s.now() } : { reason: name });
      const id = family === 'device' ? 'apns-id' : 'apns-request-id';
      assert.equal(reply.headers.slice(0, 3), ['content-type', 'application/json', id]);
      const entry = s.engine.journal.get(s.engine.journal.range().last);
      if (entry?.kind !== 'exchange') throw new Error('no exchange');
      // Two truths: what APNs would have said stands beside what the rule did.
      assert.equal([entry.verdict.reason, entry.rule?.id, entry.carriedOut], [null, 'r1', false]);
    });
  }
}
test.run();
