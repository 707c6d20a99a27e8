import { resolve } from 'node:path';
import { type ControlHouse, createControlServer, type Urls } from './adapters/control/server.ts';
import type { House } from './adapters/in-process/house.ts';
import { createWireDoor } from './adapters/wire/session.ts';
import { BODY_KEPT_BYTES } from './core/engine.ts';
import type { Command } from './core/events.ts';
import type { Problem } from './core/scenario/model.ts';
import { createListeners, type Door, shown } from './listeners.ts';
import type { Options } from './options.ts';
import type { Listener } from './protocol/model.ts';
import type { Certificates } from './shell/certs.ts';
import { loadCertificates } from './shell/certs.ts';
import { type FaultyMaterial, makeFaulty } from './shell/certs-faulty.ts';
import { type Clock, createClock } from './shell/clock.ts';
import { importPublicKey, type PublicKeyHandle, randomSeed } from './shell/crypto.ts';
import { createDriver, type Driver } from './shell/driver.ts';
import type { FaultyCertificate, TlsMaterial } from './shell/listen.ts';
import type { Log } from './shell/log.ts';
import { NODE_PORTS } from './shell/ports.ts';
import { createScenarioHost, type ScenarioHost, type ScenarioSource } from './shell/scenario-host.ts';
import { packageVersion } from './version.ts';

/** A running server: every listener accepts, every file is written. */
export interface Mock {
  readonly urls: Urls;
  readonly seed: number;
  readonly certificates: Certificates;
  readonly driver: Driver;
  readonly clock: Clock;
  readonly scenario: ScenarioHost;
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
    atStart,
    say: log.say,
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
    const loaded = await scenario.begin(...initial);
    if (!loaded.ok) throw new ScenarioError(loaded.problems);
  }

  const door = await chooseDoor(options, driver, clock);
  let urls: Urls | null = null;
  const tls: TlsMaterial = {
    certPem: certificates.serverCertPem,
    keyPem: certificates.serverKeyPem,
    authority: () => authorityOf(certificates, urls),
    faulty: (kind) => faulty.get(kind),
  };
  const control = createControlServer({
    version: packageVersion,
    driver,
    clock,
    startedAt: clock.now(),
    scenario,
    missing: () => listeners.missing(),
    urls: () => urls,
    caPem: certificates.caPem,
    provider: { keyId, teamId },
    paths: clientFiles(certificates),
    clientMade: () => clientMade(certificates),
    guard: {
      // A name that everything binds to is a name that clients use.
      hosts: [options.host, ...options.certNames].map((name) => name.toLowerCase()).concat(options.apiHosts),
      token: options.apiToken,
    },
    settings: { ...options, seed },
  });

  const listeners = createListeners({ options, driver, clock, door, tls, control });
  const opened = await listeners.open();
  urls = opened.urls;
  let stopped = false;

  return {
    urls,
    seed,
    certificates,
    driver,
    clock,
    scenario,
    house: {
      driver,
      clock,
      bodyKept: BODY_KEPT_BYTES,
      singlePort: options.singlePort,
      open: openAt(shown(options.host), opened.addresses),
      stopped: () => stopped,
    },
    async stop(patience = DRAIN_MS) {
      stopped = true;
      opened.close();
      driver.command({ do: 'shutdown' });
      let giveUp: () => void = () => undefined;
      const tooLong = new Promise<void>((resolve) => {
        giveUp = clock.after(patience, resolve);
      });
      await Promise.race([driver.idle(), tooLong]);
      giveUp();
      driver.dropAll();
      opened.cut();
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

async function chooseDoor({ http2, maxStreams }: Options, driver: Driver, clock: Clock): Promise<Door> {
  if (http2 === 'own') return createWireDoor(driver, clock, maxStreams);
  // Loaded on demand: importing node:http2 costs a tenth of the whole start.
  const { openNodeHttp2 } = await import('./adapters/node-http2/session.ts');
  return (socket, facts) => openNodeHttp2(socket, facts, driver, clock, maxStreams);
}

/** The listeners by host and port, under every name of this machine. */
function openAt(host: string, addresses: readonly { listener: Listener; port: number }[]): House['open'] {
  const names = new Set([host, '127.0.0.1', 'localhost', '[::1]']);
  return new Map(addresses.flatMap(({ listener, port }) => [...names].map((name) => [`${name}:${port}`, listener])));
}

/** Where the certificate is that clients have to trust. The control port has it too, for those who cannot see the folder. */
function authorityOf({ paths }: Certificates, urls: Urls | null): string {
  const url = `${urls?.control ?? 'the control port'}/ca.pem`;
  return paths === null ? `${url} (in a test suite, the ca of startApns)` : `${paths.ca} (also at ${url})`;
}

/** Absolute, because whoever is told them may stand elsewhere. */
function clientFiles({ paths }: Certificates): ControlHouse['paths'] {
  if (paths === null) return null;
  const { ca, providerKey, clientCert, clientKey } = paths;
  return { ca: resolve(ca), key: resolve(providerKey), client: { cert: resolve(clientCert), key: resolve(clientKey) } };
}

/** In memory nobody is told of files, and no key is made for nothing. */
const clientMade = async (certificates: Certificates): Promise<boolean> =>
  certificates.paths !== null &&
  certificates.clientReady.then(
    () => true,
    () => false,
  );

const ANYWHERE = new Set(['0.0.0.0', '::']);

/** Names the certificate must carry besides the usual ones. */
const hostsOf = ({ host, certNames }: Options): readonly string[] =>
  ANYWHERE.has(host) ? certNames : [host, ...certNames];
