/**
 * The nouns of the project as plain data. Every other file speaks in these shapes; nothing here has behaviour.
 *
 * Times are numbers: milliseconds since the epoch, on the mock's own clock (which a test can turn).
 */

export const ENVIRONMENTS = ['sandbox', 'production'] as const;
export type Environment = (typeof ENVIRONMENTS)[number];

/** Where documentation and live behaviour differ, which one to follow (apns-protocol 8.4). */
export const PROFILES = ['documented', 'observed'] as const;
export type Profile = (typeof PROFILES)[number];

/** How strictly provider tokens and client certificates are judged. */
export const AUTH_MODES = ['trusting', 'registered', 'off'] as const;
export type AuthMode = (typeof AUTH_MODES)[number];

/** An endpoint family: a group of operations that share hosts, headers and an order of checks. */
export const FAMILIES = ['device', 'broadcast', 'channels'] as const;
export type Family = (typeof FAMILIES)[number];

export const OPERATIONS = [
  'device.send',
  'broadcast.send',
  'channels.create',
  'channels.read',
  'channels.delete',
  'channels.list',
  'unknown',
] as const;
export type Operation = (typeof OPERATIONS)[number];

/** How well a fact is known: Apple's page says so, somebody measured it, or we decided. */
export type Evidence = 'documented' | 'observed' | 'assumed';

/**
 * A header list as it travels: `name, value, name, value, …` in order of arrival, names in lower case, repeated names
 * repeated, pseudo-headers left out. Flat, because one array per request is a fifth of the cost of one per header.
 */
export type HeaderList = readonly string[];

/** RFC 9113 section 7, by name; the doors know the numbers. */
export const HTTP2_ERROR_CODES = [
  'NO_ERROR',
  'PROTOCOL_ERROR',
  'INTERNAL_ERROR',
  'FLOW_CONTROL_ERROR',
  'SETTINGS_TIMEOUT',
  'STREAM_CLOSED',
  'FRAME_SIZE_ERROR',
  'REFUSED_STREAM',
  'CANCEL',
  'COMPRESSION_ERROR',
  'CONNECT_ERROR',
  'ENHANCE_YOUR_CALM',
  'INADEQUATE_SECURITY',
  'HTTP_1_1_REQUIRED',
] as const;
export type Http2ErrorCode = (typeof HTTP2_ERROR_CODES)[number];

/** One complete request as plain data. */
export interface Request {
  readonly method: string;
  /** `:path` as it came: not decoded, query string included. */
  readonly path: string;
  /** `:authority`, else `host`, else empty. */
  readonly authority: string;
  readonly headers: HeaderList;
  /** At most the first bytes that a judge can need; valid during the call only, whoever keeps it copies it. */
  readonly body: Uint8Array;
  /** Bytes of the body that arrived, kept or not. */
  readonly size: number;
}

/** What a listener is: the families it serves, and the environment if its port fixes one. */
export interface Listener {
  readonly name: 'send' | 'manage' | 'manage-production' | 'h2c' | 'in-process' | 'proxy';
  readonly families: readonly Family[];
  /** `null`: the host name asked for decides, then the default. */
  readonly environment: Environment | null;
}

/** What a client certificate says (apns-protocol 6.5); read from X.509 by the shell. */
export interface ClientCertificate {
  readonly subjectUid: string | undefined;
  readonly commonName: string | undefined;
  /** Subject UID plus Apple's topic-list extension, in that order, without repeats. */
  readonly topics: readonly string[];
  /** Carries the development marker, extension 1.2.840.113635.100.6.3.1. */
  readonly development: boolean;
  /** Carries the production marker, extension 1.2.840.113635.100.6.3.2. */
  readonly production: boolean;
  readonly notBefore: number;
  readonly notAfter: number;
  /** Issued by the mock's own authority. */
  readonly trusted: boolean;
}

/** A public key registered with the server. `handle` is opaque here; the port that made it verifies with it. */
export interface Key {
  readonly keyId: string;
  readonly teamId: string;
  readonly handle: unknown;
  /** Empty: team-scoped. Otherwise topic-specific (apns-protocol 6.2). */
  readonly topics: readonly string[];
  /** Legacy keys serve both. */
  readonly environments: readonly Environment[];
}

export interface App {
  readonly bundleId: string;
  /** `null`: any team may push to it. */
  readonly team: string | null;
  readonly broadcast: boolean;
  /** `null`: any key of the team. */
  readonly keyIds: readonly string[] | null;
  readonly channelLimit: number;
}

