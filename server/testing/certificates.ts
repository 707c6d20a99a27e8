import { type Certificates, loadCertificates } from '../shell/certs.ts';
import type { Clock } from '../shell/clock.ts';

/** Making a set takes longer than everything else together, so all mocks of a process share one. It is never written. */
const made = new Map<string, Promise<Certificates>>();

export function sharedCertificates(hosts: readonly string[], clock: Clock): Promise<Certificates> {
  const key = hosts.join();
  let certificates = made.get(key);
  if (certificates === undefined) {
    certificates = loadCertificates({ folder: 'memory', hosts, now: clock.now() });
    made.set(key, certificates);
  }
  return certificates;
}
