import type { Environment, Http2ErrorCode, StoragePolicy } from '../../protocol/model.ts';
import type { ReasonName } from '../../protocol/reasons.ts';

/**
 * A scenario as plain data, checked and complete: every default is filled in, every name resolved. What a file says
 * becomes this in parse.ts; choose.ts, expect.ts and explain.ts read nothing else. It survives JSON unharmed.
 */
export interface Scenario {
  /** Empty where the file gives none. */
  readonly name: string;
  readonly description: string;
  /** `null`: the server's own. */
  readonly seed: number | null;
  /** `null`: the rule that APNs was seen to keep. */
  readonly tokenRefresh: TokenRefresh | null;
  /** What the server's clock is to show once the scenario is loaded; `null`: nothing changes. */
  readonly clock: ClockSeed | null;
  readonly apps: readonly AppSeed[];
  readonly devices: readonly DeviceSeed[];
  readonly channels: readonly ChannelSeed[];
  readonly keys: readonly KeySeed[];
  /** Names and first values. Every state that a rule speaks of is among them. */
  readonly states: Readonly<Record<string, string>>;
  readonly rules: readonly Rule[];
  readonly expect: readonly Expectation[];
}

/** So many different provider tokens may be shown within so many milliseconds, on a connection or with a key. */
export interface TokenRefresh {
  readonly atMost: number;
  readonly within: number;
  readonly per: 'connection' | 'key';
}

export interface ClockSeed {
  /** Milliseconds from the machine's time; below zero: behind it. */
  readonly offset: number;
  readonly frozen: boolean;
}

/** A point in time: as such, or counted from the moment at which it is needed (below zero: before it). */
export type Moment = { readonly at: number } | { readonly fromNow: number };

export interface AppSeed {
  readonly bundleId: string;
  readonly team: string | null;
  readonly broadcast: boolean;
  readonly keyIds: readonly string[] | null;
  /** `null`: the ordinary limit. */
  readonly channelLimit: number | null;
}

export interface DeviceSeed {
  /** Lower-case hexadecimal. */
  readonly token: string;
  readonly environment: Environment | null;
  readonly topics: readonly string[] | null;
  readonly state: 'active' | 'unregistered' | 'expired';
  /** When the state begins or began; counted from the moment of loading. */
  readonly since: Moment;
}

export interface ChannelSeed {
  readonly id: string;
  readonly bundleId: string;
  /** `null`: the server's default. */
  readonly environment: Environment | null;
  readonly policy: StoragePolicy;
}

export interface KeySeed {
  readonly keyId: string;
  readonly teamId: string;
  /** Public key in PEM; the shell makes a handle of it. */
  readonly publicKey: string;
  readonly topics: readonly string[];
  readonly environments: readonly Environment[];
}

/** When a rule is looked at: a connection opens, the headers of a request are there, a request is complete. */
export type On = 'connection' | 'stream' | 'request';

export interface Rule {
  /** `r1`, `r2`, … in the order of the file. */
  readonly id: string;
  /** `rule 1` where the file gives none. */
  readonly name: string;
  readonly on: On;
  /** All must fit. */
  readonly when: readonly Condition[];
  readonly turn: Turn;
  /** One effect, or several to be taken turn by turn. */
  readonly effects: readonly EffectSpec[];
  /** Behind the last effect: let later rules have their say, stay with the last one, begin again. `repeat` for one. */
  readonly afterLast: 'fallthrough' | 'repeat' | 'cycle';
  readonly evenIfInvalid: boolean;
}

/** `null` where the file says nothing. */
export interface Turn {
  readonly nth: number | null;
  readonly from: number | null;
  readonly every: number | null;
  readonly times: number | null;
  readonly probability: number | null;
  readonly per: Per | null;
}
export type Per = 'connection' | 'token' | 'channel' | 'topic';

/** One field and what it must look like. */
export interface Condition {
  readonly field: FieldName;
  readonly is: Matcher;
}

/** Fields without a further name, as they stand in `when`. */
export const PLAIN_FIELDS = [
  'operation',
  'topic',
  'environment',
  'channel',
  'token',
  'pushType',
  'priority',
  'expiration',
  'teamId',
  'keyId',
  'connection',
  'listener',
  'method',
  'path',
  'verdict',
  // Known only afterwards: in `expect`, the journal and the control API.
  'status',
  'reason',
  'rule',
  'id',
  'carriedOut',
] as const;
export type PlainField = (typeof PLAIN_FIELDS)[number];
export type FieldName = PlainField | `headers.${string}` | `payload.${string}` | `state.${string}`;

/** What a value must look like. Values are compared as text; a value that is not there is `undefined`. */
export type Matcher =
  | { readonly is: 'text'; readonly text: string }
  /** `*` stands for any text, also none. */
  | { readonly is: 'glob'; readonly pattern: string }
  | { readonly is: 'regex'; readonly source: string; readonly flags: string }
  | { readonly is: 'any'; readonly of: readonly Matcher[] }
  | {
      readonly is: 'test';
      /** A value that is not there fits as well. */
      readonly not: Matcher | null;
      readonly gt: number | null;
      readonly lt: number | null;
      readonly exists: boolean | null;
    };

