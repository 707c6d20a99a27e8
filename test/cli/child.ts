/** Runs the command line as a user does: a process of its own, from the source. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../../server/bin.ts', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Running {
  readonly child: ChildProcess;
  /** Words of the ready line. */
  readonly ready: Readonly<Record<string, string>>;
  readonly line: string;
  /** What standard error has said so far. */
  readonly err: () => string;
  /** Settles when standard error has said something that fits. */
  readonly said: (what: RegExp) => Promise<void>;
  readonly stop: (signal?: NodeJS.Signals) => Promise<Ended>;
}

export const FREE_PORTS = ['--port=0', '--manage-port=0', '--manage-production-port=0', '--control-port=0'];

function start(args: readonly string[], env: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, ['--import', 'tsx', BIN, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  const watchers = new Set<() => void>();
  const changed = (): void => {
    for (const watcher of watchers) watcher();
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    changed();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
    changed();
  });
  const ended = new Promise<Ended>((resolve) => child.once('close', (code) => resolve({ code, out, err })));
  /** Settles when `look` finds something; rejects when the process ends before. */
  const until = <T>(look: () => T | null): Promise<T> =>
    new Promise((resolve, reject) => {
      const watcher = (): void => {
        const found = look();
        if (found === null) return;
        watchers.delete(watcher);
        resolve(found);
      };
      watchers.add(watcher);
      watcher();
      void ended.then((how) => reject(new Error(`it ended with ${how.code} before: ${how.out}${how.err}`)));
    });
  return { child, ended, until, out: () => out, err: () => err };
}

/** Runs a command to its end. */
export const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> =>
  start(args, env).ended;

/** Starts the server on free ports, where no others are given, and waits for its ready line. */
export async function serve(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Running> {
  const given = (flag: string): boolean => args.some((arg) => arg.startsWith(flag.slice(0, flag.indexOf('=') + 1)));
  const free = FREE_PORTS.filter((flag) => !given(flag));
  const { child, ended, until, out, err } = start([...free, ...args], env);
  const line = await until(() => /^mock-apns ready .*\n/m.exec(out())?.[0] ?? null);
  const ready = Object.fromEntries(
    line
      .trim()
      .split(' ')
      .filter((word) => word.includes('='))
      .map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]),
  );
  return {
    child,
    ready,
    line,
    err,
    said: (what) => until(() => (what.test(err()) ? true : null)).then(() => undefined),
    stop(signal = 'SIGTERM') {
      child.kill(signal);
      return ended;
    },
  };
}
