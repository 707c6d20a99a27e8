import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { environmentOfHost } from '../../server/core/sessions.ts';

const HOSTS: Readonly<Record<string, 'sandbox' | 'production' | undefined>> = {
  'api.push.apple.com': 'production',
  'api.push.apple.com:443': 'production',
  'API.Push.Apple.COM:2197': 'production',
  'api.sandbox.push.apple.com': 'sandbox',
  'api.development.push.apple.com': 'sandbox',
  'api-broadcast.push.apple.com': 'production',
  'api-broadcast.sandbox.push.apple.com': 'sandbox',
  'api-manage-broadcast.push.apple.com:2196': 'production',
  'api-manage-broadcast.sandbox.push.apple.com:2195': 'sandbox',
  'api.push.apple.com.example.org': undefined,
  'feedback.push.apple.com': undefined,
  'push.apple.com': undefined,
  localhost: undefined,
  '[::1]:2197': undefined,
  '': undefined,
};
const test = suite('core: the environment of a host name');
for (const [host, environment] of Object.entries(HOSTS))
  test(`"${host}": ${environment ?? 'says nothing'}`, () => assert.is(environmentOfHost(host), environment));
test.run();
