/** Faults on demand: what an operator's body means where it leaves something out. */

/**
 * As Apple does when it shuts down. Every stream may still be answered, whatever else the body says: one that named none
 * would tell the client that nothing of what is on its way is served.
 */
export function goawayByHand(given: unknown): unknown {
  if (given === undefined) return { reason: 'Shutdown', ...ALL };
  if (given === true) return ALL;
  return typeof given === 'object' && given !== null && !Array.isArray(given) ? { ...ALL, ...given } : given;
}

const ALL = { lastStream: 'all' } as const;
