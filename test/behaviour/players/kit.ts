/** A player's side of talk.ts: reads questions, lets the library answer, says what its user would have seen. */
import { createInterface } from 'node:readline';
import type { Opening, Push, Question, Told } from '../talk.ts';

export interface Library {
  readonly open: (opening: Opening) => void | Promise<void>;
  /** Rejects as the library does. */
  readonly push: (push: Push) => Promise<unknown>;
}

export function play({ open, push }: Library): void {
  const say = (told: Told): void => void process.stdout.write(`${JSON.stringify(told)}\n`);

  async function one(given: Push): Promise<void> {
    try {
      await push(given);
      say({ mark: given.mark, ok: true, text: '' });
    } catch (error) {
      say({ mark: given.mark, ok: false, text: describe(error) });
    }
  }

  async function work(question: Question): Promise<void> {
    if (question.do === 'open') {
      await open(question.opening);
      return say({ opened: true });
    }
    const { pushes, width } = question;
    for (let at = 0; at < pushes.length; at += width) await Promise.all(pushes.slice(at, at + width).map(one));
  }

  createInterface({ input: process.stdin })
    .on('line', (line) => void work(JSON.parse(line) as Question))
    // The libraries keep their connections for ever.
    .on('close', () => process.exit(0));
}

/** Status and reason where the error has them, else its text, with its code and its cause. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { statusCode, reason, code, cause } = error as Error & Record<'statusCode' | 'reason' | 'code', unknown>;
  const name = error.name === 'Error' ? '' : `${error.name}: `;
  if (typeof statusCode === 'number')
    return typeof reason === 'string' ? `${statusCode} ${reason}` : `${statusCode} ${error.name}`;
  const why = cause instanceof Error && cause.message !== '' ? ` (${cause.message})` : '';
  const coded = typeof code === 'string' && !error.message.includes(code) ? ` [${code}]` : '';
  return `${name}${error.message}${coded}${why}`;
}
