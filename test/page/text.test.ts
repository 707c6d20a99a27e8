/** What the page makes of records before it draws them; no browser needed. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createParser } from '../../server/adapters/control/page/api/sse.ts';
import type { Exchange, Info } from '../../server/adapters/control/page/api/types.ts';
import { hasTerm, isWhole, termOf, termsOf, toggleTerm } from '../../server/adapters/control/page/state/terms.ts';
import { pathText, placeAdvice } from '../../server/adapters/control/page/text/advice-place.ts';
import { curlOf, quote } from '../../server/adapters/control/page/text/curl.ts';
import { clip, duration, epoch } from '../../server/adapters/control/page/text/format.ts';
import { jsonLines } from '../../server/adapters/control/page/text/json-lines.ts';
import { noticeOf } from '../../server/adapters/control/page/text/notice.ts';
import { summaryOf } from '../../server/adapters/control/page/text/summary.ts';
import { parseQuery } from '../../server/core/search/grammar.ts';

const PUSH: Exchange = {
  seq: 1,
  kind: 'exchange',
  at: '2026-11-21T18:00:00.000Z',
  operation: 'device.send',
  environment: 'sandbox',
  topic: 'com.example.shop',
  connection: { id: 'c1', stream: 1, listener: 'send', alpn: 'h2', auth: 'token', keyId: 'K', teamId: 'T' },
  request: {
    method: 'POST',
    path: '/3/device/c0ffee',
    authority: 'localhost',
    headers: [
      ['apns-topic', 'com.example.shop'],
      ['apns-push-type', 'alert'],
      ['authorization', 'bearer (kid K, iss T)'],
    ],
    size: 2,
    payload: {},
    truncated: false,
  },
  verdict: { status: 200, reason: null, why: '', trail: [] },
  rule: null,
  actions: [{ do: 'reply', status: 200 }],
  carriedOut: true,
  response: { status: 200, headers: [], body: null },
  advice: [],
};
const withPayload = (payload: unknown, type = 'alert'): Exchange => ({
  ...PUSH,
  request: { ...PUSH.request, payload, headers: [['apns-push-type', type]] },
});

const curl = suite('page: curl');
curl('any word survives a shell', () => {
  const shells = fc.string({ unit: 'binary' }).filter((word) => !word.includes('\0') && !/[\ud800-\udfff]/.test(word));
  fc.assert(
    fc.property(fc.array(shells, { minLength: 1, maxLength: 30 }), (words) => {
      const said = execFileSync('bash', ['--norc', '-c', `printf '%s\\0' ${words.map(quote).join(' ')}`], {
        env: { LC_ALL: 'C.UTF-8' },
      });
      assert.equal(said.toString('utf8').split('\0').slice(0, -1), words);
    }),
    { numRuns: 30 },
  );
});
curl('letters that need an escape, and those that have none', () => {
  for (const word of ['\n\t\u007f', '\u0085x', "a'\\'b", '\u0001' + '23', '-n', '', '$HOME `x` "y" !z'])
    assert.is(
      execFileSync('bash', ['--norc', '-c', `printf '%s' ${quote(word)}`], { env: { LC_ALL: 'C.UTF-8' } }).toString(),
      word,
    );
});
curl('goes to the listener that was asked, and asks the environment for the token', () => {
  const text = curlOf({ ...withPayload({ a: "it's" }), request: { ...PUSH.request, payload: { a: "it's" } } }, null);
  assert.match(text, /'https:\/\/127\.0\.0\.1:2197\/3\/device\/c0ffee'|https:\/\/127\.0\.0\.1:2197\/3\/device\/c0ffee/);
  assert.match(text, /"authorization: bearer \$\{TOKEN:\?[\w .]+\}"/);
  const manage = { ...PUSH, connection: { ...PUSH.connection, listener: 'manage-production' } };
  assert.match(curlOf(manage, null), /https:\/\/127\.0\.0\.1:2196\//);
});
/** Runs a copied command with a curl that tells what it was given: its arguments, and then what came to it. */
function run(command: string, env: Readonly<Record<string, string>>): string {
  const curl = `curl() { printf '%s\\n' "$@"; case " $* " in *" @- "*) cat;; esac; }`;
  const { stdout } = spawnSync('bash', ['--norc', '-c', `${curl}\n${command}`], {
    env: { PATH: process.env['PATH'], ...env },
  });
  return stdout.toString('utf8');
}
curl('runs with the variable that README.md fills, and not without it', () => {
  const text = curlOf(PUSH, null);
  assert.match(readFileSync('README.md', 'utf8'), /^TOKEN=\$\(/m);
  assert.match(run(text, { TOKEN: 'abc' }), /^authorization: bearer abc$/m);
  assert.is(run(text, {}), '');
});
curl('of a body that was kept in part, it sends as many bytes, and says that they are others', () => {
  const request = { ...PUSH.request, payload: '{"aps":{"alert":"xxx', truncated: true, size: 6000 };
  const text = curlOf({ ...PUSH, request }, null);
  assert.match(text, /^: '[^']*beginning of the body was kept[^']*'$/m);
  assert.not.match(text, /aps":/);
  assert.match(run(text, { TOKEN: 'abc' }), /\n@-\n.*\/3\/device\/c0ffee\nx{6000}$/);
});
curl('a body that was too long by its spaces is as long again', () => {
  const payload = { aps: { alert: 'é'.repeat(1500) } };
  const request = { ...PUSH.request, payload, size: 4100 };
  const [, sent = ''] = /--data-raw\n(.*)\n/.exec(run(curlOf({ ...PUSH, request }, null), { TOKEN: 'abc' })) ?? [];
  assert.is(Buffer.byteLength(sent), request.size);
  assert.equal(JSON.parse(sent), payload);
});
curl('a body is never the name of a file', () => {
  const text = curlOf({ ...PUSH, request: { ...PUSH.request, payload: '@/etc/passwd' } }, null);
  assert.match(text, /--data-raw @\/etc\/passwd/);
});
curl('a path is never another host, nor many requests', () => {
  for (const path of ['@127.0.0.1:9797/3/device/x', '/3/device/ab[0-9]', '/3/device/{a,b}', '/3/../x', '']) {
    const text = curlOf({ ...PUSH, request: { ...PUSH.request, path } }, null);
    const given = run(text, { TOKEN: 'abc' }).split('\n');
    assert.is(given[given.indexOf('--request-target') + 1], path);
    assert.ok(given.includes('https://127.0.0.1:2197/'), text);
  }
});
curl('fetches the certificate from a server that keeps it in memory', () => {
  const info = { caPath: 'http://127.0.0.1:2198/ca.pem', urls: {} } as Info;
  assert.ok(curlOf(PUSH, info).includes('--cacert <(curl -s http://127.0.0.1:2198/ca.pem) '));
});
curl.run();

const terms = suite('page: terms');
terms('any value makes a term that the grammar reads back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }), (value) => {
      const term = termOf('channel', value);
      const parsed = parseQuery(term);
      assert.ok(parsed.ok, term);
      assert.is(parsed.terms.length, 1);
      assert.is(termsOf(`a ${term} b`).length, 3);
    }),
  );
});
terms('a filter comes and goes; another value of its key takes its place; is: adds up', () => {
  const one = toggleTerm('word', 'operation:device.send');
  assert.is(one, 'word operation:device.send');
  assert.is(toggleTerm(one, 'operation:broadcast.send'), 'word operation:broadcast.send');
  assert.is(toggleTerm(one, 'operation:device.send'), 'word');
  assert.is(toggleTerm('is:forced', 'is:invalid'), 'is:forced is:invalid');
  assert.ok(hasTerm('a topic:"x y" b', 'topic:"x y"'));
});
terms('a query in the middle of a term is not asked', () => {
  for (const whole of ['', 'a', 'topic:x', 'a:"b c"', String.raw`a:"b \" c"`]) assert.ok(isWhole(whole), whole);
  for (const part of ['topic:', 'a topic:', 'a:"b', '-is:']) assert.not(isWhole(part), part);
});
terms.run();

