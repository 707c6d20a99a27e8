/// <reference lib="esnext.disposable" preserve="true" />
import type { Exchange } from '../core/exchange-shape.ts';
import type { Http2ErrorCode } from '../protocol/model.ts';
import type {
  CountInput,
  Duration,
  EffectInput,
  GoawayInput,
  MatchInput,
  RuleInput,
  ScenarioInput,
  VerifyOptions,
} from './scenario.ts';

/** A provider key that the mock knows: sign provider tokens with it, as with one from Apple. */
export interface ProviderKey {
  /** Private key: P-256, PKCS#8, PEM; the contents of an `AuthKey_….p8`. */
  readonly p8: string;
  readonly keyId: string;
  readonly teamId: string;
}

/**
 * A mock APNs as a test sees it: one in this process (`startApns`) or one elsewhere (`connect`).
 *
 * @example
 * await using apns = await startApns();
 * await sendPush({ url: apns.sendUrl, ca: apns.ca, ...apns.key });
 * await apns.verify({ operation: 'device.send', status: 200 }, 1);
 */
export interface Apns {
  /** Base URL for device pushes and broadcasts: `https://127.0.0.1:50123` */
  readonly sendUrl: string;
  /** Base URL for the channels of the sandbox. */
  readonly manageUrl: string;
  /** Base URL for the channels of production. */
  readonly manageProductionUrl: string;
  /** Base URL of the control API and the inspector page, over plain HTTP/1.1. */
  readonly controlUrl: string;
  /** The certificate to trust, PEM. */
  readonly ca: string;
  readonly key: ProviderKey;

  readonly exchanges: Exchanges;

  /**
   * Asserts how many exchanges there were that fit, one at least where nothing is said. Resolves to nothing; rejects
   * with an `AssertionError` that has `actual`, `expected` and, in its message, the nearest misses and why they missed.
   *
   * It judges what has happened by now; with a `timeout` it waits for what is missing. A request is recorded before it is
   * answered, so whoever awaited the answer can verify at once.
   *
   * @param count a number for just so many, or bounds
   * @param more how far apart, in which field different, and then nothing more
   * @example await apns.verify({ topic: 'com.example.app', status: 200 }, 3);
   * @example await apns.verify({ reason: 'Unregistered' }, { atMost: 1 });
   * @example await apns.verify({ operation: 'broadcast.send' }, { atLeast: 10 }, { distinctBy: 'apns-request-id' });
   */
  verify(match: MatchInput, count?: number | CountInput, more?: VerifyOptions): Promise<void>;

  readonly scenario: ScenarioControl;

  /**
   * Does `effect` to every request for as long as `fn` runs, then no more, also if `fn` fails. It stands above the rules
   * of the scenario. Blocks may stand inside each other; the inner one comes first.
   *
   * @param effect what happens to each request, or a rule that says to which and how often
   * @returns what `fn` returns
   * @example
   * await apns.with({ reason: 'TooManyRequests', retryAfter: 5 }, async () => {
   *   await assert.rejects(service.push(device));
   * });
   * @example
   * await apns.with({ when: { token: 'aaaa*' }, times: 2, then: { drop: true } }, () => service.pushAll(devices));
   */
  with<T>(effect: EffectInput | RuleInput, fn: () => T | PromiseLike<T>): Promise<T>;

  readonly clock: ClockControl;
  readonly connections: Connections;

  /**
   * Back to the state at start: journal, registries, rules, counters, scenario and clock. Connections stay open, so that
   * a client need not notice.
   *
   * @param topic only what belongs to the app of this topic, so that parallel suites can share a server
   */
  reset(topic?: string): Promise<void>;

  /**
   * Ends the mock: what is open is answered, connections are closed. After that nothing of it keeps the process alive.
   * For one that runs elsewhere: lets go of it, and it goes on. Harmless when called twice.
   */
  stop(): Promise<void>;

  /** The same as `stop`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

export interface Exchanges {
  /**
   * The next exchange that fits and that `next` has not yet handed out, also one from before the call. Waits for it, at
   * most `timeout`; then rejects with an `AssertionError` that tells what came instead.
   *
   * @example const { request } = await apns.exchanges.next({ topic: 'com.example.app' });
   */
  next(match?: MatchInput, options?: { readonly timeout?: Duration | number }): Promise<Exchange>;
  /** All that fit, oldest first. */
  all(match?: MatchInput): Promise<readonly Exchange[]>;
}

export interface ScenarioControl {
  /**
   * Puts a scenario in place of the one before. One with mistakes changes nothing: the promise rejects with a
   * `ScenarioError` that names every mistake and where it is.
   *
   * @param scenario as data, as text (YAML or JSON), or the name of a built-in one or of a file
   * @example await apns.scenario.load('goaway-graceful');
   * @example await apns.scenario.load({ version: 1, rules: [{ every: 3, then: { goaway: true } }] });
   */
  load(scenario: ScenarioInput | string): Promise<void>;
  /** Back to none. */
  unload(): Promise<void>;
}

/** The time of the server, which is its own. */
export interface ClockControl {
  now(): Promise<Date>;
  /**
   * Moves it forwards, and on the way does all that falls due: delayed answers, idle connections, ends of lives.
   *
   * @param by `'1h'`, `'90s'`, or milliseconds
   * @example await apns.clock.advance('1h'); // the provider token is too old now
   */
  advance(by: Duration | number): Promise<void>;
  /** Stops it, until `resume` or `reset`. */
  freeze(): Promise<void>;
  /** Lets it run on from where it stands. */
  resume(): Promise<void>;
}

/** The connections that are open, and what can be done to them by hand: to one by its id, or to all. */
export interface Connections {
  list(): Promise<readonly Connection[]>;
  /**
   * Says GOAWAY, without more as Apple does when it shuts down. Where `lastStream` is not given, all that is on its way may
   * still be answered (2^31-1); where `close` and `twice` are not either, a second GOAWAY with the highest stream follows
   * after 100 ms of the server's time, and then the connection ends.
   *
   * @example await apns.connections.goaway({ reason: 'Shutdown' });
   */
  goaway(goaway?: GoawayInput, id?: string): Promise<void>;
  /** Resets the streams that wait for an answer. Without a code: `INTERNAL_ERROR`. */
  reset(code?: Http2ErrorCode, id?: string): Promise<void>;
  /** Cuts the TCP connection. */
  drop(id?: string): Promise<void>;
  /** Announces a new MAX_CONCURRENT_STREAMS. */
  streams(maxConcurrentStreams: number, id?: string): Promise<void>;
}

export interface Connection {
  /** As in the journal: `c1`. */
  readonly id: string;
  readonly listener: string;
  readonly environment: 'sandbox' | 'production';
  /** When it opened, in ISO 8601. */
  readonly openedAt: string;
  /** Address and port of the client. */
  readonly remote: string;
  /** Host name that the client asked for in the TLS handshake; may be empty. */
  readonly servername: string;
  /** `h2`, or empty. */
  readonly alpn: string;
  readonly auth: 'token' | 'certificate' | 'none';
  readonly keyId: string | null;
  readonly teamId: string | null;
  /** Requests so far. */
  readonly requests: number;
  /** Streams that wait for an answer. */
  readonly waiting: readonly number[];
}
