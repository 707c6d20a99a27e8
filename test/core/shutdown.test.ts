/** Shutdown in the middle of answers: what has begun may end, what has not is answered 503 with its own id. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createEngine, type Engine } from '../../server/core/engine.ts';
import { NO_EFFECT, type Scenario } from '../../server/core/scenario/model.ts';
import type { Action } from '../../server/protocol/model.ts';
import { bytesOf, LISTENERS, NOW } from '../contract/case.ts';
import { ID, step } from '../contract/cases/base.ts';
import { authorizationOf, keyCommand, VALID } from '../contract/credentials.ts';
import { PORTS } from '../contract/direct.ts';

/** Every answer leaves as HEADERS at once and its body in two parts, a second apart. */
const SPLIT: Scenario = {
  name: 'split',
  description: '',
  seed: null,
  tokenRefresh: null,
  clock: null,
  apps: [],
  devices: [],
  channels: [],
  keys: [],
  states: {},
  rules: [
    {
      id: 'r1',
      name: 'in two parts',
      on: 'request',
      when: [],
      turn: { nth: null, from: null, every: null, times: null, probability: null, per: null },
      effects: [
        { ...NO_EFFECT, reason: 'TooManyRequests', split: { frames: 2, every: 1000 }, carryOut: false },
        { ...NO_EFFECT, delay: { kind: 'fixed', ms: 1000 } },
      ],
      afterLast: 'fallthrough',
      evenIfInvalid: false,
    },
  ],
  expect: [],
};

function house(): Engine {
  const engine = createEngine({
    seed: 1,
    profile: 'documented',
    auth: 'trusting',
    environment: 'sandbox',
    spelledTargets: true,
    maxEntries: 100,
    maxBytes: 1_000_000,
    ports: PORTS,
  });
  engine.handle({ type: 'command', at: NOW, command: keyCommand('main') });
  engine.handle({ type: 'command', at: NOW, command: { do: 'load', scenario: SPLIT } });
  engine.handle({
    type: 'session-opened',
    at: NOW,
    session: 'c1',
    listener: LISTENERS.send,
    alpn: 'h2',
    servername: '',
    remote: '127.0.0.1:50000',
    certificate: null,
  });
  return engine;
}
function push(engine: Engine, stream: number): readonly Action[] {
  const { method, path, headers, body } = step('push').request;
  const bytes = bytesOf(body);
  return engine.handle({
    type: 'request',
    at: NOW,
    session: 'c1',
    stream,
    request: {
      method,
      path,
      authority: 'localhost',
      headers: ['authorization', authorizationOf(VALID, NOW) as string, ...headers.flat()],
      body: bytes,
      size: bytes.length,
    },
  });
}
const told = (actions: readonly Action[]): string[] =>
  actions.map((action) => ('stream' in action ? `${action.do} ${action.stream}` : action.do));

const test = suite('core: shutdown in the middle of answers');
test('an answer that has begun is not begun again, and ends in its time', () => {
  const engine = house();
  assert.equal(told(push(engine, 1)), ['headers 1', 'data 1']);
  const actions = engine.handle({ type: 'command', at: NOW + 500, command: { do: 'shutdown' } });
  assert.equal(told(actions), ['goaway 0']);
  const rest = engine.handle({ type: 'time', at: NOW + 1000 });
  assert.equal(told(rest), ['data 1']);
  assert.ok(rest[0]?.do === 'data' && rest[0].end);
  assert.is(engine.nextWake(), undefined);
});
test('an answer that has not begun is 503 with the id of its request, and nothing of it follows', () => {
  const engine = house();
  push(engine, 1);
  assert.equal(told(push(engine, 3)), []);
  const [reply, ...rest] = engine.handle({ type: 'command', at: NOW + 500, command: { do: 'shutdown' } });
  assert.equal(reply, {
    do: 'reply',
    session: 'c1',
    stream: 3,
    status: 503,
    headers: ['content-type', 'application/json', 'apns-id', ID],
    body: '{"reason":"Shutdown"}',
  });
  assert.equal(told(rest), ['goaway 0']);
  assert.equal(told(engine.handle({ type: 'time', at: NOW + 60_000 })), ['data 1']);
});
test('an answer that has left is left alone', () => {
  const engine = house();
  push(engine, 1);
  engine.handle({ type: 'time', at: NOW + 1000 });
  assert.equal(told(engine.handle({ type: 'command', at: NOW + 1000, command: { do: 'shutdown' } })), ['goaway 0']);
});
test.run();
