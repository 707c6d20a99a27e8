/** Provider tokens, part by part (apns-protocol 6.1 to 6.4). */
import type { Case, Setup } from '../case.ts';
import { APP, type CredentialSpec, KEYS, OTHER_TEAM, type TokenSpec } from '../credentials.ts';
import { broadcasted, created, each, type GoodName, given, type Outcome, pushed, refused } from './base.ts';

const missing = refused(403, 'MissingProviderToken', 'credential');
const invalid = refused(403, 'InvalidProviderToken', 'provider-token');
const expired = refused(403, 'ExpiredProviderToken', 'token-age');
const ahead = refused(403, 'InvalidProviderToken', 'token-age');

/** The same credentials are judged alike by all three families. */
const everywhere = (
  name: string,
  credentials: CredentialSpec,
  refusal: Outcome | null,
  setup: Partial<Setup> = {},
): Case[] =>
  each<readonly [GoodName, Outcome]>(
    [
      ['push', refusal ?? pushed],
      ['broadcast', refusal ?? broadcasted],
      ['create', refusal ?? created],
    ],
    ([good, outcome]) => given(good, name, { credentials, setup }, outcome),
  );
const push = (name: string, token: TokenSpec, outcome: Outcome, setup: Partial<Setup> = {}): Case =>
  given('push', name, { credentials: { token }, setup }, outcome);

const schemes: Case[] = [
  ...everywhere('no credentials', 'none', missing),
  ...everywhere('an empty token', { authorization: 'bearer ' }, missing),
  ...each(['bearer', 'Bearer', '', 'Basic dXNlcjpwYXNz', 'Token abc', 'bearer:abc'], (authorization) =>
    given('push', `authorization "${authorization}"`, { credentials: { authorization } }, missing),
  ),
  ...each(['Bearer', 'BEARER', 'bEaReR'], (scheme) => push(`the scheme ${scheme}`, { scheme }, pushed)),
  push('two blanks after the scheme', { scheme: 'bearer ' }, pushed),
  ...everywhere('a good token', { token: {} }, null),
];

const parts: Case[] = [
  ...everywhere('garbage for a token', { authorization: 'bearer garbage' }, invalid),
  ...each(['a.b', 'a.b.c.d', '..', '.', 'a.b.', 'é.é.é', '{}.{}.{}'], (text) =>
    given(
      'push',
      `the token ${text}`,
      { credentials: { authorization: `bearer ${Buffer.from(text).toString('latin1')}` } },
      invalid,
    ),
  ),
  push('a header that is no JSON', { headerText: 'ES256' }, invalid),
  push('a header that is a list', { headerText: '["ES256"]' }, invalid),
  push('a header of null', { headerText: 'null' }, invalid),
  ...each(['ES384', 'HS256', 'RS256', 'none', 'es256', '', 256, null], (alg) =>
    push(`alg ${JSON.stringify(alg)}`, { header: { alg } }, invalid),
  ),
  push('no typ', { header: { typ: null } }, pushed),
  push('another typ', { header: { typ: 'at+jwt' } }, pushed),
  push('more in the header', { header: { cty: 'x', b64: true } }, pushed),
  ...each(['', 'SHORT', 'KEYMAIN0011', 'keymain001', 'KEY-MAIN-1', 1234567890, null], (kid) =>
    push(`kid ${JSON.stringify(kid)}`, { header: { kid } }, invalid),
  ),
  push('claims that are no JSON', { claimsText: 'iss=TEAM123456' }, invalid),
  push('claims that are a list', { claimsText: '[]' }, invalid),
  ...each(['', 'TEAM', 'TEAM1234567', 'team123456', 'TEAM 12345', 1234567890, null], (iss) =>
    push(`iss ${JSON.stringify(iss)}`, { claims: { iss } }, invalid),
  ),
  ...each(['1795283940', '', true, null], (iat) => push(`iat ${JSON.stringify(iat)}`, { claims: { iat } }, invalid)),
  push('exp in the past, which does not matter', { claims: { exp: 1 } }, pushed),
  push('more claims', { claims: { sub: APP, aud: 'https://example.com' } }, pushed),
];

