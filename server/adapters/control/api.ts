import type { IncomingMessage, ServerResponse } from 'node:http';
import * as v from 'valibot';
import { nearest } from '../../core/near.ts';
import type { Work } from '../../core/work.ts';
import { createSlices, Unwanted } from '../../shell/slices.ts';
import { createDesk } from './desk.ts';
import { authorize } from './guard.ts';
import type { ControlHouse } from './house.ts';
import { BODY_MAX_BYTES } from './limits.ts';
import { isLong, jsonPieces } from './pieces.ts';
import { PROBLEM_TYPE, type ProblemItem, Refusal } from './problem.ts';
import { coerce, type Method, type Reply, type Route } from './route.ts';
import { ROUTES } from './routes.ts';

/** Answers one request of the control API. */
export type Api = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

interface Compiled {
  readonly route: Route;
  readonly segments: readonly string[];
}

/** The control API of a server. Loaded with the first request that is no probe: its libraries take longer than the start. */
export function createApi(house: ControlHouse): Api {
  const desk = createDesk(house);
  const slices = createSlices(house.clock);
  const table: readonly Compiled[] = ROUTES.map((row) => ({ route: row, segments: row.path.split('/') }));

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<Reply> {
    const url = urlOf(request.url ?? '/');
    const { route, params } = find(table, request.method ?? 'GET', url.pathname);
    if (!route.open) authorize(request.headers, house.guard);
    // What changes something is finished, whether anybody waits for it or not.
    const unwanted = (): boolean => route.method === 'GET' && response.destroyed;
    const ask = {
      path: check(route.paramsSchema, coerce(route.params, params), 'path'),
      query: check(route.querySchema, coerce(route.query, queryOf(url)), 'query'),
      ...(await readBody(route, request)),
      headers: request.headers,
      house,
      desk,
      onGone: (call: () => void) => void response.once('close', () => !response.writableFinished && call()),
      inSlices: <T>(work: Work<T>) => slices.run(work, unwanted),
    };
    return route.handle(ask);
  }

  return async (request, response) => {
    const inSlices = <T>(work: Work<T>): Promise<T> => slices.run(work, () => response.destroyed);
    try {
      const reply = await answer(request, response).catch((error: unknown) => {
        if (error instanceof Unwanted) throw error;
        return replyOf(error);
      });
      await send(request, response, reply, inSlices);
    } catch (error) {
      // Nobody is there to be told.
      if (!(error instanceof Unwanted)) throw error;
    }
  };
}

/** @throws Refusal for what is no URL, such as two slashes alone */
function urlOf(asked: string): URL {
  try {
    return new URL(asked, 'http://control');
  } catch {
    throw new Refusal(400, `Correct the path: ${shown(asked)} is no path of a URL`);
  }
}

function find(
  table: readonly Compiled[],
  method: string,
  path: string,
): { readonly route: Route; readonly params: Record<string, string> } {
  const given = path.split('/');
  const fitting = table.flatMap(({ route, segments }) => {
    const params = matchPath(segments, given);
    return params === null ? [] : [{ route, params }];
  });
  const wanted = method === 'HEAD' ? 'GET' : method;
  // A path that is spelled out comes before one with a name in it.
  const [found] = fitting
    .filter(({ route }) => route.method === wanted)
    .sort((a, b) => Object.keys(a.params).length - Object.keys(b.params).length);
  if (found !== undefined) return found;
  if (fitting.length > 0) {
    const allowed = [...new Set(fitting.map(({ route }) => route.method))];
    const allow = allowed.includes('GET') ? [...allowed, 'HEAD' as Method] : allowed;
    throw new Refusal(
      405,
      `${path} takes ${allowed.join(', ')}, not ${method.slice(0, 20)}`,
      {},
      { allow: allow.join(', ') },
    );
  }
  const near = nearest(path, [...new Set(table.map(({ route }) => route.path))]);
  const hint = near === null ? 'see /openapi.json for what is there' : `did you mean ${near}?`;
  throw new Refusal(404, `There is nothing at ${shown(path)}; ${hint}`);
}

function matchPath(segments: readonly string[], given: readonly string[]): Record<string, string> | null {
  if (segments.length !== given.length) return null;
  const params: Record<string, string> = {};
  for (let i = 0; i < segments.length; i++) {
    const segment = segments[i] as string;
    const text = given[i] as string;
    if (!segment.startsWith('{')) {
      if (segment !== text) return null;
      continue;
    }
    try {
      params[segment.slice(1, -1)] = decodeURIComponent(text);
    } catch {
      throw new Refusal(400, `Correct the path: ${shown(text)} is no percent-encoding`);
    }
  }
  return params;
}

