/** Faults on demand: what an operator's body means where it leaves something out. */

/**
 * As a server does that shuts down well (RFC 9113 section 6.8): no stream is disowned, since one that named none would tell
 * the client that nothing of what was served is served; what is on its way is still answered; and the second GOAWAY, which
 * names the highest stream, ends the connection. Whoever says how it ends has it so.
 */
export function goawayByHand(given: unknown): unknown {
  const asked = given === undefined ? { reason: 'Shutdown' } : given === true ? {} : given;
  if (typeof asked !== 'object' || asked === null || Array.isArray(asked)) return asked;
  const said = ['lastStream', 'close', 'twice'].some((key) => Object.hasOwn(asked, key));
  return said ? { lastStream: 'all', ...asked } : { lastStream: 'all', twice: GRACE, ...asked };
}

/** More than a round trip, so that the client knows before the connection ends. */
const GRACE = '100ms';
