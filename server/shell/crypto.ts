/**
 * The cryptography of provider tokens, on node:crypto alone. Nothing here keeps state, reads the clock or waits.
 */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  randomBytes,
  randomInt,
  sign,
  verify,
} from 'node:crypto';

declare const handle: unique symbol;

/** A P-256 public key, ready to verify with. Opaque: only `importPublicKey` makes one, only this file looks inside. */
export interface PublicKeyHandle {
  readonly [handle]: 'P-256 public key';
}

/** A key was given that APNs could not use; the message is one sentence that says what it is instead. */
export class KeyError extends Error {
  override readonly name = 'KeyError';
}

/** A provider's signing key, as the developer portal hands it out. */
export interface ProviderKey {
  /** Private key: P-256, PKCS#8, PEM. */
  readonly p8: string;
  /** 10 characters of A–Z and 0–9. */
  readonly keyId: string;
  readonly teamId: string;
  /** Public key: SPKI, PEM. */
  readonly publicKeyPem: string;
}

/** What `signProviderToken` puts into a token. */
export interface TokenOptions {
  readonly p8: string;
  readonly keyId: string;
  readonly teamId: string;
  /** Issued at: seconds since 1970. */
  readonly iat: number;
  /** `raw` (default) is r‖s as RFC 7518 says, `der` is what pushy sends. */
  readonly signature?: 'raw' | 'der';
}

/** Length of r‖s with P-256. */
const RAW_LENGTH = 64;
const DER_SEQUENCE = 0x30;

/**
 * Takes a public key in any form people have one in.
 *
 * @param key PEM text (SPKI, or a private key in PKCS#8 or SEC1, whose public half is taken), a JWK object, or a JWK as
 *   JSON text
 * @throws KeyError when it cannot be read or is not on P-256
 */
export function importPublicKey(key: string | JsonWebKey): PublicKeyHandle {
  const publicKey = readKey(key, 'public');
  requireP256(publicKey);
  return publicKey as unknown as PublicKeyHandle;
}

/**
 * Checks an ES256 signature.
 *
 * @param signingInput the two first parts of the token with the dot between them
 * @param signature r‖s (64 bytes, RFC 7518 3.4) or DER (what pushy sends and APNs accepts, apns-protocol.md 6.1)
 * @returns false for a wrong and for a malformed signature alike; never throws
 */
export function verifyEs256(publicKey: PublicKeyHandle, signingInput: string, signature: Uint8Array): boolean {
  const key = publicKey as unknown as KeyObject;
  const input = Buffer.from(signingInput, 'utf8');
  try {
    if (signature.length === RAW_LENGTH && verify('sha256', input, { key, dsaEncoding: 'ieee-p1363' }, signature)) {
      return true;
    }
    return signature[0] === DER_SEQUENCE && verify('sha256', input, { key, dsaEncoding: 'der' }, signature);
  } catch {
    return false;
  }
}

/** A new provider key with random ids. Synchronous, about 1 ms. */
export function generateProviderKey(): ProviderKey {
  const { privateKey, publicKey } = newEcKeys();
  return { p8: privateKey, keyId: randomId(), teamId: randomId(), publicKeyPem: publicKey };
}

/** A new P-256 private key (PKCS#8, PEM). Synchronous, about 1 ms. */
export function newEcKeyPem(): string {
  return newEcKeys().privateKey;
}

function newEcKeys(): { readonly privateKey: string; readonly publicKey: string } {
  return generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}

/**
 * The public half of a `.p8` file.
 *
 * @returns SPKI, PEM
 * @throws KeyError when it is no P-256 private key
 */
export function publicKeyPem(p8: string): string {
  const privateKey = readKey(p8, 'private');
  requireP256(privateKey);
  return createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }) as string;
}

/**
 * Signs a provider token (JWT, ES256) as a provider would.
 *
 * @throws KeyError when `p8` is no P-256 private key
 */
