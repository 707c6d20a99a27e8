/** Registered by name: bundles and test runners load this file more than once. */
export const INSIDE: unique symbol = Symbol.for('mock-apns.in-process');

/** A mock that runs in this very process. Only such a one can answer without a socket. */
export interface InProcess {
  /** Not for use: it tells `createFetch` and `handlers` where the mock is. */
  readonly [INSIDE]: unknown;
}
