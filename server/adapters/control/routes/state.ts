import type { ControlHouse } from '../house.ts';

/**
 * What of the journal can be had. `last`: how far somebody has looked who took his time; what came meanwhile is for the
 * next look, and what the journal let go meanwhile was not seen.
 */
export function journalState({ driver }: Pick<ControlHouse, 'driver'>, last?: number) {
  const { journal } = driver.engine;
  const range = journal.range();
  return { ...range, last: last ?? range.last, ...journal.held(), dropped: journal.dropped() };
}
