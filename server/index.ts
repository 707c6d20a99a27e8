/// <reference lib="esnext.disposable" preserve="true" />
/**
 * A local stand-in for the Apple Push Notification service. In a test suite `mock-apns/testing` is what you want; this
 * is the server as the command line starts it, for programs.
 *
 * @module
 */
import { withHouse } from './adapters/in-process/house.ts';
import type { InProcess } from './adapters/in-process/inside.ts';
import { disposable } from './testing/disposable.ts';
import type { MockOptions } from './testing/options.ts';
import { start } from './testing/start.ts';
import type { ProviderKey } from './testing/types.ts';

export type { InProcess } from './adapters/in-process/inside.ts';
export type { MockOptions } from './testing/options.ts';
export type { ScenarioInput } from './testing/scenario.ts';
export type { ProviderKey } from './testing/types.ts';

/** A server that accepts on every listener. */
export interface Mock {
  /** Base URLs; `h2c` is `null` while it is off. `sends` has one for each of `ports`, `send` is the first of them. */
  readonly urls: {
    readonly send: string;
    readonly sends: readonly string[];
    readonly manage: string;
    readonly manageProduction: string;
    readonly control: string;
    readonly h2c: string | null;
  };
  /** The certificate to trust, PEM. */
  readonly ca: string;
  /** A provider key that the server knows. */
  readonly key: ProviderKey;
  /** Where the dice started. */
  readonly seed: number;
  /** Answers what is open, says GOAWAY, waits at most two seconds, and closes everything. */
  stop(): Promise<void>;
  /** The same as `stop`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts a server with the defaults of the command line: ports 2195 to 2198, keys and certificates in `certs/`. Only the
 * log is quiet where nothing is said. The environment is not looked at.
 *
 * @param options the options of the command line in camel case; `--port` is `ports`, `--no-spelled-targets` is
 *   `spelledTargets: false`
 * @throws UsageError when an option is wrong, StartError when a port, a file or a key cannot be had
 * @example
 * import { createMock } from 'mock-apns';
 *
 * const mock = await createMock({ ports: [0], certs: 'memory' });
 * console.log(mock.urls.send);
 * await mock.stop();
 */
export async function createMock(options: MockOptions = {}): Promise<Mock & InProcess> {
  const started = await start(options, { log: 'quiet' });
  const { p8, keyId, teamId } = started.certificates.providerKey;
  const stop = (): Promise<void> => started.stop();
  const mock = {
    urls: started.urls,
    ca: started.certificates.caPem,
    key: { p8, keyId, teamId },
    seed: started.seed,
    stop,
  };
  return withHouse(disposable(mock, stop), started.house);
}
