import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Env } from '../../options/table.ts';
import type { Clock } from '../../shell/clock.ts';

/** One command, from its start to the end of everything that it started. */
export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Env;
  /** Milliseconds, or `null`. */
  readonly timeout: number | null;
}

export type End =
  | { readonly how: 'exit'; readonly code: number }
  | { readonly how: 'signal'; readonly signal: NodeJS.Signals }
  | { readonly how: 'timeout' }
  | { readonly how: 'cannot-start'; readonly error: NodeJS.ErrnoException };

export interface Running {
  /** For kill(1): a process, or a group of them with a minus in front. */
  readonly target: number;
  readonly end: Promise<End>;
}

/** Signals that mean the command, when they come to us. */
export const PASSED_ON = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'] as const;

/** How long whoever was asked to end may take. */
const GRACE_MS = 3000;
const LOOK_EVERY_MS = 20;

/**
 * The command gets a process group of its own, so that all that it starts can be ended with it. At a terminal it stays
 * in ours, where the keyboard reaches it; its signals then come from there, and are not sent twice.
 */
export function start({ command, args, env, timeout }: Command, clock: Clock): Running {
  const atTerminal = process.stdin.isTTY === true;
  const ownGroup = !atTerminal && process.platform !== 'win32';
  let target = 0;
  const pass = (signal: NodeJS.Signals): void => {
    if (!(atTerminal && (signal === 'SIGINT' || signal === 'SIGQUIT'))) send(target, signal);
  };
  // Before the command is there: it may run for a while until spawn() comes back, and whoever waits for its first word
  // and then signals us would end us alone.
  for (const signal of PASSED_ON) process.on(signal, pass);
  const child = spawn(command, args, { stdio: 'inherit', env, detached: ownGroup });
  if (child.pid !== undefined) target = ownGroup ? -child.pid : child.pid;
  return { target, end: ended() };

  async function ended(): Promise<End> {
    let outOfTime = false;
    let withdraw = (): void => undefined;
    if (timeout !== null)
      withdraw = clock.after(timeout, () => {
        outOfTime = true;
        send(target, 'SIGTERM');
        withdraw = clock.after(GRACE_MS, () => send(target, 'SIGKILL'));
      });
    const end = await new Promise<End>((resolve) => {
      child.once('error', (error) => resolve({ how: 'cannot-start', error }));
      child.once('exit', (code, signal) =>
        resolve(signal === null ? { how: 'exit', code: code ?? 0 } : { how: 'signal', signal }),
      );
    });
    withdraw();
    if (ownGroup && target !== 0) await endGroup(target, clock);
    for (const signal of PASSED_ON) process.removeListener(signal, pass);
    return outOfTime ? { how: 'timeout' } : end;
  }
}

/** What the command has left running in its group: asked to end, then made to. */
async function endGroup(target: number, clock: Clock): Promise<void> {
  if (!send(target, 'SIGTERM')) return;
  for (let waited = 0; waited < GRACE_MS; waited += LOOK_EVERY_MS) {
    if (!send(target, 0)) return;
    await new Promise<void>((resolve) => void clock.after(LOOK_EVERY_MS, resolve));
  }
  send(target, 'SIGKILL');
}

/** False: nobody is there any more. */
function send(target: number, signal: NodeJS.Signals | 0): boolean {
  if (target === 0) return false;
  try {
    return process.kill(target, signal);
  } catch {
    return false;
  }
}

/** As a shell counts. */
export const codeOfSignal = (signal: NodeJS.Signals): number => 128 + constants.signals[signal];
