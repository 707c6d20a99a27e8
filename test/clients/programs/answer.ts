/** The child's side of trusting.ts: answers questions that come as messages, one function each. */

export interface Question {
  readonly id: number;
  readonly name: string;
  readonly given: unknown;
}

/** What is left of an error between two processes. */
export interface Told {
  readonly name: string;
  readonly message: string;
  readonly code?: unknown;
  readonly statusCode?: unknown;
  readonly reason?: unknown;
  readonly timestamp?: unknown;
  readonly apnsId?: unknown;
}

export type Reply = { readonly id: number } & ({ readonly value: unknown } | { readonly error: Told });

export function answer(functions: Readonly<Record<string, (given: never) => Promise<unknown>>>): void {
  const reply = (message: Reply): void => void process.send?.(message);
  process.on('message', ({ id, name, given }: Question) => {
    const asked = functions[name];
    if (asked === undefined) return reply({ id, error: { name: 'Error', message: `no function ${name}` } });
    asked(given as never).then(
      (value) => reply({ id, value }),
      (error: Told) => reply({ id, error: tell(error) }),
    );
  });
  // The libraries keep their connections for ever.
  process.on('disconnect', () => process.exit(0));
}

const tell = ({ name, message, code, statusCode, reason, timestamp, apnsId }: Told): Told => ({
  name,
  message,
  code,
  statusCode,
  reason,
  timestamp,
  apnsId,
});
