/** `mock-apns exec` as a user runs it, and looks at what it leaves behind. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { PATIENCE } from '../patience.ts';

const BIN = fileURLToPath(new URL('../../server/bin.ts', import.meta.url));
const PUSH = fileURLToPath(new URL('programs/push.mjs', import.meta.url));

export const push = (token?: string): string[] => ['node', PUSH, ...(token === undefined ? [] : [token])];

/** A folder that `exec` takes for the system's, so that what it leaves there can be seen. */
export const scratch = mkdtempSync(join(tmpdir(), 'mock-apns-exec-test-'));
export const removeScratch = (): void => rmSync(scratch, { recursive: true, force: true });
export const leftBehind = (): string[] => readdirSync(scratch).filter((name) => name.startsWith('mock-apns-exec-'));

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

export function begin(args: readonly string[], env: Readonly<Record<string, string | undefined>> = {}) {
  const child = spawn(process.execPath, ['--import', 'tsx', BIN, 'exec', ...args], {
    env: { ...process.env, JAVA_TOOL_OPTIONS: undefined, ...env, TMPDIR: scratch },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const ended = new Promise<Ended>((resolve) =>
    child.once('close', (code, signal) => resolve({ code, signal, out, err })),
  );
  return { child, ended, out: () => out };
}

export const run = (args: readonly string[], env: Readonly<Record<string, string | undefined>> = {}): Promise<Ended> =>
  begin(args, env).ended;

/** Looks until it is so; false when it does not come. */
export async function becomes(look: () => boolean): Promise<boolean> {
  for (let tries = 0; tries < PATIENCE / 20; tries++) {
    if (look()) return true;
    await after(20);
  }
  return look();
}

/** A zombie is dead: it only waits for somebody to ask. */
export function isAlive(pid: number): boolean {
  const status = `/proc/${pid}/stat`;
  if (existsSync('/proc/self/stat')) {
    try {
      return !/\) [ZX] /.test(readFileSync(status, 'utf8'));
    } catch {
      return false;
    }
  }
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
