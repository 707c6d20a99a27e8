import { lifecyclePage } from './lifecycle.ts';
import { reasonsPage } from './reasons.ts';

export const COMMAND = 'node --import tsx test/docs/generate.ts --write';

/** Pages that are drawn from tables, by file. */
export const PAGES: readonly { readonly file: string; readonly draw: () => string }[] = [
  { file: 'docs/reasons.md', draw: reasonsPage },
  { file: 'docs/lifecycle.md', draw: lifecyclePage },
];
