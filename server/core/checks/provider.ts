import { bundleIdOf } from '../../protocol/push-types.ts';
import type { TokenRefresh } from '../scenario/model.ts';
import type { Check, Situation } from '../situation.ts';
import { fail } from '../situation.ts';

/** Provider tokens (TOKEN, apns-protocol 6.1 to 6.4). A client certificate makes all of this moot (BCAST). */

/** A token may be used for an hour after `iat`. */
export const TOKEN_MAX_AGE_MS = 60 * 60 * 1000;
/** Clocks differ: how far in the future `iat` may lie. Assumed (apns-protocol 10, row 20). */
export const TOKEN_MAX_AHEAD_MS = 5 * 60 * 1000;
/**
 * How many different tokens may be shown in a while. Apple asks for one refresh in 20 minutes at most; what was seen is
 * a complaint about "more than five" on one connection (kylebrowning/APNSwift#34, Pr0Ger/PyAPNs2#76).
 */
export const TOKEN_REFRESH: TokenRefresh = { atMost: 5, within: 20 * 60 * 1000, per: 'connection' };

/** Where the tokens are remembered that count together. */
export function shownTokens(s: Situation): Map<string, number> {
  if (s.law.tokenRefresh.per === 'connection') return s.session.tokens;
  const { keyId } = s.token as NonNullable<Situation['token']>;
  let shown = s.law.tokensByKey.get(keyId);
  if (shown === undefined) {
    shown = new Map();
    s.law.tokensByKey.set(keyId, shown);
  }
  return shown;
}

/** Whether provider tokens matter here at all. */
const exempt = (s: Situation): boolean => s.law.auth === 'off' || s.session.certificate !== null;

export const credential: Check = (s) => {
  if (exempt(s)) return null;
  const { authorization } = s.fields;
  if (authorization === undefined)
    return fail(
      'MissingProviderToken',
      'the request has no authorization header and the connection no client certificate',
    );
  const found = s.law.credentials.read(authorization);
  if (found.kind === 'none') return fail('MissingProviderToken', found.why);
  if (found.kind === 'token') s.token = found.token;
  return null;
};

export const providerToken: Check = (s) => {
  if (exempt(s)) return null;
  const found = s.law.credentials.read(s.fields.authorization as string);
  if (found.kind === 'malformed') return fail('InvalidProviderToken', found.why);
  const token = s.token;
  if (token === null) return null;
  const key = s.law.registry.key(token.keyId);
  s.key = key;
  if (key === undefined) {
    if (s.law.auth === 'trusting') return null;
    return fail(
      'InvalidProviderToken',
      `key id ${token.keyId} is not registered with this server; --auth registered accepts registered keys only`,
    );
  }
  if (key.teamId !== token.teamId)
    return fail(
      'InvalidProviderToken',
      `key ${token.keyId} belongs to team ${key.teamId}, but iss says ${token.teamId}`,
    );
  if (!signatureHolds(s))
    return fail('InvalidProviderToken', `the signature does not match the registered public key of ${token.keyId}`);
  return null;
};

/** Verified once per token text and key; verification alone would cap the server near 19,000 requests a second. */
function signatureHolds(s: Situation): boolean {
  const token = s.token as NonNullable<Situation['token']>;
  const handle = s.key?.handle;
  if (token.verifiedBy === handle) return true;
  if (!s.law.ports.verify(handle, token.signed, token.signature)) return false;
  token.verifiedBy = handle;
  return true;
}

export const tokenAge: Check = (s) => {
  const token = s.token;
  if (token === null) return null;
  if (s.session.spoilt)
    return fail(
      'ExpiredProviderToken',
      'an earlier token on this connection had expired; open a new connection (observed profile)',
    );
  const age = s.at - token.issuedAt;
  if (age > TOKEN_MAX_AGE_MS)
    return fail('ExpiredProviderToken', `iat is ${minutes(age)} old; a token serves for 60 minutes`);
  if (-age > TOKEN_MAX_AHEAD_MS)
    return fail('InvalidProviderToken', `iat lies ${minutes(-age)} in the future; is the sender's clock right?`);
  return null;
};

