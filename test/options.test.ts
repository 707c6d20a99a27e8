import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { distance, nearest } from '../server/options/near.ts';
import { parseTable, type Row } from '../server/options/table.ts';
import { OPTIONS, type Options, parseOptions, UsageError, usage } from '../server/options.ts';

type Env = Record<string, string>;

const parse = (argv: string[] = [], env: Env = {}, terminal = false): Options => parseOptions({ argv, env, terminal });

function problems(argv: string[] = [], env: Env = {}): readonly string[] {
  try {
    parse(argv, env);
  } catch (error) {
    assert.instance(error, UsageError);
    return (error as UsageError).problems;
  }
  return [];
}

interface Sample {
  readonly default: unknown;
  /** Texts and what they are read as; the first two differ from each other and from the default. */
  readonly good: readonly (readonly [text: string, value: unknown])[];
  readonly bad: readonly string[];
}

const switchSample = (given: boolean): Sample => ({
  default: !given,
  good: [
    ['true', given],
    ['false', !given],
    ...['1', 'yes', 'on', 'TRUE', 'On'].map((text) => [text, given] as const),
    ...['0', 'no', 'off', 'Off'].map((text) => [text, !given] as const),
  ],
  bad: ['2', 'ja', 'toString', '__proto__'],
});
const portSample = (value: number): Sample => ({
  default: value,
  good: [
    ['9001', 9001],
    ['9002', 9002],
    ['0', 0],
    ['65535', 65535],
  ],
  bad: ['65536', '-1', '0x10', '1e3', '80.5', 'http', '1,2', '99999999999999999999'],
});

const SAMPLES: Record<keyof Options, Sample> = {
  scenario: {
    default: null,
    good: [
      ['flaky', 'flaky'],
      ['scenarios/bad-day.yaml', 'scenarios/bad-day.yaml'],
    ],
    bad: [' '],
  },
  scenarioInline: {
    default: null,
    good: [
      ['version: 1\nrules: []', 'version: 1\nrules: []'],
      ['{"version": 1}', '{"version": 1}'],
    ],
    bad: [' \n'],
  },
  apiToken: {
    default: null,
    good: [
      ['a-long-word', 'a-long-word'],
      ['another one', 'another one'],
    ],
    bad: [' '],
  },
  apiHosts: {
    default: [],
    good: [
      ['apns.ci.example', ['apns.ci.example']],
      ['Apns.Example, .svc.cluster.local', ['apns.example', '.svc.cluster.local']],
    ],
    bad: ['http://x', 'a,,b', 'a:1'],
  },
  certNames: {
    default: [],
    good: [
      ['docker', ['docker']],
      ['10.0.0.7, fd00::7,apns.ci.example', ['10.0.0.7', 'fd00::7', 'apns.ci.example']],
    ],
    bad: ['http://x', 'a,,b', '.example'],
  },
  strict: switchSample(true),
  host: {
    default: '127.0.0.1',
    good: [
      ['0.0.0.0', '0.0.0.0'],
      ['::1', '::1'],
      ['::', '::'],
      ['fe80::1%eth0', 'fe80::1%eth0'],
      ['mock-apns.local', 'mock-apns.local'],
    ],
    bad: ['127.0.0.1:2197', 'http://localhost', '[::1]', 'two words', '-x'],
  },
  ports: {
    default: [2197],
    good: [
      ['443,2197', [443, 2197]],
      ['0', [0]],
      ['0,0', [0, 0]],
      ['9001, 9002', [9001, 9002]],
    ],
    bad: ['65536', '443,', ',', '443;2197', '443,x'],
  },
  managePort: portSample(2195),
  manageProductionPort: portSample(2196),
  controlPort: portSample(2198),
  h2cPort: { ...portSample(0), default: null, good: [...portSample(0).good, ['off', null]] },
  proxyPort: { ...portSample(0), default: null, good: [...portSample(0).good, ['off', null]] },
  singlePort: switchSample(true),
  environment: {
    default: 'sandbox',
    good: [
      ['production', 'production'],
      ['sandbox', 'sandbox'],
    ],
    bad: ['Production', 'development', 'prod'],
  },
  profile: {
    default: 'documented',
    good: [
      ['observed', 'observed'],
      ['documented', 'documented'],
    ],
    bad: ['real', 'OBSERVED'],
  },
  auth: {
    default: 'trusting',
    good: [
      ['registered', 'registered'],
      ['off', 'off'],
      ['trusting', 'trusting'],
    ],
    bad: ['none', 'false'],
  },
  certs: {
    default: 'certs',
    good: [
      ['/var/lib/certs', '/var/lib/certs'],
      ['memory', 'memory'],
    ],
    bad: [' ', 'a\0b'],
  },
  http2: {
    default: 'own',
    good: [
      ['node', 'node'],
      ['own', 'own'],
    ],
    bad: ['nghttp2'],
  },
  maxStreams: {
    default: 1000,
    good: [
      ['1', 1],
      ['2147483647', 2147483647],
    ],
    bad: ['0', '2147483648', '-1', '1.5'],
  },
  seed: {
    default: null,
    good: [
      ['42', 42],
      ['0', 0],
      ['4294967295', 4294967295],
    ],
    bad: ['4294967296', 'random', '-1'],
  },
  maxEntries: {
    default: 10000,
    good: [
      ['1', 1],
      ['500', 500],
    ],
    bad: ['0', '10000001', 'many'],
  },
  maxBytes: {
    default: 67108864,
    good: [
      ['1048576', 1048576],
      ['64MB', 64000000],
      ['64MiB', 67108864],
      ['1.5 kib', 1536],
      ['2GiB', 2147483648],
      ['3kB', 3000],
      ['7b', 7],
    ],
    bad: ['0', '64Mi', '64 parsecs', 'MiB', '1.5', '-1', '9007199254740993', '99999999GiB'],
  },
  spelledTargets: switchSample(false),
  log: {
    default: 'json',
    good: [
      ['pretty', 'pretty'],
      ['quiet', 'quiet'],
      ['json', 'json'],
    ],
    bad: ['silent', 'Json'],
  },
  readyFile: {
    default: null,
    good: [
      ['/tmp/ready.json', '/tmp/ready.json'],
      ['ready', 'ready'],
    ],
    bad: [' '],
  },
};

