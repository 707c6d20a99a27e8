import type { Exchange } from '../core/exchange-shape.ts';
import type { Judgement } from '../core/scenario/expect.ts';
import type { ExpectationInput, VerifyOptions } from './scenario.ts';
import type { Connection, ProviderKey } from './types.ts';

/** A mock as the helper reaches it: in this process, or over the control API. What the two share is in apns.ts. */
export interface Backend {
  readonly sendUrl: string;
  readonly manageUrl: string;
  readonly manageProductionUrl: string;
  readonly controlUrl: string;
  readonly ca: string;
  readonly key: ProviderKey;

  /** Exchanges with a higher number, oldest first. */
  readonly since: (seq: number) => Promise<readonly Exchange[]>;
  /** What may stand behind an exchange that never came. */
  readonly hints: () => Promise<readonly string[]>;
  /** Resolves when there may be one with a higher number, or after so many milliseconds. */
  readonly wait: (seq: number, ms: number) => Promise<void>;
  /** Waits as asked, then judges. */
  readonly verify: (asked: Asked) => Promise<Verified>;

  /** JSON or YAML. Rejects with a ScenarioError. */
  readonly loadScenario: (sources: readonly Text[]) => Promise<void>;
  readonly unloadScenario: () => Promise<void>;
  /** JSON; the rule's id. Rejects with a ScenarioError. */
  readonly addRule: (text: string) => Promise<string>;
  readonly removeRule: (id: string) => Promise<void>;

  /** Milliseconds since 1970. */
  readonly now: () => Promise<number>;
  /** Milliseconds. */
  readonly advance: (by: number) => Promise<void>;
  readonly freeze: (frozen: boolean) => Promise<void>;

  readonly connections: () => Promise<readonly Connection[]>;
  readonly operate: (fault: OperatorFault, id: string) => Promise<void>;

  readonly reset: (topic: string | null) => Promise<void>;
  readonly stop: () => Promise<void>;
}

export interface Text {
  readonly file: string;
  readonly text: string;
}

export type Asked = Pick<ExpectationInput, 'match' | 'count'> & VerifyOptions;

export type Verified = Pick<Judgement, 'ok' | 'expected' | 'actual'> & {
  readonly nearMisses: readonly string[];
  readonly hints: readonly string[];
};

/** What the control API calls `/goaway`, `/reset`, `/drop` and `/streams`. */
export type OperatorFault =
  | { readonly fault: 'goaway'; readonly body: object }
  | { readonly fault: 'reset'; readonly body: { readonly code: string } }
  | { readonly fault: 'drop'; readonly body: Record<string, never> }
  | { readonly fault: 'streams'; readonly body: { readonly streams: number } };
