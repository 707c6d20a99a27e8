/** The examples of docs/testing.md, run as they stand. Those for vitest and jest run in test/package/check.ts. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { PATIENCE } from '../patience.ts';

const examples = suite('examples');

const folder = fileURLToPath(new URL('./examples/', import.meta.url));
const tsx = new URL('../../node_modules/tsx/dist/esm/index.mjs', import.meta.url).href;

const run = (args: readonly string[]): Promise<{ readonly code: number | string | null; readonly out: string }> =>
  new Promise((resolve) => {
    // There `mock-apns/…` is the source, so that no build is needed. The runner's own way to talk to its children is off.
    const { NODE_TEST_CONTEXT: _, UVU_DEFER: __, ...env } = process.env;
    const options = { cwd: folder, env: { ...env, TSX_TSCONFIG_PATH: `${folder}tsconfig.json` }, timeout: PATIENCE };
    execFile(process.execPath, ['--import', tsx, ...args], options, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : (error.code ?? error.signal ?? 1), out: `${stdout}${stderr}` }),
    );
  });

examples('node:test', async () => {
  const { code, out } = await run(['--test', 'node-test.example.mjs']);
  assert.is(code, 0, out);
  assert.match(out, /^. pass 5$/m);
});

examples('uvu', async () => {
  const { code, out } = await run(['uvu.example.mjs']);
  assert.is(code, 0, out);
  assert.match(out, /Passed:\s+2$/m);
});

examples('docs/testing.md shows the one for node:test as it is', () => {
  const text = readFileSync(new URL('../../docs/testing.md', import.meta.url), 'utf8');
  assert.ok(text.includes(readFileSync(`${folder}node-test.example.mjs`, 'utf8').trim()));
});

examples.run();
