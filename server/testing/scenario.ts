import type { Environment, Http2ErrorCode, Operation } from '../protocol/model.ts';
import type { ReasonName } from '../protocol/reasons.ts';

/**
 * Scenario files as TypeScript: the same keys and values as in YAML. What each of them means is told where you point at
 * it; docs/scenarios.md tells it at length. That these types say the same as the schema is checked by the compiler, in
 * test/library/types.test.ts.
 */

/** A length of time: `250ms`, `2s`, `20m`, `1h`, `2d`; 30 days at most. */
export type Duration = string;
/** A point in time: `2026-11-21T18:00:00Z`, `2h ago`, `in 10m`, `now`. */
export type Moment = string;

type Scalar = string | number | boolean;
/** A value as it must be: itself, text with `*` for anything, `/an expression/`, a list (any of these), or a test. */
export type ValueInput = Scalar | readonly ValueInput[] | TestInput;
export interface TestInput {
  /** Fits what does not fit this, also a field that is not there. */
  readonly not?: ValueInput | undefined;
  /** Fits numbers above. */
  readonly gt?: number | undefined;
  /** Fits numbers below. */
  readonly lt?: number | undefined;
  /** Fits when the field is there, or is not. */
  readonly exists?: boolean | undefined;
}

/** Words of a closed set, and whatever else a value may be. */
type Word<W extends string> = W | ValueInput;
/** The topic of a device push, a header or a part of the payload, by name. */
type Named = { readonly [name in `headers.${string}` | `payload.${string}` | `state.${string}`]?: ValueInput };

/** What a request must look like; all of it. */
export interface WhenInput extends Named {
  /** What the request asks for. */
  readonly operation?: Word<Operation> | undefined;
  /** Topic of a device push; bundle id of everything else. */
  readonly topic?: ValueInput | undefined;
  /** Environment that the request is for. */
  readonly environment?: Word<Environment> | undefined;
  /** Channel id of a broadcast or channel request. */
  readonly channel?: ValueInput | undefined;
  /** Device token, in lower case. */
  readonly token?: ValueInput | undefined;
  /** Push type, in lower case. */
  readonly pushType?: ValueInput | undefined;
  /** Priority as sent. */
  readonly priority?: ValueInput | undefined;
  /** Expiration as sent: seconds since 1970. */
  readonly expiration?: ValueInput | undefined;
  /** Team of the provider token. */
  readonly teamId?: ValueInput | undefined;
  /** Key of the provider token. */
  readonly keyId?: ValueInput | undefined;
  /** Connection, as the journal numbers them: `c1`. */
  readonly connection?: ValueInput | undefined;
  /** Listener that the connection came to. */
  readonly listener?: Word<'send' | 'manage' | 'manage-production' | 'h2c' | 'in-process'> | undefined;
  /** HTTP method. */
  readonly method?: ValueInput | undefined;
  /** Path as sent, not decoded. */
  readonly path?: ValueInput | undefined;
  /** What APNs would say: `accepted`, `rejected`, or the reason. */
  readonly verdict?: Word<'accepted' | 'rejected' | ReasonName> | undefined;
  /** States of the scenario. */
  readonly state?: Readonly<Record<string, ValueInput>> | undefined;
}

/**
 * What an exchange must look like; all of it. Nothing at all fits everything.
 *
 * @example { operation: 'device.send', topic: 'com.example.app', status: 200 }
 * @example { 'payload.aps.alert.title': 'Hi', 'headers.apns-collapse-id': { exists: true } }
 */
export interface MatchInput extends WhenInput {
  /** Status of the answer; `4xx` stands for all of them. */
  readonly status?: ValueInput | undefined;
  /** Reason in the answer. */
  readonly reason?: Word<ReasonName> | undefined;
  /** Name or id of the rule that acted. */
  readonly rule?: ValueInput | undefined;
  /** `apns-id` or `apns-request-id` of the answer, else of the request. */
  readonly id?: ValueInput | undefined;
  /** Whether the request was carried out. */
  readonly carriedOut?: ValueInput | undefined;
}

export type DelayInput =
  | Duration
  /** Evenly between the two. */
  | { readonly min: Duration; readonly max: Duration }
  /** Around a median; `sigma` 0 is no spread, 0.5 is usual of networks, 1 has a long tail. */
  | { readonly median: Duration; readonly sigma: number };

