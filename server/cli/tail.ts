import type { ConnectionRecord, Exchange } from '../core/exchange.ts';
import { integer } from '../options/kinds.ts';
import { type Env, parseTable, type Table } from '../options/table.ts';
import type { Clock } from '../shell/clock.ts';
import { askJson, controlAt, KNOWN, open, Unanswered, WHERE } from './control.ts';
import { lineOf } from './line.ts';

export const FLAGS = {
  ...WHERE,
  last: {
    flag: '--last',
    env: 'MOCK_APNS_TAIL_LAST',
    kind: integer(0, 1000),
    default: 10,
    example: '100',
    says: 'How many of those that came before are shown first.',
  },
} as const satisfies Table;

type Entry = Exchange | ConnectionRecord;

const AGAIN_MS = 500;

/** `mock-apns tail [QUERY]`: follows what arrives: columns at a terminal, JSON lines in a pipe. Runs until it is ended. */
export async function tail(argv: readonly string[], env: Env, clock: Clock): Promise<number> {
  const flags = argv.filter((word, index) => word.startsWith('--') || isValue(argv[index - 1]));
  const words = argv.filter((word) => !flags.includes(word));
  const given = parseTable(FLAGS, { argv: flags, env }, KNOWN);
  const control = controlAt(given, flags, env);
  const query = words.map((word) => (/\s/.test(word) && !word.includes('"') ? quote(word) : word)).join(' ');
  const terminal = process.stdout.isTTY === true;
  const print = (entry: Entry): void =>
    void process.stdout.write(`${terminal ? lineOf(entry) : JSON.stringify(entry)}\n`);

  const asked = new URLSearchParams(query === '' ? {} : { q: query });
  let run = '';
  let last = 0;
  try {
    const { exchanges, journal } = await askJson<{ exchanges: Entry[]; journal: { last: number } }>(
      control,
      `/api/v1/exchanges?${new URLSearchParams([...asked, ['kind', 'all'], ['limit', String(Math.max(1, given.last))]])}`,
    );
    for (const entry of exchanges.slice(0, given.last).reverse()) print(entry);
    last = journal.last;
  } catch (error) {
    if (!(error instanceof Unanswered)) throw error;
    process.stderr.write(`mock-apns: ${error.message}\n`);
    return 1;
  }

  for (let told = false; ; ) {
    try {
      const response = await open(control, `/api/v1/events?${asked}`, { 'last-event-id': String(last) });
      told = false;
      response.setEncoding('utf8');
      let rest = '';
      for await (const part of response as AsyncIterable<string>) {
        const events = (rest + part).split('\n\n');
        rest = events.pop() ?? '';
        for (const event of events) take(event);
      }
    } catch {
      // Told below; the server may come back.
    }
    if (!told) process.stderr.write('mock-apns: the server has gone; waiting for it to come back\n');
    told = true;
    await new Promise<void>((resolve) => void clock.after(AGAIN_MS, resolve));
  }

  function take(event: string): void {
    const field = (name: string): string | undefined => new RegExp(`^${name}: (.*)$`, 'm').exec(event)?.[1];
    const data = field('data');
    if (data === undefined) return;
    const what = field('event');
    if (what === 'hello') {
      const hello = JSON.parse(data) as { run: string };
      // Another server counts from one again.
      if (run !== '' && run !== hello.run) last = 0;
      run = hello.run;
      return;
    }
    last = Number(field('id') ?? last);
    if (what === 'lost') {
      const { count } = JSON.parse(data) as { count: number };
      process.stderr.write(
        `mock-apns: ${count} entries were lost: the journal let them go before they could be told\n`,
      );
    } else if (what === 'exchange' || what === 'connection') print(JSON.parse(data) as Entry);
  }
}

const isValue = (before: string | undefined): boolean => /^--(host|control-port|last)$/.test(before ?? '');
const quote = (word: string): string => `"${word.replace(/["\\]/g, '\\$&')}"`;
