import { suite } from 'uvu';
import type { Street } from './street.ts';

/** The last suite of a file: shuts the street, so that the process can end. */
export function after(street: Street): void {
  const last = suite('afterwards');
  last('the listeners close', () => street.close());
  last.run();
}
