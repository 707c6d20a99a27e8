import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Credential, createCredentialReader, readCredential } from '../../server/core/provider-token.ts';
import { NOW } from '../contract/case.ts';
import { authorizationOf, KEYS, TEAM, type TokenSpec } from '../contract/credentials.ts';
import { PORTS } from '../contract/direct.ts';

const test = suite('core: the provider-token reader');
const read = (text: string): Credential => readCredential(text, PORTS);
const written = (token: TokenSpec): string => authorizationOf({ token }, NOW) as string;
const why = (credential: Credential): string => (credential.kind === 'token' ? 'a token' : credential.why);

test('a good token', () => {
  const found = read(written({ iat: -60 }));
  assert.is(found.kind, 'token');
  if (found.kind !== 'token') return;
  const { keyId, teamId, issuedAt, signed, signature } = found.token;
  assert.equal([keyId, teamId, issuedAt, signature.length], [KEYS.main.keyId, TEAM, NOW - 60_000, 64]);
  assert.is(`bearer ${signed}`, written({ iat: -60 }).slice(0, 7 + signed.length));
});
test('never throws, and always has a sentence', () => {
  const word = fc.oneof(fc.string({ maxLength: 60 }), fc.base64String({ maxLength: 60 }));
  const dotted = fc.array(word, { maxLength: 5 }).map((parts) => parts.join('.'));
  const text = fc.oneof(
    fc.string(),
    dotted.map((token) => `bearer ${token}`),
  );
  fc.assert(
    fc.property(text, (authorization) => {
      const found = read(authorization);
      assert.is.not(found.kind, 'token');
      assert.ok(why(found).length > 10);
    }),
  );
});
test('never throws on any JSON for a header or claims', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 2 }), fc.json({ maxDepth: 2 }), (headerText, claimsText) => {
      assert.is(read(written({ headerText })).kind, 'malformed');
      assert.is(read(written({ claimsText })).kind, 'malformed');
    }),
    { numRuns: 50 },
  );
});
test('never throws on any value of any field', () => {
  const field = fc.constantFrom('alg', 'kid', 'iss', 'iat');
  fc.assert(
    fc.property(field, fc.jsonValue({ maxDepth: 1 }), (name, value) => {
      const place = name === 'alg' || name === 'kid' ? 'header' : 'claims';
      const found = read(written({ [place]: { [name]: value } }));
      if (found.kind === 'token') assert.ok(name === 'iat' && typeof value === 'number', `${name} ${String(value)}`);
    }),
    { numRuns: 50 },
  );
});
test('a changed letter anywhere in a good token never throws', () => {
  const good = written({});
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.string({ minLength: 1, maxLength: 1 }), (at, letter) => {
      const found = read(good.slice(0, at) + letter + good.slice(at + 1));
      assert.ok(['none', 'malformed', 'token'].includes(found.kind));
    }),
  );
});

/** What is wrong, and the words that must tell it. */
const SENTENCES: readonly (readonly [string, string, RegExp])[] = [
  ['no scheme and no blank', 'eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJURUFNIn0.c2ln', /does not begin with a scheme/],
  ['another scheme', 'Basic dXNlcjpwYXNz', /scheme "Basic".*bearer/],
  ['nothing behind the scheme', 'bearer   ', /no token follows/],
  ['two parts', 'bearer a.b', /2 parts.*three/],
  ['one part', 'bearer a', /1 part between/],
  ['no header', written({ headerText: 'x' }), /first part.*header.*not base64 of a JSON object/],
  ['no claims', written({ claimsText: '7' }), /second part.*claims.*not base64 of a JSON object/],
  ['another algorithm', written({ header: { alg: 'RS256' } }), /alg.*"RS256".*ES256/],
  ['no key id', written({ header: { kid: null } }), /kid.*missing.*10-character/],
  ['a short team id', written({ claims: { iss: 'T' } }), /iss.*"T".*10-character team id/],
  ['a date for iat', written({ claims: { iat: '2026-11-21' } }), /iat.*"2026-11-21".*seconds since 1970/],
  ['a cut signature', written({ signature: 'cut' }), /third part.*neither 64 bytes.*nor a DER/],
];
for (const [what, authorization, words] of SENTENCES)
  test(`tells in words: ${what}`, () => assert.match(why(read(authorization)), words));
test('no sentence shows a token or a part of its signature', () => {
  const token = written({}).slice('bearer '.length);
  const [header, claims, signature] = token.split('.') as [string, string, string];
  const texts = [token, `${token} again`, `Token${token} x`, `bearer ${token}.x`, `bearer ${header}.${claims}`];
  for (const text of texts)
    for (const part of [header, claims, signature]) assert.not.match(why(read(text)), part.slice(0, 12));
});

test('DER is a sequence that counts its own bytes', () => {
  const signed = written({ signature: 'absent' });
  const der = Buffer.from(written({ signature: 'der' }).split('.')[2] as string, 'base64url');
  const kind = (signature: Uint8Array): string =>
    read(`${signed}.${Buffer.from(signature).toString('base64url')}`).kind;
  assert.is(kind(der), 'token');
  const [longer, other] = [Buffer.from(der), Buffer.from(der)];
  longer[1] = (longer[1] as number) + 1;
  other[0] = 0x31;
  assert.equal([longer, other, Buffer.concat([der, Buffer.alloc(1)])].map(kind), [
    'malformed',
    'malformed',
    'malformed',
  ]);
});
test('the same text is read once and gives the same token', () => {
  let decoded = 0;
  const reader = createCredentialReader({
    ...PORTS,
    utf8: (bytes) => {
      decoded++;
      return PORTS.utf8(bytes);
    },
  });
  const [first, second] = [reader.read(written({})), reader.read(written({}))];
  assert.is(first, second);
  assert.is(decoded, 2, 'header and claims, once each');
});
test('the memory has a bound', () => {
  const reader = createCredentialReader(PORTS);
  const first = reader.read('bearer 0');
  for (let i = 1; i <= 4096; i++) reader.read(`bearer ${i}`);
  assert.is.not(reader.read('bearer 0'), first, 'the oldest was forgotten and read anew');
  assert.equal(reader.read('bearer 0'), first);
});
test.run();
