import { createPrivateKey, X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { p256Pem, publicKeyInside } from './certs-keys.ts';
import type { Authority, ClientCertificateOptions, KeyedCertificate } from './certs-make.ts';
import {
  type CertificateParts,
  type ClientCertificate,
  pemBlocks,
  readClientCertificate,
  serverNames,
  signedBy,
  takeApart,
} from './certs-read.ts';
import { folderStore, memoryStore, type Store } from './certs-store.ts';
import { generateProviderKey, KeyError, newEcKeyPem, type ProviderKey, publicKeyPem } from './crypto.ts';
import { StartError } from './start-error.ts';

export type { Authority, ClientCertificateOptions, KeyedCertificate } from './certs-make.ts';
export { type ClientCertificate, issuedBy, readClientCertificate, type UnreadableCertificate } from './certs-read.ts';

/** Names every server certificate is for: this machine, the container, and Apple's hosts for take-over by DNS. */
export const SERVER_NAMES = [
  'localhost',
  '127.0.0.1',
  '::1',
  'mock-apns',
  'host.docker.internal',
  'api.push.apple.com',
  'api.sandbox.push.apple.com',
  'api.development.push.apple.com',
  'api-manage-broadcast.push.apple.com',
  'api-manage-broadcast.sandbox.push.apple.com',
  // Named in the samples on Apple's pages, although the tables there do not list them.
  'api-broadcast.push.apple.com',
  'api-broadcast.sandbox.push.apple.com',
] as const;

/** The bundle id that `client.pem` is for. */
export const CLIENT_TOPIC = 'com.example.app';

const FILE = {
  ca: 'ca.pem',
  caKey: 'ca.key',
  server: 'server.pem',
  serverKey: 'server.key',
  provider: 'provider.json',
  client: 'client.pem',
  clientKey: 'client.key',
} as const;

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Certificates are renewed at the start of the server once they have less than this to live. */
const RENEW_BEFORE = 30 * DAY;
/** Apple's push certificates are valid for a year. */
const CLIENT_LIFE = 365 * DAY;
/** How the names of the CAs made here begin (certs-make). */
const OUR_CA = 'mock-apns CA ';

export interface LoadOptions {
  /** A folder, made when it is missing, or `'memory'`. */
  readonly folder: string;
  /** Further DNS names and IP addresses the server must be known by. */
  readonly hosts?: readonly string[];
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Where the files are, as the folder was given. */
export interface CertificatePaths {
  readonly folder: string;
  readonly ca: string;
  readonly caKey: string;
  readonly serverCert: string;
  readonly serverKey: string;
  readonly provider: string;
  readonly providerKey: string;
  readonly clientCert: string;
  readonly clientKey: string;
}

/** Everything a server and its clients need to trust each other. Certificates and keys are PEM. */
export interface Certificates {
  readonly caPem: string;
  /** Null when the user brought a CA without its key: nothing can be signed then. */
  readonly caKeyPem: string | null;
  readonly serverKeyPem: string;
  /** The server's certificate, with whatever intermediates a user put behind it. */
  readonly serverCertPem: string;
  readonly providerKey: ProviderKey & { readonly keyFile: string };
  /** The client certificate for mutual TLS, null until there is one. */
  readonly client: KeyedCertificate | null;
  /**
   * Settles when the client certificate is there. Its RSA key takes a while and is made in the thread pool: in a folder
   * right after loading, in memory when this is first asked for. Rejects with a StartError (for instance when there is
   * no CA key); nobody has to listen.
   */
  readonly clientReady: Promise<KeyedCertificate>;
  readonly paths: CertificatePaths | null;
  /** True when anything was made or renewed on this call. */
  readonly made: boolean;
  /** Sentences for the log: what was renewed and why, and what a user's own certificate lacks. */
  readonly notes: readonly string[];
}

/**
 * Loads the certificates and keys of a folder and makes what is missing.
 *
 * The CA is made once and kept: clients trust it. The server's certificate is issued again, from the same CA and for
 * the same key, when it is near its end or lacks a name. Several processes may do this at once on the same folder and
 * end with the same files: a key is written first and never replaced, a certificate is always made for the key that
 * is there.
 *
 * @throws StartError when the folder cannot be used or what lies in it does not fit together
 */
export async function loadCertificates(options: LoadOptions): Promise<Certificates> {
  const names = serverNamesFor(options.hosts ?? []);
  const store = options.folder === 'memory' ? memoryStore() : folderStore(options.folder);
  const job: Job = { store, now: options.now, notes: [], made: false };

  const authority = await ensureCa(job);
  const server = await ensureServer(job, authority, names);
  const providerKey = ensureProviderKey(job);
  const found = findClient(job, authority);

  let client = 'pair' in found ? found.pair : null;
  let ready: Promise<KeyedCertificate> | null = client && Promise.resolve(client);
  const clientReady = (): Promise<KeyedCertificate> => {
    if (ready === null) {
      ready = makeMissingClient(job, authority, found).then((pair) => {
        client = pair;
        return pair;
      });
      // A server that nobody asks for client certificates must not fall over one that could not be made.
      ready.catch(() => {});
    }
    return ready;
  };
  if (store.lasting) void clientReady();

  return {
    caPem: authority.pem,
    caKeyPem: authority.keyPem,
    ...server,
    providerKey,
    get client() {
      return client;
    },
    get clientReady() {
      return clientReady();
    },
    paths: store.lasting ? pathsIn(options.folder, providerKey.keyFile) : null,
    made: job.made,
    notes: job.notes,
  };
}

/**
 * A new client certificate and its key, signed by our CA: for tests and for users who want other topics, one
 * environment only, or one that has expired. With `key: 'rsa'` it takes 150 to 400 ms in the thread pool.
 *
 * @param authority what `loadCertificates` gave
 * @throws StartError when there is no CA key to sign with
 */
export async function makeClientCertificate(
  authority: { readonly caPem: string; readonly caKeyPem: string | null },
  options: ClientCertificateOptions,
): Promise<KeyedCertificate> {
  const { caPem, caKeyPem } = authority;
  if (caKeyPem === null)
    throw new StartError('Cannot sign a client certificate: the CA came without its key (ca.key).');
  const make = await import('./certs-make.ts');
  return make.makeClientCertificate({ caPem, caKeyPem }, options);
}

/** What the steps of one load share. */
interface Job {
  readonly store: Store;
  readonly now: number;
  readonly notes: string[];
  made: boolean;
}

/** The CA; `first` is the one of `all` whose key is there, if any is. */
interface Ca {
  readonly pem: string;
  readonly keyPem: string | null;
  readonly first: Certificate;
  readonly all: readonly Certificate[];
}

async function ensureCa(job: Job): Promise<Ca> {
  const { store, now } = job;
  // The certificate is read before the key: it is written after it.
  let pem = store.read(FILE.ca);
  let keyPem = store.read(FILE.caKey);
  if (pem === null) {
    keyPem ??= store.create(FILE.caKey, newEcKeyPem(), 'secret');
    const caKeyPem = keyPem;
    const make = await import('./certs-make.ts');
    pem = store.create(FILE.ca, await signing(job, () => make.makeCa(caKeyPem, now)), 'public');
    job.made = true;
  }
  const all = certificates(job, FILE.ca, pem, START_OVER);
  const first = all[0]!;
  if (!(first.notAfter > now)) {
    throw new StartError(`${store.where(FILE.ca)} expired on ${day(first.notAfter)}; ${START_OVER}.`);
  }
  if (first.notBefore > now) {
    throw new StartError(
      `${store.where(FILE.ca)} is valid only from ${day(first.notBefore)}; set this machine's clock right, or ${START_OVER}.`,
    );
  }
  if (keyPem !== null) requireKeyOf(job, first, keyPem, FILE.ca, FILE.caKey, START_OVER);
  return { pem, keyPem, first, all };
}

const START_OVER =
  'delete ca.pem, ca.key, server.pem, server.key, client.pem and client.key there to have new ones made, and let clients trust the new ca.pem';
const NEW_SERVER = 'delete server.pem and server.key there to have new ones made';
const NEW_CLIENT = 'delete client.pem and client.key there to have new ones made';
const NEW_PROVIDER = 'delete provider.json there to have a new provider key made';

async function ensureServer(
  job: Job,
  ca: Ca,
  names: readonly string[],
): Promise<{ readonly serverKeyPem: string; readonly serverCertPem: string }> {
  const { store } = job;
  const pem = store.read(FILE.server);
  let keyPem = store.read(FILE.serverKey);
  const chain = pem === null ? [] : certificates(job, FILE.server, pem, NEW_SERVER);
  const leaf = chain[0];

  let wanted = names;
  if (leaf !== undefined) {
    if (keyPem !== null) requireKeyOf(job, leaf, keyPem, FILE.server, FILE.serverKey, NEW_SERVER);
    const trusted = leadsTo(chain, ca.all);
    if (!trusted && !isOurs(leaf)) {
      throw new StartError(
        `${store.where(FILE.server)} was not issued by ${store.where(FILE.ca)}, which clients are to trust; put its issuer into ca.pem, or ${NEW_SERVER}.`,
      );
    }
    const flaw = trusted ? flawOf(job, leaf, ca, names) : { why: 'was issued by another CA', fatal: true };
    if (keyPem !== null && flaw === null) return { serverKeyPem: keyPem, serverCertPem: pem! };
    if (keyPem !== null && ca.keyPem === null && flaw !== null && !flaw.fatal) {
      job.notes.push(`${store.where(FILE.server)} ${flaw.why}, and there is no ca.key to issue another.`);
      return { serverKeyPem: keyPem, serverCertPem: pem! };
    }
    job.notes.push(`${store.where(FILE.server)} ${flaw?.why ?? 'has lost its key'}: issued again by the CA in ca.pem.`);
    // Names asked for on an earlier start stay, or two servers on one folder would take turns to renew.
    wanted = [...new Set([...names, ...serverNames(leaf).map((name) => canonicalName(name) ?? name)])];
  }

  const authority = requireAuthority(job, ca, `issue ${store.where(FILE.server)}`);
  keyPem ??= store.create(FILE.serverKey, newEcKeyPem(), 'secret');
  const serverKeyPem = keyPem;
  const make = await import('./certs-make.ts');
  const issued = await signing(job, () => make.makeServer(authority, serverKeyPem, wanted, job.now, ca.first.notAfter));
  job.made = true;
  if (pem === null) return { serverKeyPem, serverCertPem: store.create(FILE.server, issued, 'public') };
  try {
    store.replace(FILE.server, issued, 'public');
  } catch (error) {
    // A folder mounted read-only: what was issued does for this run.
    if (!(error instanceof StartError)) throw error;
    job.notes.push(`${error.message} The new server certificate serves this run only.`);
  }
  return { serverKeyPem, serverCertPem: issued };
}

/** Why the server's certificate will not do; fatal when it cannot be used as it is. */
function flawOf(
  job: Job,
  leaf: Certificate,
  ca: Ca,
  names: readonly string[],
): { readonly why: string; readonly fatal: boolean } | null {
  const { notBefore, notAfter } = leaf;
  if (!(notAfter > job.now)) return { why: `expired on ${day(notAfter)}`, fatal: true };
  if (notBefore > job.now) return { why: `is valid only from ${day(notBefore)}`, fatal: true };
  if (nearEnd(job, leaf, ca)) return { why: `expires on ${day(notAfter)}`, fatal: false };
  const there = new Set(serverNames(leaf).map(canonicalName));
  const missing = names.filter((name) => !there.has(name) && !matchesWildcard(leaf, name));
  return missing.length === 0 ? null : { why: `is not for ${missing.join(', ')}`, fatal: false };
}

/** Worth renewing: little time is left, and a new one would have more. */
function nearEnd(job: Job, leaf: Certificate, ca: Ca): boolean {
  return leaf.notAfter - job.now < RENEW_BEFORE && leaf.notAfter < ca.first.notAfter;
}

/** A user's own certificate may cover a name by a pattern. */
function matchesWildcard(leaf: Certificate, name: string): boolean {
  if (name.includes(':') || name.includes('*')) return false;
  return new X509Certificate(leaf.pem).checkHost(name, { subject: 'never' }) !== undefined;
}

function ensureProviderKey(job: Job): ProviderKey & { readonly keyFile: string } {
  const { store } = job;
  let text = store.read(FILE.provider);
  if (text === null) {
    const key = generateProviderKey();
    const { keyId, teamId } = key;
    const keyFile = `AuthKey_${keyId}.p8`;
    const ours = `${JSON.stringify({ keyId, teamId, keyFile }, null, 2)}\n`;
    store.create(keyFile, key.p8, 'secret');
    text = store.create(FILE.provider, ours, 'public');
    job.made = true;
    if (text === ours) return { ...key, keyFile };
    store.remove(keyFile);
  }
  return readProviderKey(job, text);
}

function readProviderKey(job: Job, text: string): ProviderKey & { readonly keyFile: string } {
  const where = job.store.where(FILE.provider);
  const wrong = (what: string, cause?: unknown): StartError =>
    new StartError(`${where} ${what}; correct it, or ${NEW_PROVIDER}.`, { cause });
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch (cause) {
    throw wrong('is not JSON', cause);
  }
  const { keyId, teamId, keyFile } = (given ?? {}) as Record<string, unknown>;
  for (const [name, value] of Object.entries({ keyId, teamId })) {
    if (typeof value !== 'string' || !/^[A-Z0-9]{10}$/.test(value)) {
      throw wrong(`needs "${name}", 10 characters of A-Z and 0-9`);
    }
  }
  if (typeof keyFile !== 'string' || !/^[^/\\\0]+$/.test(keyFile) || keyFile.startsWith('.')) {
    throw wrong('needs "keyFile", the name of a file in the same folder');
  }
  const named = /^AuthKey_([A-Z0-9]{10})\.p8$/.exec(keyFile)?.[1];
  if (named !== undefined && named !== keyId) {
    throw wrong(`says that key ${String(keyId)} is in ${keyFile}, which is the file of key ${named}`);
  }
  const p8 = job.store.read(keyFile);
  if (p8 === null) throw wrong(`names the key file ${keyFile}, which is missing`);
  try {
    const inside = publicKeyInside(p8);
    const publicKey = (inside && p256Pem(inside)) ?? publicKeyPem(p8);
    return { p8, keyId: keyId as string, teamId: teamId as string, publicKeyPem: publicKey, keyFile };
  } catch (cause) {
    if (!(cause instanceof KeyError)) throw cause;
    throw new StartError(
      `${job.store.where(keyFile)} is not a provider key: ${cause.message} Replace it, or ${NEW_PROVIDER}.`,
      {
        cause,
      },
    );
  }
}

/** A client certificate that can be used, or what is there for making one. */
type FoundClient =
  | { readonly pair: KeyedCertificate }
  | { readonly keyPem: string | null; readonly old: ClientCertificate | null; readonly replace: boolean };

function findClient(job: Job, ca: Ca): FoundClient {
  const { store } = job;
  const certPem = store.read(FILE.client);
  const keyPem = store.read(FILE.clientKey);
  if (certPem === null) return { keyPem, old: null, replace: false };
  const leaf = certificates(job, FILE.client, certPem, NEW_CLIENT)[0]!;
  if (keyPem !== null) requireKeyOf(job, leaf, keyPem, FILE.client, FILE.clientKey, NEW_CLIENT);
  // Our CAs have names of their own, so the name tells them apart without looking at the signature.
  const fromThisCa = ca.all.some(({ subjectName }) => Buffer.compare(subjectName, leaf.issuerName) === 0);
  // One that somebody else signed (a real one of Apple's, say) is not ours to renew.
  const flaw = fromThisCa
    ? nearEnd(job, leaf, ca) && `expires on ${day(leaf.notAfter)}`
    : isOurs(leaf) && 'was issued by another CA';
  if (keyPem !== null && flaw === false) return { pair: { certPem, keyPem } };
  const old = readClientCertificate(rawOf(leaf.pem));
  job.notes.push(`${store.where(FILE.client)} ${flaw || 'has lost its key'}: made anew.`);
  return { keyPem, old: 'error' in old ? null : old, replace: true };
}

async function makeMissingClient(job: Job, ca: Ca, found: FoundClient): Promise<KeyedCertificate> {
  if ('pair' in found) return found.pair;
  const { store, now } = job;
  const authority = requireAuthority(job, ca, `issue ${store.where(FILE.client)}`);
  const make = await import('./certs-make.ts');
  const keyPem = found.keyPem ?? store.create(FILE.clientKey, await make.newRsaKeyPem(), 'secret');
  const uid = found.old?.subjectUid ?? CLIENT_TOPIC;
  const certPem = await signing(job, () =>
    make.makeClient(authority, keyPem, {
      uid,
      topics: found.old?.topics ?? [uid, `${uid}.voip`, `${uid}.complication`],
      development: found.old?.development ?? true,
      production: found.old?.production ?? true,
      notBefore: now - HOUR,
      notAfter: Math.min(now - HOUR + CLIENT_LIFE, ca.first.notAfter),
      key: 'rsa',
      ...(found.old?.teamId === undefined ? {} : { teamId: found.old.teamId }),
    }),
  );
  if (!found.replace) return { keyPem, certPem: store.create(FILE.client, certPem, 'public') };
  store.replace(FILE.client, certPem, 'public');
  return { keyPem, certPem };
}

function requireAuthority(job: Job, ca: Ca, purpose: string): Authority {
  const { store } = job;
  if (ca.keyPem === null) {
    throw new StartError(`Cannot ${purpose}: ${store.where(FILE.caKey)} is missing; put it back, or ${START_OVER}.`);
  }
  if (!new X509Certificate(ca.first.pem).ca) {
    throw new StartError(`Cannot ${purpose}: ${store.where(FILE.ca)} is not the certificate of a CA; ${START_OVER}.`);
  }
  return { caPem: ca.first.pem, caKeyPem: ca.keyPem };
}

/** Runs what signs with the CA's key; a key the library cannot use is a matter for the user. */
async function signing(job: Job, make: () => Promise<string>): Promise<string> {
  try {
    return await make();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new StartError(`Cannot sign with ${job.store.where(FILE.caKey)}: ${why}; ${START_OVER}.`, { cause });
  }
}

/** Whether the first of `chain` was signed by a CA in `roots`, through the others if need be. */
function leadsTo(chain: readonly Certificate[], roots: readonly Certificate[]): boolean {
  const links = chain.map(({ pem }) => new X509Certificate(pem));
  const ends = roots.map(({ pem }) => new X509Certificate(pem));
  let current = links[0];
  for (let steps = 0; current !== undefined && steps < links.length; steps++) {
    const here: X509Certificate = current;
    if (ends.some((end) => end.raw.equals(here.raw) || signedBy(here, end))) return true;
    current = links.find((other) => other !== here && signedBy(here, other));
  }
  return false;
}

/** One certificate of a file. */
interface Certificate extends CertificateParts {
  readonly pem: string;
}

/** All certificates of a file, one at least. */
function certificates(job: Job, name: string, text: string, cure: string): Certificate[] {
  const found = pemBlocks(text).map((pem) => ({ pem, ...takeApart(rawOf(pem)) }));
  const good = found.filter((one): one is typeof one & Certificate => !('error' in one));
  if (good.length > 0 && good.length === found.length) return good;
  const why = found.flatMap((one) => ('error' in one ? one.error : []))[0] ?? 'it holds no PEM certificate';
  throw new StartError(`${job.store.where(name)} is not a readable certificate (${why}); put it right, or ${cure}.`);
}

/** Refuses a private key that is unreadable or another one's. */
function requireKeyOf(job: Job, leaf: Certificate, keyPem: string, name: string, keyName: string, cure: string): void {
  const inside = publicKeyInside(keyPem);
  if (inside !== null && Buffer.compare(inside, leaf.publicKey) === 0) return;
  const { where } = job.store;
  let fits: boolean;
  try {
    fits = new X509Certificate(leaf.pem).checkPrivateKey(createPrivateKey(keyPem));
  } catch (cause) {
    throw new StartError(`${where(keyName)} is not a readable private key; put it right, or ${cure}.`, { cause });
  }
  if (!fits) {
    throw new StartError(`${where(keyName)} is not the key of ${where(name)}; put the matching pair back, or ${cure}.`);
  }
}

/** Whether a CA made here signed it: such certificates may be replaced when their CA is gone. */
function isOurs(leaf: Certificate): boolean {
  return leaf.issuerCommonName.startsWith(OUR_CA);
}

function rawOf(pem: string): Buffer {
  return Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64');
}

/** All names a server certificate has to carry, each once and in canonical form. */
function serverNamesFor(hosts: readonly string[]): string[] {
  const further = hosts.map((host) => {
    const name = canonicalName(host);
    if (name === null) throw new StartError(`"${host}" is neither a host name nor an IP address; correct it.`);
    return name;
  });
  // An address to listen on that means "every address" is not one that a client connects to.
  const real = further.filter((name) => name !== '0.0.0.0' && name !== '::');
  return [...new Set<string>([...SERVER_NAMES, ...real])];
}

/** A host name in lower case ASCII, an IP address in its shortest form; null for anything else. */
function canonicalName(host: string): string | null {
  const bare = host.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
  if (bare === '' || bare.length > 253 || /[\s/\\?#@%]/.test(bare)) return null;
  try {
    const { hostname } = new URL(`http://${bare.includes(':') ? `[${bare}]` : bare}/`);
    return hostname.replace(/^\[(.*)\]$/, '$1');
  } catch {
    return null;
  }
}

function pathsIn(folder: string, keyFile: string): CertificatePaths {
  const path = (name: string): string => join(folder, name);
  return {
    folder,
    ca: path(FILE.ca),
    caKey: path(FILE.caKey),
    serverCert: path(FILE.server),
    serverKey: path(FILE.serverKey),
    provider: path(FILE.provider),
    providerKey: path(keyFile),
    clientCert: path(FILE.client),
    clientKey: path(FILE.clientKey),
  };
}

/** A day as 2026-11-21, "an unknown day" for what is no time. */
function day(ms: number): string {
  return Number.isFinite(ms) ? new Date(ms).toISOString().slice(0, 10) : 'an unknown day';
}
