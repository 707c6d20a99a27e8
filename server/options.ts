/**
 * The server's options: one row each, read by the parser, the usage text, the docs and the tests.
 * To add an option, add a row.
 */
import {
  bytes,
  choice,
  host,
  hosts,
  integer,
  names,
  offOn,
  onOff,
  path,
  port,
  portOrOff,
  ports,
  text,
} from './options/kinds.ts';
import {
  deepFreeze,
  type Reading,
  readTable,
  readValues,
  type Source,
  type Table,
  UsageError,
  usageOf,
  type Values,
} from './options/table.ts';

export { type Source, UsageError };

// biome-ignore format: a table is read by its rows
export const OPTIONS = {
  host: { flag: '--host', env: 'MOCK_APNS_HOST', kind: host, default: '127.0.0.1', example: '0.0.0.0',
    says: 'The address every listener binds to.' },
  ports: { flag: '--port', env: 'MOCK_APNS_PORT', kind: ports, default: [2197], example: '443,2197',
    says: 'Where device pushes and broadcasts are sent to, over TLS; a comma list opens several.' },
  managePort: { flag: '--manage-port', env: 'MOCK_APNS_MANAGE_PORT', kind: port, default: 2195, example: '2195',
    says: 'Where the channels of the sandbox are managed, over TLS.' },
  manageProductionPort: { flag: '--manage-production-port', env: 'MOCK_APNS_MANAGE_PRODUCTION_PORT', kind: port, default: 2196, example: '2196',
    says: 'Where the channels of production are managed, over TLS.' },
  controlPort: { flag: '--control-port', env: 'MOCK_APNS_CONTROL_PORT', kind: port, default: 2198, example: '2198',
    says: 'Where the control API and the inspector page are served, over plain HTTP/1.1.' },
  h2cPort: { flag: '--h2c-port', env: 'MOCK_APNS_H2C_PORT', kind: portOrOff, default: null, defaultSays: 'off', example: '2199',
    says: 'Serves every operation over cleartext HTTP/2 with prior knowledge.' },
  proxyPort: { flag: '--proxy-port', env: 'MOCK_APNS_PROXY_PORT', kind: portOrOff, default: null, defaultSays: 'off', example: '3128',
    says: "An HTTP proxy that leads Apple's host names, and nothing else, to this server (CONNECT)." },
  singlePort: { flag: '--single-port', env: 'MOCK_APNS_SINGLE_PORT', kind: onOff, default: false, example: 'true',
    says: 'Serves every operation on every TLS port.' },
  environment: { flag: '--environment', env: 'MOCK_APNS_ENVIRONMENT', kind: choice('sandbox', 'production'), default: 'sandbox', example: 'production',
    says: "The environment of a request whose host name is none of Apple's." },
  profile: { flag: '--profile', env: 'MOCK_APNS_PROFILE', kind: choice('documented', 'observed'), default: 'documented', example: 'observed',
    says: 'Answers as Apple documents, or as real servers were observed to.' },
  auth: { flag: '--auth', env: 'MOCK_APNS_AUTH', kind: choice('trusting', 'registered', 'off'), default: 'trusting', example: 'registered',
    says: 'Checks signatures of registered keys only, refuses unknown key ids as well, or asks for no credentials at all.' },
  scenario: { flag: '--scenario', env: 'MOCK_APNS_SCENARIO', kind: path('FILE'), default: null, example: 'flaky',
    says: 'What goes wrong: a scenario file, a folder of them, or the name of a built-in one.' },
  scenarioInline: { flag: null, env: 'MOCK_APNS_SCENARIO_INLINE', kind: text('TEXT'), default: null, example: 'version: 1',
    says: 'The text of a scenario itself, YAML or JSON; instead of a file.' },
  strict: { flag: '--strict', env: 'MOCK_APNS_STRICT', kind: onOff, default: false, example: 'true',
    says: 'Ends with exit code 3 if a request was refused unasked, a connection failed, or an expectation is not met.' },
  apiToken: { flag: null, env: 'MOCK_APNS_API_TOKEN', kind: text('TOKEN'), default: null, example: 'a-long-word',
    says: 'What callers of the control API must send as a bearer token.' },
  apiHosts: { flag: null, env: 'MOCK_APNS_API_HOSTS', kind: names, default: [], defaultSays: 'localhost, addresses and names without a dot', example: 'apns.ci.example,.svc.cluster.local',
    says: 'Further names under which the control API may be reached; .name stands for all that end so.' },
  certs: { flag: '--certs', env: 'MOCK_APNS_CERTS', kind: path('FOLDER'), default: 'certs', example: 'memory',
    says: 'Where keys and certificates are kept, made at the first start; "memory" keeps them off the disk.' },
  certNames: { flag: '--cert-names', env: 'MOCK_APNS_CERT_NAMES', kind: hosts, default: [], defaultSays: "localhost, mock-apns, host.docker.internal, Apple's and --host", example: 'docker,10.0.0.7',
    says: 'Further names and addresses that the certificate is for.' },
  http2: { flag: '--http2', env: 'MOCK_APNS_HTTP2', kind: choice('own', 'node'), default: 'own', example: 'node',
    says: 'Who speaks HTTP/2: the machine of this project, or node:http2.' },
  maxStreams: { flag: '--max-streams', env: 'MOCK_APNS_MAX_STREAMS', kind: integer(1, 2 ** 31 - 1), default: 1000, example: '100',
    says: 'The MAX_CONCURRENT_STREAMS that is advertised.' },
  seed: { flag: '--seed', env: 'MOCK_APNS_SEED', kind: integer(0, 2 ** 32 - 1), default: null, defaultSays: 'random, printed at start', example: '42',
    says: 'Where the dice start: the same seed and requests give the same answers.' },
  maxEntries: { flag: '--max-entries', env: 'MOCK_APNS_MAX_ENTRIES', kind: integer(1, 10_000_000), default: 10_000, example: '500',
    says: 'How many exchanges the journal keeps at most.' },
  maxBytes: { flag: '--max-bytes', env: 'MOCK_APNS_MAX_BYTES', kind: bytes, default: 64 * 2 ** 20, defaultSays: '64MiB', example: '16MiB',
    says: 'How much memory the exchanges in the journal take at most.' },
  spelledTargets: { flag: '--no-spelled-targets', env: 'MOCK_APNS_NO_SPELLED_TARGETS', kind: offOn, default: true, example: 'true',
    says: 'Treats tokens, channels and bundle ids that spell a reason like any others.' },
  log: { flag: '--log', env: 'MOCK_APNS_LOG', kind: choice('pretty', 'json', 'quiet'), default: (terminal: boolean) => (terminal ? 'pretty' : 'json'), defaultSays: 'pretty in a terminal, json otherwise', example: 'quiet',
    says: 'How each exchange is logged.' },
  readyFile: { flag: '--ready-file', env: 'MOCK_APNS_READY_FILE', kind: path('FILE'), default: null, example: 'ready.json',
    says: 'Receives the ready line as JSON once every listener accepts.' },
} as const satisfies Table;

