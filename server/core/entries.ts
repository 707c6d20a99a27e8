import type {
  ConnectionKind,
  Environment,
  HeaderList,
  Operation,
  Response,
  RuleHit,
  Verdict,
} from '../protocol/model.ts';
import type { CheckRow } from './checks/order.ts';
import type { Session } from './sessions.ts';
import type { Step } from './steps.ts';

/** A request with all that was found out and done about it: what the engine hands to the journal, and reads in it. */
export interface ExchangeEntry {
  readonly kind: 'exchange';
  readonly seq: number;
  readonly at: number;
  readonly session: Session;
  readonly stream: number;
  readonly operation: Operation;
  readonly environment: Environment;
  readonly topic: string;
  readonly target: string;
  readonly keyId: string | null;
  readonly teamId: string | null;
  readonly method: string;
  readonly path: string;
  readonly authority: string;
  readonly headers: HeaderList;
  /** The kept bytes of the body are a part of it: of what arrived when it is handed in, of the journal's own when it is read. */
  readonly block: Uint8Array;
  readonly offset: number;
  readonly kept: number;
  /** Bytes that arrived. */
  readonly size: number;
  readonly order: readonly CheckRow[];
  readonly verdict: Verdict;
  readonly rule: RuleHit | null;
  /** Of the answer; `null`: there is none. Whoever counts wants no more, and this costs nothing. */
  readonly status: number | null;
  readonly response: Response | null;
  /** What a rule made of it, laid out in time; `null`: the answer alone, at once. */
  readonly steps: readonly Step[] | null;
  readonly carriedOut: boolean;
}

/** Something on a connection that is not a request. */
export interface ConnectionEntry {
  readonly kind: ConnectionKind;
  readonly seq: number;
  readonly at: number;
  /** `null`: there never was a session. */
  readonly session: Session | null;
  readonly stream: number | null;
  /** One English sentence. */
  readonly detail: string;
}

export type Entry = ExchangeEntry | ConnectionEntry;
