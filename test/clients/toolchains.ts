/**
 * Clients in other languages: `node --import tsx test/clients/toolchains.ts [go|java|python…]`. Not part of `npm test`,
 * which needs Node alone. Each program (go/, java/, python/) says one line per check; here they are run against both
 * doors and counted. What is not installed is skipped with the reason.
 *
 * What the programs depend on is fetched only with CI or MOCK_APNS_TOOLCHAINS set; otherwise what lies on the machine
 * must do.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { find, type Ran, run } from './command.ts';
import { DOORS, type House, openHouse, TOPIC } from './house.ts';

const MAY_FETCH = [process.env['CI'], process.env['MOCK_APNS_TOOLCHAINS']].some((value) => value && value !== 'false');
const HERE = fileURLToPath(new URL('.', import.meta.url));
const FETCH_LIMIT = 300_000;
const RUN_LIMIT = 180_000;

/** How to start a program, or why it cannot be started. */
type Ready = readonly [program: string, ...args: string[]] | { readonly skip: string };

interface Toolchain {
  readonly name: string;
  /** Told a folder that is kept between runs for as long as the sources stay the same. */
  readonly prepare: (sources: string, kept: string) => Promise<Ready>;
  /** Names of the files that decide whether what is kept is still good. */
  readonly sources: readonly string[];
}

const NOT_HERE = 'what it depends on is not on this machine; set MOCK_APNS_TOOLCHAINS=1 to fetch it';
const lacks = (program: string): { skip: string } => ({ skip: `${program} is not installed` });
/** No network is no fault of ours; a program that does not compile is. */
function unfetched(what: string, { stderr, stdout }: Ran): { skip: string } {
  if (!MAY_FETCH) return { skip: NOT_HERE };
  const said = (stderr.trim() || stdout.trim()).split('\n').at(-1) ?? '';
  return { skip: `${what} did not succeed: ${said}` };
}

