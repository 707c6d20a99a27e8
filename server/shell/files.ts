import { randomUUID } from 'node:crypto';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { StartError } from './start-error.ts';

/**
 * Writes a file so that a reader sees all of it or nothing.
 *
 * @param flag where it was named, for the message
 * @throws StartError naming `what` when the place cannot be written
 */
export function writeWhole(path: string, text: string, what: string, flag: string): void {
  // Nobody can have put a link there before, through which another file would be written.
  const draft = `${path}.${randomUUID()}.tmp`;
  try {
    writeFileSync(draft, text, { flag: 'wx' });
    renameSync(draft, path);
  } catch (cause) {
    // Where only the renaming failed, it is still there.
    rmSync(draft, { force: true });
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = REASONS[code ?? ''] ?? message;
    const cure = `name a file in a folder that is there and that this user can write with ${flag}`;
    throw new StartError(`${what} cannot be written to ${path}: ${why}; ${cure}`, { cause });
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'its folder is not there',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EISDIR: 'it is a folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
};
