import { resolve } from 'node:path';
import { type ControlHouse, createControlServer } from './adapters/control/server.ts';
import type { House } from './adapters/in-process/house.ts';
import { createProxy, type Place, PROXY } from './adapters/proxy/server.ts';
import { createWireDoor } from './adapters/wire/session.ts';
import { BODY_KEPT_BYTES } from './core/engine.ts';
import type { Command } from './core/events.ts';
import type { Problem } from './core/scenario/model.ts';
import type { Options } from './options.ts';
import { FAMILIES, type Family, type Listener } from './protocol/model.ts';
import type { Certificates } from './shell/certs.ts';
import { loadCertificates } from './shell/certs.ts';
import { type FaultyMaterial, makeFaulty } from './shell/certs-faulty.ts';
import { type Clock, createClock } from './shell/clock.ts';
import { importPublicKey, type PublicKeyHandle, randomSeed } from './shell/crypto.ts';
import { type ConnectionFacts, createDriver, type Driver } from './shell/driver.ts';
import {
  type FaultyCertificate,
  type Listening,
  listen,
  listenHttp,
  type Socket,
  type TlsMaterial,
} from './shell/listen.ts';
import type { Log } from './shell/log.ts';
import { NODE_PORTS } from './shell/ports.ts';
import { createScenarioHost, type ScenarioHost, type ScenarioSource } from './shell/scenario-host.ts';
import { packageVersion } from './version.ts';

/** A running server: every listener accepts, every file is written. */
export interface Mock {
  readonly urls: {
    readonly send: string;
    readonly manage: string;
    readonly manageProduction: string;
    readonly control: string;
    /** `null`: off. */
    readonly h2c: string | null;
    /** `null`: off. */
    readonly proxy: string | null;
  };
  readonly seed: number;
  readonly certificates: Certificates;
  readonly driver: Driver;
  readonly clock: Clock;
  readonly scenario: ScenarioHost;
  /** What makes the state at start, besides the scenario. */
  readonly atStart: readonly Command[];
  /** For the doors inside the process. */
  readonly house: House;
  /** Answers what is open, says GOAWAY, waits at most so many milliseconds (two seconds), and closes everything. */
  readonly stop: (patience?: number) => Promise<void>;
}

/** How long a client may take to finish what it has open. */
const DRAIN_MS = 2000;

/** The scenario to start with has mistakes. */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(`the scenario has ${problems.length} mistake${problems.length === 1 ? '' : 's'}`);
    this.problems = problems;
  }
}

/**
 * @param initial the scenario, in one file or several, that is in force from the first connection on
 * @param given certificates that are there already, in place of those that the options name
 * @throws StartError when a port, a file or a key cannot be had: one sentence that says what to do
 * @throws ScenarioError with every mistake, when `initial` has any
 */
