/**
 * Combinations that make no sense, each with the reason why: what the schema, which looks at one key at a time, cannot
 * say. Rows are read by the parser, by docs/scenarios.md and by a test that tries each of them.
 */
type Raw = Readonly<Record<string, unknown>>;

export interface Clash {
  /** Any of these … */
  readonly one: readonly string[];
  /** … beside any of those. */
  readonly other: readonly string[];
  /** Only then. */
  readonly only?: (raw: Raw) => boolean;
  readonly because: string;
}

/** Keys that shape an answer. */
const ANSWER = ['reason', 'timestamp', 'retryAfter', 'status', 'headers', 'body', 'split'] as const;
/** Keys that change a connection which lives on. */
const CONNECTION = ['streams', 'pings', 'window'] as const;
const ENDS = ['goaway', 'drop', 'stall'] as const;

const resetsAtOnce = ({ reset }: Raw): boolean =>
  typeof reset === 'string' ||
  (typeof reset === 'object' && reset !== null && ((reset as Raw)['at'] ?? 'before-headers') === 'before-headers');

/** Within one effect. */
export const EFFECT_CLASHES: readonly Clash[] = [
  {
    one: ['stall'],
    other: ANSWER,
    because: 'what is stalled is never answered, so that there is no answer to shape',
  },
  { one: ['stall'], other: ['delay'], because: 'what is stalled never ends, so that nothing follows the delay' },
  {
    one: ['stall'],
    other: ['reset', 'drop'],
    because: 'a stream is left waiting or it is ended, not both; a delay puts off the end',
  },
  {
    one: ['drop'],
    other: ANSWER,
    because: 'a dropped connection carries no answer; to answer first, use goaway with close: now',
  },
  { one: ['drop'], other: ['reset'], because: 'a dropped connection takes its streams along' },
  {
    one: ['drop'],
    other: ['goaway'],
    because: 'a dropped connection says no goodbye; to say one and close at once, use goaway with close: now',
  },
  { one: ['drop'], other: CONNECTION, because: 'after the cut there is no connection to change' },
  {
    one: ['reset'],
    other: ANSWER,
    only: resetsAtOnce,
    because: 'the stream is reset before any answer; use reset: {code, at: after-headers} or at: mid-body',
  },
  { one: ['reset'], other: ['split'], because: 'a body that is cut off cannot be sent in full' },
  {
    one: ['status'],
    other: ['reason'],
    because: 'a reason brings its own status; use status with body for an answer that APNs never gives',
  },
  {
    one: ['timestamp'],
    other: ['body'],
    because: 'the timestamp stands in the body of the reason, which body replaces',
  },
  {
    one: ['refuse'],
    other: [...ANSWER, ...CONNECTION, ...ENDS, 'delay', 'reset', 'handshake', 'certificate', 'idle'],
    because: 'a refused connection never comes into being, so that nothing else can happen to it',
  },
  {
    one: ['handshake'],
    other: [...CONNECTION, ...ENDS, 'delay', 'certificate', 'idle'],
    because: 'without a handshake there is no connection, so that nothing else can happen to it',
  },
  { one: ['idle'], other: ['delay'], because: 'idle itself says when; a delay on top of it says nothing new' },
  {
    one: ['goaway'],
    other: ['stall'],
    only: (then) => then['idle'] !== undefined,
    because: 'one thing happens when the connection has been idle',
  },
];

/** Keys of an effect that a moment cannot have. */
export const MOMENT_CLASHES: readonly {
  readonly on: readonly string[];
  readonly keys: readonly string[];
  readonly because: string;
}[] = [
  {
    on: ['stream', 'request'],
    keys: ['refuse', 'handshake', 'certificate', 'idle'],
    because: 'that happens to a new connection: it needs on: connection',
  },
  {
    on: ['connection'],
    keys: [...ANSWER, 'reset', 'carryOut'],
    because: 'when a connection opens there is no request yet',
  },
  {
    on: ['stream'],
    keys: ['carryOut'],
    because: 'before its body is there a request cannot be carried out; use on: request',
  },
];

/** Within one rule. */
export const RULE_CLASHES: readonly Clash[] = [
  { one: ['then'], other: ['sequence'], because: 'a rule does one thing or a sequence of things' },
  {
    one: ['afterLast'],
    other: ['then'],
    because: 'a single effect has nothing behind it; afterLast belongs to sequence',
  },
  { one: ['nth'], other: ['from', 'every', 'times'], because: 'nth is one turn, which leaves nothing to count' },
  {
    one: ['evenIfInvalid'],
    other: ['on'],
    only: ({ on }) => on === 'connection' || on === 'stream',
    because: 'only a complete request has a verdict; connections and streams are met whatever it will be',
  },
  {
    one: ['per'],
    other: ['on'],
    only: ({ on }) => on === 'connection',
    because: 'a connection opens once and has no token, channel or topic yet: count without per',
  },
];

/** Within one goaway. */
export const GOAWAY_CLASHES: readonly Clash[] = [
  { one: ['reason'], other: ['debug'], because: 'both are the debug data: JSON with a reason, or plain text' },
];

/** Within one count. */
export const COUNT_CLASHES: readonly Clash[] = [
  { one: ['exactly'], other: ['atLeast', 'atMost'], because: 'an exact number leaves no room' },
];

const given = (value: unknown): boolean => value !== undefined && value !== null && value !== false;

/** The clashes that a mapping has: the two keys, the one that stands out first. */
export function* clashesIn(
  raw: Raw,
  rows: readonly Clash[],
): Generator<{ readonly one: string; readonly other: string; readonly because: string }> {
  for (const { one, other, only, because } of rows) {
    if (only?.(raw) === false) continue;
    for (const a of one) for (const b of other) if (given(raw[a]) && given(raw[b])) yield { one: a, other: b, because };
  }
}
