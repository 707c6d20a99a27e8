import { toJsonSchema } from '@valibot/to-json-schema';
import type * as v from 'valibot';
import type { Told } from '../core/scenario/kit.ts';
import { PARTS, PREFIX_SAYS, SCENARIO } from '../core/scenario/schema.ts';
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
    definitions: PARTS as unknown as Record<string, v.GenericSchema>,
    // Checks in code have no counterpart; the forms that they read are given as patterns.
    errorMode: 'ignore',
    overrideSchema: ({ valibotSchema, jsonSchema }) =>
      withPrefixes(valibotSchema as Extras, withSentence(valibotSchema as Extras, jsonSchema)),
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

/** What our own schemas carry besides valibot's properties. */
type Extras = Partial<Told> & { readonly prefixes?: Readonly<Record<string, unknown>> };

const withSentence = ({ says, examples = [] }: Extras, json: object): object =>
  says === undefined ? json : { ...json, description: says, ...(examples.length === 0 ? {} : { examples }) };

/** Keys such as `headers.apns-id`, which begin with a word of ours and end with one of the file's. */
function withPrefixes({ prefixes = {} }: Extras, json: object): object {
  const patterns = Object.keys(prefixes).map((prefix) => [
    `^${prefix}\\..+$`,
    { description: PREFIX_SAYS[prefix as keyof typeof PREFIX_SAYS], $ref: '#/$defs/value' },
  ]);
  return patterns.length === 0 ? json : { ...json, patternProperties: Object.fromEntries(patterns) };
}