const sse = suite('page: server-sent events');
sse('however the stream is cut, the events are the same', () => {
  const text =
    ': hello\n\nevent: exchange\nid: 7\ndata: {"a":1}\n\ndata: one\ndata: two\r\n\r\nretry: 5\n\nid: 9\ndata: z\n\n';
  const whole = createParser()(text);
  assert.equal(
    whole.map(({ event, id, data }) => [event, id, data]),
    [
      ['exchange', '7', '{"a":1}'],
      ['message', '7', 'one\ntwo'],
      ['message', '9', 'z'],
    ],
  );
  const lf = text.replaceAll('\r\n', '\n');
  fc.assert(
    fc.property(fc.array(fc.nat(lf.length), { maxLength: 8 }), (cuts) => {
      const feed = createParser();
      const places = [0, ...cuts.sort((a, b) => a - b), lf.length];
      const found = places.slice(1).flatMap((end, i) => feed(lf.slice(places[i], end)));
      assert.equal(found, whole);
    }),
  );
});
sse.run();

const notice = suite('page: what the phone would show');
notice('a banner', () => {
  const shown = noticeOf(withPayload({ aps: { alert: { title: 'T', body: 'B' }, badge: 3, sound: 'ping' } }));
  assert.is(shown?.kind, 'banner');
  assert.equal([shown?.title, shown?.body, shown?.badge, shown?.marks], ['T', 'B', 3, ['sound: ping']]);
  assert.is(noticeOf(withPayload({ aps: { alert: 'plain' } }))?.body, 'plain');
  assert.is(
    noticeOf(withPayload({ aps: { alert: { 'loc-key': 'GAME', 'loc-args': ['Ann', 2] } } }))?.body,
    'GAME (Ann, 2)',
  );
});
notice('nothing', () => {
  assert.is(noticeOf(withPayload({ aps: { 'content-available': 1 } }))?.kind, 'silent');
  assert.is(noticeOf(withPayload({ aps: {} }))?.kind, 'none');
  assert.is(noticeOf(withPayload({}))?.kind, 'none');
  assert.is(noticeOf(withPayload('no json'))?.kind, 'none');
  assert.is(noticeOf(withPayload({ aps: {} }, 'voip'))?.kind, 'call');
  assert.is(noticeOf({ ...PUSH, operation: 'channels.list' }), null);
});
notice('of a body that was kept in part nothing is said but that', () => {
  const cut = (payload: unknown): Exchange => ({ ...PUSH, request: { ...PUSH.request, payload, truncated: true } });
  // What was cut off may be blank, and the rest good JSON.
  for (const payload of ['{"aps":{"alert":"xx', { aps: { alert: 'A' } }]) {
    const shown = noticeOf(cut(payload));
    assert.is(shown?.kind, 'unknown');
    assert.match(shown?.says ?? '', /longer than what is kept/);
  }
});
notice('the content state of a Live Activity, and its times', () => {
  const aps = {
    timestamp: 1795284000,
    event: 'end',
    'content-state': { score: { home: 2 } },
    'dismissal-date': 1795287600000,
  };
  const shown = noticeOf({ ...withPayload({ aps }), operation: 'broadcast.send' });
  assert.is(shown?.kind, 'activity');
  assert.equal(shown?.activity?.state, [['score.home', '2']]);
  assert.match(epoch(shown?.activity?.times[1]?.[1]), /seconds are expected/);
  assert.is(noticeOf({ ...withPayload({ aps: { event: 'update' } }), operation: 'broadcast.send' })?.kind, 'none');
});
notice('whatever the payload is, something can be said of it', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom('alert', 'liveactivity', 'voip', ''), (payload, type) => {
      for (const aps of [
        payload,
        { aps: payload },
        { aps: { alert: payload, 'content-state': payload, badge: payload } },
      ])
        assert.type(noticeOf(withPayload(aps, type))?.says, 'string');
    }),
  );
});
notice.run();

