/**
 * Type declarations for the package: node --import tsx .ci/declarations.ts [FOLDER]. The compiler writes one file for each
 * source file; kept are those that the entry points lead to, because a user's editor should find nothing else.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const config = join(root, 'server/tsconfig.types.json');
const { files } = JSON.parse(readFileSync(config, 'utf8')) as { readonly files: readonly string[] };
const out = process.argv[2] ?? join(root, 'dist/types');

const IMPORT = /(\bfrom |\bimport\()(['"])(\.[^'"]+)\.ts\2/g;

const scratch = mkdtempSync(join(tmpdir(), 'declarations-'));
try {
  execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', config, '--outDir', scratch], { stdio: 'inherit' });
  rmSync(out, { recursive: true, force: true });
  const kept = new Set(files.map((file) => file.replace(/\.ts$/, '')));
  for (const name of kept) {
    const text = readFileSync(join(scratch, `${name}.d.ts`), 'utf8');
    for (const [, , , target] of text.matchAll(IMPORT)) kept.add(posix.join(posix.dirname(name), target as string));
    const path = join(out, `${name}.d.ts`);
    mkdirSync(dirname(path), { recursive: true });
    // What a compiler finds beside the declaration of x.ts is x.js.
    writeFileSync(path, text.replace(IMPORT, '$1$2$3.js$2'));
  }
  console.log(`${kept.size} declaration files`);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