export interface GoawayInput {
  /** Goes into the debug data as JSON: `{"reason":"…"}`. */
  readonly reason?: ReasonName | undefined;
  /** Error code; NO_ERROR where none is given. */
  readonly code?: Http2ErrorCode | undefined;
  /** Last stream that is named: the one in hand, none (0), or all that may come (2^31-1). */
  readonly lastStream?: 'this' | 'none' | 'all' | undefined;
  /** Debug data as plain text. */
  readonly debug?: string | undefined;
  /** When the connection is closed: at once, when its streams are done (the default), after a while, or never. */
  readonly close?: 'now' | 'drained' | 'never' | Duration | undefined;
  /** A second GOAWAY without debug data follows, at once or after a while. */
  readonly twice?: true | Duration | undefined;
  /** Before the answer leaves, or behind it (the default). */
  readonly at?: 'before' | 'after' | undefined;
}

export interface ResetInput {
  /** Error code of the RST_STREAM. */
  readonly code: Http2ErrorCode;
  /** How much of the answer leaves before. */
  readonly at?: 'before-headers' | 'after-headers' | 'mid-body' | undefined;
}

/**
 * What happens to a request in place of its verdict, or on top of it; the keys combine.
 *
 * @example { reason: 'TooManyRequests', retryAfter: 5 }
 * @example { delay: '250ms', drop: true, carryOut: true }
 */
export interface EffectInput {
  /** Answers with this reason; status and body follow. */
  readonly reason?: ReasonName | undefined;
  /** With a reason of status 410: since when the token is invalid; milliseconds since 1970, or in words. */
  readonly timestamp?: Moment | number | undefined;
  /** Adds the header retry-after, in seconds. */
  readonly retryAfter?: number | Duration | undefined;
  /** Answers with this status; for answers that APNs never gives. */
  readonly status?: number | undefined;
  /** Adds headers to the answer, in place of those of the same name. */
  readonly headers?: Readonly<Record<string, string | number | readonly string[]>> | undefined;
  /** Body of the answer, whatever it is: empty, garbage, cut off. A mapping is sent as JSON. */
  readonly body?: string | Readonly<Record<string, unknown>> | readonly unknown[] | undefined;
  /** Waits before the answer, or before what stands in its place. */
  readonly delay?: DelayInput | undefined;
  /** Says goodbye to the connection. */
  readonly goaway?: true | GoawayInput | undefined;
  /** Resets the stream. */
  readonly reset?: Http2ErrorCode | ResetInput | undefined;
  /** Cuts the TCP connection. */
  readonly drop?: true | undefined;
  /** Never answers; on a connection: none of its requests. */
  readonly stall?: true | undefined;
  /** Closes a new connection before a byte is said. */
  readonly refuse?: true | undefined;
  /** Ends the TLS handshake of a new connection with an alert, or never answers it. */
  readonly handshake?: 'refuse' | 'stall' | undefined;
  /** Shows a new connection a server certificate that a careful client refuses. */
  readonly certificate?: 'expired' | 'wrong-host' | 'untrusted' | undefined;
  /** What this does to the connection happens once it has been idle so long. Alone: GOAWAY with IdleTimeout. */
  readonly idle?: Duration | undefined;
  /** Announces this MAX_CONCURRENT_STREAMS from now on. */
  readonly streams?: number | undefined;
  /** Answers no PING on this connection any more. */
  readonly pings?: 'ignore' | undefined;
  /** Gives no receive window back on this connection: a larger body never arrives whole. */
  readonly window?: 'hold' | undefined;
  /** Sends the body over several DATA frames. */
  readonly split?: number | { readonly frames: number; readonly every?: Duration | undefined } | undefined;
  /** Sets states of the scenario. */
  readonly set?: Readonly<Record<string, Scalar>> | undefined;
  /** Whether the request is carried out, whatever the client learns. */
  readonly carryOut?: boolean | undefined;
}

interface RuleBase {
  /** What the rule is called in journal, page and messages. */
  readonly name?: string | undefined;
  /** The moment: a connection opens, the headers of a request are there, a request is complete (the default). */
  readonly on?: 'connection' | 'stream' | 'request' | undefined;
  /** What must fit; all of it. Without it everything fits. */
  readonly when?: WhenInput | undefined;
  /** Acts on this one alone, counted from 1. */
  readonly nth?: number | undefined;
  /** Counting begins at this one. */
  readonly from?: number | undefined;
  /** Acts on every so-many-th. */
  readonly every?: number | undefined;
  /** Acts at most so often. */
  readonly times?: number | undefined;
  /** Acts on so many of those whose turn it is; dice from the seed. */
  readonly probability?: number | undefined;
  /** Counts apart for each of these. */
  readonly per?: 'connection' | 'token' | 'channel' | 'topic' | undefined;
  /** Behind the last of the sequence: later rules have their say (the default), the last repeats, or it begins again. */
  readonly afterLast?: 'fallthrough' | 'repeat' | 'cycle' | undefined;
  /** Acts on requests that APNs would reject, too. */
  readonly evenIfInvalid?: boolean | undefined;
}