export const keyEnvironment: Check = (s) => {
  const { key } = s;
  if (key === undefined || key.environments.includes(s.environment)) return null;
  const why = `key ${key.keyId} is for ${key.environments.join(' and ')}, this is ${s.environment}`;
  return fail(s.law.profile === 'observed' ? 'BadEnvironmentKeyInToken' : 'BadEnvironmentKeyIdInToken', why);
};

export const connectionBinding: Check = (s) => {
  const { token, key } = s;
  const { bound } = s.session;
  if (token === null || bound === null) return null;
  if (bound.teamId !== token.teamId)
    return fail(
      'InvalidProviderToken',
      `this connection belongs to team ${bound.teamId} since its first push; team ${token.teamId} needs one of its own`,
    );
  if (bound.keyId === token.keyId) return null;
  const narrow = key !== undefined && key.topics.length > 0;
  const boundNarrow = bound.key !== undefined && bound.key.topics.length > 0;
  if (!narrow && !boundNarrow) return null;
  const why = `key ${token.keyId} (${narrow ? 'topic-specific' : 'team-scoped'}) cannot follow key ${bound.keyId} (${boundNarrow ? 'topic-specific' : 'team-scoped'}) on one connection`;
  return fail('UnrelatedKeyIdInToken', why);
};

export const tokenRefresh: Check = (s) => {
  if (s.token === null) return null;
  const { atMost, within, per } = s.law.tokenRefresh;
  const tokens = shownTokens(s);
  if (tokens.size < atMost || tokens.has(s.token.text)) return null;
  let recent = 0;
  for (const firstSeen of tokens.values()) if (s.at - firstSeen < within) recent++;
  if (recent < atMost) return null;
  const where = per === 'connection' ? 'on this connection' : `of key ${s.token.keyId}`;
  return fail(
    'TooManyProviderTokenUpdates',
    `this is the ${ordinal(recent + 1)} different token ${where} within ${minutes(within)}; reuse one token for 20 to 60 minutes`,
  );
};

/** Whether key, team and certificate of a request cover a topic; a sentence when they do not. */
export function uncovered(s: Situation, topic: string): string | null {
  const bundleId = bundleIdOf(topic);
  const app = s.law.registry.app(bundleId) ?? s.law.registry.app(topic);
  const { certificate } = s.session;
  if (s.law.auth === 'off') return null;
  if (certificate !== null)
    return coveredBy(certificate.topics, topic)
      ? null
      : `the client certificate is for ${certificate.topics.join(', ')}`;
  const { token, key } = s;
  if (token === null) return null;
  if (key !== undefined && key.topics.length > 0 && !key.topics.includes(bundleId) && !key.topics.includes(topic))
    return `key ${key.keyId} is for ${key.topics.join(', ')} only`;
  if (app === undefined) return null;
  if (app.team !== null && app.team !== token.teamId)
    return `the app belongs to team ${app.team}, the token to team ${token.teamId}`;
  if (app.keyIds !== null && !app.keyIds.includes(token.keyId))
    return `the app allows the keys ${app.keyIds.join(', ')} only`;
  return null;
}

/** VoIP and complication topics must be listed by a certificate; the others come with the bundle id (SEND). */
const LISTED_ONLY = ['.voip', '.complication'];
function coveredBy(topics: readonly string[], topic: string): boolean {
  if (topics.includes(topic)) return true;
  return !LISTED_ONLY.some((suffix) => topic.endsWith(suffix)) && topics.includes(bundleIdOf(topic));
}

const minutes = (ms: number): string => {
  const count = Math.floor(ms / 60_000);
  const rest = Math.floor((ms % 60_000) / 1000);
  const [long, short] = [`${count} minute${count === 1 ? '' : 's'}`, `${rest} second${rest === 1 ? '' : 's'}`];
  return count < 1 ? short : rest === 0 ? long : `${long} and ${short}`;
};
const ordinal = (n: number): string => `${n}${n === 2 ? 'nd' : n === 3 ? 'rd' : 'th'}`;