export interface Device {
  /** Lower-case hexadecimal. */
  readonly token: string;
  /** `null`: whichever. */
  readonly environment: Environment | null;
  /** `null`: whichever. */
  readonly topics: readonly string[] | null;
  readonly state: 'active' | 'unregistered' | 'expired';
  /** When the state began: the `timestamp` of a 410. Also a moment to come: until then the device is active. */
  readonly since: number;
}

export type StoragePolicy = 0 | 1;

/** What a channel still holds for devices that were offline. */
export interface StoredMessage {
  readonly seq: number;
  readonly at: number;
  readonly until: number;
}

export interface Channel {
  /** Standard base64 with padding. */
  readonly id: string;
  readonly bundleId: string;
  readonly environment: Environment;
  readonly policy: StoragePolicy;
  readonly createdAt: number;
  deletedAt: number | null;
  /** Broadcasts accepted so far. */
  accepted: number;
  stored: StoredMessage | null;
}

/** What APNs would say, with the trail of checks that led there. */
export interface Verdict {
  readonly status: number;
  /** `null`: accepted. */
  readonly reason: string | null;
  /** One English sentence; for an accepted request it may be empty and is made when somebody looks. */
  readonly why: string;
  /** Milliseconds, with status 410 only. */
  readonly timestamp: number | undefined;
  /** Place of the failed check in its operation's order; `-1`: none failed, or with a reason: none was asked. */
  readonly failed: number;
}

/** An answer, whole. */
export interface Response {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: string;
}

/** Which rule answered in place of the verdict. */
export interface RuleHit {
  readonly id: string;
  readonly name: string;
}

/** One thing to do to the wire. `session` and `stream` say where. */
export type Action =
  | {
      readonly do: 'reply';
      readonly session: string;
      readonly stream: number;
      readonly status: number;
      readonly headers: HeaderList;
      /** Compact JSON, or anything at all when a rule asks for it; empty: HEADERS with END_STREAM. */
      readonly body: string;
    }
  /** The beginning of an answer: HEADERS without END_STREAM. What follows are `data`, `reset`, or nothing. */
  | {
      readonly do: 'headers';
      readonly session: string;
      readonly stream: number;
      readonly status: number;
      readonly headers: HeaderList;
    }
  | {
      readonly do: 'data';
      readonly session: string;
      readonly stream: number;
      readonly body: string;
      readonly end: boolean;
    }
  | { readonly do: 'reset'; readonly session: string; readonly stream: number; readonly code: Http2ErrorCode }
  | {
      readonly do: 'goaway';
      readonly session: string;
      readonly code: Http2ErrorCode;
      /** Last stream identifier: the one in hand, none (0), or all that may still come. */
      readonly lastStream: 'this' | 'none' | 'all';
      readonly stream: number;
      /** Debug data; Apple sends compact JSON. */
      readonly debug: string;
      /** Close the connection behind the frame: at once, when the open streams are done, or not at all. */
      readonly close: 'now' | 'drained' | 'never';
    }
  /** Ends the connection after what was written: FIN, no reset. */
  | { readonly do: 'end'; readonly session: string }
  /** Cuts the TCP connection. */
  | { readonly do: 'drop'; readonly session: string }
  | { readonly do: 'stall'; readonly session: string; readonly stream: number }
  | { readonly do: 'settings'; readonly session: string; readonly maxConcurrentStreams: number }
  | { readonly do: 'pings'; readonly session: string; readonly ignore: boolean }
  /** Lets a connection in, or not; `maxConcurrentStreams` for its first SETTINGS, `null`: the usual. */
  | {
      readonly do: 'accept';
      readonly session: string;
      readonly how: Arrival;
      readonly maxConcurrentStreams: number | null;
    }
  /** No WINDOW_UPDATE leaves while held: the client can send what its window allows and no more. */
  | { readonly do: 'window'; readonly session: string; readonly hold: boolean };

/** What becomes of a connection before TLS: accepted, or made to fail in one of these ways. */
export const ARRIVALS = [
  'accept',
  'refuse',
  'refuse-handshake',
  'stall-handshake',
  'expired',
  'wrong-host',
  'untrusted',
] as const;
export type Arrival = (typeof ARRIVALS)[number];

/** What a line of the journal that is not an exchange is about. */
export const CONNECTION_KINDS = [
  'connection-opened',
  'connection-closed',
  'connection-refused',
  'goaway-sent',
  'goaway-received',
  'stream-failed',
  'late-stream',
  'settings-changed',
  'protocol-error',
  'limit-tripped',
  'fault',
  'operator',
] as const;
export type ConnectionKind = (typeof CONNECTION_KINDS)[number];
