import * as v from 'valibot';
import { ENVIRONMENTS, HTTP2_ERROR_CODES, OPERATIONS } from '../../protocol/model.ts';
import { PUSH_TYPES } from '../../protocol/push-types.ts';
import { REASONS, type ReasonName } from '../../protocol/reasons.ts';
import { decodeBase64 } from '../base64.ts';
import {
  DURATION_PATTERN,
  DURATION_SAYS,
  MOMENT_PATTERN,
  MOMENT_SAYS,
  OFFSET_PATTERN,
  OFFSET_SAYS,
  readDuration,
  readMoment,
  readOffset,
} from './forms.ts';
import {
  byType,
  choice,
  closed,
  either,
  filled,
  fraction,
  may,
  must,
  names,
  needs,
  text,
  truth,
  whole,
  written,
  yes,
} from './kit.ts';
import type { Delay, GoawaySpec, On, Per, Rule } from './model.ts';

/**
 * The language of scenario files: every key with its shape, its sentence and examples. Validation, types, JSON Schema
 * and the tables of docs/scenarios.md are all read from here. What spans several keys stands in rules.ts.
 */

// --- words ----------------------------------------------------------------------------------------------------------

export const REASON_NAMES = REASONS.map((row) => row.name) as readonly ReasonName[];

const ON = ['connection', 'stream', 'request'] as const satisfies readonly On[];
const PER = ['connection', 'token', 'channel', 'topic'] as const satisfies readonly Per[];
const AFTER_LAST = ['fallthrough', 'repeat', 'cycle'] as const satisfies readonly Rule['afterLast'][];
const LAST_STREAM = ['this', 'none', 'all'] as const satisfies readonly GoawaySpec['lastStream'][];

/** Words that a field can have; fields that are not here can have any. */
export const KNOWN_WORDS: Readonly<Record<string, readonly string[]>> = {
  operation: OPERATIONS,
  environment: ENVIRONMENTS,
  pushType: PUSH_TYPES.map((row) => row.name),
  priority: ['10', '5', '1'],
  listener: ['send', 'manage', 'manage-production', 'h2c', 'in-process'],
  method: ['POST', 'GET', 'DELETE', 'PUT', 'PATCH', 'HEAD', 'OPTIONS'],
  verdict: ['accepted', 'rejected', ...REASON_NAMES],
  reason: REASON_NAMES,
  carriedOut: ['true', 'false'],
};

// --- values ---------------------------------------------------------------------------------------------------------

const duration = () => written(readDuration, DURATION_SAYS, DURATION_PATTERN);
const moment = () => written(readMoment, MOMENT_SAYS, MOMENT_PATTERN);
const list = <const S extends v.GenericSchema>(item: S, says: string) =>
  v.pipe(v.array(item, must(says)), v.minLength(1, must(says)));
const environment = () => choice(ENVIRONMENTS);
const code = () => choice(HTTP2_ERROR_CODES, 'an HTTP/2 error code such as REFUSED_STREAM');
const bundleId = () => filled('a bundle id');

type Scalar = string | number | boolean;
interface TestInput {
  readonly not?: ValueInput | undefined;
  readonly gt?: number | undefined;
  readonly lt?: number | undefined;
  readonly exists?: boolean | undefined;
}
/** What stands behind a field of `when`, as it is written. */
export type ValueInput = Scalar | readonly ValueInput[] | TestInput;

const scalar = (words: readonly string[]) => (words.length > 0 ? v.union([choice(words), v.string()]) : v.string());

function value(words: readonly string[] = []): v.GenericSchema<ValueInput> {
  const options = [
    scalar(words),
    v.number(),
    v.boolean(),
    list(
      v.lazy(() => VALUE),
      'a list of values with at least one',
    ),
    TEST,
  ];
  return either(
    'text, a number, true, false, a list of these, or a mapping of not, gt, lt and exists',
    options,
    byType({ text: 0, number: 1, truth: 2, list: 3, mapping: 4 }),
  ) as unknown as v.GenericSchema<ValueInput>;
}

const TEST: v.GenericSchema<TestInput> = closed('a test', {
  not: may(
    v.lazy((): v.GenericSchema<ValueInput> => VALUE),
    'Fits what does not fit this, also a field that is not there.',
    'com.example.*',
  ),
  gt: may(v.number(must('a number')), 'Fits numbers above.', 5),
  lt: may(v.number(must('a number')), 'Fits numbers below.', 4096),
  exists: may(truth(), 'Fits when the field is there, or is not.', false),
}) as unknown as v.GenericSchema<TestInput>;
const VALUE = value();

