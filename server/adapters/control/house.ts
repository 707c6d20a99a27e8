import type { Metrics } from '../../core/metrics.ts';
import type { AuthMode, Environment, Profile } from '../../protocol/model.ts';
import type { Clock } from '../../shell/clock.ts';
import type { Driver } from '../../shell/driver.ts';
import type { ScenarioHost } from '../../shell/scenario-host.ts';
import type { GuardOptions } from './guard.ts';

/** The running server as the control API sees it. */
export interface ControlHouse {
  readonly version: () => string;
  readonly driver: Driver;
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly scenario: ScenarioHost;
  /** What is still missing before requests can be served; empty when ready. */
  readonly missing: () => readonly string[];
  readonly metrics: Metrics;
  /** Complete once every listener accepts. */
  readonly urls: () => Urls | null;
  readonly caPem: string;
  /** The provider key that every server has. `null` paths: nothing is on the disk. */
  readonly provider: { readonly keyId: string; readonly teamId: string };
  readonly paths: {
    readonly ca: string;
    readonly key: string;
    readonly client: { readonly cert: string; readonly key: string };
  } | null;
  /** Whether there is a client certificate on the disk, as soon as that is known: its key takes a while to make. */
  readonly clientMade: () => Promise<boolean>;
  readonly guard: GuardOptions;
  readonly settings: {
    readonly host: string;
    readonly environment: Environment;
    readonly profile: Profile;
    readonly auth: AuthMode;
    readonly http2: string;
    readonly maxStreams: number;
    readonly singlePort: boolean;
    readonly spelledTargets: boolean;
    readonly seed: number;
    readonly maxEntries: number;
    readonly maxBytes: number;
    readonly strict: boolean;
  };
}

export interface Urls {
  /** The first of `sends`. */
  readonly send: string;
  /** One for each send port, in the order of `--port`. */
  readonly sends: readonly string[];
  readonly manage: string;
  readonly manageProduction: string;
  readonly control: string;
  /** `null`: off. */
  readonly h2c: string | null;
  /** `null`: off. */
  readonly proxy: string | null;
}
