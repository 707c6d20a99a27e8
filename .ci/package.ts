/**
 * What the package has besides the build, written into dist/: node --import tsx .ci/package.ts
 *
 * - types/: declarations. The compiler writes one file for each source file; kept are those that the entry points lead to,
 *   because a user's editor should find nothing else. Each stands there twice, for ES modules and for CommonJS.
 * - *.cjs: the entry points for require().
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');

/** Asynchronous from the outside, so that they can be loaded when they are called. */
const LARGE = { index: ['createMock'], testing: ['startApns', 'connect'] } as const;
/** Small enough to stand there twice. */
const SMALL = ['targets.ts', 'adapters/in-process/fetch.ts', 'adapters/in-process/msw.ts'] as const;

declarations();
commonJs();

function declarations(): void {
  const IMPORT = /(\bfrom |\bimport\()(['"])(\.[^'"]+)\.ts\2/g;
  const config = join(root, 'server/tsconfig.types.json');
  const { files } = JSON.parse(readFileSync(config, 'utf8')) as { readonly files: readonly string[] };
  const out = join(dist, 'types');
  const scratch = mkdtempSync(join(tmpdir(), 'declarations-'));
  try {
    execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', config, '--outDir', scratch], { stdio: 'inherit' });
    rmSync(out, { recursive: true, force: true });
    const kept = new Set(files.map((file) => file.replace(/\.ts$/, '')));
    for (const name of kept) {
      const text = readFileSync(join(scratch, `${name}.d.ts`), 'utf8');
      for (const [, , , target] of text.matchAll(IMPORT)) kept.add(posix.join(posix.dirname(name), target as string));
      mkdirSync(dirname(join(out, name)), { recursive: true });
      // What a compiler finds beside the declaration of x.ts is x.js, or x.cjs.
      writeFileSync(join(out, `${name}.d.ts`), text.replace(IMPORT, '$1$2$3.js$2'));
      writeFileSync(join(out, `${name}.d.cts`), text.replace(IMPORT, '$1$2$3.cjs$2'));
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function commonJs(): void {
  for (const file of SMALL)
    buildSync({
      entryPoints: [join(root, 'server', file)],
      outfile: join(dist, `${basename(file, '.ts')}.cjs`),
      bundle: true,
      platform: 'node',
      target: 'node20.19',
      format: 'cjs',
      external: ['msw'],
      treeShaking: true,
      logLevel: 'warning',
    });
  for (const [name, functions] of Object.entries(LARGE))
    writeFileSync(join(dist, `${name}.cjs`), facade(name, functions));
}

function facade(name: string, functions: readonly string[]): string {
  return `'use strict';
try {
  module.exports = require('./${name}.js');
} catch {
  // Node's own require reads ES modules. That of a test runner may not; then Node's loader is asked, by way of vm.
  const { join } = require('node:path');
  const { pathToFileURL } = require('node:url');
  const { constants, runInThisContext } = require('node:vm');
  const url = pathToFileURL(join(__dirname, '${name}.js')).href;
  const load = () =>
    runInThisContext(\`import(\${JSON.stringify(url)})\`, {
      importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    });
${functions.map((each) => `  exports.${each} = async (...given) => (await load()).${each}(...given);\n`).join('')}}
`;
}
