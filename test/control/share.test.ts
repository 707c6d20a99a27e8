// time limit: 360 s
/** Four suites in processes of their own share one server; each resets its own app again and again. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { signProviderToken } from '../../server/shell/crypto.ts';
import { openControl } from './house.ts';

const SUITE = fileURLToPath(new URL('share-suite.ts', import.meta.url));
const SUITES = 4;

const test = suite('control: one server, four suites at once');
test('scoped resets do not touch the others', async () => {
  const house = await openControl();
  try {
    const { p8, keyId, teamId } = house.mock.certificates.providerKey;
    const token = signProviderToken({ p8, keyId, teamId, iat: Math.floor(Date.now() / 1000) });
    const { control, h2c } = house.mock.urls;
    const ended = Array.from(
      { length: SUITES },
      (_, index) =>
        new Promise<string>((resolve) => {
          const child = fork(SUITE, [control, h2c as string, token, `com.example.suite${index}`], {
            execArgv: ['--import', 'tsx'],
            stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
          });
          let said = '';
          for (const stream of [child.stdout, child.stderr])
            stream?.setEncoding('utf8').on('data', (text: string) => {
              said += text;
            });
          child.once('close', (code) => resolve(`${code} ${said}`));
        }),
    );
    assert.equal(
      await Promise.all(ended),
      Array.from({ length: SUITES }, () => '0 fine\n'),
    );
  } finally {
    await house.stop();
  }
});
test.run();
