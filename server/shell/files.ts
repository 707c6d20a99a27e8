import { randomUUID } from 'node:crypto';
import { renameSync, writeFileSync } from 'node:fs';
import { StartError } from './start-error.ts';

/**
 * Writes a file so that a reader sees all of it or nothing.
 *
 * @throws StartError naming `what` when the place cannot be written
 */
export function writeWhole(path: string, text: string, what: string): void {
  // Nobody can have put a link there before, through which another file would be written.
  const draft = `${path}.${randomUUID()}.tmp`;
  try {
    writeFileSync(draft, text, { flag: 'wx' });
    renameSync(draft, path);
  } catch (error) {
    throw new StartError(`${what} cannot be written to ${path}: ${error instanceof Error ? error.message : error}`);
  }
}
