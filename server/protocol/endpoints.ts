import type { Family, Operation } from './model.ts';

interface EndpointRow {
  readonly operation: Operation;
  readonly family: Family;
  readonly method: 'POST' | 'GET' | 'DELETE';
  /** The path around the one variable segment. */
  readonly before: string;
  readonly after: string;
  /** What stands between: a device token or a bundle id. */
  readonly target: 'token' | 'bundleId';
  readonly success: number;
  readonly page: string;
}

/** All that APNs serves (apns-protocol 1, path map). Paths are case-sensitive and never carry a query string. */
export const ENDPOINTS = [
  {
    operation: 'device.send',
    family: 'device',
    method: 'POST',
    before: '/3/device/',
    after: '',
    target: 'token',
    success: 200,
    page: 'SEND',
  },
  {
    operation: 'broadcast.send',
    family: 'broadcast',
    method: 'POST',
    before: '/4/broadcasts/apps/',
    after: '',
    target: 'bundleId',
    success: 200,
    page: 'BCAST',
  },
  {
    operation: 'channels.create',
    family: 'channels',
    method: 'POST',
    before: '/1/apps/',
    after: '/channels',
    target: 'bundleId',
    success: 201,
    page: 'CHAN',
  },
  {
    operation: 'channels.read',
    family: 'channels',
    method: 'GET',
    before: '/1/apps/',
    after: '/channels',
    target: 'bundleId',
    success: 200,
    page: 'CHAN',
  },
  {
    operation: 'channels.delete',
    family: 'channels',
    method: 'DELETE',
    before: '/1/apps/',
    after: '/channels',
    target: 'bundleId',
    success: 204,
    page: 'CHAN',
  },
  {
    operation: 'channels.list',
    family: 'channels',
    method: 'GET',
    before: '/1/apps/',
    after: '/all-channels',
    target: 'bundleId',
    success: 200,
    page: 'CHAN',
  },
] as const satisfies readonly EndpointRow[];

export type Endpoint = EndpointRow;

const BY_OPERATION: ReadonlyMap<Operation, Endpoint> = new Map(ENDPOINTS.map((row) => [row.operation, row]));

/** The row of a known operation. */
export const endpointOf = (operation: Operation): Endpoint => BY_OPERATION.get(operation) as Endpoint;

/** Where a request leads, judged by its path and method alone. */
export interface Route {
  readonly operation: Operation;
  /** Family of the path, also when the method is wrong; `null`: no such path. */
  readonly family: Family | null;
  /** Device token or bundle id, percent-decoded once; empty when there is none. */
  readonly target: string;
  /** Methods that the path knows, when the one given is not among them. */
  readonly allowed: readonly string[] | null;
}

const NOWHERE: Route = { operation: 'unknown', family: null, target: '', allowed: null };
const METHODS = [...new Set(ENDPOINTS.map((row) => row.method))];

/**
 * Finds the endpoint of a request. Segments are percent-decoded once (apns-protocol 10, row 29), because clients encode
 * device tokens; a trailing slash or a query string leads nowhere (row 28).
 */
export function route(method: string, path: string): Route {
  const decoded = path.includes('%') ? path.split('/').map(decodeOnce).join('/') : path;
  let family: Family | null = null;
  let target = '';
  let allowed: string[] | null = null;
  for (const row of ENDPOINTS) {
    const found = variableSegment(decoded, row);
    if (found === undefined) continue;
    if (row.method === method) return { operation: row.operation, family: row.family, target: found, allowed: null };
    family = row.family;
    target = found;
    allowed = [...(allowed ?? []), row.method];
  }
  return family === null ? NOWHERE : { operation: 'unknown', family, target, allowed };
}

/** The family whose host a request was meant for, whatever is wrong with the rest of it. */
export const familyOf = (path: string): Family | null =>
  path.startsWith('/1/apps/')
    ? 'channels'
    : path.startsWith('/4/broadcasts/')
      ? 'broadcast'
      : path.startsWith('/3/device')
        ? 'device'
        : null;

/** Known anywhere in the table: POST, GET, DELETE. */
export const isKnownMethod = (method: string): boolean => (METHODS as string[]).includes(method);

function variableSegment(path: string, row: Endpoint): string | undefined {
  // A path that stops where the token should begin is a push without a device token, not an unknown path.
  if (row.target === 'token' && (path === row.before || path === row.before.slice(0, -1))) return '';
  if (!path.startsWith(row.before) || !path.endsWith(row.after)) return undefined;
  const segment = path.slice(row.before.length, path.length - row.after.length);
  return segment === '' || segment.includes('/') || segment.includes('?') ? undefined : segment;
}

function decodeOnce(segment: string): string {
  try {
    const text = decodeURIComponent(segment);
    // What parts a path is no part of a segment: such a one stays as it came, and the checks refuse it.
    return /[/?]/.test(text) ? segment : text;
  } catch {
    // Not an encoding at all: the checks then see the raw text and refuse it.
    return segment;
  }
}
