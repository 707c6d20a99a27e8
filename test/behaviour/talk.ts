/**
 * What is said between the measurement and a player: the program that holds one library. Lines of JSON, questions on its
 * standard input, what the library told its user on its standard output. The same for every language.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { PATIENCE } from '../patience.ts';

export interface Opening {
  readonly send: string;
  readonly manage: string;
  readonly ca: string;
  readonly topic: string;
  readonly key: { readonly p8: string; readonly keyId: string; readonly teamId: string };
  /** For libraries that have such an option; absent: their own default. */
  readonly timeout?: number;
}

export interface Push {
  /** Stands in the payload, so that every attempt at it can be recognized. */
  readonly mark: string;
  readonly kind: Kind;
  readonly device: string;
  readonly channel: string;
  /** A UUID, for libraries that take one. */
  readonly id: string;
  /** Longer than the mark alone where a scenario is about size. */
  readonly text: string;
}

export type Kind = 'device' | 'broadcast' | 'create';

export type Question =
  /** A new client of the library, with a provider token of its own; a later one takes over from there. */
  | { readonly do: 'open'; readonly opening: Opening }
  /** So many at a time; the next ones when all of these have an outcome. */
  | { readonly do: 'send'; readonly pushes: readonly Push[]; readonly width: number };

export type Told =
  | { readonly opened: true }
  /** `text`: the error as its user sees it. */
  | { readonly mark: string; readonly ok: boolean; readonly text: string };

export interface Outcome {
  readonly ok: boolean;
  readonly text: string;
}

export interface Player {
  readonly open: (opening: Opening) => Promise<void>;
  /** Sends, and waits until every push has an outcome or the time is up; both may come later still. */
  readonly send: (pushes: readonly Push[], width: number, limit: number) => Promise<void>;
  /** By mark; what is missing has not been told. */
  readonly outcomes: ReadonlyMap<string, Outcome>;
  /** The last line of its standard error, if it ended by itself: the library broke its process. */
  readonly broken: () => string | null;
  readonly end: () => Promise<void>;
}

export function startPlayer(command: readonly string[], env: Readonly<Record<string, string>>): Player {
  const [program, ...args] = command as [string, ...string[]];
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
  const outcomes = new Map<string, Outcome>();
  let opened = 0;
  let ending = false;
  let stderr = '';
  let broken: string | null = null;
  let look: () => void = () => undefined;

  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-4000);
  });
  child.stdin.on('error', () => undefined);
  createInterface({ input: child.stdout }).on('line', (line) => {
    const told = JSON.parse(line) as Told;
    if ('opened' in told) opened++;
    else outcomes.set(told.mark, { ok: told.ok, text: told.text });
    look();
  });
  const ended = new Promise<void>((resolve) => {
    const end = (why: string): void => {
      if (!ending)
        broken =
          stderr
            .trim()
            .split('\n')
            .findLast((line) => /error/i.test(line)) ?? why;
      look();
      resolve();
    };
    child.once('error', (error) => end(error.message));
    child.once('exit', (code, signal) => end(`ended by itself (${code ?? signal})`));
  });

  /** Looks anew whenever something has been told. */
  const until = (fulfilled: () => boolean, limit: number): Promise<boolean> =>
    new Promise((resolve) => {
      const settle = (value: boolean): void => {
        clearTimeout(timer);
        look = () => undefined;
        resolve(value);
      };
      const timer = setTimeout(() => settle(false), limit);
      look = () => {
        if (fulfilled() || broken !== null) settle(fulfilled());
      };
      look();
    });
  const ask = (question: Question): void => void child.stdin.write(`${JSON.stringify(question)}\n`);

  return {
    async open(opening) {
      const wanted = opened + 1;
      ask({ do: 'open', opening });
      if (!(await until(() => opened >= wanted, PATIENCE)))
        throw new Error(`${command.at(-1)} did not open its client: ${broken ?? 'no word within the limit'}`);
    },
    async send(pushes, width, limit) {
      ask({ do: 'send', pushes, width });
      await until(() => pushes.every(({ mark }) => outcomes.has(mark)), limit);
    },
    outcomes,
    broken: () => broken,
    async end() {
      ending = true;
      child.stdin.end();
      const timer = setTimeout(() => child.kill('SIGKILL'), 1000);
      await ended;
      clearTimeout(timer);
    },
  };
}
