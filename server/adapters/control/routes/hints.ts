import * as core from '../../../core/search/hints.ts';
import type { Desk } from '../desk.ts';
import type { ControlHouse } from '../house.ts';

/** What may stand behind an exchange that never came. */
export const hintsOf = (_: Desk, { driver }: ControlHouse, after: number | undefined): readonly string[] =>
  core.hintsOf(driver.engine.journal, after);
