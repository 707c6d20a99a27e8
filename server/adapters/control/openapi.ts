import { toJsonSchema } from '@valibot/to-json-schema';
import * as v from 'valibot';
import type { Told } from '../../core/scenario/kit.ts';
import { PARTS, PREFIX_SAYS, SCENARIO } from '../../core/scenario/schema.ts';
import { PROBLEM_TYPE } from './problem.ts';
import type { Answer, Route } from './route.ts';
import { named } from './schemas.ts';

type Json = Readonly<Record<string, unknown>>;

/** Shapes with a name of their own in the document, so that generated clients have types to speak of. */
const DEFINITIONS: Readonly<Record<string, v.GenericSchema>> = {
  ...named,
  ...Object.fromEntries(
    Object.entries(PARTS).map(([name, schema]) => [`Scenario${name[0]?.toUpperCase()}${name.slice(1)}`, schema]),
  ),
  Scenario: SCENARIO,
} as unknown as Readonly<Record<string, v.GenericSchema>>;

const TAGS = {
  probes: 'Whether the server is there.',
  trust: 'What clients must trust.',
  server: 'The server as a whole.',
  journal: 'What arrived and what became of it: read, wait, assert.',
  scenario: 'What goes wrong, and when.',
  registry: 'Apps, channels, devices and keys.',
  connections: 'Live connections, and faults on demand.',
  clock: "The server's time.",
  page: 'The inspector page.',
} as const;

/** The OpenAPI 3.1 document of a table of routes. */
export function openApiOf(routes: readonly Route[], version: string): Json {
  const { of, defs } = converted(routes);
  const paths: Record<string, Record<string, unknown>> = {};
  for (const row of routes) {
    const methods = paths[row.path] ?? {};
    methods[row.method.toLowerCase()] = operationOf(row, of);
    paths[row.path] = methods;
  }
  return {
    openapi: '3.1.0',
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    info: {
      title: 'mock-apns control API',
      version,
      description:
        'See and steer a local stand-in for the Apple Push Notification service: read and assert what arrived, force what goes wrong, turn the clock. Errors are problem documents (RFC 9457) whose title says what to do.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/', description: 'The control port' }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    security: [{}, { token: [] }],
    paths,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'Asked for where MOCK_APNS_API_TOKEN is set.' },
      },
      schemas: { ...defs, Problem: PROBLEM },
    },
  };
}

const PROBLEM: Json = {
  type: 'object',
  required: ['title', 'status'],
  properties: {
    title: { type: 'string', description: 'What is wrong and what to do, in one sentence.' },
    status: { type: 'integer' },
    problems: {
      type: 'array',
      items: {
        type: 'object',
        required: ['path', 'message'],
        properties: {
          path: { type: 'string' },
          message: { type: 'string' },
          suggestion: { type: 'string' },
          line: { type: 'integer' },
          column: { type: 'integer' },
        },
      },
    },
  },
};

/** What anything can answer. */
const COMMON = {
  400: 'The request is not right: see `problems`.',
  401: 'The token is missing or wrong.',
  403: 'The name or origin that was used is not allowed.',
} as const;

type Convert = (schema: v.GenericSchema) => Json;

function operationOf(row: Route, of: Convert): Json {
  const answers: Record<string, unknown> = {};
  for (const [status, says] of Object.entries(COMMON)) {
    if (status === '401' && row.open) continue;
    answers[status] = { description: says, content: { [PROBLEM_TYPE]: { schema: ref('Problem') } } };
  }
  if (row.body !== null)
    answers[413] = {
      description: 'The body is longer than 1 MiB.',
      content: { [PROBLEM_TYPE]: { schema: ref('Problem') } },
    };
  for (const [status, answer] of Object.entries(row.answers)) answers[status] = answerOf(answer, status, of);
  return {
    operationId: row.id,
    tags: [row.tag],
    summary: row.says.replace(/\.$/, ''),
    description: row.more === null ? row.says : `${row.says} ${row.more}`,
    ...(row.open ? { security: [{}] } : {}),
    parameters: [...parametersOf(row.params, 'path', of), ...parametersOf(row.query, 'query', of)],
    ...(row.body === null ? {} : { requestBody: bodyOf(row.body, of) }),
    responses: answers,
  };
}

