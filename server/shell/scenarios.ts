import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nearest } from '../core/near.ts';

/** Finding and reading scenario files. What is in them is nobody's business here. */

export interface ScenarioFile {
  /** As it is to be shown. */
  readonly name: string;
  readonly text: string;
}

/** Why a file or name cannot be had, in one sentence. */
export class ScenarioFileError extends Error {
  override readonly name = 'ScenarioFileError';
}

const ENDINGS: readonly string[] = ['.yaml', '.yml', '.json'];
/** As many bytes as the parser reads characters; more is cut off and refused there. */
const BYTES_MAX = 4 * 1024 * 1024;
const SCHEMA_FILE = /\.schema\.json$/;

/** The folder `scenarios/` of the package: beside `dist/` when built, beside `server/` in a checkout. */
export function builtInFolder(): string {
  const candidates = ['../scenarios/', '../../scenarios/'].map((path) => fileURLToPath(new URL(path, import.meta.url)));
  return candidates.find((folder) => existsSync(folder)) ?? (candidates.at(-1) as string);
}

/** Names of the scenarios that come with the package, in alphabetical order. */
export function builtInNames(folder: string = builtInFolder()): readonly string[] {
  if (!existsSync(folder)) return [];
  return filesIn(folder).map((name) => basename(name, extname(name)));
}

/**
 * What `--scenario` means: a file, a folder with files, or the name of a built-in one. A path that exists comes first.
 *
 * @throws ScenarioFileError
 */
export function findScenarios(wanted: string, folder: string = builtInFolder()): readonly string[] {
  const found = statSync(wanted, { throwIfNoEntry: false });
  if (found?.isDirectory() === true) {
    const names = filesIn(wanted);
    if (names.length === 0) throw new ScenarioFileError(`the folder ${wanted} has no file *.yaml, *.yml or *.json`);
    return names.map((name) => join(wanted, name));
  }
  if (found !== undefined) return [wanted];
  // A name is a name: it leads nowhere but into the folder.
  if (/^[\w-]+$/.test(wanted))
    for (const ending of ENDINGS) {
      const path = join(folder, `${wanted}${ending}`);
      if (existsSync(path)) return [path];
    }
  const names = builtInNames(folder);
  const near = nearest(wanted, names);
  throw new ScenarioFileError(
    `there is no file or folder ${wanted}, and no built-in scenario of that name${near === null ? `; built in are ${names.join(', ')}` : `; did you mean ${near}?`}`,
  );
}

/** @throws ScenarioFileError */
export function readScenarioFile(path: string): ScenarioFile {
  try {
    const { size } = statSync(path);
    if (size > BYTES_MAX) throw new ScenarioFileError(`${path} is too large for a scenario: ${size} bytes`);
    return { name: path, text: textOf(path, readFileSync(path)) };
  } catch (error) {
    if (error instanceof ScenarioFileError) throw error;
    throw new ScenarioFileError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Without a mark at its beginning. @throws ScenarioFileError where it is no UTF-8 */
function textOf(path: string, bytes: Uint8Array): string {
  // What PowerShell writes by default has a zero in every other byte.
  if (bytes.includes(0)) throw new ScenarioFileError(`${path} is no UTF-8, but probably UTF-16: save it as UTF-8`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new ScenarioFileError(`${path} is no UTF-8: save it as UTF-8`);
  }
}

const filesIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => ENDINGS.includes(extname(name)) && !SCHEMA_FILE.test(name) && !name.startsWith('.'))
    .sort();
