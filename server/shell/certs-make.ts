/**
 * Everything that writes X.509. This file is imported on demand, and only when a certificate has to be made: loading
 * the library costs a good part of a cold start (docs/decisions/0003-certificates.md).
 */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  randomBytes,
  webcrypto,
} from 'node:crypto';
import { promisify } from 'node:util';
import * as x509 from '@peculiar/x509';
import { der, derOid, derText, TAG } from './certs-der.ts';
import { APPLE_OID, NAME_OID } from './certs-read.ts';
import { newEcKeyPem } from './crypto.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** How far certificates are dated back, for clients whose clock is behind. */
const BACKDATED = HOUR;
const CA_LIFE = 3653 * DAY;
/** From first to last moment at most what browsers and Apple's systems grant a server certificate (398 days). */
const SERVER_LIFE = 397 * DAY;

/** A CA that can sign: its certificate and its private key, both PEM. */
export interface Authority {
  readonly caPem: string;
  readonly caKeyPem: string;
}

/** What a new client certificate shall say. Times in milliseconds since 1970. */
export interface ClientCertificateOptions {
  /** Bundle id, the UID of the subject. */
  readonly uid: string;
  /** Topics for the topic list; `null` leaves the list out, and the certificate stands for its UID alone. */
  readonly topics: readonly string[] | null;
  /** Good for the sandbox / for production. */
  readonly development: boolean;
  readonly production: boolean;
  readonly notBefore: number;
  readonly notAfter: number;
  /** RSA (2048 bit) is what node-apn can read; P-256 is made hundreds of times faster. */
  readonly key: 'rsa' | 'ec';
  /** OU of the subject. */
  readonly teamId?: string;
}

/** A certificate with its private key, both PEM. */
export interface KeyedCertificate {
  readonly certPem: string;
  readonly keyPem: string;
}

/** A new CA certificate for a private key, valid for ten years. Its name carries a piece of the key's identifier. */
export async function makeCa(caKeyPem: string, now: number): Promise<string> {
  const publicKey = spki(createPrivateKey(caKeyPem));
  const keyId = await x509.SubjectKeyIdentifierExtension.create(publicKey);
  const name = subjectName({ organization: 'mock-apns', commonName: `mock-apns CA ${keyId.keyId.slice(0, 8)}` });
  return write({
    subject: name,
    issuer: name,
    publicKey,
    signingKey: await signingKey(caKeyPem),
    notBefore: now - BACKDATED,
    notAfter: now - BACKDATED + CA_LIFE,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      keyId,
    ],
  });
}

/**
 * A new server certificate.
 *
 * @param names DNS names and IP addresses in canonical form, the first is the common name
 * @param lastMoment of the CA, which the certificate does not outlive; milliseconds since 1970
 */
export async function makeServer(
  authority: Authority,
  serverKeyPem: string,
  names: readonly string[],
  now: number,
  lastMoment: number,
): Promise<string> {
  const publicKey = spki(createPrivateKey(serverKeyPem));
  return issue(authority, {
    subject: subjectName({ organization: 'mock-apns', commonName: names[0]!.slice(0, 64) }),
    publicKey,
    notBefore: now - BACKDATED,
    notAfter: Math.min(now - BACKDATED + SERVER_LIFE, lastMoment),
    usage: x509.ExtendedKeyUsage.serverAuth,
    extensions: [new x509.SubjectAlternativeNameExtension(names.map(generalName))],
  });
}

/** A client certificate for a key that is there already. `key` in the options is not looked at. */
export async function makeClient(
  authority: Authority,
  clientKeyPem: string,
  options: ClientCertificateOptions,
): Promise<string> {
  const extensions: x509.Extension[] = [];
  const marker = der(TAG.null);
  if (options.development) extensions.push(new x509.Extension(APPLE_OID.development, false, marker));
  if (options.production) extensions.push(new x509.Extension(APPLE_OID.production, false, marker));
  if (options.topics !== null) {
    extensions.push(new x509.Extension(APPLE_OID.topics, false, topicList(options.topics)));
  }
  return issue(authority, {
    subject: subjectName({
      uid: options.uid,
      commonName: `Apple Push Services: ${options.uid}`,
      ...(options.teamId === undefined ? {} : { unit: options.teamId }),
    }),
    publicKey: spki(createPrivateKey(clientKeyPem)),
    notBefore: options.notBefore,
    notAfter: options.notAfter,
    usage: x509.ExtendedKeyUsage.clientAuth,
    extensions,
  });
}

/** A new RSA key (2048 bit, PKCS#8) made in the thread pool: 150 to 400 ms there, the event loop stays free. */
export async function newRsaKeyPem(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return privateKey;
}

/**
 * A new client certificate and its key, signed by our CA: for tests and for users who want other topics, a single
 * environment or an expired one.
 */
