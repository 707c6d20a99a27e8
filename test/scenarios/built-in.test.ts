/** Every file of `scenarios/`, played: what it says it does is what happens. */
import { readdirSync, readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Action } from '../../server/protocol/model.ts';
import { MINUTE, type Played, type Stage, stage, TOKEN } from './stage.ts';

const names = (actions: readonly Action[]): string[] => actions.map((action) => action.do);
const goaways = (actions: readonly Action[]): (Action & { do: 'goaway' })[] =>
  actions.filter((action) => action.do === 'goaway');
const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));
const answers = (played: readonly Played[]): string[] => played.map(({ answer }) => answer);
const pushes = (on: Stage, count: number, session?: string): Played[] =>
  times(count, () => on.push(session === undefined ? {} : { on: session }));
const other = 'ab'.repeat(32);

const PLAYS: Record<string, () => void> = {
  'shutdown-under-load'() {
    const s = stage('shutdown-under-load');
    const { channel } = s.create();
    const played = times(3, () => s.broadcast(channel as string));
    assert.equal(answers(played), ['200', '200', '200']);
    assert.equal(names(played[2]!.actions), ['reply', 'goaway']);
    assert.is(goaways(played[2]!.actions)[0]!.debug, '{"reason":"Shutdown"}');
    assert.equal(names(s.pass(1999)), []);
    assert.equal(names(s.pass(1)), ['end']);
  },
  'goaway-graceful'() {
    const s = stage('goaway-graceful');
    pushes(s, 4);
    const before = s.now();
    const { actions, stream } = s.push();
    assert.equal(names(actions), ['goaway', 'reply']);
    assert.equal([goaways(actions)[0]!.lastStream, goaways(actions)[0]!.stream], ['this', stream]);
    assert.is(s.now() - before, 300);
  },
  'goaway-mid-flight'() {
    const s = stage('goaway-mid-flight');
    const played = pushes(s, 20);
    assert.equal(goaways(played.slice(0, 19).flatMap(({ actions }) => actions)), []);
    assert.equal(names(played[19]!.actions)[0], 'goaway');
  },
  'goaway-every-n'() {
    const s = stage('goaway-every-n');
    const played = pushes(s, 200);
    const where = played.flatMap(({ actions }, index) => (goaways(actions).length > 0 ? [index + 1] : []));
    assert.equal(where, [100, 200]);
  },
  'goaway-with-reason'() {
    const { actions } = stage('goaway-with-reason').connect();
    const [goaway] = goaways(actions);
    assert.equal(
      [goaway!.lastStream, goaway!.code, goaway!.debug, goaway!.close],
      ['none', 'NO_ERROR', '{"reason":"BadCertificateEnvironment"}', 'now'],
    );
  },
  'double-goaway'() {
    const s = stage('double-goaway');
    const [first, second, ...more] = goaways(s.push().actions);
    assert.equal([first!.debug, second!.debug, more.length], ['{"reason":"Shutdown"}', '', 0]);
    assert.equal([first!.close, second!.close], ['never', 'drained']);
  },
  'one-stream-until-auth'() {
    const s = stage('one-stream-until-auth');
    const { actions } = s.connect();
    const accept = actions.find((action) => action.do === 'accept');
    assert.is(accept?.do === 'accept' ? accept.maxConcurrentStreams : null, 1);
    assert.equal(names(s.push({ on: 'c1' }).actions), ['settings', 'reply']);
    assert.equal(names(s.push({ on: 'c1' }).actions), ['reply']);
  },
  'stream-limit-shrinks'() {
    const s = stage('stream-limit-shrinks');
    const limits = pushes(s, 20).flatMap(({ actions }) =>
      actions.flatMap((action) => (action.do === 'settings' ? [action.maxConcurrentStreams] : [])),
    );
    assert.equal(limits, [1, 1000]);
  },
  'throttle-on-reject'() {
    const s = stage('throttle-on-reject');
    const limit = ({ actions }: Played): number[] =>
      actions.flatMap((action) => (action.do === 'settings' ? [action.maxConcurrentStreams] : []));
    const rejected = s.push({ to: '00'.repeat(32) });
    assert.equal([rejected.answer, limit(rejected)], ['400 BadDeviceToken', [1]]);
    const accepted = s.push();
    assert.equal([accepted.answer, limit(accepted)], ['200', [1000]]);
  },
  'black-hole-stream'() {
    const s = stage('black-hole-stream');
    const played = pushes(s, 10);
    assert.equal(
      answers(played).slice(0, 9),
      times(9, () => '200'),
    );
    assert.is(played[9]!.answer, 'silence');
  },
  'ping-silence'() {
    const s = stage('ping-silence');
    assert.ok(names(s.connect().actions).includes('pings'));
    assert.is(s.push().answer, '200');
  },
  'idle-drop'() {
    const s = stage('idle-drop');
    s.connect();
    s.pass(20_000);
    assert.is(s.push().answer, '200');
    assert.equal(names(s.pass(29_999)), []);
    assert.equal(names(s.pass(1)), ['drop']);
  },
  'idle-goaway'() {
    const s = stage('idle-goaway');
    s.connect();
    const [goaway] = goaways(s.pass(30_000));
    assert.equal([goaway!.debug, goaway!.close], ['{"reason":"IdleTimeout"}', 'now']);
  },
  'token-wedge'() {
    const s = stage('token-wedge');
    const played = answers(pushes(s, 22));
    assert.equal(new Set(played.slice(0, 19)), new Set(['200']));
    assert.equal(new Set(played.slice(19)), new Set(['500 InternalServerError']));
    const { id } = s.connect();
    assert.is(s.push({ on: id }).answer, '200');
  },
  'token-refresh-policing'() {
    const s = stage('token-refresh-policing');
    const [first, second] = [s.signed(), s.signed()];
    assert.is(s.push({ token: first }).answer, '200');
    const { id } = s.connect();
    assert.is(s.push({ on: id, token: second }).answer, '429 TooManyProviderTokenUpdates');
    assert.is(s.push({ on: id, token: first }).answer, '200');
    s.pass(20 * MINUTE);
    assert.is(s.push({ on: id, token: second }).answer, '200');
  },
  'always-expired'() {
    const s = stage('always-expired');
    assert.equal(
      answers(pushes(s, 2)),
      times(2, () => '403 ExpiredProviderToken'),
    );
  },
  'clock-skew'() {
    const s = stage('clock-skew');
    assert.is(s.push().answer, '403 ExpiredProviderToken');
  },
  'throttled-then-recovers'() {
    const s = stage('throttled-then-recovers');
    const retry = (played: Played): boolean =>
      played.actions.some((action) => action.do === 'reply' && action.headers.join(' ').includes('retry-after 1'));
    const played = pushes(s, 3);
    assert.equal(answers(played), ['429 TooManyRequests', '429 TooManyRequests', '200']);
    assert.equal(played.map(retry), [true, true, false]);
    assert.is(s.push({ to: other }).answer, '429 TooManyRequests', 'each device is counted apart');
  },
  'outage-then-recovers'() {
    const s = stage('outage-then-recovers');
    assert.equal(answers(pushes(s, 11)), [
      ...times(5, () => '503 ServiceUnavailable'),
      ...times(5, () => '500 InternalServerError'),
      '200',
    ]);
    assert.is(s.create().answer, '503 Service Unavailable');
  },
  'dead-devices'() {
    const s = stage('dead-devices');
    const to = (begin: string): string => begin.padEnd(64, 'a');
    const gone = s.push({ to: to('dead') });
    const reply = gone.actions.find((action) => action.do === 'reply');
    assert.is(gone.answer, '410 Unregistered');
    assert.match(reply?.do === 'reply' ? reply.body : '', `"timestamp":${s.now() - 120 * MINUTE}`);
    assert.is(s.push({ to: to('bad') }).answer, '400 BadDeviceToken');
    assert.is(s.push({ to: to('e0') }).answer, '410 ExpiredToken');
    assert.is(s.push().answer, '200');
  },
  'delayed-unregister'() {
    const s = stage('delayed-unregister');
    const to = 'aa'.repeat(32);
    assert.is(s.push({ to }).answer, '200');
    s.pass(9 * MINUTE);
    assert.is(s.push({ to }).answer, '200');
    s.pass(MINUTE);
    assert.is(s.push({ to }).answer, '410 Unregistered');
  },
  'environment-mix-up'() {
    const s = stage('environment-mix-up');
    const [production, sandbox] = ['aa'.repeat(32), 'bb'.repeat(32)];
    assert.is(s.push({ to: production }).answer, '400 BadDeviceToken');
    assert.is(s.push({ to: production, environment: 'production' }).answer, '200');
    assert.is(s.push({ to: sandbox }).answer, '200');
    assert.is(s.push({ to: sandbox, environment: 'production' }).answer, '400 BadDeviceToken');
  },
  'channel-limit'() {
    const s = stage('channel-limit');
    assert.equal(answers(times(4, () => s.create())), ['201', '201', '201', '400 CannotCreateChannelConfig']);
  },
  'capability-off'() {
    assert.is(stage('capability-off').create().answer, '400 FeatureNotEnabled');
  },
  'lost-reply'() {
    const s = stage('lost-reply');
    const { channel } = s.create();
    const played = times(5, () => s.broadcast(channel as string));
    assert.equal(answers(played), ['200', '200', '200', '200', 'cut']);
    assert.is(s.engine.registry.channel('sandbox', 'com.example.app', channel as string)?.accepted, 5, 'carried out');
  },
  flaky() {
    const story = (): string[] => answers(pushes(stage('flaky', 99), 1000));
    const told = story();
    assert.equal(story(), told, 'the same seed tells the same story');
    const share = (what: string): number => told.filter((answer) => answer.startsWith(what)).length;
    assert.ok(share('500') > 5 && share('500') < 45, `${share('500')} of 1000 are errors, 20 expected`);
    assert.ok(share('cut') > 1 && share('RST_STREAM') > 1);
  },
  'rolling-restart'() {
    const s = stage('rolling-restart');
    const { id } = [...times(5, () => s.connect())].find(({ how }) => how === 'accept')!;
    const played = pushes(s, 50, id);
    assert.is(goaways(played[49]!.actions).length, 1);
    const refused = times(200, () => s.connect()).filter(({ how }) => how === 'refuse').length;
    assert.ok(refused > 5 && refused < 45, `${refused} of 200 were refused, 20 expected`);
  },
  'bad-day'() {
    const story = (): string[] => answers(pushes(stage('bad-day', 3), 400));
    const told = story();
    assert.equal(story(), told);
    for (const what of ['200', '429', '500'])
      assert.ok(
        told.some((answer) => answer.startsWith(what)),
        what,
      );
    const s = stage('bad-day');
    assert.equal(answers(times(3, () => s.create())), ['500 InternalServerError', '201', 'silence']);
  },
  'tls-trouble'() {
    const s = stage('tls-trouble');
    assert.equal(
      times(6, () => s.connect().how),
      ['expired', 'wrong-host', 'untrusted', 'refuse-handshake', 'stall-handshake', 'accept'],
    );
  },
  'odd-bodies'() {
    const s = stage('odd-bodies');
    const played = pushes(s, 6);
    assert.equal(answers(played), [
      '500',
      '502 <html><body>Bad Gateway</body></html>',
      '400 {"reason":"BadDev',
      '500 {"reason ":"Inter nalServe rError"}',
      '500 {"reason":"Inter RST_STREAM INTERNAL_ERROR',
      '200',
    ]);
    assert.equal(names(played[3]!.actions), ['headers', 'data', 'data', 'data', 'data']);
  },
  'stuck-window'() {
    assert.ok(names(stage('stuck-window').connect().actions).includes('window'));
  },
};

const folder = new URL('../../scenarios/', import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

const test = suite('built-in scenarios');
for (const [name, play] of Object.entries(PLAYS)) test(name, play);
test('every file is played, and every play has its file', () => {
  assert.equal(Object.keys(PLAYS).sort(), files.map((file) => file.replace('.yaml', '')).sort());
});
test('every file names itself, says what it does, and leads editors to the schema', () => {
  for (const file of files) {
    const text = readFileSync(new URL(file, folder), 'utf8');
    assert.match(text, /^# yaml-language-server: \$schema=\.\/scenario\.schema\.json\n/, file);
    assert.match(text, `\nname: ${file.replace('.yaml', '')}\n`, file);
    assert.match(text, /\ndescription: ./, file);
  }
});
test('a token that has nothing to do with it is a device like any other', () => {
  assert.is(stage('dead-devices').push({ to: TOKEN }).answer, '200');
});
test.run();
