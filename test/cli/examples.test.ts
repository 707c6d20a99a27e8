import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('examples');
const folder = mkdtempSync(join(tmpdir(), 'mock-apns-examples-'));
test.after(() => rmSync(folder, { recursive: true }));

test('with-mock-apns in a checkout that is not built says so, and fetches nothing under our name', () => {
  const [examples, tools] = [join(folder, 'examples'), join(folder, 'tools')];
  for (const each of [examples, tools]) mkdirSync(each);
  const script = join(examples, 'with-mock-apns');
  copyFileSync('examples/with-mock-apns', script);
  for (const name of ['npx', 'npm']) {
    writeFileSync(join(tools, name), '#!/bin/sh\necho fetched\n');
    chmodSync(join(tools, name), 0o755);
  }
  const env = { ...process.env, MOCK_APNS: '', PATH: `${tools}${delimiter}${process.env['PATH']}` };
  const { status, stdout, stderr } = spawnSync('sh', [script, 'true'], { env, encoding: 'utf8' });
  assert.equal([status, stdout], [2, '']);
  assert.match(stderr, 'npm ci && npm run build');
});
test.run();
