import { createHash } from 'node:crypto';

/**
 * A trust store as Java has read it since 1.2 (sun.security.provider.JavaKeyStore): certificates only, so nothing in it is
 * secret, and no JDK is needed to write it. The password only seals it against damage.
 */
export function javaTrustStore(certificates: readonly string[], password: string): Buffer {
  const entries = certificates.map((pem, index) => {
    const der = Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64');
    return Buffer.concat([u32(TRUSTED), utf(`trusted-${index}`), u64(0n), utf('X.509'), u32(der.length), der]);
  });
  const body = Buffer.concat([u32(MAGIC), u32(VERSION), u32(entries.length), ...entries]);
  const seal = createHash('sha1').update(Buffer.from(password, 'utf16le').swap16()).update(SALT).update(body);
  return Buffer.concat([body, seal.digest()]);
}

const MAGIC = 0xfeedfeed;
const VERSION = 2;
const TRUSTED = 2;
/** The format's own constant. */
const SALT = 'Mighty Aphrodite';

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function u64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
}

/** As DataOutput.writeUTF writes ASCII. */
function utf(text: string): Buffer {
  const bytes = Buffer.from(text, 'ascii');
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
