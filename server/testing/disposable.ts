/**
 * Makes `await using` work. The symbol is looked up late, and has a name of our own where there is none: some test
 * runners give each file globals without it.
 */
export function disposable<T extends object>(
  thing: T,
  dispose: () => Promise<void>,
): T & { [Symbol.asyncDispose](): Promise<void> } {
  const symbol = Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose');
  return Object.defineProperty(thing, symbol, { value: dispose }) as T & { [Symbol.asyncDispose](): Promise<void> };
}
