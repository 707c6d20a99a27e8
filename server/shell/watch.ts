import { unwatchFile, watchFile } from 'node:fs';

/** How often files are looked at. Looking works where events do not come: in containers, on network folders. */
const LOOK_EVERY_MS = 250;

/** Calls whenever one of the files or folders has changed; the answer ends it. Keeps no process alive. */
export function watchPaths(paths: readonly string[], onChange: () => void): () => void {
  const look = (now: { mtimeMs: number; size: number }, before: { mtimeMs: number; size: number }): void => {
    if (now.mtimeMs !== before.mtimeMs || now.size !== before.size) onChange();
  };
  for (const path of paths) watchFile(path, { persistent: false, interval: LOOK_EVERY_MS }, look);
  return () => {
    for (const path of paths) unwatchFile(path, look);
  };
}
