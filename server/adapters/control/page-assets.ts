import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** One file of the inspector page, as it is served. */
export interface PageAsset {
  readonly type: string;
  readonly body: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * The page may load what lies beside it and talk to the server it came from; it can run no inline script, frame nothing,
 * be framed by nobody, and the browser itself refuses to make markup of text.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-cache',
};

const FILES = [
  { path: '/', name: 'index.html', type: 'text/html; charset=utf-8' },
  { path: '/app.js', name: 'app.js', type: 'text/javascript; charset=utf-8' },
  { path: '/app.css', name: 'app.css', type: 'text/css; charset=utf-8' },
  { path: '/icon.svg', name: 'icon.svg', type: 'image/svg+xml' },
] as const;

let assets: ReadonlyMap<string, PageAsset> | undefined;

/** The page by path. Read at the first call and kept: a server whose page nobody opens never loads it. */
export function pageAssets(): ReadonlyMap<string, PageAsset> {
  assets ??= new Map(FILES.map(({ path, name, type }) => [path, { type, body: read(name), headers: HEADERS }]));
  return assets;
}

/** Beside the program when it is bundled; built in memory when the source runs as it is. */
function read(name: string): Uint8Array {
  if (!import.meta.url.endsWith('.ts')) return readFileSync(new URL(`./page/${name}`, import.meta.url));
  built ??= build();
  return built.get(name) as Uint8Array;
}

let built: ReadonlyMap<string, Uint8Array> | undefined;

function build(): ReadonlyMap<string, Uint8Array> {
  // Under another name, so that the bundler leaves it alone: it belongs to the source only.
  const load = createRequire(import.meta.url);
  return (load('./page/build.ts') as typeof import('./page/build.ts')).buildPage();
}
