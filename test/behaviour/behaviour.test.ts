/** What real libraries do under some of the built-in scenarios, as far as it does not depend on who comes first. */
// time limit: 360 s
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { PATIENCE } from '../patience.ts';
import { skip } from '../runner/skip.ts';
import { APNS2, type Client, HAPNS, NODE_APN } from './clients.ts';
import { type Performance, perform } from './perform.ts';
import { kindsOf, type Step } from './plays.ts';
import { type Player, startPlayer } from './talk.ts';
import { type Tally, tally, textsOf } from './tally.ts';

const certs = mkdtempSync(join(tmpdir(), 'mock-apns-behaviour-'));
const NOTHING: Tally = { pushes: 0, sent: 0, failed: 0, hung: 0, lost: 0, doubtful: 0, duplicated: 0, retried: 0 };
/** When node-apn gives up on an answer, ms: the only one that can be told. The others are waited for twice as long. */
const GIVES_UP = 3000;

interface Case {
  readonly scenario: string;
  readonly title?: string;
  readonly steps: readonly Step[];
  /** By library, what is not nought; `null`: it varies. */
  readonly expected: ReadonlyMap<Client, Partial<Tally> | null>;
  readonly also?: (performed: Performance, client: Client) => void;
  /** Milliseconds that a step waits. */
  readonly limit?: number;
}

const each = (one: Partial<Tally>, ...clients: Client[]): [Client, Partial<Tally>][] =>
  clients.map((client) => [client, one]);
const texts = ({ fates }: Performance): string[] => textsOf(fates).map(({ text }) => text);

const CASES: readonly Case[] = [
  {
    // What is sent into the very moment of a GOAWAY may be lost; what is sent a moment later must not.
    scenario: 'shutdown-under-load',
    steps: [
      { send: 3, width: 1, kind: 'broadcast' },
      { turn: 2000 },
      { ended: 1 },
      { send: 3, width: 1, kind: 'broadcast' },
    ],
    expected: new Map(each({ sent: 6 }, NODE_APN, HAPNS)),
    also: ({ connections }) => assert.is(connections, 2),
  },
  {
    // Two of them do not wait for an answer behind a GOAWAY: delivered, and its sender is told that it was not.
    scenario: 'goaway-graceful',
    steps: [{ send: 5, width: 1 }],
    expected: new Map([[NODE_APN, { sent: 5 }], ...each({ sent: 4, failed: 1, doubtful: 1 }, APNS2, HAPNS)]),
  },
  {
    // A burst behind the GOAWAY: node-apn is told which ones were not served, and so they were not.
    scenario: 'goaway-mid-flight',
    steps: [
      { send: 19, width: 10 },
      { send: 5, width: 5 },
    ],
    expected: new Map(each({ sent: 20, failed: 4, retried: 0 }, NODE_APN)),
  },
  {
    scenario: 'throttled-then-recovers',
    steps: [{ send: 3, width: 1, to: 'c1'.repeat(32) }],
    expected: new Map([
      // Within milliseconds, whatever retry-after says.
      [NODE_APN, { sent: 3, retried: 2 }],
      ...each({ sent: 1, failed: 2 }, APNS2, HAPNS),
    ]),
    also(performed, client) {
      if (client !== NODE_APN) assert.match(texts(performed).join(), /^429 TooManyRequests/);
    },
  },
  {
    // None of them sends again what may have arrived.
    scenario: 'lost-reply',
    steps: [{ send: 6, width: 1 }],
    expected: new Map(each({ sent: 5, failed: 1, doubtful: 1 }, NODE_APN, APNS2, HAPNS)),
    also: ({ connections }) => assert.is(connections, 2),
  },
  {
    // All on one connection, which is cut at the fifth: nothing behind the cut is carried out.
    scenario: 'lost-reply',
    title: 'lost-reply, a burst',
    steps: [
      { send: 1, width: 1 },
      { send: 8, width: 8 },
    ],
    expected: new Map([[NODE_APN, null]]),
    also({ fates }) {
      assert.equal(
        fates.map(({ carriedOut }) => carriedOut),
        [1, 1, 1, 1, 1, 0, 0, 0, 0],
      );
      assert.ok(fates.slice(4).every(({ told }) => told?.ok === false));
    },
  },
  {
    scenario: 'black-hole-stream',
    steps: [
      { send: 9, width: 1 },
      { send: 1, width: 1 },
    ],
    limit: 2 * GIVES_UP,
    expected: new Map([
      [NODE_APN, { sent: 9, failed: 1, doubtful: 1 }],
      // No limit of their own that anybody would wait for.
      ...each({ sent: 9, hung: 1, doubtful: 1 }, APNS2, HAPNS),
    ]),
    also(performed, client) {
      if (client === NODE_APN) assert.equal(texts(performed), ['VError: apn write timeout']);
    },
  },
  {
    // A burst before the server's SETTINGS: one connection loses nine of ten, a connection for each loses nothing.
    scenario: 'one-stream-until-auth',
    steps: [{ send: 10, width: 10 }],
    expected: new Map([[NODE_APN, { sent: 1, failed: 9 }], ...each({ sent: 10 }, APNS2, HAPNS)]),
    also(performed, client) {
      if (client === NODE_APN) assert.match(texts(performed).join(), /^\D*NGHTTP2_REFUSED_STREAM$/);
    },
  },
  {
    scenario: 'odd-bodies',
    steps: [{ send: 6, width: 1 }],
    expected: new Map([
      // The fourth is tried again until it passes, the fifth oddity is met on the way.
      [NODE_APN, { sent: 3, failed: 3, retried: 2 }],
      ...each({ sent: 1, failed: 5 }, APNS2, HAPNS),
    ]),
    also: ({ broken }) => assert.is(broken, null),
  },
];

for (const client of [NODE_APN, APNS2, HAPNS]) {
  const test = suite(`behaviour: ${client.name}`);
  let player: Player | undefined;
  test.after(() => player?.end());

  for (const { scenario, title = scenario, steps, expected, also, limit } of CASES) {
    const play = { steps, limit: limit ?? PATIENCE, probe: null };
    const wanted = expected.get(client);
    if (![...kindsOf(play)].every((kind) => client.kinds.has(kind))) {
      skip(test, title, `${client.name} cannot send what it is about`);
      continue;
    }
    if (wanted === undefined) continue;
    test(title, async () => {
      const performed = await perform(scenario, play, {
        certs,
        ...(limit === undefined ? {} : { timeout: GIVES_UP }),
        player(caFile) {
          player ??= startPlayer(client.command, client.trusting(caFile));
          return player;
        },
      });
      const pushes = performed.fates.length;
      const told = `${client.name} said ${texts(performed).join(', ')}`;
      if (wanted !== null) assert.equal(tally(performed.fates), { ...NOTHING, pushes, ...wanted }, told);
      also?.(performed, client);
    });
  }
  test.run();
}

process.once('exit', () => rmSync(certs, { recursive: true, force: true }));
