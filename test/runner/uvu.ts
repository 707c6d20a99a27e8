/**
 * Stands in for `uvu` inside a test file that the runner started (child.ts redirects the import).
 * It hands everything on to the real uvu and keeps the ledger, because uvu alone forgets: suites without `.run()`,
 * `.only`, skips, an error in a `before` hook, a thrown value that is no Error.
 */
import { inspect } from 'node:util';
import type { Callback } from 'uvu';
import * as uvu from 'uvu';
import { ledger, leftovers, tell } from './ledger.ts';

type Handler = Callback<Record<string, unknown>>;
type Context = Parameters<Handler>[0];
type OnError = 'failure' | 'problem';

export const exec = uvu.exec;
export const test = suite();

export function suite(name = '', state: Record<string, unknown> = {}) {
  const inner = uvu.suite(name, state);
  const shown = name || 'unnamed suite';
  let tests = 0;
  let only = 0;
  let skips = 0;

  const own = (title: string, handler: Handler): void => {
    tests++;
    inner(title, guard(`${shown} > ${title}`, handler));
  };
  own.only = (title: string, handler: Handler): void => {
    only++;
    tell({ problem: `.only on "${shown} > ${title}": the other tests of the suite do not run` });
    inner.only(title, guard(`${shown} > ${title}`, handler));
  };
  own.skip = (title = 'unnamed test', _handler?: unknown, reason?: unknown): void => {
    skips++;
    ledger.skipped++;
    if (typeof reason === 'string' && reason.trim() !== '') tell({ skip: { test: `${shown} > ${title}`, reason } });
    else tell({ problem: `.skip on "${shown} > ${title}" gives no reason: use skip() of test/runner/skip.ts` });
  };
  own.before = hook(inner.before, `${shown} > before`);
  own.after = hook(inner.after, `${shown} > after`, 'problem');
  own.run = (): void => {
    ledger.planned += only || tests;
    tests = only = skips = 0;
    inner.run();
    tell();
  };

  leftovers.push(() => {
    const count = tests + only + skips;
    return count === 0 ? null : `${shown} registers ${count} test${count === 1 ? '' : 's'} without .run()`;
  });
  return own;

  /** Counts, names and translates what uvu would lose. */
  function guard(title: string, handler: Handler, onError: OnError | null = null): Handler {
    return async (context: Context) => {
      ledger.running = title;
      tell();
      try {
        await handler(context);
        if (onError === null) ledger.passed++;
      } catch (thrown) {
        tell({ [onError ?? 'failure']: `${title}\n${describe(thrown)}` });
        // An error from an `after` hook would cost us the result of the whole suite: it is reported, and that is all.
        if (onError !== 'problem') throw thrown instanceof Error ? thrown : new Error(`thrown: ${inspect(thrown)}`);
      }
    };
  }

  function hook(real: typeof inner.before, title: string, onError: OnError = 'failure') {
    const all = (handler: Handler): void => real(guard(title, handler, onError));
    all.each = (handler: Handler): void => real.each(guard(`${title} each`, handler, 'failure'));
    return all;
  }
}

/** Message, uvu's coloured difference, and the stack without the inside of Node, uvu and this runner. */
export function describe(thrown: unknown): string {
  if (!(thrown instanceof Error)) return `  thrown, and not an Error: ${inspect(thrown)}`;
  const { details } = thrown as { details?: unknown };
  const stack = (thrown.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line) && !/node:internal|node_modules.uvu|test.runner.(uvu|child)\.ts/.test(line))
    .map((line) => line.trim());
  const cause = thrown.cause === undefined ? [] : [`caused by ${inspect(thrown.cause)}`];
  const parts = [`${thrown.name}: ${thrown.message}`, ...(typeof details === 'string' ? [details] : []), ...stack];
  return [...parts, ...cause].join('\n').replace(/^/gm, '  ').trimEnd();
}
