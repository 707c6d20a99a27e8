import { shown, UsageError } from '../options/table.ts';

interface Allowed {
  /** Completes "check takes …". */
  readonly takes?: string;
  readonly flags?: readonly string[];
  /** How many words that are no flags; none if not given. */
  readonly most?: number;
}

/**
 * The words of a command that has no options of its own, without its flags.
 *
 * @throws UsageError with every word that it does not take
 */
export function wordsOf(
  command: string,
  args: readonly string[],
  { takes = 'no arguments', flags = [], most = 0 }: Allowed,
): readonly string[] {
  const words = args.filter((word) => !word.startsWith('-'));
  const problems = [
    ...args
      .filter((word) => word.startsWith('-') && !flags.includes(word))
      .map((word) => `unknown flag ${shown(word)}`),
    ...words.slice(most).map((word) => `unexpected argument "${shown(word)}"`),
  ];
  if (problems.length > 0) throw new UsageError(problems.map((problem) => `${problem}: ${command} takes ${takes}`));
  return words;
}