// --- when and match ---------------------------------------------------------------------------------------------------

const BEFORE = {
  operation: may(value(KNOWN_WORDS['operation']), 'What the request asks for.', 'broadcast.send'),
  topic: may(VALUE, 'Topic of a device push; bundle id of everything else.', 'com.example.*'),
  environment: may(value(KNOWN_WORDS['environment']), 'Environment that the request is for.', 'production'),
  channel: may(VALUE, 'Channel id of a broadcast or channel request.', 'dHN0LXNyY2gtY2hubA=='),
  token: may(VALUE, 'Device token, in lower case.', 'aaaa*'),
  pushType: may(value(KNOWN_WORDS['pushType']), 'Push type, in lower case.', 'liveactivity'),
  priority: may(value(KNOWN_WORDS['priority']), 'Priority as sent.', 10),
  expiration: may(VALUE, 'Expiration as sent: seconds since 1970.', { gt: 0 }),
  teamId: may(VALUE, 'Team of the provider token.', 'TEAM123456'),
  keyId: may(VALUE, 'Key of the provider token.', 'ABC123DEFG'),
  connection: may(VALUE, 'Connection, as the journal numbers them.', 'c1'),
  listener: may(value(KNOWN_WORDS['listener']), 'Listener that the connection came to.', 'manage'),
  method: may(value(KNOWN_WORDS['method']), 'HTTP method.', 'POST'),
  path: may(VALUE, 'Path as sent, not decoded.', '/3/device/*'),
  verdict: may(
    value(KNOWN_WORDS['verdict']),
    'What APNs would say: accepted, rejected, or the reason.',
    'ExpiredProviderToken',
  ),
  state: may(names('a mapping of states to values', VALUE), 'States of this scenario.', { app: 'installed' }),
};
export const PREFIXES = { headers: VALUE, payload: VALUE, state: VALUE };
export const PREFIX_SAYS: Readonly<Record<keyof typeof PREFIXES, string>> = {
  headers: 'First value of a request header, by its name in lower case: `headers.apns-collapse-id`.',
  payload: 'A value in the JSON of the body, by its path: `payload.aps.alert.title`.',
  state: 'One state; the same as an entry of `state`.',
};

const NOT_YET = 'is not known yet when a rule is chosen';
const BY_VERDICT = `${NOT_YET}; verdict can be asked: accepted, rejected or the reason that APNs would give`;

export const WHEN = closed('a when', BEFORE, PREFIXES, {
  told: { status: BY_VERDICT, reason: BY_VERDICT, rule: NOT_YET, carriedOut: NOT_YET },
});

export const MATCH = closed(
  'a match',
  {
    ...BEFORE,
    status: may(VALUE, 'Status of the answer; 4xx stands for all of them.', 200),
    reason: may(value(KNOWN_WORDS['reason']), 'Reason in the answer.', 'TooManyRequests'),
    rule: may(VALUE, 'Name or id of the rule that acted.', 'goodbye after the third'),
    id: may(VALUE, '`apns-id` or `apns-request-id` of the answer, else of the request.', '*-*'),
    carriedOut: may(value(KNOWN_WORDS['carriedOut']), 'Whether the request was carried out.', true),
  },
  PREFIXES,
  { never: ['state', 'state.'] },
);

// --- then -------------------------------------------------------------------------------------------------------------

const DELAY_SAYS = `${DURATION_SAYS}, or {min, max}, or {median, sigma}`;
const delay = () =>
  either(
    DELAY_SAYS,
    [
      v.pipe(
        duration(),
        v.transform((ms): Delay => ({ kind: 'fixed', ms })),
      ),
      v.pipe(
        closed('a delay between min and max', {
          min: needs(duration(), 'Shortest.', '100ms'),
          max: needs(duration(), 'Longest.', '2s'),
        }),
        v.check(({ min, max }) => min <= max, 'has a min above its max'),
        v.transform(({ min, max }): Delay => ({ kind: 'uniform', min, max })),
      ),
      v.pipe(
        closed('a delay around a median', {
          median: needs(duration(), 'Half of the delays are shorter.', '80ms'),
          sigma: needs(
            fraction(0, 3, 'a number from 0 to 3'),
            'Spread: 0 is none, 0.5 is usual of networks, 1 has a long tail.',
            0.5,
          ),
        }),
        v.transform(({ median, sigma }): Delay => ({ kind: 'lognormal', median, sigma })),
      ),
    ],
    (input) => {
      const type = byType({ text: 0, mapping: 1 })(input);
      return type === 1 && ('median' in (input as object) || 'sigma' in (input as object)) ? 2 : type;
    },
  );

