/**
 * A mock APNs for tests: started in milliseconds, asked directly, gone when the test is.
 *
 * @module
 */
import { withHouse } from './adapters/in-process/house.ts';
import type { InProcess } from './adapters/in-process/inside.ts';
import { createClock } from './shell/clock.ts';
import { createApns } from './testing/apns.ts';
import { localBackend } from './testing/local.ts';
import type { MockOptions } from './testing/options.ts';
import { remoteBackend } from './testing/remote.ts';
import type { ConnectOptions } from './testing/remote-options.ts';
import { start } from './testing/start.ts';
import type { Apns } from './testing/types.ts';

export type { InProcess } from './adapters/in-process/inside.ts';
export type { ActionView, Advice, ConnectionView, Exchange } from './core/exchange-shape.ts';
export type { ScenarioError } from './testing/mistakes.ts';
export type { MockOptions } from './testing/options.ts';
export type { ConnectOptions } from './testing/remote-options.ts';
export type * from './testing/scenario.ts';
export type * from './testing/types.ts';

/** Where nothing else is said: free ports, nothing on the disk, nothing on the terminal. */
const DEFAULTS = {
  ports: [0],
  managePort: 0,
  manageProductionPort: 0,
  controlPort: 0,
  certs: 'memory',
  log: 'quiet',
} as const;

/**
 * Starts a mock in this process, on free ports, without touching the disk. The first start of a process makes keys and
 * certificates, some 100 ms; all others share them and take a few milliseconds. Several may run side by side.
 *
 * @param options the options of the command line, by the same names
 * @example
 * import { startApns } from 'mock-apns/testing';
 *
 * const apns = await startApns();
 * try {
 *   const service = new PushService({ url: apns.sendUrl, ca: apns.ca, ...apns.key });
 *   await service.push('a1'.repeat(32), { aps: { alert: 'Hi' } });
 *   await apns.verify({ operation: 'device.send', 'payload.aps.alert': 'Hi', status: 200 }, 1);
 * } finally {
 *   await apns.stop();
 * }
 */
export async function startApns(options: MockOptions = {}): Promise<Apns & InProcess> {
  const mock = await start(options, DEFAULTS);
  return withHouse(createApns(localBackend(mock), mock.clock), mock.house);
}

/**
 * The same object for a server that runs elsewhere: in a container, or shared by several suites. It is reached through
 * its control API, and goes on when this lets go of it. The key is a fresh one, registered with the server.
 *
 * @param controlUrl base URL of the control API
 * @example
 * import { connect } from 'mock-apns/testing';
 *
 * const apns = await connect('http://127.0.0.1:2198');
 */
export async function connect(controlUrl: string, options: ConnectOptions = {}): Promise<Apns> {
  return createApns(await remoteBackend(controlUrl, options), createClock());
}