const TOOLCHAINS: readonly Toolchain[] = [
  {
    name: 'go',
    sources: ['go.mod', 'go.sum', 'main.go'],
    async prepare(sources, kept) {
      if (find('go') === undefined) return lacks('go');
      const program = join(kept, 'program');
      if (existsSync(program)) return [program];
      const env = { ...process.env, GOFLAGS: '-mod=readonly', ...(MAY_FETCH ? {} : { GOPROXY: 'off' }) };
      const fetched = await run('go', ['mod', 'download'], { cwd: sources, env, limit: FETCH_LIMIT });
      if (fetched.code !== 0) return unfetched('go mod download', fetched);
      const built = await run('go', ['build', '-o', program, '.'], { cwd: sources, env, limit: FETCH_LIMIT });
      if (built.code !== 0) throw new Error(`go build: ${built.stderr}`);
      return [program];
    },
  },
  {
    name: 'java',
    sources: ['JdkClient.java'],
    async prepare(sources) {
      if (find('javac') === undefined || find('java') === undefined) return lacks('a JDK');
      return ['java', join(sources, 'JdkClient.java')];
    },
  },
  {
    name: 'pushy',
    sources: ['pom.xml', 'PushyClient.java'],
    async prepare(_, kept) {
      const sources = join(HERE, 'java');
      if (find('javac') === undefined || find('java') === undefined) return lacks('a JDK');
      const jars = join(kept, 'jars');
      if (!existsSync(join(kept, 'PushyClient.class'))) {
        if (!MAY_FETCH) return { skip: NOT_HERE };
        if (find('mvn') === undefined) return lacks('mvn (Maven)');
        const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${jars}`];
        const fetched = await run('mvn', ['-q', '-B', '-f', join(sources, 'pom.xml'), ...goal], { limit: FETCH_LIMIT });
        if (fetched.code !== 0) return unfetched('mvn', fetched);
        const args = ['-cp', join(jars, '*'), '-d', kept, join(sources, 'PushyClient.java')];
        const compiled = await run('javac', args, { limit: RUN_LIMIT });
        if (compiled.code !== 0) throw new Error(`javac: ${compiled.stderr}`);
      }
      return ['java', '-cp', [join(jars, '*'), kept].join(delimiter), 'PushyClient'];
    },
  },
  {
    name: 'python',
    sources: ['requirements.txt'],
    async prepare(sources, kept) {
      const python = join(kept, 'venv', 'bin', 'python');
      const done = join(kept, 'installed');
      if (!existsSync(done)) {
        if (find('python3') === undefined) return lacks('python3');
        if (!MAY_FETCH) return { skip: NOT_HERE };
        const made = await run('python3', ['-m', 'venv', join(kept, 'venv')], { limit: RUN_LIMIT });
        if (made.code !== 0) return unfetched('python3 -m venv', made);
        const args = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
        const file = join(sources, 'requirements.txt');
        const installed = await run(python, [...args, '--no-deps', '-r', file], { limit: FETCH_LIMIT });
        if (installed.code !== 0) return unfetched('pip install', installed);
        writeFileSync(done, '');
      }
      return [python, join(sources, 'clients.py')];
    },
  },
];

const totals = { passed: 0, failed: 0, skipped: 0 };
const VERDICTS = { ok: 'passed', FAIL: 'failed', skip: 'skipped' } as const;

function count(verdict: keyof typeof VERDICTS, what: string): void {
  totals[VERDICTS[verdict]]++;
  console.log(`${verdict.padEnd(4)} ${what}`);
}

/** Everything a program is told about the house. */
async function environmentOf(house: House): Promise<NodeJS.ProcessEnv> {
  const file = (name: string, text: string): string => {
    const path = join(house.folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  // RSA for all: not every language reads the other kind without help.
  const client = await house.certificate();
  const sandbox = await house.certificateFor('sandbox', 'rsa');
  return {
    ...process.env,
    HOUSE_DOOR: house.door,
    HOUSE_SEND: house.send.origin,
    HOUSE_MANAGE: house.manage.origin,
    HOUSE_MANAGE_PRODUCTION: house.manageProduction.origin,
    HOUSE_H2C: house.mock.urls.h2c ?? '',
    HOUSE_TOPIC: TOPIC,
    HOUSE_AUTHORIZATION: house.token(),
    HOUSE_CA: house.caFile,
    HOUSE_KEY: file('key.p8', house.key.p8),
    HOUSE_KEY_ID: house.key.keyId,
    HOUSE_TEAM_ID: house.key.teamId,
    HOUSE_CLIENT_CERT: file('client.pem', client.certPem),
    HOUSE_CLIENT_KEY: file('client.key', client.keyPem),
    HOUSE_SANDBOX_CERT: file('sandbox.pem', sandbox.certPem),
    HOUSE_SANDBOX_KEY: file('sandbox.key', sandbox.keyPem),
  };
}

async function visit(name: string, [program, ...args]: readonly [string, ...string[]], house: House): Promise<void> {
  const ran = await run(program, args, { env: await environmentOf(house), limit: RUN_LIMIT });
  const lines = ran.stdout.trim().split('\n');
  for (const line of lines) {
    const said = /^(ok|FAIL|skip) +(.+)$/.exec(line);
    if (said !== null) count(said[1] as keyof typeof VERDICTS, `${name}, door ${house.door}: ${said[2]}`);
    else if (line !== 'done' && line !== '') console.log(`     ${line}`);
  }
  // A program that breaks off has not made its checks.
  if (lines.at(-1) === 'done' && ran.code === 0) return;
  count('FAIL', `${name}, door ${house.door}: it ended (${ran.code ?? 'by signal'}) before it was done`);
  console.log(ran.stderr.trim().split('\n').slice(-20).join('\n').replace(/^/gm, '     '));
}

/** A folder of its own for each state of the sources. */
function keptFor({ name, sources }: Toolchain, folder: string): string {
  const hash = createHash('sha256').update(process.version);
  for (const source of sources) hash.update(readFileSync(join(folder, source)));
  const kept = join(tmpdir(), 'mock-apns-toolchains', `${name}-${hash.digest('hex').slice(0, 16)}`);
  mkdirSync(kept, { recursive: true });
  return kept;
}

const wanted = process.argv.slice(2);
for (const name of wanted)
  if (!TOOLCHAINS.some((toolchain) => toolchain.name === name)) count('FAIL', `there is no toolchain ${name}`);

for (const toolchain of TOOLCHAINS) {
  const { name } = toolchain;
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const folder = join(HERE, name === 'pushy' ? 'java' : name);
  const kept = keptFor(toolchain, folder);
  try {
    const ready = await toolchain.prepare(folder, kept);
    if ('skip' in ready) {
      count('skip', `${name}: ${ready.skip}`);
      continue;
    }
    for (const door of DOORS) {
      const house = await openHouse(door, ['--h2c-port', '0']);
      try {
        await visit(name, ready, house);
      } finally {
        await house.stop();
      }
    }
  } catch (error) {
    rmSync(kept, { recursive: true, force: true });
    count('FAIL', `${name}: ${(error as Error).message}`);
  }
}

const { passed, failed, skipped } = totals;
console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed > 0 ? 1 : 0;
