import { readFileSync } from 'node:fs';

/** The version of this package. One folder above, both in a checkout and in the built program. */
export function packageVersion(): string {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };
  return manifest.version;
}