const rows = Object.entries(OPTIONS) as [keyof Options, Row][];

const each = suite('options: every row');
for (const [key, { flag, env, kind, example, says }] of rows) {
  const { good, bad, ...sample } = SAMPLES[key];
  const [[first, firstValue], [second, secondValue]] = good as [[string, unknown], [string, unknown]];
  const name = flag ?? env;
  /** One value by whichever way the row has. */
  const given = (text: string): [string[], Env] => (flag === null ? [[], { [env]: text }] : [[`${flag}=${text}`], {}]);
  each(`${name}: default`, () => assert.equal(parse()[key], sample.default));
  each(`${name}: good values, as --flag=value, as --flag value and in the environment`, () => {
    for (const [text, value] of good) {
      assert.equal(parse(...given(text))[key], value, `${name}=${text}`);
      assert.equal(parse([], { [env]: text })[key], value, `${env}=${text}`);
      if (flag !== null && kind.placeholder !== null) assert.equal(parse([flag, text])[key], value, `${flag} ${text}`);
    }
  });
  each(`${name}: flag over environment over default`, () => {
    if (flag === null) return assert.equal(parse(...given(first))[key], firstValue);
    assert.equal(parse([`${flag}=${first}`], { [env]: second })[key], firstValue);
    assert.equal(parse([`${flag}=${second}`], { [env]: first })[key], secondValue);
  });
  each(`${name}: bad values say what was given, where, what is allowed and an example`, () => {
    for (const text of bad) {
      const shown = JSON.stringify(text);
      const [byFlag, ...noMore] = problems(...given(text));
      assert.match(byFlag ?? '', `${name}: ${shown} is not valid`);
      assert.match(byFlag!, `give ${kind.allowed}, for example ${flag === null ? `${env}=` : `${flag} `}`);
      assert.match(byFlag!, example);
      assert.equal(noMore, []);
      const [byEnv, ...noMoreEither] = problems([], { [env]: text });
      assert.match(byEnv ?? '', `${env}: ${shown} is not valid`);
      assert.match(byEnv!, `give ${kind.allowed}, for example ${env}=${example}`);
      assert.equal(noMoreEither, []);
    }
  });
  each(`${name}: example is valid, sentence is one`, () => {
    assert.not.equal(kind.read(example), undefined);
    assert.match(says, /^[A-Z"].*[^.]\.$/);
  });
  each(`${name}: an empty environment value is none`, () =>
    assert.equal(parse([], { [env]: '' })[key], sample.default),
  );
}
each('flags and environment names are twins', () => {
  const twins = rows.map(([, row]) => row).filter(({ flag }) => flag !== null);
  for (const { flag, env } of twins) assert.is(env, `MOCK_APNS_${flag!.slice(2).toUpperCase().replaceAll('-', '_')}`);
  assert.is(new Set(twins.map(({ flag }) => flag)).size, twins.length);
});
each.run();

const value = suite('options: the value');
value('is frozen all the way down', () => {
  for (const options of [parse(), parse(['--port=1,2'])]) {
    assert.ok(Object.isFrozen(options));
    assert.ok(Object.isFrozen(options.ports));
  }
  assert.throws(() => Object.assign(parse(), { host: 'x' }), /read only/);
});
value('log is pretty in a terminal, unless asked otherwise', () => {
  assert.is(parse([], {}, true).log, 'pretty');
  assert.is(parse(['--log=json'], {}, true).log, 'json');
});
value('a switch stands alone', () => {
  assert.is(parse(['--single-port']).singlePort, true);
  assert.is(parse(['--no-spelled-targets']).spelledTargets, false);
  assert.equal(parse(['--single-port', '--port', '9001']).ports, [9001]);
});
value('the whole process environment does not disturb', () => {
  assert.equal(parse([], { PATH: '/bin', MOCK: '1', mock_apns: '1', APNS_PORT: '1' }), parse());
});
value.run();

type Mistake = readonly [argv: string[], env: Env, ...expected: string[]];

const MISTAKES: Record<string, Mistake> = {
  'unknown flag': [['--prot=1'], {}, 'unknown flag --prot, did you mean --port?'],
  'unknown flag with a value of its own': [['--prot', '1'], {}, 'unknown flag --prot, did you mean --port?'],
  'half a flag': [['--manage', '1'], {}, 'unknown flag --manage, did you mean --manage-port?'],
  'one dash': [['-port=1'], {}, 'unknown flag -port, did you mean --port?'],
  'mis-cased flag': [['--Single_Port'], {}, 'unknown flag --Single_Port, did you mean --single-port?'],
  'unknown flag like no other': [['--banana'], {}, 'unknown flag --banana'],
  'unknown name': [
    [],
    { MOCK_APNS_PROT: '1' },
    'unknown environment variable MOCK_APNS_PROT, did you mean MOCK_APNS_PORT?',
  ],
  'unknown name, although empty': [[], { MOCK_APNS_X: '' }, 'unknown environment variable MOCK_APNS_X'],
  'mis-cased name': [
    [],
    { mock_apns_port: '1', Mock_Apns_Max_Bytes: '1' },
    'unknown environment variable mock_apns_port, did you mean MOCK_APNS_PORT?',
    'unknown environment variable Mock_Apns_Max_Bytes, did you mean MOCK_APNS_MAX_BYTES?',
  ],
  'name with dashes': [
    [],
    { 'MOCK_APNS_MAX-BYTES': '1' },
    'unknown environment variable MOCK_APNS_MAX-BYTES, did you mean MOCK_APNS_MAX_BYTES?',
  ],
  'value missing at the end': [
    ['--seed'],
    {},
    '--seed needs a value: give a whole number from 0 to 4294967295, for example --seed 42',
  ],
  'value missing before a flag': [
    ['--http2', '--single-port'],
    {},
    '--http2 needs a value: give own or node, for example --http2 node',
  ],
  'stray argument': [['serve'], {}, 'unexpected argument "serve": options start with --'],
  'bare dashes': [['--', 'x'], {}, 'unknown flag --'],
  'switch with its value apart': [['--single-port', 'no'], {}, 'unexpected argument "no": write --single-port=no'],
  'switch and a stray word': [['--single-port', 'x'], {}, 'unexpected argument "x": options start with --'],
  'given twice': [['--seed=1', '--seed', '2'], {}, '--seed is given twice, as "1" and as "2": give it once'],
  'near miss of a choice': [
    ['--auth=Registred'],
    {},
    '--auth: "Registred" is not valid, did you mean "registered"? give trusting, registered or off, for example --auth registered',
  ],
  'wrong value that a flag would win over': [
    ['--seed=1'],
    { MOCK_APNS_SEED: 'x' },
    'MOCK_APNS_SEED: "x" is not valid: give a whole number from 0 to 4294967295, for example MOCK_APNS_SEED=42',
  ],
  'the same port twice': [
    ['--port=9001'],
    { MOCK_APNS_MANAGE_PORT: '9001' },
    'port 9001 is wanted twice, by --port and by MOCK_APNS_MANAGE_PORT: give one of them another',
  ],
  "another one's default port": [
    ['--h2c-port=2198'],
    {},
    'port 2198 is wanted twice, by --control-port (default) and by --h2c-port: give one of them another',
  ],
  'a port twice in one list': [['--port=443,443'], {}, '--port lists port 443 twice'],
  'line breaks and length': [
    [`--log=a\nb${'c'.repeat(200)}`],
    {},
    `--log: "a\\nb${'c'.repeat(75)}…" is not valid: give pretty, json or quiet, for example --log quiet`,
  ],
  'everything at once': [
    ['--seed=x', '--prot=1', 'y', '--control-port=2197'],
    { MOCK_APNS_HOTS: '1', MOCK_APNS_HTTP2: '3' },
    'unknown flag --prot, did you mean --port?',
    'unexpected argument "y": options start with --',
    'unknown environment variable MOCK_APNS_HOTS, did you mean MOCK_APNS_HOST?',
    'MOCK_APNS_HTTP2: "3" is not valid: give own or node, for example MOCK_APNS_HTTP2=node',
    '--seed: "x" is not valid: give a whole number from 0 to 4294967295, for example --seed 42',
    'port 2197 is wanted twice, by --port (default) and by --control-port: give one of them another',
  ],
};

const mistakes = suite('options: mistakes');
for (const [name, [argv, env, ...expected]] of Object.entries(MISTAKES)) {
  mistakes(name, () => assert.equal(problems(argv, env), expected));
}
mistakes('the error says all, one line each, and wants exit code 1', () => {
  try {
    parse(['--a', '--b']);
    assert.unreachable();
  } catch (error) {
    assert.instance(error, UsageError);
    const { message, exitCode, name } = error as UsageError;
    assert.equal([message, exitCode, name], ['unknown flag --a\nunknown flag --b', 1, 'UsageError']);
  }
});
mistakes('free ports are never the same', () => {
  assert.equal(problems(['--port=0,0', '--manage-port=0', '--control-port=0', '--h2c-port=0']), []);
});
mistakes('any arguments: options, or a UsageError of single lines', () => {
  const word = fc.oneof(
    fc.string(),
    fc.constantFrom(...rows.map(([, { flag, env }]) => flag ?? env), '=', '--', 'true', '0'),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 6 }), fc.dictionary(word, word, { maxKeys: 3 }), (argv, env) => {
      for (const problem of problems(argv, env)) assert.not.match(problem, /\n/);
    }),
    { numRuns: 300 },
  );
});
mistakes.run();

