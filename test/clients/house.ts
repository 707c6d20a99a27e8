/** A mock in this process on free ports, and everything a client needs to reach it. Shared by all tests of clients. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from '../../server/core/events.ts';
import { type ConnectionRecord, connectionRecordOf, type Exchange, exchangeOf } from '../../server/core/exchange.ts';
import { type Mock, startMock } from '../../server/mock.ts';
import { parseOptions } from '../../server/options.ts';
import { type KeyedCertificate, makeClientCertificate } from '../../server/shell/certs.ts';
import { createClock } from '../../server/shell/clock.ts';
import { type ProviderKey, signProviderToken, utf8Decode } from '../../server/shell/crypto.ts';

export const DOORS = ['own', 'node'] as const;
/** Who speaks HTTP/2 on the server's side (`--http2`). */
export type DoorName = (typeof DOORS)[number];

/** The topic of the ready-made client certificate; every test pushes to it. */
export const TOPIC = 'com.example.app';
/** A device token that spells nothing. */
export const DEVICE = 'c0ffee'.repeat(11).slice(0, 64);

export interface House {
  readonly door: DoorName;
  readonly mock: Mock;
  /** Base URLs with `localhost`, which the server's certificate is for. */
  readonly send: URL;
  readonly manage: URL;
  readonly manageProduction: URL;
  readonly ca: string;
  /** A folder for files that a client insists on; gone after `stop`. */
  readonly folder: string;
  /** `ca` as a file. */
  readonly caFile: string;
  readonly key: ProviderKey;
  /** The client certificate that every server has: both environments, RSA. */
  readonly certificate: () => Promise<KeyedCertificate>;
  /** One for one environment only. node-apn reads RSA alone; P-256 is made much faster. */
  readonly certificateFor: (environment: 'sandbox' | 'production', key?: 'rsa' | 'ec') => Promise<KeyedCertificate>;
  /** An `authorization` value; always the same, since every signature makes another token. */
  readonly token: () => string;
  readonly tell: (command: Command) => void;
  /** Requests and connection events since the last call. */
  readonly taken: () => { readonly exchanges: readonly Exchange[]; readonly records: readonly ConnectionRecord[] };
  /** The requests among them. */
  readonly exchanges: () => readonly Exchange[];
  /** How far the server's clock is to be ahead of ours. */
  readonly shiftClock: (ms: number) => void;
  /** Settles with the next connection event of that kind. */
  readonly next: (kind: ConnectionRecord['kind']) => Promise<ConnectionRecord>;
  readonly stop: () => Promise<void>;
}

export async function openHouse(door: DoorName, flags: readonly string[] = []): Promise<House> {
  const clock = createClock();
  let exchanges: Exchange[] = [];
  let records: ConnectionRecord[] = [];

  let waiting: { readonly kind: string; readonly resolve: (record: ConnectionRecord) => void }[] = [];

  function tell(record: ConnectionRecord): void {
    records.push(record);
    const told = waiting.filter(({ kind }) => kind === record.kind);
    waiting = waiting.filter((one) => !told.includes(one));
    for (const { resolve } of told) resolve(record);
  }

  // Later flags win nothing: an option given twice is an error, so a test's own come in place of these.
  const defaults = ['--certs', 'memory', '--port', '0', '--manage-port', '0'];
  const more = ['--manage-production-port', '0', '--control-port', '0', '--seed', '7'];
  const argv = [
    ...pairs([...defaults, ...more])
      .filter(([name]) => !flags.includes(name))
      .flat(),
    ...flags,
  ];
  const options = parseOptions({ argv: [...argv, '--http2', door], env: {} });
  const mock = await startMock(
    options,
    {
      entry(entry) {
        if (entry.kind === 'exchange') exchanges.push(exchangeOf(entry, { utf8: utf8Decode }));
        else tell(connectionRecordOf(entry));
      },
      say: () => undefined,
      bug(error) {
        throw error;
      },
      flush: () => undefined,
    },
    clock,
  );
  const { certificates, driver, urls } = mock;
  const key = certificates.providerKey;
  const { p8, keyId, teamId } = key;
  const token = `bearer ${signProviderToken({ p8, keyId, teamId, iat: Math.floor(clock.now() / 1000) })}`;
  const folder = mkdtempSync(join(tmpdir(), 'mock-apns-clients-'));
  const caFile = join(folder, 'ca.pem');
  writeFileSync(caFile, certificates.caPem);

  const taken = (): ReturnType<House['taken']> => {
    const all = { exchanges, records };
    exchanges = [];
    records = [];
    return all;
  };
  return {
    door,
    mock,
    send: byName(urls.send),
    manage: byName(urls.manage),
    manageProduction: byName(urls.manageProduction),
    ca: certificates.caPem,
    folder,
    caFile,
    key,
    certificate: () => certificates.clientReady,
    certificateFor: (environment, key = 'ec') =>
      makeClientCertificate(certificates, {
        uid: TOPIC,
        topics: [TOPIC],
        development: environment === 'sandbox',
        production: environment === 'production',
        notBefore: clock.now() - HOUR,
        notAfter: clock.now() + 24 * HOUR,
        key,
      }),
    token: () => token,
    tell: driver.command,
    taken,
    exchanges: () => taken().exchanges,
    shiftClock: clock.shift,
    next: (kind) => new Promise((resolve) => void waiting.push({ kind, resolve })),
    async stop() {
      rmSync(folder, { recursive: true, force: true });
      await mock.stop();
    },
  };
}

const HOUR = 3_600_000;

/** The same port under the name `localhost`, unless a test asked for an address of its own. */
function byName(url: string): URL {
  const parsed = new URL(url);
  if (parsed.hostname === '127.0.0.1') parsed.hostname = 'localhost';
  return parsed;
}

function pairs(list: readonly string[]): [string, string][] {
  return list.flatMap((name, index) =>
    index % 2 === 0 ? [[name, list[index + 1] as string] as [string, string]] : [],
  );
}

/** The value of a request header; `undefined`: not sent. */
export function header(exchange: Exchange | undefined, name: string): string | undefined {
  return exchange?.request.headers.find(([given]) => given === name)?.[1];
}

/** Names of the request headers in order of arrival. */
export const headerNames = (exchange: Exchange | undefined): string[] =>
  (exchange?.request.headers ?? []).map(([name]) => name);
