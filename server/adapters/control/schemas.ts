import * as v from 'valibot';
import type { ConnectionRecord, Exchange } from '../../core/exchange.ts';
import { DURATION_PATTERN, DURATION_SAYS, readDuration } from '../../core/scenario/forms.ts';
import { choice, closed, may, must, needs, whole, written } from '../../core/scenario/kit.ts';
import { AUTH_MODES, CONNECTION_KINDS, ENVIRONMENTS, OPERATIONS, PROFILES } from '../../protocol/model.ts';

/** What goes in and out of the control API, as shapes. Validation, types and the OpenAPI document read these. */

/** Names under which shapes appear in the OpenAPI document. */
export const named: { [name: string]: v.GenericSchema } = {};
const name = <const S extends v.GenericSchema>(title: string, schema: S): S => {
  named[title] = schema;
  return schema;
};

// --- what comes in ----------------------------------------------------------------------------------------------------

export const anyText = (says = 'text') => v.string(must(says));
export const duration = () => written(readDuration, DURATION_SAYS, DURATION_PATTERN);
export const sequence = () => whole(0, Number.MAX_SAFE_INTEGER, 'the number of an exchange');
export const environment = () => choice(ENVIRONMENTS);
export const bundleId = () =>
  v.pipe(anyText('a bundle id'), v.regex(/^[\w.-]{1,255}$/, must('a bundle id: letters, digits, ".", "-"')));

/** What restricts a look at the journal. */
export const FILTER = {
  q: may(
    anyText('a query in the search grammar'),
    'Search grammar: `operation:device.send -status:2xx`.',
    'is:invalid',
  ),
  topic: may(
    anyText('a topic or bundle id'),
    'A topic, or a bundle id for all topics of that app.',
    'com.example.scores',
  ),
  operation: may(choice(OPERATIONS), 'What was asked for.', 'broadcast.send'),
  after: may(sequence(), 'Only numbers above this one.', 41),
} as const;

// --- what goes out ----------------------------------------------------------------------------------------------------

const count = () => v.pipe(v.number(), v.integer(), v.minValue(0));
const time = () => v.pipe(v.string(), v.isoTimestamp());
const pairs = () => v.array(v.tuple([v.string(), v.string()]));

const CONNECTION = {
  id: v.string(),
  listener: v.string(),
  alpn: v.string(),
  auth: v.picklist(['token', 'certificate', 'none']),
  keyId: v.nullable(v.string()),
  teamId: v.nullable(v.string()),
};

export const RULE_HIT = name('RuleHit', v.object({ id: v.string(), name: v.string() }));

export const EXCHANGE = name(
  'Exchange',
  v.object({
    seq: count(),
    kind: v.literal('exchange'),
    at: time(),
    operation: v.picklist(OPERATIONS),
    environment: v.picklist(ENVIRONMENTS),
    topic: v.string(),
    connection: v.object({ ...CONNECTION, stream: count() }),
    request: v.object({
      method: v.string(),
      path: v.string(),
      authority: v.string(),
      headers: pairs(),
      size: count(),
      payload: v.unknown(),
      truncated: v.boolean(),
    }),
    verdict: v.object({
      status: count(),
      reason: v.nullable(v.string()),
      why: v.string(),
      trail: v.array(v.object({ check: v.string(), ok: v.boolean() })),
    }),
    rule: v.nullable(RULE_HIT),
    actions: v.array(
      v.object({
        do: v.string(),
        status: v.optional(count()),
        code: v.optional(v.string()),
        lastStream: v.optional(v.string()),
        debug: v.optional(v.string()),
        after: v.optional(count()),
      }),
    ),
    carriedOut: v.boolean(),
    response: v.nullable(v.object({ status: count(), headers: pairs(), body: v.unknown() })),
    advice: v.array(v.object({ id: v.string(), text: v.string(), at: v.nullable(v.string()) })),
  }),
);

export const CONNECTION_RECORD = name(
  'ConnectionRecord',
  v.object({
    seq: count(),
    kind: v.picklist(CONNECTION_KINDS),
    at: time(),
    connection: v.nullable(v.object(CONNECTION)),
    stream: v.nullable(count()),
    detail: v.string(),
  }),
);

type Plain<T> = T extends object ? { -readonly [K in keyof T]: Plain<T[K]> } : T;
type Same<A, B> = [Plain<A>] extends [B] ? true : never;
/** A record that outgrows its shape does not compile. */
export const AGREES: readonly [
  Same<Exchange, v.InferOutput<typeof EXCHANGE>>,
  Same<ConnectionRecord, v.InferOutput<typeof CONNECTION_RECORD>>,
] = [true, true];

export const JOURNAL = name(
  'JournalState',
  v.pipe(
    v.object({ first: count(), last: count(), entries: count(), bytes: count(), dropped: count() }),
    v.description(
      'Numbers that can be had, up to the `last` that was looked at; `dropped` were let go to stay within the bounds.',
    ),
  ),
);
export const RECORD = v.union([EXCHANGE, CONNECTION_RECORD]);
export const RECORDS = v.object({
  exchanges: v.array(RECORD),
  more: v.boolean(),
  journal: JOURNAL,
});
export const FOUND = v.object({ exchanges: v.array(RECORD), journal: JOURNAL });

export const NEAR_MISS = name(
  'NearMiss',
  v.object({ seq: count(), fits: count(), of: count(), why: v.array(v.string()), sentence: v.string() }),
);

