/** Runs a program of programs/ in a process that trusts a server the way its users make it: NODE_EXTRA_CA_CERTS. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Question, Reply, Told } from './programs/answer.ts';

export interface Program {
  /** Calls a function of the program; rejects with what it threw. */
  readonly ask: <T>(name: string, given?: unknown) => Promise<T>;
  /** The same where only an error will do. */
  readonly fails: (name: string, given?: unknown) => Promise<Told>;
  readonly end: () => Promise<void>;
}

export function startProgram(name: string, caFile: string): Program {
  const path = fileURLToPath(new URL(`./programs/${name}.ts`, import.meta.url));
  const child = fork(path, { env: { ...process.env, NODE_EXTRA_CA_CERTS: caFile } });
  const waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Told) => void }>();
  let last = 0;
  child.on('message', (reply: Reply) => {
    const call = waiting.get(reply.id);
    waiting.delete(reply.id);
    if ('error' in reply) call?.reject(reply.error);
    else call?.resolve(reply.value as never);
  });
  const ended = new Promise<void>((resolve) =>
    child.once('exit', (code, signal) => {
      for (const { reject } of waiting.values())
        reject({ name: 'Error', message: `programs/${name}.ts ended (${code ?? signal})` });
      resolve();
    }),
  );
  const ask = <T>(name: string, given?: unknown): Promise<T> =>
    new Promise((resolve, reject) => {
      const question: Question = { id: ++last, name, given };
      waiting.set(question.id, { resolve, reject });
      child.send(question);
    });
  return {
    ask,
    fails: (name, given) =>
      ask(name, given).then(
        (value) => {
          throw new Error(`${name} succeeded: ${JSON.stringify(value)}`);
        },
        (error: Told) => error,
      ),
    end() {
      if (child.connected) child.disconnect();
      return ended;
    },
  };
}
