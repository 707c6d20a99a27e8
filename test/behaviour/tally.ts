/** What became of each push, and what that adds up to. Pure. */
import type { Outcome } from './talk.ts';

/** One push as both sides saw it. */
export interface Fate {
  /** What the library told its user; `null`: nothing, as long as anybody waited. */
  readonly told: Outcome | null;
  /** How often the server had it before it. */
  readonly attempts: number;
  /** How often it was carried out: once is what its user wants. */
  readonly carriedOut: number;
}

export interface Tally {
  readonly pushes: number;
  /** Told to have been sent. */
  readonly sent: number;
  /** Told to have failed. */
  readonly failed: number;
  /** No word. */
  readonly hung: number;
  /** Not carried out, and its user was not told so: sent by the library's account, or no word. */
  readonly lost: number;
  /** Carried out, and its user does not know: told to have failed, or no word. Sent again, it arrives twice. */
  readonly doubtful: number;
  /** Carried out more than once. */
  readonly duplicated: number;
  /** Attempts beyond the first of each push. */
  readonly retried: number;
}

export function tally(fates: readonly Fate[]): Tally {
  const count = (fits: (fate: Fate) => boolean): number => fates.filter(fits).length;
  return {
    pushes: fates.length,
    sent: count(({ told }) => told?.ok === true),
    failed: count(({ told }) => told?.ok === false),
    hung: count(({ told }) => told === null),
    lost: count(({ told, carriedOut }) => carriedOut === 0 && told?.ok !== false),
    doubtful: count(({ told, carriedOut }) => carriedOut > 0 && told?.ok !== true),
    duplicated: count(({ carriedOut }) => carriedOut > 1),
    retried: fates.reduce((sum, { attempts }) => sum + Math.max(0, attempts - 1), 0),
  };
}

/** Ports, devices, times and addresses in a text could have been any. */
const general = (text: string): string =>
  text
    .replace(/\s+/g, ' ')
    .replace(/(localhost|127\.0\.0\.1):\d+/g, '$1')
    .replace(/(\/3\/device\/)[0-9a-f]+/g, '$1…')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '…')
    .replace(/\b[0-9A-F]{12,16}:error:/g, 'error:')
    .trim();

/** What was told, each text once, the most frequent first. */
export function textsOf(fates: readonly Fate[]): readonly { readonly text: string; readonly count: number }[] {
  const counts = new Map<string, number>();
  for (const { told } of fates) {
    if (told?.ok !== false) continue;
    const text = general(told.text);
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return [...counts].map(([text, count]) => ({ text, count })).sort((a, b) => b.count - a.count);
}