const signatures: Case[] = [
  ...everywhere('a signature in DER', { token: { signature: 'der' } }, null),
  ...everywhere('the standard alphabet with padding', { token: { alphabet: 'base64' } }, null),
  push('a signature in DER, in the standard alphabet', { alphabet: 'base64', signature: 'der' }, pushed),
  push('no third part', { signature: 'absent' }, invalid),
  push('an empty signature', { signature: 'empty' }, invalid),
  push('a signature one byte short', { signature: 'cut' }, invalid),
  ...everywhere('a signature made with another key', { token: { signature: 'forged' } }, invalid),
  push('a forged signature, but the key id is not registered', { key: 'stranger', signature: 'forged' }, pushed),
  push('a forged signature, and nothing is registered', { signature: 'forged' }, pushed, { keys: [] }),
  push('the key id of one key on the signature of another', { header: { kid: KEYS.second.keyId } }, invalid),
  push('the team of a registered key under another name', { claims: { iss: OTHER_TEAM } }, invalid),
  push('an unknown key id, any team', { key: 'stranger', claims: { iss: OTHER_TEAM } }, pushed),
];

const ages: Case[] = [
  push('issued now', { iat: 0 }, pushed),
  push('issued 59 minutes and 59 seconds ago', { iat: -3599 }, pushed),
  push('issued an hour ago', { iat: -3600 }, pushed),
  ...everywhere('issued an hour and a second ago', { token: { iat: -3601 } }, expired),
  push('issued a year ago', { iat: -31_536_000 }, expired),
  push('issued in 1970', { claims: { iat: 0 } }, expired),
  push('issued before 1970', { claims: { iat: -1 } }, expired),
  push('issued five minutes from now', { iat: 300 }, pushed),
  ...everywhere('issued five minutes and a second from now', { token: { iat: 301 } }, ahead),
  push('issued in milliseconds', { claims: { iat: 1_795_283_940_000 } }, ahead),
  push('issued within a second', { claims: { iat: 1_795_283_940.5 } }, pushed),
  push('too old and forged', { iat: -7200, signature: 'forged' }, invalid),
];

/** `--auth`: how much of this is looked at. */
const registered: Partial<Setup> = { auth: 'registered' };
const off: Partial<Setup> = { auth: 'off' };
const modes: Case[] = [
  ...everywhere('registered: a registered key', { token: {} }, null, registered),
  ...everywhere('registered: an unknown key id', { token: { key: 'stranger' } }, invalid, registered),
  push('registered: a forged signature', { signature: 'forged' }, invalid, registered),
  ...everywhere('registered: no credentials', 'none', missing, registered),
  ...everywhere('off: no credentials', 'none', null, off),
  ...everywhere('off: garbage for a token', { authorization: 'bearer garbage' }, null, off),
  push('off: too old', { iat: -7200 }, pushed, off),
  push('off: a key of the other environment', { key: 'production' }, pushed, off),
];

const wrongEnvironment = refused(403, 'BadEnvironmentKeyIdInToken', 'key-environment');
const environments: Case[] = [
  ...everywhere('a key for this environment', { token: { key: 'sandbox' } }, null),
  ...everywhere('a key for the other environment', { token: { key: 'production' } }, wrongEnvironment),
  given(
    'push',
    'a sandbox key in production',
    {
      credentials: { token: { key: 'sandbox' } },
      setup: { environment: 'production' },
    },
    wrongEnvironment,
  ),
  given(
    'push',
    'a production key in production',
    {
      credentials: { token: { key: 'production' } },
      authority: 'api.push.apple.com',
    },
    pushed,
  ),
  given(
    'create',
    'a sandbox key on the port of production',
    {
      credentials: { token: { key: 'sandbox' } },
      setup: { listener: 'manage-production' },
    },
    wrongEnvironment,
  ),
  given(
    'push',
    'a key for the other environment, of an app of another team',
    {
      credentials: { token: { key: 'production' } },
      setup: { apps: [{ bundleId: APP, team: OTHER_TEAM, broadcast: true, keyIds: null, channelLimit: 1 }] },
    },
    wrongEnvironment,
  ),
];

export const CREDENTIALS: readonly Case[] = [...schemes, ...parts, ...signatures, ...ages, ...modes, ...environments];
