import type { Table } from '../options/table.ts';

/** What is known of a command before it runs. */
export interface Command {
  /** Its line in the list of commands. */
  readonly says: string;
  /** What is written behind `mock-apns`. */
  readonly usage: string;
  readonly examples: readonly string[];
  /** Arguments, and flags that are no options. */
  readonly takes?: readonly (readonly [word: string, says: string])[];
  /** Options of its own. */
  readonly flags?: () => Promise<{ readonly FLAGS: Table }>;
  /** The end of a help that is more than that. */
  readonly more?: () => Promise<string>;
  /** Resolves to the exit code, or to nothing while the server runs. */
  readonly run: (args: readonly string[]) => Promise<number | undefined>;
}

/** By name, in the order of the help. */
export type Commands = Readonly<Record<string, Command>>;