export const URLS = v.object({
  send: v.string(),
  sends: v.array(v.string()),
  manage: v.string(),
  manageProduction: v.string(),
  control: v.string(),
  h2c: v.nullable(v.string()),
});

export const INFO = name(
  'Info',
  v.object({
    name: v.literal('mock-apns'),
    version: v.string(),
    startedAt: time(),
    now: time(),
    urls: v.nullable(URLS),
    listeners: v.array(v.object({ name: v.string(), url: v.string(), families: v.array(v.string()) })),
    ca: v.string(),
    keyId: v.string(),
    teamId: v.string(),
    seed: count(),
    environment: v.picklist(ENVIRONMENTS),
    profile: v.picklist(PROFILES),
    auth: v.picklist(AUTH_MODES),
    scenario: v.nullable(v.object({ name: v.string(), description: v.string() })),
    limits: v.object({ maxEntries: count(), maxBytes: count(), maxStreams: count(), maxBody: count() }),
    counts: v.object({
      exchanges: count(),
      connections: count(),
      apps: count(),
      channels: count(),
      devices: count(),
      keys: count(),
      rules: count(),
    }),
    journal: JOURNAL,
  }),
);

export const CLOCK = name(
  'Clock',
  v.object({ now: time(), frozen: v.boolean(), offset: v.string(), offsetMs: v.number() }),
);

export const CONNECTION_VIEW = name(
  'Connection',
  v.object({
    id: v.string(),
    openedAt: time(),
    listener: v.string(),
    environment: v.picklist(ENVIRONMENTS),
    remote: v.string(),
    servername: v.string(),
    alpn: v.string(),
    auth: v.picklist(['token', 'certificate', 'none']),
    keyId: v.nullable(v.string()),
    teamId: v.nullable(v.string()),
    certificate: v.nullable(v.string()),
    tokens: count(),
    requests: count(),
    highestStream: count(),
    waiting: v.array(count()),
    lastRequestAt: time(),
    rule: v.nullable(RULE_HIT),
  }),
);

export const CHANNEL_VIEW = name(
  'Channel',
  v.object({
    id: v.string(),
    bundleId: v.string(),
    environment: v.picklist(ENVIRONMENTS),
    policy: v.picklist([0, 1]),
    createdAt: time(),
    accepted: count(),
    stored: v.nullable(v.object({ seq: count(), at: time(), until: time(), payload: v.unknown() })),
  }),
);

export const VERIFIED = name(
  'Verified',
  v.object({ ok: v.literal(true), expected: v.string(), actual: v.string(), count: count(), journal: JOURNAL }),
);

export const RULE_VIEW = name(
  'Rule',
  v.object({
    id: v.string(),
    name: v.string(),
    on: v.string(),
    sentence: v.string(),
    hits: count(),
    fitted: count(),
    forgotten: count(),
  }),
);

export const EXPECTATION_VIEW = v.object({
  name: v.string(),
  ok: v.boolean(),
  sentence: v.string(),
  expected: v.string(),
  actual: v.string(),
  count: count(),
  nearMisses: v.array(NEAR_MISS),
  offenders: v.array(count()),
});

export const SCENARIO_VIEW = name(
  'LoadedScenario',
  v.object({
    loaded: v.boolean(),
    name: v.string(),
    description: v.string(),
    seed: v.nullable(count()),
    sources: v.array(v.object({ file: v.string(), text: v.string() })),
    text: v.nullable(v.string()),
    sentences: v.array(v.string()),
    states: v.record(v.string(), v.string()),
    expectations: v.array(EXPECTATION_VIEW),
  }),
);

export const DROPPED_RULES = v.pipe(
  count(),
  v.description('Rules put on top that were dropped before they had done all they could.'),
);
/** A rule that was put on top, and what it cost. */
export const RULE_ADDED = v.object({ ...RULE_VIEW.entries, droppedRules: DROPPED_RULES });
/** What is in force now, and what it cost. */
export const SCENARIO_PUT = v.object({ ...SCENARIO_VIEW.entries, droppedRules: DROPPED_RULES });

export const APP_VIEW = name(
  'App',
  v.object({
    bundleId: v.string(),
    registered: v.boolean(),
    team: v.nullable(v.string()),
    broadcast: v.boolean(),
    keyIds: v.nullable(v.array(v.string())),
    channelLimit: count(),
    channels: v.object({ sandbox: count(), production: count() }),
  }),
);

export const DEVICE_VIEW = name(
  'Device',
  v.object({
    token: v.string(),
    registered: v.boolean(),
    environment: v.nullable(v.picklist(ENVIRONMENTS)),
    topics: v.nullable(v.array(v.string())),
    state: v.picklist(['active', 'unregistered', 'expired']),
    since: v.nullable(time()),
  }),
);

export const KEY_VIEW = name(
  'Key',
  v.object({
    keyId: v.string(),
    teamId: v.string(),
    topics: v.array(v.string()),
    environments: v.array(v.picklist(ENVIRONMENTS)),
  }),
);

export const NEW_KEY = name(
  'NewKey',
  v.object({
    keyId: v.string(),
    teamId: v.string(),
    topics: v.array(v.string()),
    environments: v.array(v.picklist(ENVIRONMENTS)),
    publicKey: v.string(),
    p8: v.string(),
  }),
);

export const DELETED = v.object({ deleted: count() });
export { choice, closed, may, must, needs, whole, written };