export async function makeClientCertificate(
  authority: Authority,
  options: ClientCertificateOptions,
): Promise<KeyedCertificate> {
  const keyPem = options.key === 'rsa' ? await newRsaKeyPem() : newEcKeyPem();
  return { keyPem, certPem: await makeClient(authority, keyPem, options) };
}

interface LeafPlan {
  readonly subject: x509.Name;
  readonly publicKey: Buffer;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly usage: string;
  readonly extensions: readonly x509.Extension[];
}

/** Signs an end-entity certificate with what strict verifiers ask of one (RFC 5280, 4.2.1). */
async function issue(authority: Authority, plan: LeafPlan): Promise<string> {
  const ca = new x509.X509Certificate(authority.caPem);
  const caKeyId = ca.getExtension(x509.SubjectKeyIdentifierExtension)?.keyId;
  const { KeyUsageFlags } = x509;
  const isRsa = createPublicKey({ key: plan.publicKey, format: 'der', type: 'spki' }).asymmetricKeyType === 'rsa';
  return write({
    subject: plan.subject,
    issuer: ca.subjectName,
    publicKey: plan.publicKey,
    signingKey: await signingKey(authority.caKeyPem),
    notBefore: plan.notBefore,
    notAfter: plan.notAfter,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(KeyUsageFlags.digitalSignature | (isRsa ? KeyUsageFlags.keyEncipherment : 0), true),
      new x509.ExtendedKeyUsageExtension([plan.usage]),
      await x509.SubjectKeyIdentifierExtension.create(plan.publicKey),
      caKeyId === undefined
        ? await x509.AuthorityKeyIdentifierExtension.create(ca.publicKey)
        : new x509.AuthorityKeyIdentifierExtension(caKeyId),
      ...plan.extensions,
    ],
  });
}

interface Plan {
  readonly subject: x509.Name;
  readonly issuer: x509.Name;
  readonly publicKey: Buffer;
  readonly signingKey: webcrypto.CryptoKey;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly extensions: x509.Extension[];
}

async function write(plan: Plan): Promise<string> {
  const certificate = await x509.X509CertificateGenerator.create(
    {
      // 16 random bytes, positive and without a leading zero byte.
      serialNumber: `4${randomBytes(16).toString('hex').slice(1)}`,
      subject: plan.subject,
      issuer: plan.issuer,
      publicKey: plan.publicKey,
      signingKey: plan.signingKey,
      signingAlgorithm: { name: plan.signingKey.algorithm.name, hash: 'SHA-256' },
      notBefore: wholeSeconds(plan.notBefore),
      notAfter: wholeSeconds(plan.notAfter),
      extensions: plan.extensions,
    },
    webcrypto,
  );
  return `${certificate.toString('pem').trim()}\n`;
}

/** A name with its attributes in the order given. Not from text: the library reads quotes, `#` and commas its own way. */
function subjectName(attributes: { readonly [name in keyof typeof NAME_OID]?: string }): x509.Name {
  const sets = Object.entries(attributes).map(([name, text]) =>
    der(TAG.set, der(TAG.sequence, derOid(NAME_OID[name as keyof typeof NAME_OID]), derText(text))),
  );
  return new x509.Name(der(TAG.sequence, ...sets));
}

/** Certificates know no fractions of a second. */
function wholeSeconds(ms: number): Date {
  return new Date(Math.floor(ms / 1000) * 1000);
}

function spki(privateKey: KeyObject): Buffer {
  return createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
}

/** A private key in the form the library signs with. EC on the NIST curves and RSA; anything else throws. */
async function signingKey(pem: string): Promise<webcrypto.CryptoKey> {
  const key = createPrivateKey(pem);
  const curves: Record<string, string> = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' };
  const namedCurve = curves[key.asymmetricKeyDetails?.namedCurve ?? ''];
  const algorithm =
    key.asymmetricKeyType === 'rsa'
      ? { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
      : namedCurve && { name: 'ECDSA', namedCurve };
  if (!algorithm) throw new Error(`cannot sign with a key of type ${key.asymmetricKeyType}`);
  return webcrypto.subtle.importKey('pkcs8', key.export({ type: 'pkcs8', format: 'der' }), algorithm, false, ['sign']);
}

function generalName(name: string): x509.JsonGeneralName {
  const isAddress = name.includes(':') || /^\d+\.\d+\.\d+\.\d+$/.test(name);
  return { type: isAddress ? 'ip' : 'dns', value: name };
}

/** Apple's extension .6; the kind of a topic follows from its suffix. */
function topicList(topics: readonly string[]): Uint8Array {
  const pairs = topics.flatMap((topic) => {
    const kind = topic.endsWith('.voip') ? 'voip' : topic.endsWith('.complication') ? 'complication' : 'app';
    return [derText(topic), der(TAG.sequence, derText(kind))];
  });
  return der(TAG.sequence, ...pairs);
}
