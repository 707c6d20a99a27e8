import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { pageAssets } from '../../server/adapters/control/page-assets.ts';

const assets = suite('page: files');

const text = (path: string): string => Buffer.from(pageAssets().get(path)?.body ?? []).toString('utf8');

assets('all there, once, each with the policy', () => {
  assert.is(pageAssets(), pageAssets());
  for (const path of ['/', '/app.js', '/app.css', '/icon.svg']) {
    const asset = pageAssets().get(path);
    assert.ok(asset !== undefined && asset.body.length > 100, path);
    const policy = asset?.headers['content-security-policy'] ?? '';
    assert.match(policy, /default-src 'none'/);
    assert.not.match(policy, /unsafe|\*|https?:/);
  }
});
assets('nothing in them leads elsewhere', () => {
  const html = text('/');
  assert.not.match(html, /<script(?![^>]*\bsrc=)|\son\w+=|style=/, 'no inline script, handler or style');
  // Names of XML vocabularies are no addresses, and 127.0.0.1 is where this server is.
  for (const path of ['/', '/app.js', '/app.css'])
    for (const [address] of text(path).matchAll(/https?:\/\/[^\s"'`)]+/g))
      assert.match(address, /^http:\/\/www\.w3\.org\/|^https?:\/\/127\.0\.0\.1/, `${path}: ${address}`);
  assert.not.match(text('/app.css'), /@import|url\(/);
});
assets('small', () => {
  assert.ok(text('/app.js').length < 120_000, `app.js has ${text('/app.js').length} bytes`);
  assert.ok(text('/app.css').length < 40_000, `app.css has ${text('/app.css').length} bytes`);
});
assets('no source takes text for markup', () => {
  const folder = 'server/adapters/control/page';
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.tsx?$/.test(name));
  assert.ok(names.length > 40);
  for (const name of names)
    assert.not.match(
      readFileSync(join(folder, name), 'utf8'),
      /dangerouslySetInnerHTML|innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/,
      name,
    );
});
assets.run();