export async function startMock(
  options: Options,
  log: Log,
  clock: Clock = createClock(),
  initial: readonly ScenarioSource[] = [],
  given: Certificates | null = null,
): Promise<Mock> {
  const certificates =
    given ?? (await loadCertificates({ folder: options.certs, hosts: hostsOf(options), now: clock.now() }));
  for (const note of certificates.notes) log.say(note);
  // Nobody has to wait for it; where it cannot be made, the reason is worth a line. In memory it is made when asked for.
  if (certificates.paths !== null) certificates.clientReady.catch((error: Error) => log.say(error.message));

  const seed = options.seed ?? randomSeed();
  const driver = createDriver({
    engine: {
      seed,
      profile: options.profile,
      auth: options.auth,
      environment: options.environment,
      spelledTargets: options.spelledTargets,
      maxEntries: options.maxEntries,
      maxBytes: options.maxBytes,
      ports: NODE_PORTS,
    },
    clock,
    caPem: certificates.caPem,
    onBug: log.bug,
  });
  if (log.entry !== null) driver.subscribe(log.entry);
  const { keyId, teamId } = certificates.providerKey;
  const atStart: readonly Command[] = [
    {
      put: 'key',
      key: {
        keyId,
        teamId,
        handle: handleOf(certificates.providerKey),
        topics: [],
        environments: ['sandbox', 'production'],
      },
    },
  ];
  for (const command of atStart) driver.command(command);

  const faulty = new Map<FaultyCertificate, FaultyMaterial>();
  const scenario = createScenarioHost({
    driver,
    clock,
    seed: options.seed,
    async prepare(kinds) {
      for (const kind of kinds) {
        if (faulty.has(kind)) continue;
        const made = await makeFaulty(kind, certificates, clock.now());
        if (made === null)
          log.say(`no ${kind} certificate can be made without ca.key; such connections are cut instead`);
        else faulty.set(kind, made);
      }
    },
  });
  if (initial.length > 0) {
    const loaded = await scenario.load(...initial);
    if (!loaded.ok) throw new ScenarioError(loaded.problems);
  }

  const door = await chooseDoor(options, driver, clock);
  const open: Listening[] = [];
  /** By name, for connections that come through the proxy. */
  const taking = new Map<Listener['name'], Listening>();
  const missing = new Set(['send', 'manage', 'manage-production']);
  const tls: TlsMaterial = {
    certPem: certificates.serverCertPem,
    keyPem: certificates.serverKeyPem,
    faulty: (kind) => faulty.get(kind),
  };
  const start = async (listener: Listener, port: number, flag: string, secure: boolean): Promise<number> => {
    const listening = await listen({
      listener,
      host: options.host,
      port,
      flag,
      tls: secure ? tls : null,
      onArrival: (remote) => driver.arrive(listener, remote),
      onSocket: door,
      onRefused: (session, remote, cause, cure) => driver.refuse(session, listener, remote, cause, cure),
    });
    open.push(listening);
    taking.set(listener.name, listening);
    missing.delete(listener.name);
    return listening.port;
  };
  const proxy = createProxy({
    lead: (place, socket) => taking.get(LED_TO[place])?.take(socket),
    refused: (remote, cause, cure) => driver.refuse(null, PROXY, remote, cause, cure),
  });
  const startProxy = async (port: number): Promise<number> => {
    const place = { host: options.host, port, flag: '--proxy-port', name: 'proxy' };
    const listening = await listenHttp(proxy, place);
    open.push(listening);
    return listening.port;
  };
  let urls: Mock['urls'] | null = null;
  const control = createControlServer({
    version: packageVersion,
    driver,
    clock,
    startedAt: clock.now(),
    scenario,
    missing: () => [...missing],
    urls: () => urls,
    caPem: certificates.caPem,
    provider: { keyId, teamId },
    paths: clientFiles(certificates),
    guard: {
      // A name that everything binds to is a name that clients use.
      hosts: [options.host, ...options.certNames].map((name) => name.toLowerCase()).concat(options.apiHosts),
      token: options.apiToken,
    },
    settings: { ...options, seed },
    atStart,
  });

  const { send, manage, manageProduction, h2c } = listenersOf(options);
  const starts = [
    ...options.ports.map((port) => start(send, port, '--port', true)),
    start(manage, options.managePort, '--manage-port', true),
    start(manageProduction, options.manageProductionPort, '--manage-production-port', true),
    listenHttp(control, {
      host: options.host,
      port: options.controlPort,
      flag: '--control-port',
      name: 'control',
    }).then((listening) => {
      open.push(listening);
      return listening.port;
    }),
    ...(options.h2cPort === null ? [] : [start(h2c, options.h2cPort, '--h2c-port', false)]),
    ...(options.proxyPort === null ? [] : [startProxy(options.proxyPort)]),
  ];
  const results = await Promise.allSettled(starts);
  const failure = results.find((result) => result.status === 'rejected');
  if (failure !== undefined) {
    for (const listening of open) listening.close();
    throw failure.reason;
  }
  const ports = results.map((result) => (result as PromiseFulfilledResult<number>).value);
  const afterSend = options.ports.length;
  const at = (scheme: string, index: number): string => `${scheme}://${shown(options.host)}:${ports[index]}`;
  let stopped = false;
  const addresses = [...options.ports.map(() => send), manage, manageProduction].map((listener, index) => ({
    listener,
    port: ports[index] as number,
  }));

  urls = {
    send: at('https', 0),
    manage: at('https', afterSend),
    manageProduction: at('https', afterSend + 1),
    control: at('http', afterSend + 2),
    h2c: options.h2cPort === null ? null : at('http', afterSend + 3),
    proxy: options.proxyPort === null ? null : at('http', ports.length - 1),
  };
  return {
    urls,
    seed,
    certificates,
    driver,
    clock,
    scenario,
    atStart,
    house: {
      driver,
      clock,
      bodyKept: BODY_KEPT_BYTES,
      singlePort: options.singlePort,
      open: openAt(shown(options.host), addresses),
      stopped: () => stopped,
    },
    async stop(patience = DRAIN_MS) {
      stopped = true;
      for (const listening of open) listening.close();
      driver.command({ do: 'shutdown' });
      let giveUp: () => void = () => undefined;
      const tooLong = new Promise<void>((resolve) => {
        giveUp = clock.after(patience, resolve);
      });
      await Promise.race([driver.idle(), tooLong]);
      giveUp();
      driver.dropAll();
      control.closeAllConnections();
      proxy.closeAllConnections();
      log.flush();
    },
  };
}