export function signProviderToken(options: TokenOptions): string {
  const key = readKey(options.p8, 'private');
  requireP256(key);
  const part = (value: object): string => Buffer.from(JSON.stringify(value), 'utf8').toString('base64url');
  const header = part({ alg: 'ES256', kid: options.keyId, typ: 'JWT' });
  const signingInput = `${header}.${part({ iss: options.teamId, iat: options.iat })}`;
  const dsaEncoding = options.signature === 'der' ? 'der' : 'ieee-p1363';
  return `${signingInput}.${sign('sha256', Buffer.from(signingInput), { key, dsaEncoding }).toString('base64url')}`;
}

/** Bytes as text. What is not UTF-8 becomes U+FFFD; a byte order mark stays. */
export function utf8Decode(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

/** The runtime's own ways between bytes and text; they work on every Uint8Array. The typings do not list them. */
const { latin1Slice, latin1Write } = Buffer.prototype as unknown as {
  latin1Slice(start: number, end: number): string;
  latin1Write(text: string, start: number, length: number): number;
};

/** Bytes as the characters of the same number (ISO 8859-1). */
export const latin1Decode = (bytes: Uint8Array, start: number, end: number): string =>
  latin1Slice.call(bytes, start, end);

export const latin1Encode = (text: string, bytes: Uint8Array, start: number): void =>
  void latin1Write.call(bytes, text, start, text.length);

/** A seed for a run that was given none: a whole number from 0 to 2³² − 1. */
export function randomSeed(): number {
  return randomBytes(4).readUInt32LE();
}

/** A key id or team id: 10 characters of A–Z and 0–9. */
function randomId(): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
  return Array.from({ length: 10 }, () => alphabet[randomInt(alphabet.length)]).join('');
}

function readKey(key: string | JsonWebKey, want: 'public' | 'private'): KeyObject {
  const jwk = typeof key === 'string' ? readJson(key) : key;
  const pem = typeof key === 'string' ? key : '';
  if (jwk === null && !pem.includes('-----BEGIN ')) {
    throw new KeyError(
      `This is no ${want} key: expected PEM text ("-----BEGIN …")${want === 'public' ? ' or a JWK' : ''}.`,
    );
  }
  if (/-----BEGIN ENCRYPTED|Proc-Type: 4,ENCRYPTED/.test(pem)) {
    throw new KeyError('This key is encrypted with a passphrase; give it without (openssl pkcs8 -topk8 -nocrypt).');
  }
  if (pem.includes('-----BEGIN CERTIFICATE')) {
    const needed = want === 'private' ? 'signed with the private key' : 'checked with the public key';
    throw new KeyError(`This is a certificate; a provider token is ${needed} of a .p8 file.`);
  }
  try {
    if (want === 'private') return createPrivateKey(pem);
    // node derives the public half of a private PEM and leaves `d` of a JWK aside.
    return jwk === null ? createPublicKey(pem) : createPublicKey({ key: jwk, format: 'jwk' });
  } catch (cause) {
    const what = jwk === null ? `This PEM text holds no readable ${want} key` : 'This JWK holds no readable public key';
    throw new KeyError(`${what} (${cause instanceof Error ? cause.message : String(cause)}).`, { cause });
  }
}

function readJson(text: string): JsonWebKey | null {
  if (!text.trimStart().startsWith('{')) return null;
  try {
    return JSON.parse(text) as JsonWebKey;
  } catch {
    return null;
  }
}

function requireP256(key: KeyObject): void {
  const type = key.asymmetricKeyType ?? 'unknown';
  const curve = key.asymmetricKeyDetails?.namedCurve;
  if (type === 'ec' && curve === 'prime256v1') return;
  const found = type === 'ec' ? `an EC key on the curve ${curve}` : `a key of type ${type}`;
  throw new KeyError(`This is ${found}; APNs signs its provider tokens with P-256 (ES256) only.`);
}
