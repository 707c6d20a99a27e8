/** A door: one way to bring a request to the engine and its answer back. The same cases go through every door. */
import type { Aftermath, Case, Setup, Step } from './case.ts';

export interface Answer {
  /** `null`: none came. */
  readonly status: number | null;
  /** In order of arrival, without `:status`. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  /** Absent where the door cannot see frames. */
  readonly frames?: readonly Frame[];
  readonly aftermath: readonly Aftermath[];
  /** Milliseconds of the mock's clock that passed before it came; absent where the door cannot tell. */
  readonly delay?: number;
  /** Where the trail of the recorded exchange ends; `null`: every check passed. Absent where the door has no journal. */
  readonly failed?: string | null;
  /** The recorded verdict's reason. Absent where the door has no journal. */
  readonly reason?: string | null;
}

export type Frame = 'HEADERS' | 'HEADERS+END_STREAM' | 'DATA' | 'DATA+END_STREAM';

export interface OpenDoor {
  /** One request on this case's connection to the step's listener, opened when first used. */
  readonly send: (step: Step) => Promise<Answer>;
  readonly close: () => Promise<void>;
}

export interface Door {
  readonly name: string;
  /**
   * A fresh house, set up by `commandsOf(setup)`, its clock standing still at `NOW`. The client presents
   * `setup.certificate` on every connection.
   */
  readonly open: (setup: Setup) => Promise<OpenDoor>;
  /** Why this door cannot run a case; `null`: it can. */
  readonly cannot?: (candidate: Case) => string | null;
}