const CLOSE = ['now', 'drained', 'never'] as const;
const CLOSE_SAYS = `now, drained, never, or ${DURATION_SAYS}`;

const GOAWAY = closed('a goaway', {
  reason: may(choice(REASON_NAMES, 'a reason'), 'Goes into the debug data as JSON: {"reason":"…"}.', 'Shutdown'),
  code: may(code(), 'Error code; NO_ERROR where none is given.', 'NO_ERROR'),
  lastStream: may(
    choice(LAST_STREAM),
    'Last stream that is named: the one in hand, none (0), or all that may come (2^31-1). `this` where none is given, on a connection `none`.',
    'none',
  ),
  debug: may(text(), 'Debug data as plain text.', 'Maximum active streams violated for this endpoint.'),
  close: may(
    either(CLOSE_SAYS, [choice(CLOSE, CLOSE_SAYS), duration()], (input) =>
      typeof input !== 'string' ? undefined : /^\d/.test(input) ? 1 : 0,
    ),
    'When the connection is closed: at once, when its streams are done (the default), after a while, or never.',
    '2s',
  ),
  twice: may(
    either(`true or ${DURATION_SAYS}`, [yes(), duration()], byType({ truth: 0, text: 1 })),
    'A second GOAWAY without debug data follows, at once or after a while.',
    true,
  ),
  at: may(choice(['before', 'after']), 'Before the answer leaves, or behind it (the default).', 'before'),
});

const RESET_AT = ['before-headers', 'after-headers', 'mid-body'] as const;
const status = () => whole(200, 599, 'a status from 200 to 599');

