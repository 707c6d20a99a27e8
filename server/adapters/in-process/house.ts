import type { Listener } from '../../protocol/model.ts';
import type { Clock } from '../../shell/clock.ts';
import type { Driver } from '../../shell/driver.ts';
import { INSIDE, type InProcess } from './inside.ts';

/** What a door inside the process needs of a running mock. */
export interface House {
  readonly driver: Driver;
  readonly clock: Clock;
  /** Bytes of a body that are kept at most. */
  readonly bodyKept: number;
  /** Every family on every host. */
  readonly singlePort: boolean;
  /** Host and port of each listener that is open, so that the mock's own addresses are answered as Apple's are. */
  readonly open: ReadonlyMap<string, Pick<Listener, 'families' | 'environment'>>;
  /** Once true, nothing is answered any more. */
  readonly stopped: () => boolean;
}

export const withHouse = <T extends object>(mock: T, house: House): T & InProcess =>
  Object.defineProperty(mock, INSIDE, { value: house }) as T & InProcess;

/** @throws TypeError when the mock runs elsewhere, or none was given */
export function houseOf(mock: InProcess): House {
  // Nothing at all is given where whoever starts the mock has not run yet.
  const house = (mock as InProcess | undefined)?.[INSIDE] as House | undefined;
  if (house !== undefined) return house;
  throw new TypeError(
    'This needs a mock that runs in this process: give what startApns() or createMock() resolved to, awaited. A server elsewhere is reached at its sendUrl.',
  );
}
