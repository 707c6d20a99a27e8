import type { Writable } from 'node:stream';
import { styleText } from 'node:util';
import { sentence } from '../core/explain.ts';
import type { Entry } from '../core/journal.ts';
import { maskTokens } from '../core/mask.ts';
import type { Clock } from './clock.ts';

/** One line for each entry of the journal, on standard error: standard output belongs to the ready line. */

export type LogStyle = 'pretty' | 'json' | 'quiet';

export interface Log {
  /** `null`: nobody listens, and the driver need not tell. */
  readonly entry: ((entry: Entry) => void) | null;
  /** Something about the server itself. */
  readonly say: (text: string) => void;
  /** A mistake of ours: told whatever the style, with all that helps to mend it. */
  readonly bug: (error: unknown, event: string) => void;
  readonly flush: () => void;
}

export function createLog(style: LogStyle, out: Writable, clock: Clock): Log {
  let waiting = '';
  const flush = (): void => {
    if (waiting === '') return;
    out.write(waiting);
    waiting = '';
  };
  // Lines of one turn of the loop leave in one write: a line each would halve the throughput.
  const write = (line: string): void => {
    if (waiting === '') clock.soon(flush);
    waiting += `${line}\n`;
  };
  const format = style === 'json' ? json : pretty;
  return {
    entry: style === 'quiet' ? null : (entry) => write(format(entry)),
    say(text) {
      if (style === 'quiet') return;
      write(style === 'json' ? JSON.stringify({ time: new Date(clock.now()).toISOString(), msg: text }) : text);
    },
    bug(error, event) {
      const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
      write(
        `mock-apns: a bug in mock-apns, at the event ${event}; its connection is cut. Please report this:\n${stack}`,
      );
    },
    flush,
  };
}

function json(entry: Entry): string {
  const base = { time: new Date(entry.at).toISOString(), seq: entry.seq, kind: entry.kind };
  if (entry.kind !== 'exchange') return JSON.stringify({ ...base, conn: entry.session?.id, msg: sentence(entry) });
  return JSON.stringify({
    ...base,
    conn: entry.session.id,
    stream: entry.stream,
    operation: entry.operation,
    environment: entry.environment,
    topic: maskTokens(entry.topic),
    status: entry.response?.status ?? null,
    reason: entry.verdict.reason,
    rule: entry.rule?.id ?? null,
    msg: sentence(entry),
  });
}

function pretty(entry: Entry): string {
  const time = styleText('dim', new Date(entry.at).toISOString().slice(11, 23));
  if (entry.kind !== 'exchange') return `${time} ${styleText('dim', `  ·  ${sentence(entry)}`)}`;
  const status = entry.response?.status;
  const color = status === undefined ? 'magenta' : status < 300 ? 'green' : status < 500 ? 'yellow' : 'red';
  return `${time} ${styleText(color, ` ${status ?? '---'} `)} ${sentence(entry)}`;
}