const THEN_ENTRIES = {
  reason: may(
    choice(REASON_NAMES, 'a reason of APNs'),
    'Answers with this reason; status and body follow.',
    'BadDeviceToken',
  ),
  timestamp: may(
    either(MOMENT_SAYS, [moment(), whole(0, 8.64e15, 'milliseconds since 1970')], byType({ text: 0, number: 1 })),
    'With a reason of status 410: since when the token is invalid. The present where none is given.',
    '2h ago',
  ),
  retryAfter: may(
    either(
      'whole seconds, as a number or a duration such as 30s',
      [
        whole(0, 2_592_000, 'whole seconds, 30 days at most'),
        v.pipe(
          duration(),
          v.check((ms) => ms % 1000 === 0, 'must be whole seconds'),
          v.transform((ms) => ms / 1000),
        ),
      ],
      byType({ number: 0, text: 1 }),
    ),
    'Adds the header retry-after, in seconds.',
    5,
  ),
  status: may(status(), 'Answers with this status; for answers that APNs never gives.', 502),
  headers: may(
    names(
      'a mapping of header names to values',
      either(
        'text, a number, or a list of texts',
        [
          v.pipe(text(), v.regex(/^[\t\x20-\x7e]*$/, must('printable ASCII'))),
          v.number(),
          list(text(), 'a list of texts'),
        ],
        byType({ text: 0, number: 1, list: 2 }),
      ),
      /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/,
    ),
    'Adds headers to the answer, in place of those of the same name.',
    { 'content-type': 'text/html' },
  ),
  body: may(
    either(
      'text, or a mapping that is sent as JSON',
      [text(), v.record(v.string(), v.unknown()), v.array(v.unknown())],
      byType({ text: 0, mapping: 1, list: 2 }),
    ),
    'Body of the answer, whatever it is: empty, garbage, cut off. A mapping is sent as JSON.',
    '<html>Bad Gateway',
  ),
  delay: may(delay(), 'Waits before the answer, or before what stands in its place.', '250ms', {
    min: '10ms',
    max: '2s',
  }),
  goaway: may(
    either(
      'true, or a mapping of reason, code, lastStream, debug, close, twice and at',
      [yes(), GOAWAY],
      byType({ truth: 0, mapping: 1 }),
    ),
    'Says goodbye to the connection.',
    { reason: 'Shutdown', close: '2s' },
  ),
  reset: may(
    either(
      'an HTTP/2 error code, or a mapping of code and at',
      [
        code(),
        closed('a reset', {
          code: needs(code(), 'Error code of the RST_STREAM.', 'INTERNAL_ERROR'),
          at: may(choice(RESET_AT), 'How much of the answer leaves before.', 'mid-body'),
        }),
      ],
      byType({ text: 0, mapping: 1 }),
    ),
    'Resets the stream.',
    'REFUSED_STREAM',
    { code: 'CANCEL', at: 'mid-body' },
  ),
  drop: may(yes(), 'Cuts the TCP connection.', true),
  stall: may(yes(), 'Never answers; on a connection: none of its requests.', true),
  refuse: may(yes(), 'Closes a new connection before a byte is said.', true),
  handshake: may(
    choice(['refuse', 'stall']),
    'Ends the TLS handshake of a new connection with an alert, or never answers it.',
    'stall',
  ),
  certificate: may(
    choice(['expired', 'wrong-host', 'untrusted']),
    'Shows a new connection a server certificate that a careful client refuses.',
    'expired',
  ),
  idle: may(
    duration(),
    'What this does to the connection (goaway, drop or stall) happens once it has been idle so long. Alone: GOAWAY with IdleTimeout.',
    '30s',
  ),
  streams: may(whole(0, 2 ** 31 - 1), 'Announces this MAX_CONCURRENT_STREAMS from now on.', 1),
  pings: may(choice(['ignore']), 'Answers no PING on this connection any more.', 'ignore'),
  window: may(
    choice(['hold']),
    'Gives no receive window back on this connection: a larger body never arrives whole.',
    'hold',
  ),
  split: may(
    either(
      'a number of frames from 2 to 1000, or a mapping of frames and every',
      [
        whole(2, 1000, 'a number of frames from 2 to 1000'),
        closed('a split', {
          frames: needs(whole(2, 1000, 'a number from 2 to 1000'), 'DATA frames.', 4),
          every: may(duration(), 'Time between two of them.', '100ms'),
        }),
      ],
      byType({ number: 0, mapping: 1 }),
    ),
    'Sends the body over several DATA frames.',
    3,
    { frames: 4, every: '100ms' },
  ),
  set: may(
    names(
      'a mapping of states to values',
      either(
        'text, a number, true or false',
        [text(), v.number(), v.boolean()],
        byType({ text: 0, number: 1, truth: 2 }),
      ),
    ),
    'Sets states of this scenario.',
    { app: 'uninstalled' },
  ),
  carryOut: may(
    truth(),
    'Whether the request is carried out, whatever the client learns. Where it is not given: if the client learns the verdict, or a raw status 2xx.',
    true,
  ),
};
export const THEN = closed('a then', THEN_ENTRIES);
export const THEN_KEYS = Object.keys(THEN_ENTRIES) as readonly (keyof typeof THEN_ENTRIES)[];

// --- rules, expectations, registries ------------------------------------------------------------------------------------

const count = (says: string, ...examples: number[]) =>
  may(whole(1, 1e9, 'a whole number, 1 at least'), says, ...examples);

export const RULE = closed('a rule', {
  name: may(filled('a name'), 'What the rule is called in journal, page and messages.', 'throttled twice, then fine'),
  on: may(
    choice(ON),
    'The moment: a connection opens, the headers of a request are there, a request is complete (the default).',
    'connection',
  ),
  when: may(WHEN, 'What must fit; all of it. Without it everything fits.', { operation: 'device.send' }),
  nth: count('Acts on this one alone, counted from 1.', 3),
  from: count('Counting begins at this one.', 10),
  every: count('Acts on every so-many-th.', 3),
  times: count('Acts at most so often.', 2),
  probability: may(
    v.pipe(
      fraction(0, 1, 'a number above 0, at most 1'),
      v.check((number) => number > 0, must('a number above 0, at most 1')),
    ),
    'Acts on so many of those whose turn it is; dice from the seed.',
    0.05,
  ),
  per: may(choice(PER), 'Counts apart for each of these.', 'connection'),
  // biome-ignore lint/suspicious/noThenProperty: the word of the language, in a table that nobody awaits
  then: may(THEN, 'What it does.', { reason: 'TooManyRequests', retryAfter: 5 }),
  sequence: may(
    v.pipe(list(THEN, 'a list of effects with at least one'), v.maxLength(1000, 'has more than 1000 effects')),
    'What it does turn by turn.',
    [{ reason: 'InternalServerError' }, { stall: true }],
  ),
  afterLast: may(
    choice(AFTER_LAST),
    'Behind the last of the sequence: later rules have their say (the default), the last repeats, or it begins again.',
    'cycle',
  ),
  evenIfInvalid: may(truth(), 'Acts on requests that APNs would reject, too.', true),
});

