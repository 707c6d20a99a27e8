import type { ClientCertificate, Environment, HeaderList, Key, Listener, RuleHit } from '../protocol/model.ts';

/** What the connection's first good token tied it to (TOKEN: one team per connection, related keys only). */
export interface Binding {
  readonly teamId: string;
  readonly keyId: string;
  readonly key: Key | undefined;
}

/** One connection and what APNs keeps per connection. Only the engine writes to it. */
export interface Session {
  readonly id: string;
  readonly openedAt: number;
  readonly listener: Listener;
  readonly alpn: string;
  readonly servername: string;
  readonly remote: string;
  /** Its contents go with the connection; that there was one stays in the journal. */
  certificate: ClientCertificate | null;
  /** What listener and handshake say; a request's own host name may say otherwise. */
  readonly environment: Environment;
  /** The certificate was refused with a GOAWAY: nothing on this connection is served. */
  refused: { readonly reason: 'BadCertificate' | 'BadCertificateEnvironment'; readonly why: string } | null;
  bound: Binding | null;
  /** Accepted provider tokens, as their texts, and when each was first seen, oldest first. */
  readonly tokens: Map<string, number>;
  /** Observed profile: a stale token has spoilt the connection (apns-protocol 6.3). */
  spoilt: boolean;
  requests: number;
  highestStream: number;
  lastRequestAt: number;
  /** Streams that will never be answered. */
  readonly stalled: Set<number>;
  /** Streams of which no part of an answer has left, and the id that it would carry. */
  readonly waiting: Map<number, HeaderList>;
  /** Streams that a rule has dealt with before their request was complete. */
  readonly answered: Set<number>;
  /** The rule that hit the connection when it opened. */
  readonly rule: RuleHit | null;
  /** That rule leaves every request unanswered. */
  silent: boolean;
}

const APPLE_HOSTS: ReadonlyMap<string, Environment> = new Map([
  ['api.push.apple.com', 'production'],
  ['api.sandbox.push.apple.com', 'sandbox'],
  ['api.development.push.apple.com', 'sandbox'],
  ['api-broadcast.push.apple.com', 'production'],
  ['api-broadcast.sandbox.push.apple.com', 'sandbox'],
  ['api-manage-broadcast.push.apple.com', 'production'],
  ['api-manage-broadcast.sandbox.push.apple.com', 'sandbox'],
]);

/** The environment that one of Apple's host names stands for, its port left aside (apns-protocol 1). */
export function environmentOfHost(authority: string): Environment | undefined {
  const name = authority.toLowerCase();
  if (!name.includes('.apple.com')) return undefined;
  const colon = name.lastIndexOf(':');
  return APPLE_HOSTS.get(colon < 0 ? name : name.slice(0, colon));
}