const json = suite('page: payload');
json('its lines are the formatted JSON', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const lines = jsonLines(value).map(
        ({ depth, words }) => '  '.repeat(depth) + words.map(({ text }) => text).join(''),
      );
      // JSON has no minus zero, and JavaScript no other way to read it.
      assert.equal(lines.join('\n'), JSON.stringify(JSON.parse(JSON.stringify(value)), null, 2));
    }),
  );
});
json('advice stands at its key, at the object that lacks it, at a header, or apart', () => {
  const at = (place: string | null): Exchange => ({
    ...withPayload({ aps: { badge: '3' }, 'a.b': { c: 1 } }),
    advice: [{ id: 'x', text: 'x', at: place }],
  });
  const placeOf = (place: string | null): unknown => {
    const [found] = placeAdvice(at(place));
    return found?.path ?? found?.header ?? null;
  };
  assert.is(placeOf('aps.badge'), pathText(['aps', 'badge']));
  assert.is(placeOf('aps.timestamp'), pathText(['aps']));
  assert.is(placeOf('a.b.c'), pathText(['a.b', 'c']));
  assert.is(placeOf('headers.apns-push-type'), 'apns-push-type');
  assert.is(placeOf('headers.apns-priority'), null);
  assert.is(placeOf(null), null);
});
json.run();

const sentences = suite('page: sentences');
sentences('what came and what became of it', () => {
  const say = (exchange: Exchange): string => Object.values(summaryOf(exchange)).join(' ');
  assert.is(say(PUSH), 'Alert push for com.example.shop to device c0ffee, sandbox was accepted');
  const refused = { ...PUSH.verdict, status: 410, reason: 'Unregistered' };
  const gone = { status: 410, headers: [], body: { reason: 'Unregistered', timestamp: 1 } };
  assert.match(say({ ...PUSH, verdict: refused, response: gone }), /was refused: 410 Unregistered$/);
  const rule = { id: 'r1', name: 'x' };
  const busy = { status: 429, headers: [], body: { reason: 'TooManyRequests' } };
  assert.match(
    say({ ...PUSH, rule, response: busy }),
    /was answered 429 TooManyRequests by a rule; by itself it would be accepted$/,
  );
  assert.match(
    say({ ...PUSH, rule, response: null, actions: [{ do: 'stall' }] }),
    /never got an answer \(stall\); by itself it would be accepted$/,
  );
});
sentences('durations and long words', () => {
  assert.equal(
    [0, 999, 1000, 61_000, 3_600_000, 90_061_000].map((ms) => duration(ms)),
    ['0 ms', '999 ms', '1 s', '1 min 1 s', '1 h', '1 d 1 h'],
  );
  assert.is(clip('short'), 'short');
  assert.is(clip('0123456789abcdef'), '01234567…cdef');
});
sentences.run();