const words = suite('options: words');
words('usage names every flag, name and default within 100 columns', () => {
  const text = usage();
  for (const line of text.split('\n')) assert.ok(line.length <= 100, line);
  const flat = text.replace(/\s+/g, ' ');
  for (const [, { flag, env, says }] of rows) {
    if (flag !== null) assert.match(text, new RegExp(`^  ${flag}[ \\n]`, 'm'));
    assert.match(flat, `${says} [${env}, ${flag === null ? 'environment only, ' : ''}default: `);
  }
  assert.match(flat, 'default: random, printed at start]');
  assert.match(flat, 'default: 64MiB]');
  const columns = new Set(text.split('\n').map((line) => /^ {2}(?:--.*? {2,}|\s+)/.exec(line)![0].length));
  assert.is(columns.size, 1);
});
words('distance counts insertions, deletions, replacements and swaps', () => {
  const cases: [string, string, number][] = [
    ['', 'abc', 3],
    ['port', 'port', 0],
    ['prot', 'port', 1],
    ['sed', 'seed', 1],
    ['kitten', 'sitting', 3],
  ];
  for (const [a, b, expected] of cases) {
    assert.is(distance(a, b), expected, `${a} ${b}`);
    assert.is(distance(b, a), expected, `${b} ${a}`);
  }
  assert.is(nearest('', ['a']), null);
});
words('a table of one row is enough', () => {
  const table = { seed: OPTIONS.seed };
  assert.equal(parseTable(table, { argv: ['--seed', '7'], env: {} }), { seed: 7 });
  const env = { MOCK_APNS_HOST: 'x' };
  assert.throws(() => parseTable(table, { argv: [], env }), /unknown environment variable MOCK_APNS_HOST/);
  assert.equal(parseTable(table, { argv: [], env }, ['MOCK_APNS_HOST']), { seed: null });
});
words.run();
