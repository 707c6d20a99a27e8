import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { authorize, guard } from '../../server/adapters/control/guard.ts';
import { type ControlHouse, openControl } from './house.ts';

const passes = (headers: Record<string, string>, hosts: readonly string[] = [], method = 'GET'): boolean => {
  try {
    guard(method, headers, { hosts });
    return true;
  } catch {
    return false;
  }
};

/** The path leads to what can be learned or done, and not only to the page. */
const passesInto = (headers: Record<string, string>): boolean => {
  try {
    guard('GET', headers, { hosts: [] });
    authorize(headers, { token: null });
    return true;
  } catch {
    return false;
  }
};

const names = suite('control: who may ask');
for (const host of [
  'localhost',
  'localhost:2198',
  'LOCALHOST:2198',
  '127.0.0.1:2198',
  '[::1]:2198',
  '192.168.0.7',
  'mock-apns:2198',
  'apns',
  'host.docker.internal:2198',
  'x.localhost',
  'localhost.',
  'allowed.example',
])
  names(`${host} is a name of ours`, () => assert.ok(passes({ host }, ['allowed.example'])));
for (const host of [
  'evil.example',
  'evil.example:2198',
  'localhost.evil.example',
  'a@localhost',
  '',
  '127.0.0.1.evil.example',
  'allowed.example.evil',
  '[::1',
  'a b',
  '0.0.0.0:2198',
  '[::]:2198',
  '0',
  '000.0.0.0:2198',
  '[0:0:0:0:0:0:0:0]',
  '[::0.0.0.0]',
  // Browsers lead these to 127.0.0.1 as well, and send neither Origin nor Sec-Fetch-Site.
  '[::ffff:127.0.0.1]:2198',
  '[::ffff:7f00:1]',
  '[::FFFF:0:0]',
  '[::ffff:0:127.0.0.1]',
  '[::127.0.0.1]',
  '127.0.0.1:99999',
])
  names(`"${host}" is none`, () => assert.not.ok(passes({ host }, ['allowed.example'])));
names('where the server listens is no name, though it is given as one', () =>
  assert.not(passes({ host: '0.0.0.0:2198' }, ['0.0.0.0'])),
);
names('a name that begins with a dot stands for all that end so', () => {
  assert.ok(passes({ host: 'apns.default.svc.cluster.local' }, ['.svc.cluster.local']));
  assert.not.ok(passes({ host: 'svc.cluster.local.evil.example' }, ['.svc.cluster.local']));
});
names('a page of another origin is refused, our own is not', () => {
  const host = '127.0.0.1:2198';
  assert.ok(passes({ host, origin: 'http://127.0.0.1:2198' }));
  assert.not.ok(passes({ host, origin: 'http://127.0.0.1:3000' }));
  assert.not.ok(passes({ host, origin: 'https://evil.example' }));
  assert.not.ok(passes({ host, origin: 'null' }));
});
for (const site of ['cross-site', 'same-site'])
  names(`a page that is ${site} gets nothing, and a link in it leads to our page only`, () => {
    const from = (mode: string, dest: string): Record<string, string> => ({
      host: 'localhost:2198',
      'sec-fetch-site': site,
      'sec-fetch-mode': mode,
      'sec-fetch-dest': dest,
    });
    for (const dest of ['empty', 'image', 'script']) assert.not(passes(from('no-cors', dest)), dest);
    // Their page sees whether these load, and so what a search in the address finds.
    for (const dest of ['iframe', 'frame', 'object', 'embed']) assert.not(passes(from('navigate', dest)), dest);
    const followed = from('navigate', 'document');
    assert.ok(passes(followed));
    assert.not(passes(followed, [], 'POST'), 'a form of a stranger, even if its browser keeps the origin to itself');
    assert.not(passesInto(followed));
  });
for (const site of ['same-origin', 'none'])
  names(`what is ${site} is ours`, () => {
    for (const dest of ['empty', 'document'])
      assert.ok(passesInto({ host: 'localhost', 'sec-fetch-site': site, 'sec-fetch-dest': dest }));
  });
