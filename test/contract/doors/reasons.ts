/** Why a door cannot run a case; docs/doors.md tells the same to users. */
import type { Case } from '../case.ts';

type Excuse = (candidate: Case) => string | null;

/** The first excuse that holds. */
export const first =
  (...excuses: readonly Excuse[]): Excuse =>
  (candidate) => {
    for (const excuse of excuses) {
      const why = excuse(candidate);
      if (why !== null) return why;
    }
    return null;
  };

export const withCertificate = ({ setup }: Case): boolean => setup.certificate !== null;

export const noCertificates: Excuse = (candidate) =>
  withCertificate(candidate) ? 'cleartext: a client certificate belongs to TLS' : null;

export const nodeServerCannot: Excuse = ({ needs }) => {
  if (needs.includes('head')) return 'node:http2 sends no body in answer to HEAD';
  return null;
};
