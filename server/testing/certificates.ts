import { type Certificates, loadCertificates } from '../shell/certs.ts';
import type { Clock } from '../shell/clock.ts';

/** Making a set takes longer than everything else together, so all mocks of a process share one. It is never written. */
const made = new Map<string, Promise<Certificates>>();

export function sharedCertificates(host: string, clock: Clock): Promise<Certificates> {
  let certificates = made.get(host);
  if (certificates === undefined) {
    certificates = loadCertificates({ folder: 'memory', hosts: [host], now: clock.now() });
    made.set(host, certificates);
  }
  return certificates;
}
