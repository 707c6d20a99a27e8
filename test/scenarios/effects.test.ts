/** How effects combine: what a rule leaves alone stays as APNs would have it. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Action } from '../../server/protocol/model.ts';
import { MINUTE, type Played, stageOf } from './stage.ts';

const rule = (then: string, more = ''): string => `version: 1\nrules:\n  - { ${more} then: ${then} }\n`;
const reply = ({ actions }: Played): Action & { do: 'reply' } => {
  const found = actions.find((action) => action.do === 'reply');
  if (found?.do !== 'reply') throw new Error('no reply');
  return found;
};

const answers = suite('effects: answers');
answers('a body alone keeps the status that would have been', () => {
  assert.is(stageOf(rule('{ body: "what?" }')).create().answer, '201 what?');
  const rejected = stageOf(rule('{ body: "what?" }', 'evenIfInvalid: true,')).push({ to: 'xyz' });
  assert.is(rejected.answer, '400 what?');
});
answers('a status alone stands alone', () => {
  assert.is(stageOf(rule('{ status: 502 }')).push().answer, '502');
});
answers('headers are added, or stand in place of those of the same name', () => {
  const { headers } = reply(
    stageOf(rule('{ reason: InternalServerError, headers: { content-type: text/plain, x-why: rain } }')).push(),
  );
  assert.equal(
    headers.filter((_, index) => index % 2 === 0),
    ['apns-id', 'content-type', 'x-why'],
  );
  assert.equal(headers.slice(2), ['content-type', 'text/plain', 'x-why', 'rain']);
});
answers('a 410 tells since when', () => {
  const s = stageOf(rule('{ reason: Unregistered, timestamp: 2h ago }', 'when: { operation: device.send },'));
  assert.match(reply(s.push()).body, `"timestamp":${s.now() - 120 * MINUTE}}`);
});
answers('an invalid request keeps its real reason, unless the rule wants it too', () => {
  assert.is(stageOf(rule('{ reason: TooManyRequests }')).push({ to: 'xyz' }).answer, '400 BadDeviceToken');
  const wanted = stageOf(rule('{ reason: TooManyRequests }', 'evenIfInvalid: true,'));
  assert.is(wanted.push({ to: 'xyz' }).answer, '429 TooManyRequests');
  const entry = wanted.engine.journal.get(wanted.engine.journal.range().last);
  assert.is(entry?.kind === 'exchange' ? entry.verdict.reason : '', 'BadDeviceToken');
});
answers('a rule goes before a target that spells', () => {
  const dead = `${Buffer.from('Unregistered').toString('hex')}00`.padEnd(64, '0');
  assert.is(stageOf('version: 1').push({ to: dead }).answer, '410 Unregistered');
  assert.is(stageOf(rule('{ reason: TooManyRequests }')).push({ to: dead }).answer, '429 TooManyRequests');
});
answers.run();

const time = suite('effects: time');
time('idle and silent: nothing is answered after the pause, and everything before', () => {
  const s = stageOf(rule('{ idle: 30s, stall: true }', 'on: connection,'));
  s.connect();
  assert.is(s.push().answer, '200');
  s.pass(29_000);
  assert.is(s.push().answer, '200');
  s.pass(30_000);
  assert.is(s.push().answer, 'silence');
});
time('idle is about the end: how the connection is holds from the start', () => {
  const s = stageOf(rule('{ idle: 30s, stall: true, pings: ignore }', 'on: connection,'));
  assert.ok(s.connect().actions.some((action) => action.do === 'pings'));
  s.pass(30_000);
  assert.is(s.push().answer, 'silence');
});
time('delays between bounds, the same for the same seed', () => {
  const waits = (seed: number): number[] => {
    const s = stageOf(rule('{ delay: { min: 10ms, max: 50ms } }'), seed);
    return Array.from({ length: 50 }, () => {
      const before = s.now();
      s.push();
      return s.now() - before;
    });
  };
  const drawn = waits(1);
  assert.ok(
    drawn.every((ms) => ms >= 10 && ms <= 50),
    drawn.join(' '),
  );
  assert.ok(new Set(drawn).size > 10);
  assert.equal(waits(1), drawn);
  assert.not.equal(waits(2), drawn);
});
time('delays do not change the ids that are made', () => {
  const ids = (text: string): string[] => {
    const s = stageOf(text);
    return Array.from({ length: 5 }, () => reply(s.push()).headers[1] as string);
  };
  assert.equal(ids(rule('{ delay: { median: 5ms, sigma: 1 } }')), ids('version: 1'));
});
time.run();
