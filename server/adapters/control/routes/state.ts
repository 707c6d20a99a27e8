import type { ControlHouse } from '../house.ts';

/** What of the journal can be had. */
export function journalState({ driver }: Pick<ControlHouse, 'driver'>) {
  const { journal } = driver.engine;
  return { ...journal.range(), ...journal.held(), dropped: journal.dropped() };
}
