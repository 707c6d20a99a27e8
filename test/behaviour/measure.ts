/**
 * `node --import tsx test/behaviour/measure.ts [--write] [scenario…]`: plays the built-in scenarios against real
 * libraries and draws what came of it; with `--write` into docs/client-behaviour.md. Takes some ten minutes.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtInNames } from '../../server/shell/scenarios.ts';
import { type Client, goClient, NPM_CLIENTS } from './clients.ts';
import { FILE, type Measured, measuredPart, type Rounds, renew } from './page.ts';
import { type Performance, perform } from './perform.ts';
import { kindsOf, playOf } from './plays.ts';
import { type Player, startPlayer } from './talk.ts';

/** What passes fast is played again, to see what varies. */
const ROUNDS = 3;
const FAST_MS = 3000;

const write = process.argv.includes('--write');
const wanted = process.argv.slice(2).filter((word) => word !== '--write');
const names = builtInNames();
for (const name of wanted) if (!names.includes(name)) throw new Error(`there is no built-in scenario ${name}`);
if (write && wanted.length > 0) throw new Error('the page is written as a whole: name no scenarios with --write');

const go = await goClient();
if ('skip' in go) {
  if (write) throw new Error(`the page needs all libraries: ${go.skip}`);
  console.error(`without Go's client: ${go.skip}`);
}
const clients: readonly Client[] = [...NPM_CLIENTS, ...('skip' in go ? [] : [go])];
const certs = mkdtempSync(join(tmpdir(), 'mock-apns-behaviour-'));
const players = new Map<Client, Player>();

async function round(client: Client, scenario: string): Promise<Performance> {
  const known = players.get(client);
  const performed = await perform(scenario, playOf(scenario), {
    certs,
    player(caFile) {
      const player = known ?? startPlayer(client.command, client.trusting(caFile));
      players.set(client, player);
      return player;
    },
  });
  // What still waits for something would be in the way of what comes next.
  if (performed.broken !== null || performed.fates.some(({ told }) => told === null)) {
    await players.get(client)?.end();
    players.delete(client);
  }
  return performed;
}

async function rounds(client: Client, scenario: string): Promise<Rounds> {
  const kinds = kindsOf(playOf(scenario));
  if ([...kinds].some((kind) => !client.kinds.has(kind))) return [];
  const all: Performance[] = [];
  const started = performance.now();
  do all.push(await round(client, scenario));
  while (all.length < ROUNDS && performance.now() - started < FAST_MS * all.length);
  return all;
}

const measured: Measured[] = [];
try {
  for (const scenario of wanted.length > 0 ? wanted : names) {
    const cells = new Map<Client, Rounds>();
    for (const client of clients) cells.set(client, await rounds(client, scenario));
    measured.push({ scenario, cells });
    console.error(scenario);
  }
} finally {
  for (const player of players.values()) await player.end();
  rmSync(certs, { recursive: true, force: true });
}

const part = measuredPart(measured, clients, new Date().toISOString().slice(0, 10));
if (write) writeFileSync(FILE, renew(readFileSync(FILE, 'utf8'), part));
else console.log(part);
