/** Real client certificates with the contents of `CERTIFICATES`, and the server's own. */
import { type Certificates, loadCertificates, makeClientCertificate } from '../../../server/shell/certs.ts';
import { CERTIFICATES, type CertificateName } from '../credentials.ts';

export interface Identity {
  readonly cert: string;
  readonly key: string;
}

let authority: Promise<Certificates> | undefined;
/** The authority and the server's certificate, made once per process. */
export function house(): Promise<Certificates> {
  authority ??= loadCertificates({ folder: 'memory', now: Date.now() });
  return authority;
}

const made = new Map<CertificateName, Promise<Identity>>();
export function identity(name: CertificateName): Promise<Identity> {
  let one = made.get(name);
  if (one === undefined) {
    one = make(name);
    made.set(name, one);
  }
  return one;
}

async function make(name: CertificateName): Promise<Identity> {
  const contents = CERTIFICATES[name];
  const wanted = 'error' in contents ? CERTIFICATES.universal : contents;
  const issuer = wanted.trusted ? await house() : await loadCertificates({ folder: 'memory', now: Date.now() });
  const { certPem, keyPem } = await makeClientCertificate(issuer, {
    // A subject without UID, and a list without topics, come to the same.
    uid: wanted.subjectUid ?? '',
    topics: wanted.topics,
    development: wanted.development,
    production: wanted.production,
    notBefore: wanted.notBefore,
    notAfter: wanted.notAfter,
    key: 'ec',
  });
  return { cert: 'error' in contents ? spoil(certPem) : certPem, key: keyPem };
}

/** Makes the list of topics a set (X.690: tag 31 in place of 30). The signature no longer fits, and nobody looks at it. */
function spoil(pem: string): string {
  const bytes = Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64');
  const topicList = Buffer.from('06 0a 2a 86 48 86 f7 63 64 06 03 06'.replaceAll(' ', ''), 'hex');
  const at = bytes.indexOf(0x30, bytes.indexOf(topicList) + topicList.length);
  bytes[at] = 0x31;
  return `-----BEGIN CERTIFICATE-----\n${bytes.toString('base64')}\n-----END CERTIFICATE-----\n`;
}
