// time limit: 360 s
/** The whole API from a shell script, as users of other languages meet it: see curl.sh beside this file. */
import { execFile, execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { signProviderToken } from '../../server/shell/crypto.ts';
import { skip } from '../runner/skip.ts';
import { openControl } from './house.ts';

const SCRIPT = fileURLToPath(new URL('curl.sh', import.meta.url));

function whyNot(): string | null {
  try {
    const said = execFileSync('curl', ['--version'], { encoding: 'utf8' });
    return /\bHTTP2\b/.test(said) ? null : 'this curl has no HTTP/2';
  } catch {
    return 'there is no curl';
  }
}

const test = suite('control: from a shell, with curl');
const reason = process.platform === 'win32' ? 'there is no sh' : whyNot();
if (reason !== null) skip(test, 'the whole API', reason);
else
  test('the whole API', async () => {
    const house = await openControl();
    try {
      const { p8, keyId, teamId } = house.mock.certificates.providerKey;
      const TOKEN = signProviderToken({ p8, keyId, teamId, iat: Math.floor(Date.now() / 1000) });
      const { control, h2c } = house.mock.urls;
      const env = { ...process.env, CONTROL: control, H2C: h2c as string, TOKEN, http_proxy: '', no_proxy: '*' };
      const said = await new Promise<string>((resolve) =>
        execFile('sh', [SCRIPT], { env }, (error, out, err) => resolve(error === null ? out : `${out}${err}`)),
      );
      assert.is(said, 'fine\n');
    } finally {
      await house.stop();
    }
  });
test.run();
