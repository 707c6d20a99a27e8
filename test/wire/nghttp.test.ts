/** The same frames as nghttp sees them, a client that nobody here wrote. */
import { spawn, spawnSync } from 'node:child_process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { skip } from '../runner/skip.ts';
import { BODY, device, openHouse, type RuleText, WAYS, type Way } from './house.ts';

const nghttp = suite('nghttp');
const installed = spawnSync('nghttp', ['--version']).status === 0;
const house = installed ? await openHouse() : null;

/** What nghttp prints about one push: the frames that it received, one line each. */
function pushWith(way: Way): Promise<string[]> {
  const url = `${way === 'tls' ? 'https' : 'http'}://127.0.0.1:${house!.port(way)}/3/device/${device(1)}`;
  const headers = ['apns-topic: com.example.app', 'apns-push-type: alert'].flatMap((header) => ['-H', header]);
  return new Promise((resolve, reject) => {
    const child = spawn('nghttp', ['-v', '-n', '--no-dep', '-H', ':method: POST', ...headers, '-d', '-', url]);
    let output = '';
    child.stdout.on('data', (text) => {
      output += text;
    });
    child.once('error', reject);
    child.once('close', () => {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: nghttp colours what it prints
      const plain = output.replace(/\x1b\[[0-9;]*m/g, '');
      resolve(plain.split('\n').map((line) => line.replace(/^\[\s*[\d.]+\]\s*/, '').trim()));
    });
    child.stdin.end(BODY);
  });
}

const ROWS: readonly { readonly name: string; readonly does: RuleText['does']; readonly frames: readonly RegExp[] }[] =
  [
    { name: 'an answer', does: { reason: 'BadDeviceToken' }, frames: [/^recv HEADERS/, /^recv DATA/] },
    {
      name: 'GOAWAY behind the DATA, with JSON',
      does: { reason: 'Shutdown', goaway: { reason: 'Shutdown', close: 'now' } },
      frames: [/^recv HEADERS/, /^recv DATA/, /^recv GOAWAY/],
    },
    {
      name: 'GOAWAY with last stream 0 in place of an answer',
      does: { stall: true, goaway: { lastStream: 'none', code: 'ENHANCE_YOUR_CALM', close: 'now' } },
      frames: [/^recv GOAWAY/],
    },
    { name: 'a reset before headers', does: { reset: 'REFUSED_STREAM' }, frames: [/^recv RST_STREAM/] },
    {
      name: 'a reset in the middle of the body',
      does: { reason: 'Shutdown', reset: { code: 'CANCEL', at: 'mid-body' } },
      frames: [/^recv HEADERS/, /^recv DATA/, /^recv RST_STREAM/],
    },
    {
      name: 'a body in three frames',
      does: { reason: 'Shutdown', split: 3 },
      frames: [/^recv HEADERS/, /^recv DATA/, /^recv DATA/, /^recv DATA/],
    },
    { name: 'the cut', does: { drop: true }, frames: [] },
  ];

for (const way of WAYS)
  for (const { name, does, frames } of ROWS) {
    const title = `${way}: ${name}`;
    if (house === null) {
      skip(nghttp, title, 'nghttp is not installed');
      continue;
    }
    nghttp(title, async () => {
      await house.rules({ when: { token: device(1) }, ...(does === undefined ? {} : { does }) });
      const lines = await pushWith(way);
      // What was said just before the cut may be lost with it.
      assert.ok(
        frames.length === 0 ||
          lines.some((line) => line.startsWith('recv SETTINGS frame <length=24, flags=0x00, stream_id=0>')),
        lines.join('\n'),
      );
      const got = lines.filter((line) => /^recv (HEADERS|DATA|RST_STREAM|GOAWAY) frame/.test(line));
      assert.is(got.length, frames.length, got.join('\n'));
      frames.forEach((fits, at) => {
        assert.match(got[at] ?? '', fits);
      });
      const text = lines.join('\n');
      if (JSON.stringify(does).includes('"none"'))
        assert.match(text, /last_stream_id=0, error_code=ENHANCE_YOUR_CALM\(0x0b\)/);
      if (name.includes('JSON')) assert.match(text, 'opaque_data(21)=[{"reason":"Shutdown"}]');
      await house.tidy();
    });
  }
nghttp.after(async () => house?.stop());
nghttp.run();