/**
 * When, whose turn, what then.
 *
 * @example { when: { operation: 'device.send' }, times: 2, then: { reason: 'TooManyRequests' } }
 * @example { sequence: [{ reason: 'InternalServerError' }, { stall: true }] }
 */
export type RuleInput = RuleBase &
  (
    | { /** What it does. */ readonly then: EffectInput; readonly sequence?: undefined }
    | { readonly then?: undefined /** What it does turn by turn. */; readonly sequence: readonly EffectInput[] }
  );

/** How many. */
export interface CountInput {
  readonly exactly?: number | undefined;
  readonly atLeast?: number | undefined;
  readonly atMost?: number | undefined;
}

/** What else an expectation can ask. */
interface Further {
  /** Exchanges alike in this field, or in this header of answer or request, count once. */
  readonly distinctBy?: string | undefined;
  /** Time between one and the next; a single duration is the shortest. */
  readonly gap?:
    | Duration
    | { readonly atLeast?: Duration | undefined; readonly atMost?: Duration | undefined }
    | undefined;
  /** None of them within this time before the judgement. */
  readonly quiet?: Duration | undefined;
}

export interface VerifyOptions extends Omit<Further, 'quiet'> {
  /** Waits so long in real time for what is missing. Default: not at all */
  readonly timeout?: Duration | undefined;
  /** And then nothing more: waits until nothing that fits has come for so long. */
  readonly quiet?: Duration | undefined;
}

export interface ExpectationInput extends Further {
  /** What it is called in the report. */
  readonly name?: string | undefined;
  /** Exchanges that count; all where none is given. */
  readonly match?: MatchInput | undefined;
  /** How many there must be; one at least where nothing is given. */
  readonly count?: CountInput | undefined;
}

/** A scenario: which rules act, what is registered, what must be true in the end. */
export interface ScenarioInput {
  readonly $schema?: string | undefined;
  readonly version: 1;
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  /** Where the dice start; the server's own seed where none is given. */
  readonly seed?: number | undefined;
  /** The server's time once the scenario is loaded. */
  readonly clock?: { readonly offset?: Duration | undefined; readonly frozen?: boolean | undefined } | undefined;
  /** How often a provider token may change; five on a connection in 20 minutes, otherwise. */
  readonly tokenRefresh?:
    | { readonly atMost: number; readonly within: Duration; readonly per?: 'connection' | 'key' | undefined }
    | undefined;
  /** Apps that are registered. Without any, every bundle id may push and broadcast. */
  readonly apps?: readonly AppInput[] | undefined;
  /** Devices that are registered. All others are active. */
  readonly devices?: readonly DeviceInput[] | undefined;
  /** Channels that exist from the start. */
  readonly channels?: readonly ChannelInput[] | undefined;
  /** Provider keys that are registered. */
  readonly keys?: readonly KeyInput[] | undefined;
  /** States and their first values. */
  readonly states?: Readonly<Record<string, Scalar>> | undefined;
  /** Rules, read from top to bottom: the first that fits and whose turn it is acts. */
  readonly rules?: readonly RuleInput[] | undefined;
  /** What must be true of the journal afterwards. */
  readonly expect?: readonly ExpectationInput[] | undefined;
}

export interface AppInput {
  readonly bundleId: string;
  /** The only team that may push to it; any where none is given. */
  readonly team?: string | undefined;
  /** Whether it has the broadcast capability; it has, where nothing is given. */
  readonly broadcast?: boolean | undefined;
  /** The only keys that may push to it. */
  readonly keyIds?: readonly string[] | undefined;
  /** Channels that it may have per environment; 10,000 where nothing is given. */
  readonly channelLimit?: number | undefined;
}

export interface DeviceInput {
  /** An even number of hexadecimal digits. */
  readonly token: string;
  /** Where the token is valid; in both where nothing is given. */
  readonly environment?: Environment | undefined;
  /** Topics the token is valid for; all where none are given. */
  readonly topics?: readonly string[] | undefined;
  /** What became of it; active where nothing is given. */
  readonly state?: 'active' | 'unregistered' | 'expired' | undefined;
  /** When the state begins, also in time to come. Now where nothing is given. */
  readonly since?: Moment | undefined;
}

export interface ChannelInput {
  /** Standard base64 with padding. */
  readonly id: string;
  readonly bundleId: string;
  readonly environment?: Environment | undefined;
  /** Message storage policy: 0 stores none, 1 the latest (the default). */
  readonly policy?: 0 | 1 | undefined;
}

export interface KeyInput {
  readonly keyId: string;
  readonly teamId: string;
  /** Public key in PEM. */
  readonly publicKey: string;
  /** Topics of a topic-specific key; a team key has none. */
  readonly topics?: readonly string[] | undefined;
  /** Where it is valid; in both where nothing is given. */
  readonly environments?: readonly Environment[] | undefined;
}
