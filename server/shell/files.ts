import { renameSync, writeFileSync } from 'node:fs';
import { StartError } from './start-error.ts';

/**
 * Writes a file so that a reader sees all of it or nothing.
 *
 * @throws StartError naming `what` when the place cannot be written
 */
export function writeWhole(path: string, text: string, what: string): void {
  const draft = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(draft, text);
    renameSync(draft, path);
  } catch (error) {
    throw new StartError(`${what} cannot be written to ${path}: ${error instanceof Error ? error.message : error}`);
  }
}
