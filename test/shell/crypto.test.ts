import * as crypto from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  generateProviderKey,
  importPublicKey,
  KeyError,
  publicKeyPem,
  randomSeed,
  signProviderToken,
  utf8Decode,
  verifyEs256,
} from '../../server/shell/crypto.ts';

/** RFC 7515, appendix A.3. */
const RFC = {
  jwk: {
    kty: 'EC',
    crv: 'P-256',
    x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
    y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
  },
  input:
    'eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ',
  signature: 'DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q',
};

const bytes = (base64url: string): Uint8Array => Buffer.from(base64url, 'base64url');
const parts = (token: string): { input: string; signature: Uint8Array } => {
  const at = token.lastIndexOf('.');
  return { input: token.slice(0, at), signature: bytes(token.slice(at + 1)) };
};
const messageOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    assert.instance(error, KeyError);
    return (error as Error).message;
  }
  return assert.unreachable('it should have thrown') as never;
};

const verification = suite('verifyEs256');
const provider = generateProviderKey();
const key = importPublicKey(provider.publicKeyPem);

verification('accepts the example of RFC 7515 and nothing near it', () => {
  const rfcKey = importPublicKey(RFC.jwk);
  const signature = bytes(RFC.signature);
  assert.is(verifyEs256(rfcKey, RFC.input, signature), true);
  assert.is(verifyEs256(rfcKey, `${RFC.input}x`, signature), false);
  assert.is(verifyEs256(key, RFC.input, signature), false, 'another key');
  for (const at of [0, 31, 32, 63]) {
    const bent = Uint8Array.from(signature);
    bent[at]! ^= 1;
    assert.is(verifyEs256(rfcKey, RFC.input, bent), false, `byte ${at}`);
  }
});

verification('accepts r||s and DER alike', () => {
  const raw = parts(signProviderToken({ ...provider, iat: 1_700_000_000 }));
  const asDer = parts(signProviderToken({ ...provider, iat: 1_700_000_000, signature: 'der' }));
  assert.is(raw.signature.length, 64);
  assert.is(asDer.signature[0], 0x30);
  assert.is(raw.input, asDer.input);
  assert.is(verifyEs256(key, raw.input, raw.signature), true);
  assert.is(verifyEs256(key, asDer.input, asDer.signature), true);
});

verification('is false, not an error, for whatever is no signature', () => {
  const { input, signature } = parts(signProviderToken({ ...provider, iat: 0 }));
  const asDer = parts(signProviderToken({ ...provider, iat: 0, signature: 'der' })).signature;
  const wrong: Record<string, Uint8Array> = {
    nothing: new Uint8Array(0),
    'one byte': Uint8Array.of(0x30),
    zeros: new Uint8Array(64),
    'all ones': new Uint8Array(64).fill(0xff),
    'too short': signature.subarray(0, 63),
    'too long': Buffer.concat([signature, Uint8Array.of(0)]),
    'DER cut short': asDer.subarray(0, asDer.length - 1),
    'DER and more': Buffer.concat([asDer, Uint8Array.of(0)]),
    '64 bytes that start like DER': Uint8Array.from({ length: 64 }, (_, i) => (i === 0 ? 0x30 : i)),
  };
  for (const [name, value] of Object.entries(wrong)) assert.is(verifyEs256(key, input, value), false, name);
});

verification.run();

const importing = suite('importPublicKey');

importing('takes SPKI, PKCS#8, SEC1, JWK and JWK as text, and all are the same key', () => {
  const privateKey = crypto.createPrivateKey(provider.p8);
  const jwk = privateKey.export({ format: 'jwk' });
  const { d, ...publicJwk } = jwk;
  assert.type(d, 'string');
  const { input, signature } = parts(signProviderToken({ ...provider, iat: 1 }));
  const forms = {
    SPKI: provider.publicKeyPem,
    'PKCS#8': provider.p8,
    'SPKI with Windows line ends': provider.publicKeyPem.replaceAll('\n', '\r\n'),
    SEC1: privateKey.export({ type: 'sec1', format: 'pem' }) as string,
    JWK: publicJwk,
    'private JWK': jwk,
    'JWK text': JSON.stringify(publicJwk),
  };
  for (const [name, form] of Object.entries(forms)) {
    assert.is(verifyEs256(importPublicKey(form), input, signature), true, name);
  }
});

