import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { StartError } from './start-error.ts';

/**
 * Where certificates and keys lie: a folder or memory. `create` is what keeps two processes that start at once on an
 * empty folder apart: whoever comes second gets what the first one wrote.
 */
export interface Store {
  /** True when what is written outlives the process. */
  readonly lasting: boolean;
  /** A file's name as a person would write it. */
  where(name: string): string;
  /** The text of a file, null when there is none. */
  read(name: string): string | null;
  /** Writes a file that is not there yet and returns its text; when it is there by now, returns the text found. */
  create(name: string, text: string, access: Access): string;
  /** Writes a file in one step, over an older one. */
  replace(name: string, text: string, access: Access): void;
  remove(name: string): void;
}

export type Access = 'secret' | 'public';

const MODE = { secret: 0o600, public: 0o644 } as const;

/** Keeps everything in this process. */
export function memoryStore(): Store {
  const files = new Map<string, string>();
  return {
    lasting: false,
    where: (name) => `${name} (in memory)`,
    read: (name) => files.get(name) ?? null,
    create: (name, text) => {
      const found = files.get(name);
      if (found === undefined) files.set(name, text);
      return found ?? text;
    },
    replace: (name, text) => void files.set(name, text),
    remove: (name) => void files.delete(name),
  };
}

/**
 * Keeps everything in a folder, which is made when the first file is written. A file appears whole or not at all: it
 * is written under another name first, then linked (create) or renamed (replace).
 *
 * Every failure is a StartError.
 */
export function folderStore(folder: string): Store {
  const where = (name: string): string => join(folder, name);
  let prepared = false;

  const prepare = (): void => {
    if (prepared) return;
    try {
      makeFolder(folder);
    } catch (cause) {
      throw failure(cause, 'make', folder);
    }
    try {
      // Keys in a folder that version control does not know about get committed sooner or later. A folder with other
      // things in it is the user's, and so is what is done about it.
      if (fs.readdirSync(folder).length === 0) fs.writeFileSync(where('.gitignore'), '*\n', { flag: 'wx' });
    } catch (cause) {
      // Another process may have been quicker.
      if (codeOf(cause) !== 'EEXIST') throw failure(cause, 'write', where('.gitignore'));
    }
    prepared = true;
  };

  const write = (name: string, text: string, access: Access, settle: (draft: string, final: string) => void): void => {
    prepare();
    const draft = where(`.${name}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`);
    try {
      fs.writeFileSync(draft, text, { mode: MODE[access], flag: 'wx' });
      settle(draft, where(name));
    } finally {
      fs.rmSync(draft, { force: true });
    }
  };

  const read = (name: string): string | null => {
    try {
      return fs.readFileSync(where(name), 'utf8');
    } catch (cause) {
      if (codeOf(cause) === 'ENOENT') return null;
      throw failure(cause, 'read', where(name));
    }
  };

  return {
    lasting: true,
    where,
    read,
    create: (name, text, access) => {
      try {
        write(name, text, access, linkOnce);
        return text;
      } catch (cause) {
        const found = codeOf(cause) === 'EEXIST' ? read(name) : null;
        if (found !== null) return found;
        throw failure(cause, 'write', where(name));
      }
    },
    replace: (name, text, access) => {
      try {
        write(name, text, access, fs.renameSync);
      } catch (cause) {
        throw failure(cause, 'write', where(name));
      }
    },
    remove: (name) => fs.rmSync(where(name), { force: true }),
  };
}

/** With all above it. Node's own `recursive` never ends where a folder is there and takes no others, such as /proc. */
function makeFolder(path: string): void {
  const isThere = (): boolean => fs.statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  if (isThere()) return;
  if (dirname(path) !== path) makeFolder(dirname(path));
  try {
    fs.mkdirSync(path);
  } catch (cause) {
    // Another process may have been quicker.
    if (!isThere()) throw cause;
  }
}

/** Gives a finished file its name unless the name is taken (EEXIST). */
function linkOnce(draft: string, final: string): void {
  try {
    fs.linkSync(draft, final);
  } catch (cause) {
    // Some file systems (exFAT, some network and container mounts) have no links.
    if (!['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP'].includes(codeOf(cause))) throw cause;
    fs.copyFileSync(draft, final, fs.constants.COPYFILE_EXCL);
  }
}

function codeOf(cause: unknown): string {
  return String((cause as { code?: unknown } | null)?.code ?? '');
}

function failure(cause: unknown, what: 'make' | 'read' | 'write', path: string): StartError {
  if (cause instanceof StartError) return cause;
  const code = codeOf(cause);
  const reasons: Record<string, string> = {
    EACCES: 'permission denied',
    EPERM: 'permission denied',
    EROFS: 'the file system is read-only',
    ENOSPC: 'the disk is full',
    ENOTDIR: 'a part of the path is a file, not a folder',
    EEXIST: 'there is a file of that name',
    EISDIR: 'it is a folder, not a file',
  };
  const reason = reasons[code] ?? (cause instanceof Error ? cause.message : String(cause));
  const cure =
    what === 'read'
      ? 'make it readable for this user, or name another folder with --certs'
      : 'name a folder that this user can write with --certs, or keep the certificates off the disk with --certs memory';
  return new StartError(`Cannot ${what} ${path}: ${reason}; ${cure}.`, { cause });
}