/** @throws Refusal for a parameter that stands there twice */
function queryOf(url: URL): Record<string, string> {
  const query: Record<string, string> = {};
  for (const [name, value] of url.searchParams) {
    if (Object.hasOwn(query, name)) throw new Refusal(400, `Give ${shown(name)} once: the query has it twice`);
    query[name] = value;
  }
  return query;
}

/** @throws Refusal with everything that is wrong */
function check(schema: v.GenericSchema, value: unknown, where: string): unknown {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const problems = result.issues.map((issue) => itemOf(issue, where));
  const [first] = problems;
  const told = problems.length === 1 && first !== undefined ? `: ${first.path} ${first.message}` : ': see problems';
  throw new Refusal(400, `Correct the ${where}${told}`, { problems });
}

function itemOf(issue: v.BaseIssue<unknown>, where: string): ProblemItem {
  const path = [where, ...(issue.path ?? []).map(({ key }) => String(key))].join('.');
  const { requirement } = issue as { requirement?: unknown };
  const near =
    typeof issue.input === 'string' && Array.isArray(requirement)
      ? nearest(issue.input, requirement as readonly string[])
      : null;
  return { path, message: issue.message, ...(near === null ? {} : { suggestion: near }) };
}

async function readBody(
  { body, method }: Route,
  request: IncomingMessage,
): Promise<{ readonly body: unknown; readonly raw: unknown }> {
  const bytes = await collect(request);
  if (body === null) {
    if (bytes.length > 0 && method === 'PUT') throw new Refusal(400, 'Leave the body out: this call takes none');
    return { body: undefined, raw: undefined };
  }
  const text = bytes.toString('utf8');
  if (text.trim() === '' && body.optional !== true) throw new Refusal(400, 'Send a body: this call needs one');
  if (body.as === 'text') return { body: text, raw: text };
  let raw: unknown = {};
  if (text.trim() !== '')
    try {
      raw = JSON.parse(text);
    } catch (error) {
      throw new Refusal(400, `Send JSON: the body is none (${error instanceof Error ? error.message : String(error)})`);
    }
  return { body: check(body.schema, raw, 'body'), raw };
}

/** @throws Refusal when it is too long */
function collect(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let size = 0;
    request.on('data', (part: Buffer) => {
      size += part.length;
      if (size > BODY_MAX_BYTES) {
        request.removeAllListeners('data').resume();
        reject(new Refusal(413, `Send at most ${BODY_MAX_BYTES} bytes`, {}, { connection: 'close' }));
      } else parts.push(part);
    });
    request.on('end', () => resolve(Buffer.concat(parts)));
    request.on('error', reject);
  });
}

const COMMON = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

async function send(
  request: IncomingMessage,
  response: ServerResponse,
  reply: Reply,
  inSlices: <T>(work: Work<T>) => Promise<T>,
): Promise<void> {
  if (response.destroyed) return;
  const isHead = request.method === 'HEAD';
  if ('stream' in reply) {
    if (isHead) response.writeHead(200, COMMON).end();
    else reply.stream(response);
    return;
  }
  const { status = 200, type = 'application/json', headers } = reply;
  let pieces: readonly (string | Uint8Array)[];
  if ('pieces' in reply) pieces = reply.pieces;
  else if ('text' in reply) pieces = [reply.text];
  else pieces = isLong(reply.json) ? await inSlices(jsonPieces(reply.json)) : [JSON.stringify(reply.json)];
  const length = pieces.reduce((sum, piece) => sum + Buffer.byteLength(piece), 0);
  response.writeHead(status, {
    ...COMMON,
    ...(status === 204 ? {} : { 'content-type': type, 'content-length': length }),
    ...headers,
  });
  if (isHead || status === 204) return void response.end();
  // No faster than the client reads: thousands of pieces in one go would be a long turn of the loop.
  for (const piece of pieces.slice(0, -1)) {
    if (!response.write(piece)) await drained(response);
    if (response.destroyed) return;
  }
  response.end(pieces.at(-1));
}

/** Settles when more can be written, or nothing any more. */
const drained = (response: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    if (response.destroyed) return resolve();
    const settle = (): void => {
      response.off('drain', settle).off('close', settle);
      resolve();
    };
    response.once('drain', settle).once('close', settle);
  });

function replyOf(error: unknown): Reply {
  const { body, headers } =
    error instanceof Refusal
      ? error
      : new Refusal(
          500,
          `This is a bug of mock-apns, please tell us: ${error instanceof Error ? error.message : String(error)}`,
        );
  return { status: body.status, type: PROBLEM_TYPE, json: body, headers };
}

function shown(text: string): string {
  const line = JSON.stringify(text).slice(1, -1);
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}