importing('says what is wrong with a key that will not do', () => {
  const rsa = crypto.generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey;
  const p384 = crypto.generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey;
  const ed = crypto.generateKeyPairSync('ed25519').privateKey;
  const pem = (k: crypto.KeyObject, type: 'spki' | 'pkcs8'): string =>
    k.export({ type, format: 'pem' } as never) as unknown as string;
  assert.match(
    messageOf(() => importPublicKey(pem(rsa, 'spki'))),
    /type rsa.*P-256/,
  );
  assert.match(
    messageOf(() => importPublicKey(pem(p384, 'spki'))),
    /secp384r1.*P-256/,
  );
  assert.match(
    messageOf(() => importPublicKey(p384.export({ format: 'jwk' }))),
    /secp384r1/,
  );
  assert.match(
    messageOf(() => importPublicKey(pem(ed, 'pkcs8'))),
    /type ed25519/,
  );
  assert.match(
    messageOf(() => importPublicKey('hello')),
    /expected PEM/,
  );
  assert.match(
    messageOf(() => importPublicKey('')),
    /expected PEM/,
  );
  assert.match(
    messageOf(() => importPublicKey('{"kty":"EC"}')),
    /JWK holds no readable public key/,
  );
  assert.match(
    messageOf(() => importPublicKey({ ...RFC.jwk, y: RFC.jwk.x })),
    /JWK holds no readable/,
  );
  assert.match(
    messageOf(() => importPublicKey('-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----')),
    /PEM/,
  );
  assert.match(
    messageOf(() => importPublicKey('-----BEGIN CERTIFICATE-----\nAAAA')),
    /certificate/,
  );
  const locked = crypto
    .createPrivateKey(provider.p8)
    .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }) as string;
  assert.match(
    messageOf(() => importPublicKey(locked)),
    /passphrase/,
  );
});

importing.run();

const making = suite('provider keys and tokens');

making('a generated key has ids and a public half that fit', () => {
  assert.match(provider.keyId, /^[A-Z0-9]{10}$/);
  assert.match(provider.teamId, /^[A-Z0-9]{10}$/);
  assert.match(provider.p8, /^-----BEGIN PRIVATE KEY-----\n/);
  assert.is(publicKeyPem(provider.p8), provider.publicKeyPem);
  const other = generateProviderKey();
  assert.is.not(other.keyId, provider.keyId);
  assert.is.not(other.p8, provider.p8);
});

making('a token says what APNs asks for', () => {
  const [header, claims, signature, ...rest] = signProviderToken({ ...provider, iat: 1_763_755_200 }).split('.');
  const decode = (part: string | undefined): unknown => JSON.parse(Buffer.from(part!, 'base64url').toString());
  assert.equal(decode(header), { alg: 'ES256', kid: provider.keyId, typ: 'JWT' });
  assert.equal(decode(claims), { iss: provider.teamId, iat: 1_763_755_200 });
  assert.match(signature!, /^[A-Za-z0-9_-]{86}$/);
  assert.equal(rest, []);
});

making('refuses to sign with what APNs would not accept', () => {
  const p384 = crypto.generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey;
  const p8 = p384.export({ type: 'pkcs8', format: 'pem' }) as string;
  assert.match(
    messageOf(() => signProviderToken({ p8, keyId: 'A', teamId: 'B', iat: 0 })),
    /secp384r1/,
  );
  assert.match(
    messageOf(() => publicKeyPem(provider.publicKeyPem)),
    /private key/,
  );
});

making.run();

const small = suite('utf8Decode and randomSeed');

small('decodes a view, keeps a byte order mark, replaces what is not UTF-8', () => {
  const all = Buffer.from('..Zürich 🚀..');
  assert.is(utf8Decode(all.subarray(2, all.length - 2)), 'Zürich 🚀');
  assert.is(utf8Decode(Uint8Array.of(0xef, 0xbb, 0xbf, 0x7b)), '\ufeff{');
  assert.is(utf8Decode(Uint8Array.of(0x61, 0xff, 0x62)), 'a\ufffdb');
  assert.is(utf8Decode(new Uint8Array(0)), '');
});

small('a seed is a whole number of 32 bits, and two are seldom alike', () => {
  const seeds = Array.from({ length: 20 }, randomSeed);
  for (const seed of seeds) assert.ok(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32, String(seed));
  assert.ok(new Set(seeds).size > 15);
});

small.run();
