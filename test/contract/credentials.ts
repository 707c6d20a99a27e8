/** Provider keys, tokens and client certificates of the cases, by name. Key material is made anew in every process. */
import { sign as signBytes } from 'node:crypto';
import type { ClientCertificate, Environment } from '../../server/protocol/model.ts';
import { importPublicKey, newEcKeyPem, type PublicKeyHandle, publicKeyPem } from '../../server/shell/crypto.ts';
import type { Command } from './case.ts';

export const TEAM = 'TEAM123456';
export const OTHER_TEAM = 'TEAM654321';
export const APP = 'com.example.app';
export const OTHER_APP = 'com.example.other';

interface KeySpec {
  readonly keyId: string;
  readonly teamId: string;
  readonly topics: readonly string[];
  readonly environments: readonly Environment[];
}

const BOTH: readonly Environment[] = ['sandbox', 'production'];

export const KEYS = {
  main: { keyId: 'KEYMAIN001', teamId: TEAM, topics: [], environments: BOTH },
  /** Another team-scoped key of the same team. */
  second: { keyId: 'KEYSECOND2', teamId: TEAM, topics: [], environments: BOTH },
  foreign: { keyId: 'KEYFOREIGN', teamId: OTHER_TEAM, topics: [], environments: BOTH },
  sandbox: { keyId: 'KEYSANDBOX', teamId: TEAM, topics: [], environments: ['sandbox'] },
  production: { keyId: 'KEYPRODUCT', teamId: TEAM, topics: [], environments: ['production'] },
  topic: { keyId: 'KEYTOPIC01', teamId: TEAM, topics: [APP], environments: BOTH },
  topics: { keyId: 'KEYTOPIC02', teamId: TEAM, topics: [APP, OTHER_APP], environments: BOTH },
  /** Registered nowhere. */
  stranger: { keyId: 'KEYNOBODY0', teamId: TEAM, topics: [], environments: BOTH },
} as const satisfies Record<string, KeySpec>;
export type KeyName = keyof typeof KEYS;

const pems = new Map<KeyName, string>();
export function privateKey(name: KeyName): string {
  let pem = pems.get(name);
  if (pem === undefined) {
    pem = newEcKeyPem();
    pems.set(name, pem);
  }
  return pem;
}

const handles = new Map<KeyName, PublicKeyHandle>();
export function keyCommand(name: KeyName): Command {
  let handle = handles.get(name);
  if (handle === undefined) {
    handle = importPublicKey(publicKeyPem(privateKey(name)));
    handles.set(name, handle);
  }
  return { put: 'key', key: { ...KEYS[name], handle } };
}

/** A provider token, and how it differs from a good one. */
export interface TokenSpec {
  /** Who signs; key id and team id are this key's. */
  readonly key?: KeyName;
  /** Seconds from now to `iat`. */
  readonly iat?: number;
  readonly scheme?: string;
  /** In place of, or beside, the usual fields; `null` leaves one out. */
  readonly header?: Readonly<Record<string, unknown>>;
  readonly claims?: Readonly<Record<string, unknown>>;
  /** `forged`: made with another private key. `cut`: one byte short. `absent`: no third part. */
  readonly signature?: 'raw' | 'der' | 'forged' | 'cut' | 'empty' | 'absent';
  /** `base64`: the standard alphabet with padding, as dotAPNS writes it. */
  readonly alphabet?: 'base64url' | 'base64';
  /** In place of a whole part, as text before encoding. */
  readonly headerText?: string;
  readonly claimsText?: string;
}

/** The whole header value; a token; or no header at all. */
export type CredentialSpec = { readonly authorization: string } | { readonly token: TokenSpec } | 'none';

/** A token as a careful provider sends it: a minute old, signed by a registered key. */
export const VALID: CredentialSpec = { token: {} };

/** The `authorization` header that a request carries, if any. `now` in milliseconds. */
export function authorizationOf(spec: CredentialSpec, now: number): string | undefined {
  if (spec === 'none') return undefined;
  if ('authorization' in spec) return spec.authorization;
  // Signatures differ from time to time, and the same token must be the same text.
  const { scheme = 'bearer', ...token } = spec.token;
  const description = JSON.stringify([token, now]);
  let text = texts.get(description);
  if (text === undefined) {
    text = jwt(token, now);
    texts.set(description, text);
  }
  return `${scheme} ${text}`;
}

const texts = new Map<string, string>();
function jwt(token: TokenSpec, now: number): string {
  const name = token.key ?? 'main';
  const key = KEYS[name];
  const alphabet = token.alphabet ?? 'base64url';
  const part = (text: string): string => Buffer.from(text).toString(alphabet);
  const iat = Math.floor(now / 1000) + (token.iat ?? -60);
  const header = token.headerText ?? json({ alg: 'ES256', kid: key.keyId, typ: 'JWT', ...token.header });
  const claims = token.claimsText ?? json({ iss: key.teamId, iat, ...token.claims });
  const signed = `${part(header)}.${part(claims)}`;
  return `${signed}${signatureOf(token, name, signed, alphabet)}`;
}

function signatureOf(token: TokenSpec, name: KeyName, signed: string, alphabet: 'base64url' | 'base64'): string {
  const { signature = 'raw' } = token;
  if (signature === 'absent') return '';
  if (signature === 'empty') return '.';
  const bytes = signBytes('sha256', Buffer.from(signed), {
    key: signature === 'forged' ? newEcKeyPem() : privateKey(name),
    dsaEncoding: signature === 'der' ? 'der' : 'ieee-p1363',
  });
  return `.${(signature === 'cut' ? bytes.subarray(1) : bytes).toString(alphabet)}`;
}

/** What `null` names is left out. */
const json = (fields: Record<string, unknown>): string =>
  JSON.stringify(Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)));

const YEAR_MS = 365 * 24 * 60 * 60 * 1000;
const VALIDITY_START = Date.UTC(2026, 5, 1);

const CERTIFICATE: ClientCertificate = {
  subjectUid: APP,
  commonName: `Apple Push Services: ${APP}`,
  topics: [APP],
  development: true,
  production: true,
  notBefore: VALIDITY_START,
  notAfter: VALIDITY_START + YEAR_MS,
  trusted: true,
};

/** Client certificates as the shell reads them. Doors over TLS make real ones with the same contents. */
export const CERTIFICATES = {
  universal: CERTIFICATE,
  development: { ...CERTIFICATE, production: false },
  production: { ...CERTIFICATE, development: false },
  unmarked: { ...CERTIFICATE, development: false, production: false },
  /** As Apple issues them: app, VoIP and complication topics in the list extension. */
  several: { ...CERTIFICATE, topics: [APP, `${APP}.voip`, `${APP}.complication`] },
  expired: { ...CERTIFICATE, notAfter: Date.UTC(2026, 10, 20) },
  early: { ...CERTIFICATE, notBefore: Date.UTC(2026, 10, 22) },
  topicless: { ...CERTIFICATE, subjectUid: undefined, commonName: 'nobody', topics: [] },
  untrusted: { ...CERTIFICATE, trusted: false },
  unreadable: { error: 'the extension 1.2.840.113635.100.6.3.6 is not a list' },
} as const satisfies Record<string, ClientCertificate | { readonly error: string }>;
export type CertificateName = keyof typeof CERTIFICATES;
