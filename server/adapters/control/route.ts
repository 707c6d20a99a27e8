import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type * as v from 'valibot';
import { closed } from '../../core/scenario/kit.ts';
import type { Work } from '../../core/work.ts';
import type { Desk } from './desk.ts';
import type { ControlHouse } from './house.ts';

/** The shapes of one row of the table of routes. Validation, types and the OpenAPI document are made from it. */

export type Method = 'GET' | 'PUT' | 'POST' | 'DELETE';
export type Entries = v.ObjectEntries;

/** What a handler is asked. */
export interface Ask<P, Q, B> {
  readonly path: P;
  readonly query: Q;
  readonly body: B;
  /** The body as it came, before its schema read it. */
  readonly raw: unknown;
  readonly headers: IncomingHttpHeaders;
  readonly house: ControlHouse;
  readonly desk: Desk;
  /** Called when the client hangs up before it was answered. */
  readonly onGone: (call: () => void) => void;
  /** Does what takes long while requests go on being answered; what only reads ends when the client hangs up. */
  readonly inSlices: <T>(work: Work<T>) => Promise<T>;
}

export type Reply =
  | {
      readonly status?: number;
      /** `application/json` if not given. */
      readonly type?: string;
      readonly json: unknown;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | {
      readonly status?: number;
      readonly type: string;
      readonly text: string | Uint8Array;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | {
      readonly status?: number;
      readonly type: string;
      readonly pieces: readonly Uint8Array[];
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** Writes as long as it likes, and ends by itself. */
  | { readonly stream: (response: ServerResponse) => void };

/** What a route can answer. */
export interface Answer {
  readonly says: string;
  /** `null`: a problem. A string: the media type of what is no JSON. */
  readonly shape: v.GenericSchema | string | null;
  /** Further media types. */
  readonly also?: readonly string[];
}

/** How a body comes: as JSON of a shape, or as text that the handler reads. */
export type BodyKind<B> =
  | { readonly as: 'json'; readonly schema: v.GenericSchema<unknown, B>; readonly optional?: boolean }
  /** YAML or JSON, for the handler to read; the shape is for the document. `B` is text. */
  | {
      readonly as: 'text';
      readonly schema: v.GenericSchema | null;
      readonly types: readonly string[];
      readonly optional?: boolean;
      readonly given?: B;
    };

/** A body that the handler reads. */
export const textBody = (schema: v.GenericSchema, optional = false): BodyKind<string> => ({
  as: 'text',
  schema,
  types: ['application/json', 'application/yaml'],
  optional,
});

export interface RouteRow<P extends Entries, Q extends Entries, B> {
  readonly method: Method;
  /** With `{name}` for one segment. */
  readonly path: string;
  /** The operation's name in the OpenAPI document. */
  readonly id: string;
  readonly tag: string;
  /** One English sentence. */
  readonly says: string;
  readonly more?: string;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: BodyKind<B>;
  readonly answers: Readonly<Record<number, Answer>>;
  /** Needs no token, so that probes and clients without one get what they need to begin. */
  readonly open?: boolean;
  readonly handle: (ask: Ask<Out<P>, Out<Q>, B>) => Reply | Promise<Reply>;
}
type Out<E extends Entries> = v.InferOutput<v.StrictObjectSchema<E, undefined>>;

/** A row whose types have done their work. */
export interface Route {
  readonly method: Method;
  readonly path: string;
  readonly id: string;
  readonly tag: string;
  readonly says: string;
  readonly more: string | null;
  readonly params: Entries;
  readonly query: Entries;
  readonly body: BodyKind<unknown> | null;
  readonly answers: Readonly<Record<number, Answer>>;
  readonly open: boolean;
  readonly handle: (ask: Ask<unknown, unknown, unknown>) => Reply | Promise<Reply>;
  readonly paramsSchema: v.GenericSchema;
  readonly querySchema: v.GenericSchema;
}

type None = Record<never, never>;

export function route<const P extends Entries = None, const Q extends Entries = None, B = undefined>(
  row: RouteRow<P, Q, B>,
): Route {
  const params = row.params ?? {};
  const query = row.query ?? {};
  return {
    ...row,
    more: row.more ?? null,
    params,
    query,
    body: row.body ?? null,
    open: row.open ?? false,
    paramsSchema: closed('the path', params),
    querySchema: closed('the query', query),
    handle: row.handle as unknown as Route['handle'],
  };
}

export const ok = (says: string, shape: v.GenericSchema | string): Answer => ({ says, shape });
export const problem = (says: string): Answer => ({ says, shape: null });

/** A row of text as the numbers and switches that a schema asks for; what is neither stays text, and is complained of. */
export function coerce(entries: Entries, given: Readonly<Record<string, string>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(given).map(([name, text]) => {
      const schema = Object.hasOwn(entries, name) ? (entries[name] as v.GenericSchema) : undefined;
      const type = schema === undefined ? undefined : baseType(schema);
      if (type === 'number' && /^-?\d{1,15}(\.\d{1,6})?$/.test(text)) return [name, Number(text)];
      if (type === 'boolean' && /^(1|true|)$/.test(text)) return [name, true];
      if (type === 'boolean' && /^(0|false)$/.test(text)) return [name, false];
      return [name, text];
    }),
  );
}

function baseType(schema: v.GenericSchema): string {
  const { wrapped } = schema as { wrapped?: v.GenericSchema };
  return wrapped === undefined ? schema.type : baseType(wrapped);
}