/** What a rule does. `null`, `false`: nothing of the kind. */
export interface EffectSpec {
  /** An answer of APNs: status and body follow from it. choose() hands it out as the operation at hand spells it. */
  readonly reason: ReasonName | null;
  /** With a reason of status 410 only; `null` there: the present moment. */
  readonly timestamp: Moment | null;
  /** Seconds, for the header `retry-after`. */
  readonly retryAfter: number | null;
  /** Raw answer. `null` beside `body` or `headers`: the status that would have been. */
  readonly status: number | null;
  /** `name, value, name, value`: added to the headers of the answer, in place of those of the same name. */
  readonly headers: readonly string[];
  /** `null`: the body that would have been. */
  readonly body: string | null;
  /** Before the answer, or before what stands in its place. On a connection: before the goaway or drop. */
  readonly delay: Delay | null;
  readonly goaway: GoawaySpec | null;
  readonly reset: ResetSpec | null;
  /** Cut the TCP connection. */
  readonly drop: boolean;
  /** Never answer: this request, or on a connection none of its requests. */
  readonly stall: boolean;
  /** Close a new connection before a byte is said. */
  readonly refuse: boolean;
  /** TLS handshake of a new connection: refused with an alert, or never answered. */
  readonly handshake: 'refuse' | 'stall' | null;
  /** Server certificate shown to a new connection. */
  readonly certificate: 'expired' | 'wrong-host' | 'untrusted' | null;
  /** What the effect does to a connection happens once it has been idle for so many milliseconds. */
  readonly idle: number | null;
  /** New MAX_CONCURRENT_STREAMS; on a connection its first. */
  readonly streams: number | null;
  readonly pings: 'ignore' | null;
  /** `hold`: no window is given back, so that a larger body never arrives whole. */
  readonly window: 'hold' | null;
  readonly split: SplitSpec | null;
  readonly set: Readonly<Record<string, string>>;
  /** Resolved: what the file says, else whether the client learns the verdict (or a raw status 2xx). */
  readonly carryOut: boolean;
}

/** Milliseconds. */
export type Delay =
  | { readonly kind: 'fixed'; readonly ms: number }
  | { readonly kind: 'uniform'; readonly min: number; readonly max: number }
  /** Log-normal: half of the draws are below the median. */
  | { readonly kind: 'lognormal'; readonly median: number; readonly sigma: number };

export interface GoawaySpec {
  readonly code: Http2ErrorCode;
  readonly lastStream: 'this' | 'none' | 'all';
  /** As it goes on the wire: `{"reason":"…"}`, plain text, or empty. */
  readonly debug: string;
  /** Milliseconds after the frame (0: at once), when all open streams are done, or not at all. */
  readonly close: number | 'drained' | 'never';
  /**
   * Milliseconds until a second frame, without debug data (jchambers/pushy#312); `null`: one frame only. After
   * `lastStream: all` the second one names the highest stream that came.
   */
  readonly twice: number | null;
  /** Before the answer (at once, whatever the delay) or behind it. */
  readonly at: 'before' | 'after';
}

export interface ResetSpec {
  readonly code: Http2ErrorCode;
  /** `mid-body` on an answer without a body is `after-headers`. */
  readonly at: 'before-headers' | 'after-headers' | 'mid-body';
}

export interface SplitSpec {
  /** DATA frames, 2 at least; never more than the body has bytes. */
  readonly frames: number;
  /** Milliseconds between two of them. */
  readonly every: number;
}

/** Nothing but the verdict. */
export const NO_EFFECT: EffectSpec = {
  reason: null,
  timestamp: null,
  retryAfter: null,
  status: null,
  headers: [],
  body: null,
  delay: null,
  goaway: null,
  reset: null,
  drop: false,
  stall: false,
  refuse: false,
  handshake: null,
  certificate: null,
  idle: null,
  streams: null,
  pings: null,
  window: null,
  split: null,
  set: {},
  carryOut: true,
};

/** What must be true of the journal afterwards. */
export interface Expectation {
  readonly name: string;
  readonly match: readonly Condition[];
  /** Exchanges alike in this field count once: a field of `match`, or a header of answer or request by its name. */
  readonly distinctBy: string | null;
  readonly count: CountSpec | null;
  /** Milliseconds between neighbours, at least and at most. */
  readonly gap: { readonly atLeast: number | null; readonly atMost: number | null } | null;
  /** Nothing fits during so many milliseconds before the judgement. */
  readonly quiet: number | null;
}

export interface CountSpec {
  readonly exactly: number | null;
  readonly atLeast: number | null;
  readonly atMost: number | null;
}

/** One mistake in a file. Lines and columns begin at 1. */
export interface Problem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** `rules[0].then.reason`; empty: the file as a whole. */
  readonly path: string;
  /** One English sentence. */
  readonly message: string;
  /** The line of the file, cut when long. */
  readonly lineText: string;
  readonly suggestion: string | null;
}
