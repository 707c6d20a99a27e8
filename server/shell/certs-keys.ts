import { der, readInside, readItems, TAG } from './certs-der.ts';

/** AlgorithmIdentifier of an EC key on P-256 (RFC 5480), whole. */
const P256 = '301306072a8648ce3d020106082a8648ce3d030107';
const EC_OID = '2a8648ce3d0201';
const RSA_OID = '2a864886f70d010101';

/**
 * The public key that a private key file carries beside the private one, as SubjectPublicKeyInfo in DER.
 *
 * Only copies bytes, where OpenSSL's decoder takes more than a millisecond for each key: at every start there are four
 * of them. It knows PKCS#8 with EC and RSA keys, which is what this project writes and what Apple hands out; null for
 * anything else means "ask node:crypto".
 */
export function publicKeyInside(pem: string): Uint8Array | null {
  const body = /^\s*-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END PRIVATE KEY-----\s*$/.exec(pem)?.[1];
  const fields = body === undefined ? null : readInside(Buffer.from(body, 'base64'), TAG.sequence);
  const [, algorithm, octets] = fields ?? [];
  if (algorithm?.tag !== TAG.sequence || octets?.tag !== TAG.octetString) return null;
  const oid = readItems(algorithm.value)?.[0];
  const inner = readInside(octets.value, TAG.sequence);
  if (oid?.tag !== TAG.oid || inner === null) return null;

  let bits: Uint8Array | undefined;
  switch (hex(oid.value)) {
    case EC_OID: {
      // ECPrivateKey, RFC 5915: [1] holds the public key as a BIT STRING.
      const holder = inner.find((item) => item.tag === 0xa1);
      bits = holder && readItems(holder.value)?.find((item) => item.tag === TAG.bitString)?.value;
      break;
    }
    case RSA_OID: {
      // RSAPrivateKey, RFC 8017: version, modulus, public exponent …
      const [, modulus, exponent] = inner;
      if (modulus?.tag !== TAG.integer || exponent?.tag !== TAG.integer) return null;
      const key = der(TAG.sequence, der(TAG.integer, modulus.value), der(TAG.integer, exponent.value));
      bits = Uint8Array.of(0, ...key);
    }
  }
  return bits ? der(TAG.sequence, der(TAG.sequence, algorithm.value), der(TAG.bitString, bits)) : null;
}

/** SubjectPublicKeyInfo as PEM when it is an uncompressed key on P-256, null otherwise. */
export function p256Pem(spki: Uint8Array): string | null {
  // SEQUENCE (2 bytes), algorithm (21), BIT STRING (3), 04 ‖ x ‖ y (65).
  if (spki.length !== 91 || hex(spki.subarray(2, 23)) !== P256 || spki[26] !== 4) return null;
  const lines = Buffer.from(spki)
    .toString('base64')
    .match(/.{1,64}/g)!;
  return `-----BEGIN PUBLIC KEY-----\n${lines.join('\n')}\n-----END PUBLIC KEY-----\n`;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
