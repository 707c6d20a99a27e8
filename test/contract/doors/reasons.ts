/** Why a door cannot run a case; docs/doors.md tells the same to users. */
import type { Case } from '../case.ts';

type Excuse = (candidate: Case) => string | null;

export const withCertificate = ({ setup }: Case): boolean => setup.certificate !== null;

export const noCertificates: Excuse = (candidate) =>
  withCertificate(candidate) ? 'cleartext: a client certificate belongs to TLS' : null;
