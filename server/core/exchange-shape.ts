import type { Action, ConnectionKind, Environment, Operation, RuleHit } from '../protocol/model.ts';

/**
 * The one record there is, as everybody sees it: in process, over the API, as an event and in an export. Made from the
 * compact entry when somebody looks. Times in ISO 8601.
 */
export interface Exchange {
  readonly seq: number;
  readonly kind: 'exchange';
  readonly at: string;
  readonly operation: Operation;
  readonly environment: Environment;
  readonly topic: string;
  readonly connection: ConnectionView & { readonly stream: number };
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly authority: string;
    readonly headers: readonly (readonly [string, string])[];
    /** Bytes that arrived, whether kept or not. */
    readonly size: number;
    /** Parsed JSON; the text where it is none; `null` for an empty body. */
    readonly payload: unknown;
    /** The body was longer than what is kept. */
    readonly truncated: boolean;
  };
  readonly verdict: {
    readonly status: number;
    readonly reason: string | null;
    readonly why: string;
    readonly trail: readonly { readonly check: string; readonly ok: boolean }[];
  };
  readonly rule: RuleHit | null;
  readonly actions: readonly ActionView[];
  readonly carriedOut: boolean;
  /** `null`: the request was never answered. */
  readonly response: {
    readonly status: number;
    readonly headers: readonly (readonly [string, string])[];
    readonly body: unknown;
  } | null;
  /** Remarks, by id; `at` as in `aps.badge` or `headers.apns-priority`. */
  readonly advice: readonly Advice[];
}

/** A remark about a request that APNs would take and that will not do what its sender wants, or about how it was sent. */
export interface Advice {
  readonly id: string;
  readonly text: string;
  /** The key or header it is about; `null`: the request as a whole. */
  readonly at: string | null;
}

/** What was done on the wire; `after`: milliseconds behind the request. */
export interface ActionView {
  readonly do: Action['do'];
  readonly status?: number;
  readonly code?: string;
  readonly lastStream?: string;
  readonly debug?: string;
  readonly after?: number;
}

/** A connection event in the same journal. */
export interface ConnectionRecord {
  readonly seq: number;
  readonly kind: ConnectionKind;
  readonly at: string;
  readonly connection: ConnectionView | null;
  readonly stream: number | null;
  readonly detail: string;
}

export interface ConnectionView {
  readonly id: string;
  readonly listener: string;
  readonly alpn: string;
  readonly auth: 'token' | 'certificate' | 'none';
  readonly keyId: string | null;
  readonly teamId: string | null;
}
