/**
 * The floors of docs/architecture.md as data, and a checker that reads source text.
 * Paths are relative to `server/`. Comments and the insides of strings do not count (blank.ts).
 */
import { posix } from 'node:path';
import { blank, lineAt } from './blank.ts';

export interface Violation {
  readonly file: string;
  readonly line: number;
  readonly rule: string;
  readonly found: string;
  readonly because: string;
}

interface Import {
  readonly specifier: string;
  /** Path inside `server/` for a relative import, `../…` when it leads outside, null for a package. */
  readonly target: string | null;
  readonly offset: number;
}

interface File {
  readonly path: string;
  readonly floor: Floor | null;
  readonly code: string;
  readonly imports: readonly Import[];
}

/** One place in a file that breaks a rule: where, and how to say it. */
type Hit = readonly [offset: number, found: string];

export interface Rule {
  readonly id: string;
  readonly because: string;
  readonly find: (file: File) => Iterable<Hit>;
}

// ---------------------------------------------------------------------------------------------------------------
// The table of floors. First fit wins; a file that fits nowhere is a violation.

interface Floor {
  readonly name: string;
  readonly level: number;
  readonly where: RegExp;
}

const FLOORS: readonly Floor[] = [
  { name: 'protocol', level: 0, where: /^protocol\// },
  { name: 'core', level: 1, where: /^core\// },
  { name: 'http2', level: 1, where: /^http2\// },
  { name: 'shell', level: 2, where: /^shell\// },
  { name: 'adapters', level: 3, where: /^adapters\/[^/]+\// },
  { name: 'top', level: 4, where: /^[^/]+$|^(cli|options|testing)\// },
];

const BELOW_THE_LINE = /^(protocol|core|http2)\//;
/** The page runs in a browser, which has a clock of its own. */
const CLOCK = /^shell\/clock(\.ts$|\/)|^adapters\/control\/page\//;
const SHELL = /^shell\//;
const CERTS = /^shell\/certs/;
/** The file that accepts sockets, and the doors that are handed them (for them it is a matter of types). */
const SOCKETS = /^shell\/listen\.ts$|^adapters\/(wire|node-http2)\//;
const NODE_HTTP2 = /^adapters\/node-http2\//;
const CONTROL_OR_PROBE = /^adapters\/(control|proxy)\/|^(cli|probe)\.ts$|^cli\//;

/** Packages that compute and do nothing else, so that the core may use them. */
const PURE_PACKAGES = /^(yaml|valibot|zod)(\/|$)/;

// ---------------------------------------------------------------------------------------------------------------
// The table of rules.

export const RULES: readonly Rule[] = [
  {
    id: 'known-place',
    because: 'a file without a floor escapes every other rule: put it into a folder of the layout, or add a floor',
    find: ({ floor }) => (floor ? [] : [[0, 'a file on no floor']]),
  },
  {
    id: 'downward',
    because: 'what is below must be understood, tested and reused without what is above',
    find: (file) =>
      inside(file, (target) => (floorOf(target)?.level ?? 0) > (file.floor?.level ?? 0) && `imports ${target}`),
  },
  {
    id: 'core-and-http2-are-strangers',
    because: 'HTTP/2 knows nothing of APNs and APNs nothing of frames: each is tested, and could be replaced, alone',
    find: (file) =>
      inside(file, (target) => {
        const pair = [file.floor?.name, floorOf(target)?.name].join(' ');
        return /^(core http2|http2 core|http2 protocol)$/.test(pair) && `imports ${target}`;
      }),
  },
  {
    id: 'no-sibling-adapter',
    because: 'an adapter translates one outside world; what two of them share belongs to a lower floor',
    find: (file) =>
      inside(file, (target) => {
        const [own, other] = [file.path, target].map((path) => /^adapters\/[^/]+/.exec(path)?.[0]);
        return own !== undefined && other !== undefined && own !== other && `imports ${target}`;
      }),
  },
  {
    id: 'stays-inside',
    because: 'the server is built and published without the tests and tools around it',
    find: (file) =>
      inside(file, (target) => target.startsWith('../') && target !== '../package.json' && `imports ${target}`),
  },
  {
    id: 'pure-packages',
    because: 'below the line nothing touches the outside, and a package could',
    find: ({ path, imports }) =>
      imports
        .filter(({ specifier, target }) => target === null && BELOW_THE_LINE.test(path) && !isNode(specifier))
        .filter(({ specifier }) => !(path.startsWith('core/') && PURE_PACKAGES.test(specifier)))
        .map(({ specifier, offset }) => [offset, `imports ${specifier}`] as const),
  },
  {
    id: 'no-node-below-the-line',
    because: 'the core is a function of its events: no I/O, the same answer everywhere, replayable from a log',
    find: ({ path, imports }) =>
      imports
        .filter(({ specifier }) => BELOW_THE_LINE.test(path) && isNode(specifier))
        .map(({ specifier, offset }) => [offset, `imports ${specifier}`] as const),
  },
  {
    id: 'no-async-below-the-line',
    because: 'one event is one synchronous call; awaiting lets another event slip in between',
    find: words(/\basync\b|\bawait\b|\bnew\s+Promise\b|\bqueueMicrotask\b/, BELOW_THE_LINE, 'only there'),
  },
  {
    id: 'sockets-in-one-file',
    because: 'shell/listen accepts sockets for both doors; one opened elsewhere would escape drain, limits and journal',
    find: modules(/^(node:)?(tls|net)$/, SOCKETS),
  },
  {
    id: 'http1-in-control',
    because: 'plain HTTP is the control API, the probe that asks it and CONNECT; APNs itself is never spoken over it',
    find: modules(/^(node:)?https?$/, CONTROL_OR_PROBE),
  },
  {
    id: 'http2-server-in-one-door',
    because: 'node:http2 serves one door and is the oracle of the other; a second server would judge by other rules',
    find: words(
      /\b(create(Secure)?Server|performServerHandshake)\b/,
      NODE_HTTP2,
      'everywhere but there',
      /^(node:)?http2$/,
    ),
  },
  {
    id: 'time-in-the-clock',
    because: 'time is a number on the event; only then can a test, a replay and the control API move it',
    find: words(
      /\bDate\s*\.\s*now\b|\bnew\s+Date\s*(\(\s*\)|(?![\s(\w$]))|(?<![\w$.]|new\s+)Date\s*\(|\bperformance\s*\.\s*(now|timeOrigin)\b|\bprocess\s*\.\s*(hrtime|uptime)\b|\bAbortSignal\s*\.\s*timeout\b|(?:(?<![\w$.])|\bglobalThis\s*\.\s*)set(Timeout|Interval|Immediate)\b/,
      CLOCK,
      'everywhere but there',
    ),
  },
  {
    id: 'timers-in-the-clock',
    because: 'one driver owns timers; the virtual clock steps to each in turn',
    find: modules(/^(node:)?timers(\/promises)?$/, CLOCK),
  },
  {
    id: 'no-math-random',
    because: 'seed and events are everything: dice come from the seeded generator, secrets from shell',
    find: words(/\bMath\s*\.\s*random\b/, SHELL, 'everywhere but there'),
  },
  {
    id: 'secrets-in-shell',
    because: 'randomness that no seed repeats enters through shell, where a test can replace it',
    find: words(/\bcrypto\s*\.\s*(random\w+|getRandomValues|generateKey\w*)/, SHELL, 'everywhere but there'),
  },
  {
    id: 'secrets-in-shell-by-name',
    because: 'randomness that no seed repeats enters through shell, where a test can replace it',
    find: words(
      /\b(random(Bytes|UUID|Int|Fill|FillSync)|getRandomValues|generateKey(Pair)?(Sync)?|webcrypto)\b/,
      SHELL,
      'everywhere but there',
      /^(node:)?crypto$/,
    ),
  },
  {
    id: 'x509-in-certs',
    because: 'certificate libraries are heavy and awkward: one place loads them, and only when it must',
    find: modules(/^(@peculiar\/x509|selfsigned)(\/|$)/, CERTS),
  },
  {
    id: 'x509-class-in-certs',
    because: 'what a certificate says is read in one place and handed on as plain data',
    find: words(/\bX509Certificate\b/, CERTS, 'everywhere but there'),
  },
];

const CYCLE = {
  rule: 'no-cycle',
  because: 'files in a circle can only be understood, loaded and moved together',
};

// ---------------------------------------------------------------------------------------------------------------
// What the rows are made of.

function inside(file: File, judge: (target: string) => string | false): Hit[] {
  return file.imports.flatMap(({ target, offset }): Hit[] => {
    const found = target !== null && judge(target);
    return found ? [[offset, found]] : [];
  });
}

/** Modules that only some files may import. */
function modules(which: RegExp, allowed: RegExp): Rule['find'] {
  return ({ path, imports }) =>
    imports
      .filter(({ specifier }) => which.test(specifier) && !allowed.test(path))
      .map(({ specifier, offset }) => [offset, `imports ${specifier}`] as const);
}

/** Words that may not stand in some files; with `when`, only if the file imports such a module. */
function words(which: RegExp, place: RegExp, scope: 'only there' | 'everywhere but there', when?: RegExp) {
  return ({ path, code, imports }: File): Hit[] => {
    if (place.test(path) !== (scope === 'only there')) return [];
    if (when && !imports.some(({ specifier }) => when.test(specifier))) return [];
    return [...code.matchAll(new RegExp(which, 'g'))].map((hit) => [hit.index, hit[0].replace(/\s+/g, ' ')] as const);
  };
}

function floorOf(path: string): Floor | null {
  return FLOORS.find(({ where }) => where.test(path)) ?? null;
}

function isNode(specifier: string): boolean {
  return specifier.startsWith('node:') || BARE_NODE.test(specifier);
}

const BARE_NODE =
  /^(assert|buffer|child_process|crypto|dns|events|fs|http|https|http2|net|os|path|process|stream|timers|tls|url|util|worker_threads|zlib)(\/|$)/;

/** Every import and re-export, static or dynamic, for values or types. */
function importsOf(path: string, source: string, code: string): Import[] {
  const starts = /\b(?:import|export)\b[^'"`;()]*?\bfrom\s*(?=['"])|\bimport\s*(?=['"])|\bimport\s*\(\s*(?=['"`])/g;
  return [...code.matchAll(starts)].map((hit) => {
    const open = hit.index + hit[0].length;
    const specifier = source.slice(open + 1, code.indexOf(code[open]!, open + 1));
    const target = specifier.startsWith('.') ? posix.normalize(posix.join(posix.dirname(path), specifier)) : null;
    return { specifier, target, offset: hit.index };
  });
}

/** Checks sources by path relative to `server/`. */
export function checkFloors(sources: ReadonlyMap<string, string>): Violation[] {
  const violations: Violation[] = [];
  const graph = new Map<string, readonly Import[]>();
  for (const [path, source] of sources) {
    const code = blank(source);
    const file: File = { path, floor: floorOf(path), code, imports: importsOf(path, source, code) };
    graph.set(path, file.imports);
    for (const { id, because, find } of RULES) {
      for (const [offset, found] of find(file)) {
        violations.push({ file: path, line: lineAt(source, offset), rule: id, found, because });
      }
    }
  }
  for (const [path, edge, cycle] of cycles(graph)) {
    const line = lineAt(sources.get(path)!, edge.offset);
    violations.push({ file: path, line, found: cycle.join(' -> '), ...CYCLE });
  }
  return violations;
}

/** Depth first; each edge that leads back into the path being walked closes one circle. */
function cycles(graph: ReadonlyMap<string, readonly Import[]>): [path: string, edge: Import, cycle: string[]][] {
  const found: [string, Import, string[]][] = [];
  const finished = new Set<string>();
  const walk = (path: string, trail: readonly string[]): void => {
    const here = [...trail, path];
    for (const edge of graph.get(path) ?? []) {
      const { target } = edge;
      if (target === null || !graph.has(target) || finished.has(target)) continue;
      if (here.includes(target)) found.push([path, edge, [...here.slice(here.indexOf(target)), target]]);
      else walk(target, here);
    }
    finished.add(path);
  };
  for (const path of graph.keys()) if (!finished.has(path)) walk(path, []);
  return found;
}

export function say({ file, line, rule, found, because }: Violation): string {
  return `server/${file}:${line}  ${rule}: ${found}\n    because ${because}`;
}
