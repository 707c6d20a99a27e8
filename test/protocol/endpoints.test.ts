import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ENDPOINTS, familyOf, isKnownMethod, type Route, route } from '../../server/protocol/endpoints.ts';

const test = suite('protocol: routes');
const NOWHERE: Route = { operation: 'unknown', family: null, target: '', allowed: null };

test('the path map of Apple, all of it', () => {
  const found = ENDPOINTS.map(({ method, before, after }) => `${method} ${before}*${after}`);
  assert.equal(found, [
    'POST /3/device/*',
    'POST /4/broadcasts/apps/*',
    'POST /1/apps/*/channels',
    'GET /1/apps/*/channels',
    'DELETE /1/apps/*/channels',
    'GET /1/apps/*/all-channels',
  ]);
});
for (const { operation, family, method, before, after } of ENDPOINTS)
  test(`${operation}: found with its target`, () => {
    assert.equal(route(method, `${before}a1.b-2${after}`), { operation, family, target: 'a1.b-2', allowed: null });
    assert.equal(route(method, `${before}a%31%2Eb-2${after}`).target, 'a1.b-2', 'decoded');
  });
test('a known path and another method: the methods that would do', () => {
  assert.equal(route('PUT', '/1/apps/a/channels'), {
    operation: 'unknown',
    family: 'channels',
    target: 'a',
    allowed: ['POST', 'GET', 'DELETE'],
  });
  assert.equal(route('GET', '/3/device/a1').allowed, ['POST']);
});
test('decoded once, not twice', () => assert.is(route('POST', '/3/device/%2541').target, '%41'));
test('an encoded slash or question mark parts no path', () => {
  assert.is(route('POST', '/3/device/a1%2Fb').target, 'a1%2Fb');
  assert.is(route('POST', '/3/device/a1%3Fb').target, 'a1%3Fb');
  for (const path of ['/3%2Fdevice/a1', '/4/broadcasts%2Fapps/a', '/1/apps/a%2Fchannels'])
    assert.equal(route('POST', path), NOWHERE);
});
test('what is no encoding stays as it is', () => assert.is(route('POST', '/3/device/%zz').target, '%zz'));
for (const path of [
  '',
  '/',
  '*',
  '/3',
  '/3/device/a/b',
  '/3/device/a?b',
  '/3/device/a/',
  '/1/apps//channels',
  '/1/apps/a/b/channels',
  '/1/apps/channels',
  '/4/broadcasts/apps/',
  '/3/DEVICE/a',
])
  test(`${path} leads nowhere`, () => assert.equal(route('POST', path), NOWHERE));
for (const path of ['/3/device/', '/3/device'])
  test(`${path} is a push without a token`, () =>
    assert.equal(route('POST', path), { operation: 'device.send', family: 'device', target: '', allowed: null }));
test('never throws, and a target has neither slash nor question mark', () => {
  fc.assert(
    fc.property(fc.string(), fc.webPath(), fc.constantFrom('POST', 'GET', 'DELETE'), (odd, path, method) => {
      for (const asked of [odd, path, `/3/device/${odd}`, `/1/apps/${odd}/channels`])
        assert.not.match(route(method, asked).target, /[/?]/);
    }),
  );
});
test('the family that a path was meant for', () => {
  assert.equal(['/1/apps/x/y/z', '/4/broadcasts/', '/3/device?x', '/3/devices', '/', '/2/apps/x'].map(familyOf), [
    'channels',
    'broadcast',
    'device',
    'device',
    null,
    null,
  ]);
});
test('methods known anywhere', () => {
  assert.equal(['POST', 'GET', 'DELETE', 'PUT', 'post', ''].map(isKnownMethod), [
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
});
test.run();