/** Reading a key takes as long as all the rest of a start; many mocks in one process share theirs. */
const handles = new WeakMap<Certificates['providerKey'], PublicKeyHandle>();

function handleOf(key: Certificates['providerKey']): PublicKeyHandle {
  const handle = handles.get(key) ?? importPublicKey(key.publicKeyPem);
  handles.set(key, handle);
  return handle;
}

type Door = (socket: Socket, facts: ConnectionFacts) => void;

async function chooseDoor({ http2, maxStreams }: Options, driver: Driver, clock: Clock): Promise<Door> {
  if (http2 === 'own') return createWireDoor(driver, clock, maxStreams);
  // Loaded on demand: importing node:http2 costs a tenth of the whole start.
  const { openNodeHttp2 } = await import('./adapters/node-http2/session.ts');
  return (socket, facts) => openNodeHttp2(socket, facts, driver, clock, maxStreams);
}

const LED_TO = { send: 'send', manage: 'manage', manageProduction: 'manage-production' } as const satisfies Record<
  Place,
  Listener['name']
>;

const SEND_FAMILIES: readonly Family[] = ['device', 'broadcast'];

/** Apple's own split, or every family everywhere. */
function listenersOf({ singlePort }: Options): Record<'send' | 'manage' | 'manageProduction' | 'h2c', Listener> {
  const only = (families: readonly Family[]): readonly Family[] => (singlePort ? FAMILIES : families);
  return {
    send: { name: 'send', families: only(SEND_FAMILIES), environment: null },
    manage: { name: 'manage', families: only(['channels']), environment: 'sandbox' },
    manageProduction: { name: 'manage-production', families: only(['channels']), environment: 'production' },
    h2c: { name: 'h2c', families: FAMILIES, environment: null },
  };
}

/** The listeners by host and port, under every name of this machine. */
function openAt(host: string, addresses: readonly { listener: Listener; port: number }[]): House['open'] {
  const names = new Set([host, '127.0.0.1', 'localhost', '[::1]']);
  return new Map(addresses.flatMap(({ listener, port }) => [...names].map((name) => [`${name}:${port}`, listener])));
}

/** Absolute, because whoever is told them may stand elsewhere. */
function clientFiles({ paths }: Certificates): ControlHouse['paths'] {
  if (paths === null) return null;
  const { ca, providerKey, clientCert, clientKey } = paths;
  return { ca: resolve(ca), key: resolve(providerKey), client: resolve(clientCert), clientKey: resolve(clientKey) };
}

const ANYWHERE = new Set(['0.0.0.0', '::']);

/** Names the certificate must carry besides the usual ones. */
const hostsOf = ({ host, certNames }: Options): readonly string[] =>
  ANYWHERE.has(host) ? certNames : [host, ...certNames];

/** The host as a client on this machine can use it. */
function shown(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
