import { toJsonSchema } from '@valibot/to-json-schema';
import type * as v from 'valibot';
import { PREFIX_SAYS, SCENARIO } from '../core/scenario/schema.ts';
import type { Said } from './check.ts';

/** `mock-apns schema`: the JSON Schema of scenario files, for editors (draft 2020-12). */
export function schema(): Said {
  return { text: `${JSON.stringify(scenarioJsonSchema(), null, 2)}\n`, code: 0 };
}

const ID = 'https://json-schema.org/draft/2020-12/schema';

/** What editors complete and check: shapes and words. Combinations that make no sense are the business of `check`. */
export function scenarioJsonSchema(): Readonly<Record<string, unknown>> {
  const json = toJsonSchema(SCENARIO, {
    target: 'draft-2020-12',
    typeMode: 'input',
    // Checks in code have no counterpart; the forms that they read are given as patterns.
    errorMode: 'ignore',
    overrideSchema: ({ valibotSchema, jsonSchema }) => withPrefixes(valibotSchema, jsonSchema),
  });
  const { $schema: _, ...rest } = json;
  return {
    $schema: ID,
    title: 'A scenario of mock-apns',
    description:
      'What the mock of the Apple Push Notification service does, to which requests, and what must come of it.',
    ...rest,
  };
}

/** Keys such as `headers.apns-id`, which begin with a word of ours and end with one of the file's. */
function withPrefixes(from: unknown, json: object): object | undefined {
  const { prefixes, type } = from as { prefixes?: Readonly<Record<string, v.GenericSchema>>; type: string };
  if (type !== 'strict_object' || prefixes === undefined || Object.keys(prefixes).length === 0) return undefined;
  const patternProperties = Object.fromEntries(
    Object.keys(prefixes).map((prefix) => [
      `^${prefix}\\..+$`,
      { description: PREFIX_SAYS[prefix as keyof typeof PREFIX_SAYS] },
    ]),
  );
  return { ...json, patternProperties };
}
