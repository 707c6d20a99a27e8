import { createHash, X509Certificate } from 'node:crypto';
import { type DerItem, der, oidText, readInside, readItems, stringText, TAG, timeMs } from './certs-der.ts';

/** Apple's extensions in a push certificate (apns-protocol.md 6.5). */
export const APPLE_OID = {
  development: '1.2.840.113635.100.6.3.1',
  production: '1.2.840.113635.100.6.3.2',
  voip: '1.2.840.113635.100.6.3.4',
  topics: '1.2.840.113635.100.6.3.6',
} as const;

/** Attributes of names. */
export const NAME_OID = {
  uid: '0.9.2342.19200300.100.1.1',
  commonName: '2.5.4.3',
  organization: '2.5.4.10',
  unit: '2.5.4.11',
} as const;

const ALT_NAME_OID = '2.5.29.17';

/** What a push certificate says about its holder. Times in milliseconds since 1970. */
export interface ClientCertificate {
  /** UID of the subject: the bundle id. */
  readonly subjectUid?: string;
  readonly commonName?: string;
  /** OU of the subject: in Apple's certificates the team id. */
  readonly teamId?: string;
  /** Topics the holder may send to: the topic list where there is one, else the UID alone; and those for VoIP. */
  readonly topics: readonly string[];
  /** Good for the sandbox / for production. */
  readonly development: boolean;
  readonly production: boolean;
  readonly notBefore: number;
  readonly notAfter: number;
  /** SHA-256 over the certificate in the form `AB:CD:…`, as node and openssl print it. */
  readonly fingerprint: string;
}

/** What was given cannot be read as a certificate; `error` says why in a few words. */
export interface UnreadableCertificate {
  readonly error: string;
}

/** The parts of a certificate that matter here, taken apart but not judged. */
export interface CertificateParts {
  readonly notBefore: number;
  readonly notAfter: number;
  /** Names as they stand in the certificate: two of them are the same name when their bytes are. */
  readonly issuerName: Uint8Array;
  readonly subjectName: Uint8Array;
  /** Common name of the issuer, '' when there is none. */
  readonly issuerCommonName: string;
  /** SubjectPublicKeyInfo, whole. */
  readonly publicKey: Uint8Array;
  /** Subject attributes by object identifier; of a repeated one the first. */
  readonly subject: ReadonlyMap<string, string>;
  /** Contents of the extensions by object identifier. */
  readonly extensions: ReadonlyMap<string, Uint8Array>;
}

/**
 * Reads a certificate that a client presented.
 *
 * Looks at the contents alone: who signed it and whether it is still valid are separate questions (`issuedBy`,
 * `notAfter`). Never throws.
 *
 * @param raw the certificate in DER, as `getPeerCertificate().raw` gives it
 * @see apns-protocol.md 6.5: without the topic list a certificate stands for its UID only
 */
export function readClientCertificate(raw: Uint8Array): ClientCertificate | UnreadableCertificate {
  const parts = takeApart(raw);
  if ('error' in parts) return parts;
  const subjectUid = parts.subject.get(NAME_OID.uid);
  const commonName = parts.subject.get(NAME_OID.commonName);
  const teamId = parts.subject.get(NAME_OID.unit);
  const list = parts.extensions.get(APPLE_OID.topics);
  const listed = list === undefined ? null : readTopicList(list);
  if (list !== undefined && listed === null) return { error: 'the topic list (extension .6) is malformed' };
  const voip = readVoipTopics(parts.extensions.get(APPLE_OID.voip));
  return {
    ...(subjectUid === undefined ? {} : { subjectUid }),
    ...(commonName === undefined ? {} : { commonName }),
    ...(teamId === undefined ? {} : { teamId }),
    topics: [...new Set([...(listed ?? (subjectUid === undefined ? [] : [subjectUid])), ...voip])],
    development: parts.extensions.has(APPLE_OID.development),
    production: parts.extensions.has(APPLE_OID.production),
    notBefore: parts.notBefore,
    notAfter: parts.notAfter,
    fingerprint: createHash('sha256')
      .update(raw)
      .digest('hex')
      .toUpperCase()
      .replace(/..(?=.)/g, '$&:'),
  };
}

/**
 * Whether the CA in `caPem` signed the certificate. The dates of either are not looked at. Never throws; false for
 * what is no certificate.
 */
export function issuedBy(raw: Uint8Array, caPem: string): boolean {
  try {
    const certificate = new X509Certificate(raw);
    return pemBlocks(caPem).some((pem) => signedBy(certificate, new X509Certificate(pem)));
  } catch {
    return false;
  }
}

/** Whether `issuer` is named as the issuer of `certificate` and its key made the signature. */
export function signedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

/** The certificates of a PEM text, each as PEM of its own, in their order. */
export function pemBlocks(pem: string): string[] {
  return pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
}

