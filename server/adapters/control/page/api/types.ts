import type { ConnectionRecord, Exchange } from '../../../../core/exchange.ts';

export type { ConnectionRecord, Exchange };

/** One line of the journal, as the API tells it. */
export type JournalRecord = Exchange | ConnectionRecord;

export interface Info {
  readonly version: string;
  readonly urls: {
    readonly send: string;
    readonly manage: string;
    readonly manageProduction: string;
    readonly control: string;
  };
  readonly seed: number | null;
  /** Tells one run of the server from the next. */
  readonly run: string;
  readonly environment: string;
  readonly maxEntries: number;
  readonly caPath: string;
}

export interface ClockView {
  /** Milliseconds. */
  readonly now: number;
  readonly frozen: boolean;
  readonly offset: number;
}

export interface ChannelView {
  readonly id: string;
  readonly bundleId: string;
  readonly environment: string;
  readonly policy: number;
  readonly createdAt: string;
  readonly accepted: number;
  readonly stored: {
    readonly seq: number;
    readonly at: string;
    readonly until: string;
    readonly payload: unknown;
  } | null;
}

export interface ConnectionView {
  readonly id: string;
  readonly listener: string;
  readonly alpn: string;
  readonly remote: string;
  readonly servername: string;
  readonly openedAt: string;
  readonly environment: string;
  readonly requests: number;
  readonly highestStream: number;
  /** Streams that wait for an answer. */
  readonly waiting: readonly number[];
  readonly keyId: string | null;
  readonly teamId: string | null;
  readonly tokens: number;
  readonly certificate: string | null;
  readonly rule: string | null;
}

export interface RuleView {
  readonly id: string;
  readonly name: string;
  readonly sentence: string;
  readonly hits: number;
}

export interface ScenarioView {
  readonly loaded: boolean;
  readonly name: string;
  readonly description: string;
  /** `null`: none, or put together of several files. */
  readonly text: string | null;
  readonly states: readonly (readonly [name: string, value: string])[];
  /** The name is empty where it has none of its own. */
  readonly expectations: readonly { readonly name: string; readonly ok: boolean; readonly says: string }[];
  readonly rules: readonly RuleView[];
}

export interface BuiltIn {
  readonly name: string;
  readonly description: string;
}
