/** Plays one scenario against one library: a server of its own, a player in a process of its own. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ConnectionRecord, Exchange } from '../../server/core/exchange.ts';
import { type House, header, openHouse, TOPIC } from '../clients/house.ts';
import { PATIENCE } from '../patience.ts';
import { kindsOf, type Play, type Sending } from './plays.ts';
import type { Player, Push } from './talk.ts';
import type { Fate } from './tally.ts';

export interface Performance {
  /** In the order of sending. */
  readonly fates: readonly Fate[];
  /** How the last pushes went, which are not among the fates; `null`: none were sent. */
  readonly recovery: Recovery | null;
  /** Connections that came as far as HTTP/2. */
  readonly connections: number;
  /** The library broke its own process: the last it said. */
  readonly broken: string | null;
  readonly exchanges: readonly Exchange[];
  readonly records: readonly ConnectionRecord[];
}

export interface Recovery {
  /** Which of the last pushes got through; `null`: none of them. */
  readonly at: number | null;
  /** Over a connection that had not been there before. */
  readonly anew: boolean;
}

const PROBES = 3;
const PROBE_LIMIT = 6000;
const CHANNEL = Buffer.alloc(16, 7).toString('base64');
/** What a client needs to notice that a connection has ended. */
const MOMENT = 100;

export const scenarioFile = (name: string): string =>
  fileURLToPath(new URL(`../../scenarios/${name}.yaml`, import.meta.url));

export interface Means {
  /** A folder: servers with the same one have the same certificates, and a player can stay. */
  readonly certs: string;
  /** Whoever gives a player ends it. */
  readonly player: (caFile: string) => Player;
  /** How long libraries wait that can be told. */
  readonly timeout?: number;
}

export async function perform(
  scenario: string,
  play: Play,
  { certs, player: playerFor, timeout }: Means,
): Promise<Performance> {
  const house = await openHouse('own', ['--certs', certs]);
  const player = playerFor(house.caFile);
  const exchanges: Exchange[] = [];
  const records: ConnectionRecord[] = [];
  const take = (): void => {
    const taken = house.taken();
    exchanges.push(...taken.exchanges);
    records.push(...taken.records);
  };
  try {
    const file = scenarioFile(scenario);
    const loaded = await house.mock.scenario.load({ file, text: readFileSync(file, 'utf8') });
    if (!loaded.ok) throw new Error(`${file}: ${loaded.problems[0]?.message}`);
    if (kindsOf(play).has('broadcast'))
      house.tell({ put: 'channel', channel: { id: CHANNEL, bundleId: TOPIC, environment: 'sandbox', policy: 1 } });
    const opening = {
      send: house.send.origin,
      manage: house.manage.origin,
      ca: house.ca,
      topic: TOPIC,
      key: house.key,
      ...(timeout === undefined ? {} : { timeout }),
    };
    await player.open(opening);

    const pushes: Push[] = [];
    const next = (step: Sending): Push => {
      const push = makePush(pushes.length, step);
      pushes.push(push);
      return push;
    };
    for (const step of play.steps) {
      if (player.broken() !== null) break;
      if ('worker' in step) await player.open(opening);
      else if ('turn' in step) {
        house.mock.clock.advance(step.turn);
        await pause(MOMENT);
      } else if ('ended' in step)
        await ended(step.ended, () => {
          take();
          return records;
        });
      else
        await player.send(
          Array.from({ length: step.send }, () => next(step)),
          step.width,
          play.limit,
        );
    }

    const sent = pushes.length;
    let recovery: Recovery | null = null;
    if (play.probe !== null && player.broken() === null) {
      take();
      const before = new Set(exchanges.map(({ connection }) => connection.id));
      recovery = await probe(player, PROBES, () => {
        return next({ send: 1, width: 1, to: PROBED, ...play.probe });
      });
      take();
      const last = pushes.at(-1) as Push;
      const through = exchanges.findLast((exchange) => marks(exchange, last));
      recovery = { ...recovery, anew: through !== undefined && !before.has(through.connection.id) };
    }
    take();
    return {
      fates: pushes.slice(0, sent).map((push) => {
        const attempts = exchanges.filter((exchange) => marks(exchange, push));
        return {
          told: player.outcomes.get(push.mark) ?? null,
          attempts: attempts.length + records.filter((record) => refused(record, push)).length,
          carriedOut: attempts.filter(({ carriedOut }) => carriedOut).length,
        };
      }),
      recovery,
      connections: records.filter(({ kind }) => kind === 'connection-opened').length,
      broken: player.broken(),
      exchanges,
      records,
    };
  } finally {
    await closeHouse(house);
  }
}

/** Nobody is waited for: what is stalled would never end. */
async function closeHouse(house: House): Promise<void> {
  house.mock.driver.dropAll();
  await house.stop();
}

async function probe(player: Player, times: number, next: () => Push): Promise<Recovery> {
  for (let at = 1; at <= times; at++) {
    const push = next();
    await player.send([push], 1, PROBE_LIMIT);
    if (player.outcomes.get(push.mark)?.ok === true) return { at, anew: false };
  }
  return { at: null, anew: false };
}

async function ended(wanted: number, records: () => readonly ConnectionRecord[]): Promise<void> {
  const limit = performance.now() + PATIENCE;
  while (records().filter(({ kind }) => kind === 'connection-closed').length < wanted) {
    if (performance.now() > limit) throw new Error(`fewer than ${wanted} connections have ended`);
    await pause(10);
  }
}

/** The device of the last pushes. */
const PROBED = 'cf'.repeat(32);
/** Marks do not repeat in a process, so that a player can serve many performances. */
let made = 0;

function makePush(index: number, step: Sending): Push {
  const { kind = 'device', to, begin = 'c0', size = 0 } = step;
  const mark = `push-${String(++made).padStart(6, '0')}`;
  return {
    mark,
    kind,
    device: to ?? `${begin}${index.toString(16).padStart(6, '0')}`.padEnd(64, 'c'),
    channel: CHANNEL,
    id: randomUUID(),
    text: mark.padEnd(size, '.'),
  };
}

/** Whether a stream was an attempt at this push that the server turned away before it was a request. */
const refused = ({ kind, detail }: ConnectionRecord, { device }: Push): boolean =>
  (kind === 'late-stream' || (kind === 'stream-failed' && detail.includes('REFUSED_STREAM'))) &&
  detail.includes(`/3/device/${device}`);

/** Whether a request was an attempt at this push. */
function marks(exchange: Exchange, { mark, id }: Push): boolean {
  return JSON.stringify(exchange.request.payload).includes(mark) || header(exchange, 'apns-request-id') === id;
}