const ref = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });

function parametersOf(entries: v.ObjectEntries, where: 'path' | 'query', of: Convert): Json[] {
  return Object.entries(entries).map(([name, schema]) => {
    const { description, examples, ...rest } = of(schema as v.GenericSchema) as {
      description?: string;
      examples?: readonly unknown[];
    };
    return {
      name,
      in: where,
      required: where === 'path' || schema.type !== 'optional',
      ...(description === undefined ? {} : { description }),
      schema: rest,
      ...(examples?.[0] === undefined ? {} : { example: examples[0] }),
    };
  });
}

function bodyOf(body: NonNullable<Route['body']>, of: Convert): Json {
  const schema = body.schema === null ? {} : of(body.schema);
  const types = body.as === 'json' ? ['application/json'] : body.types;
  // What is no JSON is told by its text; the shape is that of the value it stands for.
  return {
    required: body.optional !== true,
    content: Object.fromEntries(types.map((type) => [type, { schema }])),
  };
}

function answerOf({ says, shape, also = [] }: Answer, status: string, of: Convert): Json {
  if (status === '204') return { description: says };
  if (shape === null) return { description: says, content: { [PROBLEM_TYPE]: { schema: ref('Problem') } } };
  if (typeof shape !== 'string') return { description: says, content: { 'application/json': { schema: of(shape) } } };
  return {
    description: says,
    content: Object.fromEntries(
      [shape, ...also].map((type) => [type, /json|yaml/.test(type) ? {} : { schema: { type: 'string' } }]),
    ),
  };
}

const OPTIONS = {
  target: 'draft-2020-12',
  typeMode: 'input',
  errorMode: 'ignore',
  overrideSchema: ({ valibotSchema, jsonSchema }: { valibotSchema: unknown; jsonSchema: object }) =>
    withPrefixes(valibotSchema as Extras, withSentence(valibotSchema as Extras, jsonSchema)),
} as const;

type Extras = Partial<Told> & { readonly prefixes?: Readonly<Record<string, unknown>> };

const withSentence = ({ says, examples = [] }: Extras, json: object): object =>
  says === undefined ? json : { ...json, description: says, ...(examples.length === 0 ? {} : { examples }) };

/** Keys such as `headers.apns-id`, which begin with a word of ours. */
function withPrefixes({ prefixes = {} }: Extras, json: object): object {
  const patterns = Object.keys(prefixes).map((prefix) => [
    `^${prefix}\\..+$`,
    { description: PREFIX_SAYS[prefix as keyof typeof PREFIX_SAYS], $ref: '#/$defs/ScenarioValue' },
  ]);
  return patterns.length === 0 ? json : { ...json, patternProperties: Object.fromEntries(patterns) };
}

/** Shapes of the rows as JSON Schema, by the order in which they are met. Made in one go: each takes its definitions along. */
function converted(routes: readonly Route[]): { readonly of: (schema: v.GenericSchema) => Json; readonly defs: Json } {
  const all = new Map<v.GenericSchema, string>();
  const add = (schema: unknown): void => {
    if (typeof schema === 'object' && schema !== null && !all.has(schema as v.GenericSchema))
      all.set(schema as v.GenericSchema, `s${all.size}`);
  };
  for (const { params, query, body, answers } of routes) {
    for (const schema of [...Object.values(params), ...Object.values(query), body?.schema]) add(schema);
    for (const { shape } of Object.values(answers)) add(shape);
  }
  const whole = v.object(Object.fromEntries([...all].map(([schema, name]) => [name, schema])));
  const { properties = {}, $defs = {} } = toJsonSchema(whole, {
    ...OPTIONS,
    definitions: { ...DEFINITIONS },
  } as never) as {
    properties?: Json;
    $defs?: Json;
  };
  const shapes = inDocument(properties) as Readonly<Record<string, Json>>;
  return { of: (schema) => shapes[all.get(schema) as string] as Json, defs: inDocument($defs) as Json };
}

/** Definitions live elsewhere in an OpenAPI document. */
function inDocument(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inDocument);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === '$ref' && typeof inner === 'string'
        ? inner.replace('#/$defs/', '#/components/schemas/')
        : inDocument(inner),
    ]),
  );
}
