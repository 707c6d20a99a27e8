import type {
  App,
  Channel,
  ClientCertificate,
  ConnectionKind,
  Device,
  Http2ErrorCode,
  Key,
  Listener,
  Request,
} from '../protocol/model.ts';
import type { EffectSpec, Rule, Scenario } from './scenario/model.ts';

/** Something that happened outside, with its time. */
export type Event =
  | {
      readonly type: 'session-opened';
      readonly at: number;
      readonly session: string;
      readonly listener: Listener;
      /** What ALPN agreed on; empty: none was offered, or cleartext. */
      readonly alpn: string;
      /** The host name of the TLS handshake, if any. */
      readonly servername: string;
      readonly remote: string;
      /** `null`: none was presented. An `error`: one was, and cannot be read. */
      readonly certificate: ClientCertificate | { readonly error: string } | null;
    }
  | { readonly type: 'session-closed'; readonly at: number; readonly session: string; readonly cause: string }
  | {
      /** A TCP connection, before TLS. Told only to an engine that wants it. */
      readonly type: 'connection-arrived';
      readonly at: number;
      readonly session: string;
      readonly listener: Listener;
      readonly remote: string;
    }
  | {
      readonly type: 'connection-refused';
      readonly at: number;
      /** `null`: it never got as far as having one. */
      readonly session: string | null;
      readonly listener: Listener;
      readonly remote: string;
      readonly cause: string;
      readonly cure: string;
    }
  | {
      /** Headers have come, and a body is still to come. Told only to an engine that wants it. */
      readonly type: 'stream-opened';
      readonly at: number;
      readonly session: string;
      readonly stream: number;
      readonly request: Request;
    }
  | {
      readonly type: 'request';
      readonly at: number;
      readonly session: string;
      readonly stream: number;
      readonly request: Request;
    }
  | {
      /** A request that never became complete, or whose stream the client took away. */
      readonly type: 'stream-failed';
      readonly at: number;
      readonly session: string;
      readonly stream: number;
      /** What had arrived, if its headers had. */
      readonly request: Request | null;
      readonly code: Http2ErrorCode;
      readonly cause: string;
    }
  | {
      /** Seen on the connection and worth a line: GOAWAY from the client, a protocol error, a limit that tripped. */
      readonly type: 'connection-seen';
      readonly at: number;
      readonly session: string;
      readonly kind: ConnectionKind;
      readonly detail: string;
    }
  | { readonly type: 'time'; readonly at: number }
  | { readonly type: 'command'; readonly at: number; readonly command: Command };

/** What an operator can tell the engine; scenario files and the control API come down to these. */
export type Command =
  | { readonly put: 'app'; readonly app: App }
  | { readonly put: 'key'; readonly key: Key }
  | { readonly put: 'device'; readonly device: Device }
  | { readonly put: 'channel'; readonly channel: Pick<Channel, 'id' | 'bundleId' | 'environment' | 'policy'> }
  | { readonly remove: 'device'; readonly token: string }
  /** What an operator does to one connection, or to `all`. */
  | { readonly do: 'operate'; readonly session: string; readonly effect: EffectSpec }
  /** Puts a scenario in place of the one before; `null`: none. */
  | { readonly do: 'load'; readonly scenario: Scenario | null }
  /** Puts a rule above all others; it goes with the scenario that it was put upon. */
  | { readonly do: 'add-rule'; readonly rule: Rule }
  | { readonly do: 'remove-rule'; readonly id: string }
  /** Takes entries of the journal away. */
  | { readonly do: 'forget'; readonly seqs: readonly number[] }
  /**
   * Back to what the scenario alone says: journal, registries, counters and states. With a bundle id, as far as they
   * belong to it. Connections stay open.
   */
  | { readonly do: 'reset'; readonly bundleId: string | null }
  | { readonly do: 'shutdown' };