const times = () => whole(0, 1e9, 'a whole number');

export const COUNT = closed('a count', {
  exactly: may(times(), 'So many.', 10),
  atLeast: may(times(), 'So many or more.', 10),
  atMost: may(times(), 'So many or fewer.', 0),
});

export const EXPECTATION = closed('an expectation', {
  name: may(filled('a name'), 'What it is called in the report.', 'nothing was lost'),
  match: may(MATCH, 'Exchanges that count; all where none is given.', { operation: 'broadcast.send', status: 200 }),
  distinctBy: may(
    filled('a field or a header'),
    'Exchanges alike in this field, or in this header of answer or request, count once.',
    'apns-request-id',
  ),
  count: may(COUNT, 'How many there must be; one at least where nothing is given.', { atLeast: 10 }),
  gap: may(
    either(
      `${DURATION_SAYS}, or {atLeast, atMost}`,
      [
        duration(),
        closed('a gap', {
          atLeast: may(duration(), 'Shortest time between neighbours.', '1s'),
          atMost: may(duration(), 'Longest time between neighbours.', '1m'),
        }),
      ],
      byType({ text: 0, mapping: 1 }),
    ),
    'Time between one and the next; a single duration is the shortest.',
    '5s',
  ),
  quiet: may(duration(), 'None of them within this time before the judgement.', '2s'),
});

const APP = closed('an app', {
  bundleId: needs(bundleId(), 'Bundle id.', 'com.example.scores'),
  team: may(filled('a team id'), 'The only team that may push to it; any where none is given.', 'TEAM123456'),
  broadcast: may(truth(), 'Whether it has the broadcast capability; it has, where nothing is given.', false),
  keyIds: may(list(filled('a key id'), 'a list of key ids'), 'The only keys that may push to it.', ['ABC123DEFG']),
  channelLimit: may(whole(0, 1e6), 'Channels that it may have per environment; 10,000 where nothing is given.', 3),
});

const isToken = (token: string): boolean => token.length % 2 === 0 && /^[0-9a-f]{2,1000}$/i.test(token);

const DEVICE = closed('a device', {
  token: needs(
    v.pipe(text(), v.check(isToken, must('an even number of hexadecimal digits (quote it when they are all decimal)'))),
    'Device token.',
    'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
  ),
  environment: may(environment(), 'Where the token is valid; in both where nothing is given.', 'sandbox'),
  topics: may(list(filled('a topic'), 'a list of topics'), 'Topics the token is valid for; all where none are given.', [
    'com.example.app',
  ]),
  state: may(
    choice(['active', 'unregistered', 'expired']),
    'What became of it; active where nothing is given.',
    'unregistered',
  ),
  since: may(moment(), 'When the state begins, also in time to come. Now where nothing is given.', 'in 10m'),
});

const CHANNEL = closed('a channel', {
  id: needs(
    v.pipe(
      text(),
      v.check(
        (id) => id !== '' && id.length <= 64 && decodeBase64(id) !== undefined,
        must('standard base64 with padding, at most 64 characters'),
      ),
    ),
    'Channel id.',
    'dHN0LXNyY2gtY2hubA==',
  ),
  bundleId: needs(bundleId(), 'App that it belongs to.', 'com.example.scores'),
  environment: may(environment(), "Where it is; the server's default where nothing is given.", 'sandbox'),
  policy: may(v.pipe(whole(0, 1, '0 or 1')), 'Message storage policy: 0 stores none, 1 the latest (the default).', 0),
});

