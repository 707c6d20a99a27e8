import type { AuthMode, ClientCertificate, Environment } from '../protocol/model.ts';
import type { Session } from './sessions.ts';

/** What is left of a certificate whose connection has closed: that there was one. */
export const CLOSED_CERTIFICATE: ClientCertificate = {
  subjectUid: undefined,
  commonName: undefined,
  topics: [],
  development: false,
  production: false,
  notBefore: 0,
  notAfter: 0,
  trusted: false,
};

const nameOf = ({ commonName, subjectUid }: ClientCertificate): string =>
  commonName ?? subjectUid ?? 'the client certificate';

/**
 * Judges a client certificate when its connection opens (CERT, apns-protocol 6.5 and 7.5). A wrong one is told in a
 * GOAWAY, not in an answer. `null`: it may be used.
 */
export function judgeCertificate(
  certificate: ClientCertificate | { readonly error: string },
  environment: Environment,
  auth: AuthMode,
  at: number,
): Session['refused'] {
  const bad = (why: string): Session['refused'] => ({ reason: 'BadCertificate', why });
  if ('error' in certificate) return bad(`the client certificate cannot be read: ${certificate.error}`);
  const name = nameOf(certificate);
  if (at > certificate.notAfter) return bad(`${name} expired on ${new Date(certificate.notAfter).toISOString()}`);
  if (at < certificate.notBefore)
    return bad(`${name} is valid only from ${new Date(certificate.notBefore).toISOString()}`);
  if (certificate.topics.length === 0)
    return bad(`${name} names no topic: neither UID in its subject nor Apple's topic list 1.2.840.113635.100.6.3.6`);
  if (auth === 'registered' && !certificate.trusted)
    return bad(`${name} was not issued by this server's authority; --auth registered accepts no other`);
  return judgeCertificateEnvironment(certificate, environment);
}

/** The part of it that also depends on the host name of each request. */
export function judgeCertificateEnvironment(
  certificate: ClientCertificate,
  environment: Environment,
): Session['refused'] {
  // Without either marker nothing says which environment it is for; both markers serve both.
  const marked = certificate.development || certificate.production;
  const fits = environment === 'sandbox' ? certificate.development : certificate.production;
  if (marked && !fits)
    return {
      reason: 'BadCertificateEnvironment',
      why: `${nameOf(certificate)} carries the ${certificate.development ? 'development' : 'production'} marker only, this is ${environment}`,
    };
  return null;
}
