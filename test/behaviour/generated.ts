/** Files that are drawn from others: the page of the built-in scenarios, the schema beside them. */
import { scenarioJsonSchema } from '../../server/cli/schema.ts';
import { scenariosPage } from './scenarios-page.ts';

export const COMMAND = 'node --import tsx test/behaviour/generate.ts --write';

export const GENERATED: readonly {
  readonly file: string;
  readonly draw: () => string;
  /** What is compared: how a file is laid out is the formatter's business. */
  readonly read: (text: string) => unknown;
}[] = [
  { file: 'docs/scenarios/README.md', draw: scenariosPage, read: (text) => text },
  {
    file: 'scenarios/scenario.schema.json',
    draw: () => `${JSON.stringify(scenarioJsonSchema(), null, 2)}\n`,
    read: (text) => JSON.parse(text),
  },
];
