import { decodeBase64 } from './base64.ts';
import type { Ports } from './ports.ts';

/** A provider token that has the right form. What it claims is not yet checked against anything. */
export interface ProviderToken {
  /** The whole of it as sent, without the scheme. */
  readonly text: string;
  readonly keyId: string;
  readonly teamId: string;
  /** `iat`, in milliseconds. */
  readonly issuedAt: number;
  /** What the signature covers: header and claims as sent. */
  readonly signed: string;
  readonly signature: Uint8Array;
  /** The public key that the signature was found to match; a memory, so that each text is verified once. */
  verifiedBy: unknown;
}

/** What an `authorization` header holds. */
export type Credential =
  | { readonly kind: 'none'; readonly why: string }
  | { readonly kind: 'malformed'; readonly why: string }
  | { readonly kind: 'token'; readonly token: ProviderToken };

/** Key and team ids have ten characters, capital letters and digits (TOKEN). */
const TEN = /^[A-Z0-9]{10}$/;
/** Distinct `authorization` values remembered; beyond it the oldest are read anew. */
const REMEMBERED = 4096;

/** Reads `authorization` values, each distinct text once. */
export interface CredentialReader {
  readonly read: (authorization: string) => Credential;
}

export function createCredentialReader(ports: Ports): CredentialReader {
  const seen = new Map<string, Credential>();
  return {
    read(authorization) {
      let credential = seen.get(authorization);
      if (credential === undefined) {
        if (seen.size >= REMEMBERED) seen.delete(seen.keys().next().value as string);
        credential = readCredential(authorization, ports);
        seen.set(authorization, credential);
      }
      return credential;
    },
  };
}

/** Judges the form of a token part by part (TOKEN, apns-protocol 6.1 and 6.4). */
export function readCredential(authorization: string, ports: Ports): Credential {
  const space = authorization.indexOf(' ');
  const scheme = space < 0 ? authorization : authorization.slice(0, space);
  if (!isScheme(scheme))
    return { kind: 'none', why: 'authorization does not begin with a scheme; APNs reads "bearer <token>" only' };
  // a2 and hapns write `Bearer`; RFC 9110 section 11.1 makes schemes case-insensitive.
  if (scheme.toLowerCase() !== 'bearer')
    return { kind: 'none', why: `authorization has the scheme "${scheme}"; APNs reads "bearer <token>" only` };
  const text = space < 0 ? '' : authorization.slice(space + 1).trim();
  if (text === '') return { kind: 'none', why: 'authorization says bearer, but no token follows' };

  const malformed = (why: string): Credential => ({ kind: 'malformed', why });
  const parts = text.split('.');
  if (parts.length !== 3)
    return malformed(
      `the token has ${parts.length} part${parts.length === 1 ? '' : 's'} between dots; a JWT has three: header.claims.signature`,
    );
  const [headerPart, claimsPart, signaturePart] = parts as [string, string, string];

  const header = readObject(headerPart, ports);
  if (header === undefined) return malformed('the first part of the token, its header, is not base64 of a JSON object');
  if (header['alg'] !== 'ES256')
    return malformed(`alg in the token header is ${show(header['alg'])}; APNs takes "ES256" only`);
  const keyId = header['kid'];
  if (typeof keyId !== 'string' || !TEN.test(keyId))
    return malformed(`kid in the token header is ${show(keyId)}; it must be the 10-character id of the signing key`);

  const claims = readObject(claimsPart, ports);
  if (claims === undefined)
    return malformed('the second part of the token, its claims, is not base64 of a JSON object');
  const teamId = claims['iss'];
  if (typeof teamId !== 'string' || !TEN.test(teamId))
    return malformed(`iss in the token claims is ${show(teamId)}; it must be the 10-character team id`);
  const issuedAt = claims['iat'];
  if (typeof issuedAt !== 'number' || !Number.isFinite(issuedAt))
    return malformed(`iat in the token claims is ${show(issuedAt)}; it must be a number, the seconds since 1970`);

  const signature = decodeBase64(signaturePart);
  if (signature === undefined || !looksSigned(signature))
    return malformed(
      'the third part of the token is not an ES256 signature: neither 64 bytes (RFC 7518) nor a DER sequence',
    );
  return {
    kind: 'token',
    token: {
      text,
      keyId,
      teamId,
      issuedAt: issuedAt * 1000,
      signed: `${headerPart}.${claimsPart}`,
      signature,
      verifiedBy: undefined,
    },
  };
}

/** Raw `r‖s` has 64 bytes; DER, as pushy sends it, is a SEQUENCE (0x30) whose length byte counts the rest. */
const looksSigned = (bytes: Uint8Array): boolean =>
  bytes.length === 64 ||
  (bytes.length >= 8 && bytes.length <= 72 && bytes[0] === 0x30 && bytes[1] === bytes.length - 2);

function readObject(part: string, ports: Ports): Record<string, unknown> | undefined {
  const bytes = decodeBase64(part);
  if (bytes === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(ports.utf8(bytes));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Whether a word can be shown as an authentication scheme. What stands there otherwise may be the token itself, sent
 * without one, and tokens are not shown.
 */
export const isScheme = (word: string): boolean => /^[A-Za-z-]{1,16}$/.test(word);

const clip = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text);
const show = (value: unknown): string => (value === undefined ? 'missing' : clip(JSON.stringify(value)));
