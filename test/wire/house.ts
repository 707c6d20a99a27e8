/** A whole server on free ports, its journal as it grows, and clients that speak in frames. */
import * as assert from 'uvu/assert';
import { type ConnectionRecord, connectionRecordOf, type Exchange, exchangeOf } from '../../server/core/exchange.ts';
import type { EffectSpec } from '../../server/core/scenario/model.ts';
import { NO_EFFECT } from '../../server/core/scenario/model.ts';
import { type Mock, startMock } from '../../server/mock.ts';
import { parseOptions } from '../../server/options.ts';
import { createClock } from '../../server/shell/clock.ts';
import { NODE_PORTS } from '../../server/shell/ports.ts';
import { PATIENCE } from '../patience.ts';
import type { Pairs } from './hpack.ts';
import { Raw, type RawOptions } from './raw.ts';

export const WAYS = ['cleartext', 'tls'] as const;
export type Way = (typeof WAYS)[number];

/** What a promise has in `then` is a function; linters think of nothing else. */
export interface RuleText {
  readonly on?: 'connection' | 'stream' | 'request';
  readonly when?: Readonly<Record<string, unknown>>;
  readonly does?: Readonly<Record<string, unknown>>;
  readonly [key: string]: unknown;
}

export interface House {
  readonly mock: Mock;
  readonly port: (way: Way) => number;
  readonly trust: { readonly ca: string };
  /** A connection, once the server knows of it. */
  readonly call: (way?: Way, options?: Partial<RawOptions>) => Promise<Raw>;
  /** Rules as they stand in a file, but for `does` in place of `then`; they replace those before. */
  readonly rules: (...rules: readonly RuleText[]) => Promise<void>;
  /** What an operator does, to one connection or to all. */
  readonly operate: (effect: Partial<EffectSpec>, session?: string) => void;
  readonly exchanges: readonly Exchange[];
  readonly records: readonly ConnectionRecord[];
  /** The first line of a kind that fits, come or to come: its detail. */
  readonly recorded: (kind: ConnectionRecord['kind'], fits?: RegExp) => Promise<string>;
  /** Settles once `done` says so; it is asked after every entry of the journal. */
  readonly until: (done: () => boolean) => Promise<void>;
  /** Unloads the rules, closes what is open, waits until the server knows, forgets the journal; nothing must be left. */
  readonly tidy: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

export async function openHouse(...flags: readonly string[]): Promise<House> {
  let exchanges: Exchange[] = [];
  let records: ConnectionRecord[] = [];
  const looks = new Set<() => void>();
  const calls: Raw[] = [];
  let looking = false;
  /** Once for all that one read brings: a flood tells of thousands. */
  const lookSoon = (): void => {
    if (looking) return;
    looking = true;
    queueMicrotask(() => {
      looking = false;
      for (const look of [...looks]) look();
    });
  };
  // Time passes when a test says so.
  const clock = createClock();
  clock.freeze(true);
  const ports = ['--port', '--manage-port', '--manage-production-port', '--control-port', '--h2c-port'];
  const argv = [...ports.flatMap((name) => [name, '0']), '--certs', 'memory', '--seed', '7', '--auth', 'off', ...flags];
  const mock = await startMock(
    parseOptions({ argv, env: {} }),
    {
      entry(entry) {
        if (entry.kind === 'exchange') exchanges.push(exchangeOf(entry, NODE_PORTS));
        else records.push(connectionRecordOf(entry));
        lookSoon();
      },
      say: () => undefined,
      bug(error) {
        throw error;
      },
      flush: () => undefined,
    },
    clock,
  );
  const { driver, urls, certificates } = mock;
  const trust = { ca: certificates.caPem };
  const portOf = (url: string | null): number => Number(new URL(url ?? '').port);

  const until = (done: () => boolean): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (!done()) return;
        looks.delete(look);
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        looks.delete(look);
        const lines = records.slice(-20).map(({ kind, detail }) => `${kind}: ${detail}`);
        reject(new Error(`not in the journal after ${PATIENCE} ms; its end is\n${lines.join('\n')}`));
      }, PATIENCE);
      looks.add(look);
      look();
    });

  return {
    mock,
    port: (way) => portOf(way === 'tls' ? urls.send : urls.h2c),
    trust,
    async call(way = 'cleartext', options = {}) {
      const raw = await Raw.open({
        port: portOf(way === 'tls' ? urls.send : urls.h2c),
        tls: way === 'tls' ? trust : null,
        ...options,
      });
      calls.push(raw);
      await raw.until(({ type, ack }) => type === 'SETTINGS' && !ack);
      return raw;
    },
    async rules(...rules) {
      const text = JSON.stringify({ version: 1, rules }).replaceAll('"does":', '"then":');
      const loaded = await mock.scenario.load({ file: 'test', text });
      if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems, null, 1));
    },
    operate: (effect, session = 'all') =>
      driver.command({ do: 'operate', session, effect: { ...NO_EFFECT, ...effect } }),
    get exchanges() {
      return exchanges;
    },
    get records() {
      return records;
    },
    async recorded(kind, fits = /^/) {
      const found = (): ConnectionRecord | undefined =>
        records.find((record) => record.kind === kind && fits.test(record.detail));
      await until(() => found() !== undefined);
      return found()!.detail;
    },
    until,
    async tidy() {
      mock.scenario.unload();
      for (const raw of calls.splice(0)) await raw.close();
      await driver.idle();
      assert.is(driver.engine.sessions.size, 0, 'a session is left');
      assert.is(driver.engine.nextWake(), undefined, 'an appointment is left');
      exchanges = [];
      records = [];
    },
    stop: () => mock.stop(),
  };
}

export const DEVICE = 'c0ffee'.repeat(11).slice(0, 64);
/** A target that nothing but a rule makes special; the n-th of them. */
export const device = (n: number): string => n.toString(16).padStart(64, 'd');

/** A good push, but for what `change` says. */
export function push(path = `/3/device/${DEVICE}`, ...more: Pairs): Pairs {
  return [
    [':method', 'POST'],
    [':scheme', 'https'],
    [':path', path],
    [':authority', 'localhost'],
    ['apns-topic', 'com.example.app'],
    ['apns-push-type', 'alert'],
    ...more,
  ];
}

export const BODY = '{"aps":{"alert":"Goal!"}}';