names.run();

const over = suite('control: guard and token over HTTP');
let house: ControlHouse;
over.before(async () => {
  house = await openControl([], { MOCK_APNS_API_TOKEN: 'a-long-word' });
});
over.after(() => house.stop());
over('a rebound name gets nothing, not even the probes', async () => {
  for (const path of ['/livez', '/api/v1/info', '/', '/ca.pem']) {
    const answer = await house.call('GET', path, undefined, { host: 'evil.example' });
    assert.is(answer.status, 403, path);
    assert.match(answer.json.title, /MOCK_APNS_API_HOSTS/);
  }
  assert.is((await house.call('POST', '/api/v1/reset', '', { origin: 'https://evil.example' })).status, 403);
});
over('every answer keeps itself out of frames and other origins, and opens itself to none', async () => {
  const authorization = 'Bearer a-long-word';
  for (const path of ['/', '/app.js', '/livez', '/ca.pem', '/openapi.json', '/api/v1/info', '/metrics', '/nowhere'])
    for (const origin of [house.mock.urls.control, 'https://evil.example']) {
      const { headers } = await house.call('GET', path, undefined, { authorization, origin });
      assert.match(String(headers['content-security-policy']), /frame-ancestors 'none'/, path);
      assert.is(headers['x-frame-options'], 'DENY', path);
      assert.is(headers['cross-origin-resource-policy'], 'same-origin', path);
      assert.not.ok(
        Object.keys(headers).some((name) => name.startsWith('access-control-')),
        path,
      );
    }
});
over('a link of a stranger leads to the page, and is told where it does not lead', async () => {
  const followed = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
  assert.is((await house.call('GET', '/', undefined, followed)).status, 200);
  const authorization = 'Bearer a-long-word';
  const answer = await house.call('GET', '/api/v1/info', undefined, { authorization, ...followed });
  assert.is(answer.status, 403);
  assert.match(answer.json.title, /enter the address by hand/);
});
over('a token is asked for, where something can be learned or done', async () => {
  for (const path of ['/api/v1/info', '/metrics', '/api/v1/events', '/api/v1/keys']) {
    const without = await house.get(path);
    assert.is(without.status, 401, path);
    assert.match(String(without.headers['www-authenticate']), /^Bearer/);
    assert.match(without.json.title, /MOCK_APNS_API_TOKEN/);
  }
  assert.is((await house.call('GET', '/api/v1/info', undefined, { authorization: 'Bearer wrong' })).status, 401);
  const right = await house.call('GET', '/api/v1/info', undefined, { authorization: 'Bearer a-long-word' });
  assert.is(right.status, 200);
  for (const path of ['/livez', '/readyz', '/ca.pem', '/bundle.pem', '/openapi.json', '/'])
    assert.is((await house.get(path)).status, 200, path);
});
over('a browser that does not say which site asks may not wait, and nobody else is kept from it', async () => {
  const free = await openControl();
  try {
    const wait = async (headers: Record<string, string>): Promise<number> =>
      (await free.call('GET', '/api/v1/exchanges/wait?timeout=0ms', undefined, headers)).status;
    const browser = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0.0.0' };
    assert.is(await wait(browser), 403);
    assert.is(await wait({ ...browser, 'sec-fetch-site': 'none' }), 408);
    assert.is(await wait({ 'user-agent': 'curl/8.1' }), 408);
    assert.is(await wait({}), 408);
  } finally {
    await free.stop();
  }
});
over('no secret is in any answer', async () => {
  const authorization = 'Bearer a-long-word';
  for (const path of [
    '/api/v1/info',
    '/api/v1/env?format=json',
    '/api/v1/exchanges?kind=all',
    '/api/v1/export',
    '/api/v1/export?format=har',
    '/api/v1/keys',
    '/metrics',
    '/openapi.json',
    '/api/v1/scenario',
  ]) {
    const { text } = await house.call('GET', path, undefined, { authorization });
    assert.not.match(text, /a-long-word|PRIVATE KEY|eyJ[\w-]{10}/, path);
  }
});
over.run();
