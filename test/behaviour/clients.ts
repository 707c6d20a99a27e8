/** The libraries that are measured. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { find, run } from '../clients/command.ts';
import type { Kind } from './talk.ts';

export interface Client {
  readonly name: string;
  readonly version: string;
  readonly kinds: ReadonlySet<Kind>;
  readonly command: readonly string[];
  /** Variables that make its process trust a certificate. */
  readonly trusting: (caFile: string) => Readonly<Record<string, string>>;
}

const DEVICES: ReadonlySet<Kind> = new Set(['device']);
const ALL: ReadonlySet<Kind> = new Set(['device', 'broadcast', 'create']);

function npm(library: string, player: string, kinds: ReadonlySet<Kind>): Client {
  const path = fileURLToPath(new URL(`./players/${player}.ts`, import.meta.url));
  return {
    name: library,
    version: versionOf(library),
    kinds,
    command: [process.execPath, '--import', import.meta.resolve('tsx'), path],
    trusting: (caFile) => ({ NODE_EXTRA_CA_CERTS: caFile }),
  };
}

export const NODE_APN = npm('@parse/node-apn', 'node-apn', ALL);
export const APNS2 = npm('apns2', 'apns2', DEVICES);
export const HAPNS = npm('hapns', 'hapns', ALL);
export const NPM_CLIENTS: readonly Client[] = [NODE_APN, APNS2, HAPNS];

const GO_LIMIT = 300_000;
/** Go's, or why there is none. What it depends on is taken from the machine, unless CI or a wish says it may be fetched. */
export async function goClient(): Promise<Client | { readonly skip: string }> {
  if (find('go') === undefined) return { skip: 'go is not installed' };
  const sources = fileURLToPath(new URL('./go/', import.meta.url));
  const hash = createHash('sha256');
  for (const name of ['go.mod', 'go.sum', 'main.go']) hash.update(readFileSync(join(sources, name)));
  const kept = join(tmpdir(), 'mock-apns-toolchains', `behaviour-${hash.digest('hex').slice(0, 16)}`);
  const program = join(kept, 'program');
  if (!existsSync(program)) {
    mkdirSync(kept, { recursive: true });
    const mayFetch = [process.env['CI'], process.env['MOCK_APNS_TOOLCHAINS']].some((set) => set && set !== 'false');
    const env = { ...process.env, GOFLAGS: '-mod=readonly', ...(mayFetch ? {} : { GOPROXY: 'off' }) };
    const built = await run('go', ['build', '-o', program, '.'], { cwd: sources, env, limit: GO_LIMIT });
    if (built.code !== 0) return { skip: `go build failed: ${built.stderr.trim().split('\n').at(-1)}` };
  }
  return {
    name: 'sideshow/apns2 (Go)',
    version: /sideshow\/apns2 (v\S+)/.exec(readFileSync(join(sources, 'go.mod'), 'utf8'))?.[1] ?? '',
    kinds: DEVICES,
    command: [program],
    trusting: (caFile) => ({ SSL_CERT_FILE: caFile }),
  };
}

/** Packages do not all let their package.json be imported. */
function versionOf(library: string): string {
  for (const folder of createRequire(import.meta.url).resolve.paths(library) ?? []) {
    const path = join(folder, library, 'package.json');
    if (existsSync(path)) return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
  }
  throw new Error(`${library} is not installed`);
}
