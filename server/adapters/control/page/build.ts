import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { ORDER } from '../../../core/checks/order.ts';

/**
 * Builds the page: `build.ts FOLDER` writes the files, `buildPage()` returns them. Never part of the published program,
 * which only reads what was built.
 */

const here = fileURLToPath(new URL('.', import.meta.url));

/** Name in the folder → contents. */
export function buildPage(): ReadonlyMap<string, Uint8Array> {
  const { outputFiles } = buildSync({
    absWorkingDir: here,
    entryPoints: { app: 'main.tsx' },
    outdir: '.',
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: ['es2022', 'chrome123', 'firefox121', 'safari17.5'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
    logLevel: 'warning',
    charset: 'utf8',
    define: { __CHECKS__: JSON.stringify(checks()) },
  });
  const files = new Map<string, Uint8Array>();
  for (const { path, contents } of outputFiles) files.set(path.slice(here.length), contents);
  for (const name of ['index.html', 'icon.svg']) files.set(name, readFileSync(join(here, name)));
  return files;
}

/** What each check makes sure of: the words of the table, without the code behind them. */
function checks(): Record<string, string> {
  const says: Record<string, string> = {};
  for (const rows of Object.values(ORDER)) for (const { name, looksAt } of rows) says[name] ??= looksAt;
  return says;
}

const [, script, folder] = process.argv;
if (script === fileURLToPath(import.meta.url) && folder !== undefined) {
  mkdirSync(folder, { recursive: true });
  for (const [name, contents] of buildPage()) writeFileSync(join(folder, name), contents);
}
