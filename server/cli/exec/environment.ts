import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { clientEnv } from '../../core/export/env.ts';
import type { Mock } from '../../mock.ts';
import type { Env } from '../../options/table.ts';
import type { ExecArguments } from './arguments.ts';
import { type Facts, fillIn } from './templates.ts';
import { makeTrust } from './trust.ts';

export interface Surroundings {
  /** The whole environment of the command. */
  readonly env: Env;
  readonly notes: readonly string[];
}

/** A folder that only this user can look into. */
export const privateFolder = (): string => mkdtempSync(join(tmpdir(), 'mock-apns-exec-'));

/** Writes what a client needs into `folder`, and says where it is. */
export async function surroundings(
  mock: Mock,
  { variables }: Pick<ExecArguments, 'variables'>,
  folder: string,
  env: Env,
): Promise<Surroundings> {
  const { urls, certificates } = mock;
  const { keyId, teamId, p8, keyFile } = certificates.providerKey;
  const files = certificates.paths;
  const write = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  const ca = files === null ? write('ca.pem', certificates.caPem) : resolve(files.ca);
  const key = files === null ? write(keyFile, p8) : resolve(files.providerKey);
  // Its RSA key takes a while to make: in memory it is there for those who ask for it.
  const wantsClient = variables.some(([, { names }]) => names.includes('clientCert') || names.includes('clientKey'));
  let client: { readonly cert: string; readonly key: string } | null = null;
  if (wantsClient || files !== null) {
    // In a folder that has none yet it is being made. Where that fails, the log has said why.
    const pair = await certificates.clientReady.catch((error: Error) => (wantsClient ? Promise.reject(error) : null));
    if (pair !== null)
      client =
        files === null
          ? { cert: write('client.pem', pair.certPem), key: write('client.key', pair.keyPem) }
          : { cert: resolve(files.clientCert), key: resolve(files.clientKey) };
  }
  const trust = makeTrust(certificates.caPem, folder, env);
  const send = new URL(urls.send);
  const facts: Facts = {
    sendUrl: urls.send,
    sendHost: send.hostname.replace(/^\[(.*)\]$/, '$1'),
    sendPort: send.port,
    manageUrl: urls.manage,
    managePort: new URL(urls.manage).port,
    manageProductionUrl: urls.manageProduction,
    manageProductionPort: new URL(urls.manageProduction).port,
    controlUrl: urls.control,
    controlPort: new URL(urls.control).port,
    h2cUrl: urls.h2c ?? '',
    proxyUrl: urls.proxy ?? '',
    ca,
    bundle: trust.bundle,
    trustStore: trust.trustStore,
    keyFile: key,
    key: p8,
    keyId,
    teamId,
    clientCert: client?.cert ?? '',
    clientKey: client?.key ?? '',
  };
  const addresses = clientEnv({
    sendUrl: urls.send,
    manageUrl: urls.manage,
    manageProductionUrl: urls.manageProduction,
    controlUrl: urls.control,
    keyId,
    teamId,
    files: { ca, key, client },
  });
  const given = Object.entries(addresses).filter(([, value]) => value !== '');
  return {
    env: {
      ...env,
      ...Object.fromEntries(given),
      ...trust.env,
      ...unproxied(env, facts.sendHost),
      ...Object.fromEntries(variables.map(([name, template]) => [name, fillIn(template, facts)])),
    },
    notes: trust.notes,
  };
}

const PROXIES = ['http_proxy', 'https_proxy', 'all_proxy'];

/** Where a proxy is set, most clients would send even requests for this machine through it. */
function unproxied(env: Env, host: string): Record<string, string> {
  const set = (name: string): boolean => (env[name] ?? '') !== '';
  if (!PROXIES.some((name) => set(name) || set(name.toUpperCase()))) return {};
  const before = [env['no_proxy'], env['NO_PROXY']].find((value) => value !== undefined && value !== '');
  const names = [...new Set([...(before?.split(',') ?? []), 'localhost', '127.0.0.1', '::1', host])].join(',');
  return { no_proxy: names, NO_PROXY: names };
}
