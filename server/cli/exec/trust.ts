import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Env } from '../../options/table.ts';
import { publicRoots } from '../../shell/listen.ts';
import { javaTrustStore } from './jks.ts';

/** Makes a command trust our certificate on top of whatever it trusted before, in the ways its language may look for it. */
export interface Trust {
  readonly env: Readonly<Record<string, string>>;
  /** What was trusted before, and our certificate. */
  readonly bundle: string;
  readonly trustStore: string;
  /** What could not be done, in sentences. */
  readonly notes: readonly string[];
}

/** These name the only file to be trusted: it must hold the public roots as well. */
const INSTEAD = ['SSL_CERT_FILE', 'CURL_CA_BUNDLE', 'REQUESTS_CA_BUNDLE'] as const;
/** These add to what is trusted anyway. */
const ON_TOP = ['NODE_EXTRA_CA_CERTS', 'DENO_CERT'] as const;

/** Where systems keep what they trust: Debian and Alpine, Fedora, openSUSE, the BSDs and macOS. */
const SYSTEM = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

export const TRUST_STORE_PASSWORD = 'changeit';

export function makeTrust(caPem: string, folder: string, env: Env, system: readonly string[] = SYSTEM): Trust {
  const notes: string[] = [];
  const made = new Map<string, string>();
  /** One file for each different content: most environments need two. */
  const file = (text: string, name: string): string => {
    const known = made.get(text);
    if (known !== undefined) return known;
    const path = join(folder, made.size === 0 ? 'trust.pem' : `trust-${name.toLowerCase()}.pem`);
    writeFileSync(path, text);
    made.set(text, path);
    return path;
  };
  const named = (name: string): string | null => {
    const path = env[name];
    if (path === undefined || path === '') return null;
    const text = read(path);
    if (text === null) notes.push(`${name} names ${path}, where there is no certificate; it is left out`);
    return text;
  };

  const usual = system.map(read).find((text) => text !== null) ?? publicRoots().join('\n');
  const bundle = file(joined(usual, caPem), 'bundle');
  const variables = [
    ...INSTEAD.map((name) => [name, file(joined(named(name) ?? usual, caPem), name)] as const),
    ...ON_TOP.map((name) => [name, file(joined(named(name) ?? '', caPem), name)] as const),
  ];

  const java = env['JAVA_TOOL_OPTIONS'] ?? '';
  const trustStore = join(folder, 'trust.jks');
  const own = /-Djavax\.net\.ssl\.trustStore=("[^"]*"|'[^']*'|\S+)/.exec(java)?.[1]?.replace(/^["']|["']$/g, '');
  const options = [java];
  if (own === undefined) {
    writeFileSync(trustStore, javaTrustStore(pemBlocks(`${usual}\n${caPem}`), TRUST_STORE_PASSWORD));
    options.push(
      `-Djavax.net.ssl.trustStore=${quoted(trustStore)}`,
      '-Djavax.net.ssl.trustStoreType=JKS',
      `-Djavax.net.ssl.trustStorePassword=${TRUST_STORE_PASSWORD}`,
    );
  } else {
    // What the last of several says is what counts.
    const problem = extend(own, trustStore, java, caPem, folder);
    if (problem === null) options.push(`-Djavax.net.ssl.trustStore=${quoted(trustStore)}`);
    else
      notes.push(
        `JAVA_TOOL_OPTIONS names the trust store ${own}, and our certificate could not be added to a copy: ${problem}`,
      );
  }
  return {
    env: { ...Object.fromEntries(variables), JAVA_TOOL_OPTIONS: options.filter((each) => each !== '').join(' ') },
    bundle,
    trustStore,
    notes,
  };
}

/** A file, or a folder of them; `null`: no certificate there. */
function read(path: string): string | null {
  try {
    const text = statSync(path).isDirectory()
      ? readdirSync(path)
          .filter((name) => /\.(pem|crt|cer)$/.test(name))
          .sort()
          .map((name) => readFileSync(join(path, name), 'utf8'))
          .join('\n')
      : readFileSync(path, 'utf8');
    return text.includes(BEGIN) ? text : null;
  } catch {
    return null;
  }
}

const BEGIN = '-----BEGIN CERTIFICATE-----';

const joined = (before: string, ours: string): string => `${before.trim()}\n${ours.trim()}\n`.trimStart();

const pemBlocks = (text: string): readonly string[] =>
  text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];

/** JAVA_TOOL_OPTIONS is split at blanks outside of quotes. */
const quoted = (path: string): string => (/\s/.test(path) ? `"${path}"` : path);

/** Java's other formats need Java's own tool. `null`: done. */
function extend(from: string, to: string, java: string, caPem: string, folder: string): string | null {
  if (!existsSync(from)) return 'there is no such file';
  const password = /-Djavax\.net\.ssl\.trustStorePassword=(\S+)/.exec(java)?.[1] ?? TRUST_STORE_PASSWORD;
  copyFileSync(from, to);
  const ca = join(folder, 'ca-for-java.pem');
  writeFileSync(ca, caPem);
  const args = [
    '-importcert',
    '-noprompt',
    '-alias',
    'mock-apns',
    '-file',
    ca,
    '-keystore',
    to,
    '-storepass',
    password,
  ];
  const { status, error, stdout } = spawnSync('keytool', args, {
    encoding: 'utf8',
    timeout: 20_000,
    env: { ...process.env, JAVA_TOOL_OPTIONS: '' },
  });
  if (error !== undefined) return 'keytool of a JDK is needed for that, and there is none on the path';
  return status === 0 ? null : (stdout.trim().split('\n')[0] ?? 'keytool failed');
}
