/**
 * Runs the providers of examples/ in five languages, each with its test suite and a server of its own, and draws the
 * table of docs/languages.md from what was measured: node --import tsx .ci/examples.ts [LANGUAGE…]
 *
 * With CI=true the table is compared and not written. Needs dist/. The last line is the sum.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Language {
  readonly name: string;
  /** Its folder in examples/. */
  readonly folder: string;
  /** Commands that must be there. */
  readonly needs: readonly string[];
  readonly library: string;
  /** Where its version is pinned. */
  readonly version: readonly [file: string, pattern: RegExp];
}

// biome-ignore format: a table is read by its rows
const LANGUAGES: readonly Language[] = [
  { name: 'TypeScript', folder: 'typescript', needs: ['node', 'npm'], library: '@parse/node-apn', version: ['package.json', /node-apn": "([^"]+)/] },
  { name: 'Go', folder: 'go', needs: ['go'], library: 'sideshow/apns2', version: ['go.mod', /sideshow\/apns2 v(\S+)/] },
  { name: 'Java', folder: 'java', needs: ['javac', 'mvn'], library: 'pushy', version: ['pom.xml', /pushy<\/artifactId>\s*<version>([^<]+)/] },
  { name: 'Python', folder: 'python', needs: ['python3'], library: 'aioapns', version: ['requirements.txt', /aioapns==(\S+)/] },
  { name: 'Rust', folder: 'rust', needs: ['cargo'], library: 'hyper', version: ['Cargo.lock', /name = "hyper"\nversion = "([^"]+)/] },
];
const FEATURES = ['push', 'broadcast', 'channels', '410', 'GOAWAY'] as const;

const PAGE = 'docs/languages.md';
const [BEGIN, END] = ['<!-- measured by .ci/examples.ts -->', '<!-- end -->'];
/** Milliseconds for one language, downloads and compilation included. */
const LIMIT = 420_000;

const scratch = mkdtempSync(join(tmpdir(), 'mock-apns-examples-'));
const totals = { passed: 0, failed: 0, skipped: 0 };
function count(verdict: keyof typeof totals, text: string): void {
  totals[verdict]++;
  console.log(`${verdict.padEnd(7)} ${text}`);
}

const isThere = (command: string): boolean => spawnSync('sh', ['-c', 'command -v "$1"', 'sh', command]).status === 0;

/** Runs the suite and resolves to the row of the table; `null`: there is none. */
async function measure({ name, folder, needs, library, version }: Language): Promise<readonly string[] | null> {
  const missing = needs.filter((command) => !isThere(command));
  if (missing.length > 0) {
    count('skipped', `${name}: ${missing.join(' and ')} not installed`);
    return null;
  }
  const started = performance.now();
  const results = join(scratch, folder);
  writeFileSync(results, '');
  const { code, output } = await run(join('examples', folder, 'run.sh'), {
    EXAMPLE_RESULTS: results,
    // Compiled once for all checkouts of this machine.
    CARGO_TARGET_DIR: join(tmpdir(), 'mock-apns-examples-rust'),
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const measured = new Map(
    readFileSync(results, 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split('\t') as [string, string]),
  );
  const lacking = FEATURES.filter((feature) => !measured.has(feature));
  if (code !== 0 || lacking.length > 0) {
    console.log(output.trim().split('\n').slice(-40).join('\n').replace(/^/gm, '        '));
    count('failed', `${name}: exit code ${code}${lacking.length > 0 ? `, not measured: ${lacking.join(', ')}` : ''}`);
    return null;
  }
  count('passed', `${name}: ${library}, ${seconds} s`);
  const [file, pattern] = version;
  const pinned = pattern.exec(readFileSync(join('examples', folder, file), 'utf8'))?.[1] ?? '?';
  const cells = FEATURES.map((feature) => {
    const by = measured.get(feature) as string;
    return by === library ? 'yes' : `with \`${by}\``;
  });
  return [`[${name}](../examples/${folder})`, `\`${library}\` ${pinned}`, ...cells];
}

function run(command: string, env: Record<string, string>): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(command, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: LIMIT,
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    child.once('error', (error) => resolve({ code: null, output: String(error) }));
    child.once('close', (code) => resolve({ code, output }));
  });
}

const lineOf = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

/** The page with the rows that were measured in place of those that it has. */
function draw(page: string, rows: ReadonlyMap<string, readonly string[]>): string {
  const [before, table, after] = [
    page.slice(0, page.indexOf(BEGIN)),
    page.slice(page.indexOf(BEGIN), page.indexOf(END)),
    page.slice(page.indexOf(END)),
  ];
  const kept = table.split('\n').filter((line) => line.startsWith('| ['));
  const lines = LANGUAGES.flatMap(({ name }) => {
    const row = rows.get(name);
    return row !== undefined ? [lineOf(row)] : kept.filter((line) => line.startsWith(`| [${name}]`));
  });
  const head = [lineOf(['Language', 'Library', ...FEATURES]), `|${'---|'.repeat(FEATURES.length + 2)}`];
  return `${before}${BEGIN}\n${[...head, ...lines].join('\n')}\n${after}`;
}

const wanted = process.argv.slice(2);
const chosen = LANGUAGES.filter(
  ({ name, folder }) => wanted.length === 0 || [name, folder].some((each) => wanted.includes(each)),
);
if (!existsSync('dist/bin.js')) {
  console.log('dist/bin.js is missing: npm run build');
  process.exit(1);
}
const rows = new Map<string, readonly string[]>();
for (const language of chosen) {
  const row = await measure(language);
  if (row !== null) rows.set(language.name, row);
}
rmSync(scratch, { recursive: true });

const page = readFileSync(PAGE, 'utf8');
const drawn = draw(page, rows);
if (drawn === page) count('passed', `${PAGE} says what was measured`);
else if (process.env['CI'] === 'true')
  count('failed', `${PAGE} does not say what was measured: node --import tsx .ci/examples.ts`);
else {
  writeFileSync(PAGE, drawn);
  count('passed', `${PAGE} was drawn anew`);
}
const { passed, failed, skipped } = totals;
console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed > 0 ? 1 : 0;
