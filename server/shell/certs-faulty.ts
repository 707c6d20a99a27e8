import type { Certificates } from './certs.ts';
import { SERVER_NAMES } from './certs.ts';
import { newEcKeyPem } from './crypto.ts';
import type { FaultyCertificate } from './listen.ts';

/** A server certificate that is wrong in one way and right in all others, with its key; PEM. */
export interface FaultyMaterial {
  readonly certPem: string;
  readonly keyPem: string;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Makes one that a careful client refuses: from our own authority but expired yesterday, from it but for another host,
 * or in every way right but from an authority that nobody trusts. `null`: the user brought an authority without its key,
 * so nothing can be signed with it.
 */
export async function makeFaulty(
  kind: FaultyCertificate,
  { caPem, caKeyPem }: Pick<Certificates, 'caPem' | 'caKeyPem'>,
  now: number,
): Promise<FaultyMaterial | null> {
  const { makeCa, makeServer } = await import('./certs-make.ts');
  const keyPem = newEcKeyPem();
  const year = now + 365 * DAY_MS;
  if (kind === 'untrusted') {
    const strangerKey = newEcKeyPem();
    const stranger = { caPem: await makeCa(strangerKey, now), caKeyPem: strangerKey };
    return { keyPem, certPem: await makeServer(stranger, keyPem, SERVER_NAMES, now, year) };
  }
  if (caKeyPem === null) return null;
  const ours = { caPem, caKeyPem };
  const certPem =
    kind === 'expired'
      ? await makeServer(ours, keyPem, SERVER_NAMES, now - 30 * DAY_MS, now - DAY_MS)
      : await makeServer(ours, keyPem, ['wrong-host.example'], now, year);
  return { keyPem, certPem };
}