/** The DNS names and IP addresses a server certificate is for; IPv6 addresses in their long form. */
export function serverNames(parts: CertificateParts): string[] {
  const value = parts.extensions.get(ALT_NAME_OID);
  const names: string[] = [];
  for (const item of (value && readInside(value, TAG.sequence)) ?? []) {
    if (item.tag === 0x82) names.push(Buffer.from(item.value).toString('latin1'));
    else if (item.tag === 0x87 && item.value.length === 4) names.push(item.value.join('.'));
    else if (item.tag === 0x87 && item.value.length === 16) {
      names.push(Buffer.from(item.value).toString('hex').match(/.{4}/g)!.join(':'));
    }
  }
  return names;
}

/**
 * A certificate's parts.
 *
 * Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signature }, RFC 5280 section 4.1
 */
export function takeApart(bytes: Uint8Array): CertificateParts | UnreadableCertificate {
  const tbs = readInside(bytes, TAG.sequence)?.[0];
  const fields = tbs?.tag === TAG.sequence ? readItems(tbs.value) : null;
  if (!fields) return { error: 'not a certificate in DER' };
  // serialNumber, signature, issuer, validity, subject, subjectPublicKeyInfo; the version before them is optional.
  const first = fields[0]?.tag === 0xa0 ? 1 : 0;
  const [issuer, period, name, key] = fields.slice(first + 2);
  if (
    issuer?.tag !== TAG.sequence ||
    period?.tag !== TAG.sequence ||
    name?.tag !== TAG.sequence ||
    key?.tag !== TAG.sequence
  ) {
    return { error: 'not a certificate in DER' };
  }

  const times = readItems(period.value)?.map(timeMs) ?? [];
  const [notBefore, notAfter] = times;
  if (times.length !== 2 || !Number.isFinite(notBefore) || !Number.isFinite(notAfter)) {
    return { error: 'the validity is malformed' };
  }
  const issuerAttributes = readName(issuer.value);
  if (issuerAttributes === null) return { error: 'the issuer is malformed' };
  const subject = readName(name.value);
  if (subject === null) return { error: 'the subject is malformed' };
  const extensions = readExtensions(fields.find((item, at) => at > first + 5 && item.tag === 0xa3));
  if (extensions === null) return { error: 'the extensions are malformed' };
  return {
    notBefore: notBefore!,
    notAfter: notAfter!,
    issuerName: issuer.value,
    subjectName: name.value,
    issuerCommonName: issuerAttributes.get(NAME_OID.commonName) ?? '',
    publicKey: der(TAG.sequence, key.value),
    subject,
    extensions,
  };
}

/** Name ::= SEQUENCE OF SET OF SEQUENCE { type, value }. */
function readName(value: Uint8Array): Map<string, string> | null {
  const attributes = new Map<string, string>();
  for (const set of readItems(value) ?? [null]) {
    if (set?.tag !== TAG.set) return null;
    for (const pair of readItems(set.value) ?? [null]) {
      const [type, content] = (pair?.tag === TAG.sequence && readItems(pair.value)) || [];
      if (type?.tag !== TAG.oid || content === undefined) return null;
      const oid = oidText(type.value);
      const text = stringText(content);
      if (text !== null && !attributes.has(oid)) attributes.set(oid, text);
    }
  }
  return attributes;
}

/** [3] SEQUENCE OF SEQUENCE { extnID, critical DEFAULT FALSE, extnValue OCTET STRING }. */
function readExtensions(item: DerItem | undefined): Map<string, Uint8Array> | null {
  const extensions = new Map<string, Uint8Array>();
  if (item === undefined) return extensions;
  for (const extension of readInside(item.value, TAG.sequence) ?? [null]) {
    const fields = extension?.tag === TAG.sequence ? readItems(extension.value) : null;
    const id = fields?.[0];
    const value = fields?.at(-1);
    if (id?.tag !== TAG.oid || value?.tag !== TAG.octetString) return null;
    extensions.set(oidText(id.value), value.value);
  }
  return extensions;
}

/**
 * SEND says that VoIP topics are in extension .4 or .6, and not in which form. Assumed: that of .6, or one string; what
 * is neither marks and names nothing, as .1 and .2 do.
 */
function readVoipTopics(value: Uint8Array | undefined): readonly string[] {
  if (value === undefined) return [];
  const [only] = readItems(value) ?? [];
  const text = only === undefined ? null : stringText(only);
  return text !== null ? [text] : (readTopicList(value) ?? []);
}

/** SEQUENCE { UTF8String topic, SEQUENCE { UTF8String kind … }, topic, kinds, … }. */
function readTopicList(value: Uint8Array): string[] | null {
  const items = readInside(value, TAG.sequence);
  if (items === null || items.length % 2 !== 0) return null;
  const topics: string[] = [];
  for (let i = 0; i < items.length; i += 2) {
    const topic = stringText(items[i]!);
    if (topic === null || items[i + 1]!.tag !== TAG.sequence) return null;
    topics.push(topic);
  }
  return topics;
}
