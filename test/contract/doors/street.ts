/**
 * Listeners that stay for a whole test file, and behind them one house after the other: each case gets an engine and a
 * door of its own, its clock standing still at `NOW`, and no case sees what another has left behind.
 */
import { openNodeHttp2 } from '../../../server/adapters/node-http2/session.ts';
import { createWireDoor } from '../../../server/adapters/wire/session.ts';
import { type Exchange, exchangeOf } from '../../../server/core/exchange.ts';
import type { Entry } from '../../../server/core/journal.ts';
import { type Clock, createClock } from '../../../server/shell/clock.ts';
import { type ConnectionFacts, createDriver, type Driver } from '../../../server/shell/driver.ts';
import { type Listening, listen, type Socket, type TlsMaterial } from '../../../server/shell/listen.ts';
import { NODE_PORTS } from '../../../server/shell/ports.ts';
import { commandsOf, LISTENERS, type ListenerName, NOW, type Setup } from '../case.ts';
import { house as certificates } from './certificates.ts';

/** Who speaks HTTP/2 on the server's side. */
export type Speaker = 'own' | 'node';

export interface House {
  readonly driver: Driver;
  readonly clock: Clock;
  /** The next exchange that is recorded; `null`: a stream came to nothing before. */
  readonly nextExchange: () => Promise<Exchange | null>;
  /** Lines of the journal that are not exchanges, as `kind: detail`. */
  readonly lines: readonly string[];
  /** Settles when no connection is left. */
  readonly leave: () => Promise<void>;
}

export interface Street {
  readonly ports: Readonly<Record<ListenerName, number>>;
  readonly caPem: string;
  readonly enter: (setup: Setup) => House;
  readonly close: () => void;
}

const NAMES = Object.keys(LISTENERS) as ListenerName[];

export async function openStreet(speaker: Speaker, secure: boolean): Promise<Street> {
  const { caPem, serverCertPem, serverKeyPem } = await certificates();
  const tls: TlsMaterial = {
    certPem: serverCertPem,
    keyPem: serverKeyPem,
    authority: () => 'ca.pem',
    faulty: () => undefined,
  };
  let current: Inhabited | undefined;
  const inhabited = (): Inhabited => {
    if (current === undefined) throw new Error('a connection came between two cases');
    return current;
  };
  const listening: Listening[] = [];
  const ports: Record<string, number> = {};
  for (const name of NAMES) {
    const listener = LISTENERS[name];
    const one = await listen({
      listener,
      host: '127.0.0.1',
      port: 0,
      flag: '--port',
      tls: secure ? tls : null,
      clock: createClock(),
      onArrival: (remote) => inhabited().driver.arrive(listener, remote),
      onSocket: (socket, facts) => inhabited().door(socket, facts),
      onRefused: (session, remote, cause, cure) => inhabited().driver.refuse(session, listener, remote, cause, cure),
    });
    listening.push(one);
    ports[name] = one.port;
  }
  return {
    ports: ports as Street['ports'],
    caPem,
    enter(setup) {
      current = inhabit(setup, speaker, caPem);
      return current;
    },
    close() {
      for (const one of listening) one.close();
    },
  };
}

interface Inhabited extends House {
  readonly door: (socket: Socket, facts: ConnectionFacts) => void;
}

function inhabit(setup: Setup, speaker: Speaker, caPem: string): Inhabited {
  const clock = createClock();
  clock.freeze(true);
  clock.advance(NOW - clock.now());
  const lines: string[] = [];
  const waiting: ((exchange: Exchange | null) => void)[] = [];
  const onEntry = (entry: Entry): void => {
    if (entry.kind !== 'exchange') lines.push(`${entry.kind}: ${entry.detail}`);
    if (entry.kind !== 'exchange' && entry.kind !== 'stream-failed') return;
    const exchange = entry.kind === 'exchange' ? exchangeOf(entry, NODE_PORTS) : null;
    for (const tell of waiting.splice(0)) tell(exchange);
  };
  const driver = createDriver({
    engine: {
      seed: 1,
      profile: setup.profile,
      auth: setup.auth,
      environment: setup.environment,
      spelledTargets: setup.spelledTargets,
      maxEntries: 1000,
      maxBytes: 1_000_000,
      ports: NODE_PORTS,
    },
    clock,
    caPem,
    onBug(error) {
      throw error;
    },
  });
  driver.subscribe(onEntry);
  for (const command of commandsOf(setup)) driver.command(command);
  const wire = createWireDoor(driver, clock, 1000);
  return {
    driver,
    clock,
    lines,
    door: speaker === 'own' ? wire : (socket, facts) => openNodeHttp2(socket, facts, driver, clock, 1000),
    nextExchange: () => new Promise((resolve) => void waiting.push(resolve)),
    async leave() {
      await driver.idle();
      if (driver.engine.sessions.size > 0) throw new Error('a session outlives its connection');
      if (driver.engine.nextWake() !== undefined) throw new Error('an appointment outlives its connection');
    },
  };
}