const KEY = closed('a key', {
  keyId: needs(filled('a key id'), 'Key id.', 'ABC123DEFG'),
  teamId: needs(filled('a team id'), 'Team id.', 'TEAM123456'),
  publicKey: needs(
    v.pipe(
      text(),
      v.check(
        (pem) => /^\s*-----BEGIN PUBLIC KEY-----/.test(pem),
        'must be a public key in PEM, -----BEGIN PUBLIC KEY-----',
      ),
    ),
    'Public key in PEM. A scenario file is no place for a private one.',
  ),
  topics: may(list(filled('a topic'), 'a list of topics'), 'Topics of a topic-specific key; a team key has none.', [
    'com.example.app',
  ]),
  environments: may(
    list(environment(), 'a list of environments'),
    'Where it is valid; in both where nothing is given.',
    ['sandbox'],
  ),
});

const CLOCK = closed('a clock', {
  offset: may(
    written(readOffset, OFFSET_SAYS, OFFSET_PATTERN),
    "How far the server's time is ahead of the machine's; with a minus, behind it.",
    '61m',
    '-10m',
  ),
  frozen: may(truth(), 'Whether it stands still until it is advanced.', true),
});

const TOKEN_REFRESH = closed('a token refresh', {
  atMost: needs(whole(1, 1000), 'So many different tokens.', 1),
  within: needs(duration(), 'In so long a time.', '20m'),
  per: may(
    choice(['connection', 'key']),
    'Counted for each connection (the default), or for each key over all connections.',
    'key',
  ),
});

const MANY = 100_000;
const many = <const S extends v.GenericSchema>(item: S, says: string) =>
  v.pipe(v.array(item, must(says)), v.maxLength(MANY, `has more than ${MANY} entries`));

export const SCENARIO = closed('a scenario', {
  $schema: may(text(), 'JSON Schema of this file, for editors that look for it here.', './scenario.schema.json'),
  version: needs(v.literal(1, must('1')), 'Version of this language.', 1),
  name: may(filled('a name'), 'What the scenario is called.', 'shutdown-under-load'),
  description: may(
    text(),
    'What happens, in a sentence.',
    'Every third broadcast is answered, then the server says goodbye.',
  ),
  seed: may(whole(0, 2 ** 32 - 1), "Where the dice start; the server's own seed where none is given.", 42),
  clock: may(CLOCK, "The server's time once the scenario is loaded.", { offset: '61m' }),
  tokenRefresh: may(
    TOKEN_REFRESH,
    'How often a provider token may change; five on a connection in 20 minutes, otherwise.',
    {
      atMost: 1,
      within: '20m',
      per: 'key',
    },
  ),
  apps: may(
    many(APP, 'a list of apps'),
    'Apps that are registered. Without any, every bundle id may push and broadcast.',
  ),
  devices: may(many(DEVICE, 'a list of devices'), 'Devices that are registered. All others are active.'),
  channels: may(many(CHANNEL, 'a list of channels'), 'Channels that exist from the start.'),
  keys: may(many(KEY, 'a list of keys'), 'Provider keys that are registered.'),
  states: may(
    names(
      'a mapping of states to first values',
      either(
        'text, a number, true or false',
        [text(), v.number(), v.boolean()],
        byType({ text: 0, number: 1, truth: 2 }),
      ),
    ),
    'States and their first values.',
    { app: 'installed' },
  ),
  rules: may(
    v.pipe(v.array(RULE, must('a list of rules')), v.maxLength(1000, 'has more than 1000 rules')),
    'Rules, read from top to bottom: the first that fits and whose turn it is acts.',
  ),
  expect: may(
    v.pipe(v.array(EXPECTATION, must('a list of expectations')), v.maxLength(1000, 'has more than 1000 expectations')),
    'What must be true of the journal afterwards.',
  ),
});

/** Parts that are spoken of more than once: `$defs` of the JSON Schema, and chapters of the documentation. */
export const PARTS = {
  value: VALUE,
  test: TEST,
  when: WHEN,
  effect: THEN,
  goaway: GOAWAY,
  rule: RULE,
  match: MATCH,
  count: COUNT,
  expectation: EXPECTATION,
  app: APP,
  device: DEVICE,
  channel: CHANNEL,
  key: KEY,
  clock: CLOCK,
  tokenRefresh: TOKEN_REFRESH,
} as const;

export type ScenarioShape = v.InferOutput<typeof SCENARIO>;
export type RuleShape = v.InferOutput<typeof RULE>;
export type ThenShape = v.InferOutput<typeof THEN>;
export type ExpectationShape = v.InferOutput<typeof EXPECTATION>;