export type Options = Values<typeof OPTIONS>;

/** One frozen value: flag over environment over default. Throws UsageError with every problem at once. */
export function parseOptions(source: Source): Options {
  return checked(readTable(OPTIONS, source));
}

/** For programs: values in place of text. What is not given has its default. Throws UsageError with every problem. */
export function completeOptions(given: Partial<Options>): Options {
  return checked(readValues(OPTIONS, given));
}

function checked({ values, from, problems }: Reading): Options {
  problems.push(...samePorts(values as Partial<Options>, from));
  if (problems.length > 0) throw new UsageError(problems);
  return deepFreeze(values) as Options;
}

/** The options part of the help text, at most 100 columns wide. */
export function usage(): string {
  return usageOf(OPTIONS);
}

const PORTS = ['ports', 'managePort', 'manageProductionPort', 'controlPort', 'h2cPort', 'proxyPort'] as const;

function samePorts(values: Partial<Options>, from: Record<string, string>): string[] {
  const problems: string[] = [];
  const taken = new Map<number, string>();
  for (const key of PORTS) {
    for (const number of [values[key] ?? []].flat()) {
      if (number === 0) continue; // any free one
      const where = from[key]!;
      const other = taken.get(number);
      if (other === where) problems.push(`${where} lists port ${number} twice`);
      else if (other)
        problems.push(`port ${number} is wanted twice, by ${other} and by ${where}: give one of them another`);
      else taken.set(number, where);
    }
  }
  return problems;
}
