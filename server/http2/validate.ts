import { type Field, KIND } from './fields.ts';
import { Request } from './request.ts';
import { BYTE } from './text.ts';

/**
 * What to do with a `:path` that is empty, does not begin with '/' or has white space in it (RFC 9113 section 8.3.1,
 * RFC 3986 section 3.3):
 *   strict    a malformed request, as the RFC has it
 *   lenient   it reaches the application, with `pathFlaw`; but for an empty one, which stays a malformed request
 *   any       it reaches the application, with `pathFlaw`
 */
export type Paths = 'strict' | 'lenient' | 'any';

/**
 * The header section of a request by RFC 9113 section 8.3. Returns the request, or why it is malformed. What is wrong
 * with a field on its own has been found when the field was made (`fields.ts`); this is about the list.
 */
export function readRequest(fields: readonly Field[], count: number, paths: Paths): Request | string {
  let method: string | undefined;
  let scheme: string | undefined;
  let authority: string | undefined;
  let path: string | undefined;
  let pathClasses = 0;
  let host = '';
  let contentLength = -1;
  const headers: string[] = [];
  for (let i = 0; i < count; i++) {
    const field = fields[i]!;
    if (field.flaw !== '') return field.flaw;
    const { name, value } = field;
    const kind = name.kind;
    if (kind >= KIND.PLAIN) {
      headers.push(name.text, value);
      if (kind === KIND.PLAIN) continue;
      if (kind === KIND.HOST) {
        if (host === '') host = value;
      } else if (contentLength >= 0 && contentLength !== field.number) {
        return 'content-length is there twice, with different values (RFC 9110 section 8.6)';
      } else {
        contentLength = field.number;
      }
      continue;
    }
    if (headers.length > 0) return `${name.text} comes after ordinary headers (RFC 9113 section 8.3)`;
    if (kind === KIND.METHOD) {
      if (method !== undefined) return twice(name.text);
      method = value;
    } else if (kind === KIND.SCHEME) {
      if (scheme !== undefined) return twice(name.text);
      scheme = value;
    } else if (kind === KIND.AUTHORITY) {
      if (authority !== undefined) return twice(name.text);
      authority = value;
    } else if (kind === KIND.PATH) {
      if (path !== undefined) return twice(name.text);
      path = value;
      pathClasses = field.classes;
    } else {
      return `${name.text} is not a pseudo-header of a request (RFC 9113 section 8.3)`;
    }
  }

  if (method === undefined || method === '') return missing(':method');
  if (method === 'CONNECT') {
    // RFC 9113 section 8.5: :authority alone.
    if (scheme !== undefined || path !== undefined) return 'CONNECT has a :scheme or a :path (RFC 9113 section 8.5)';
    if (authority === undefined || authority === '') return missing(':authority');
    return new Request(method, '', authority, '', headers, contentLength, '');
  }
  if (scheme === undefined || scheme === '') return missing(':scheme');
  if (path === undefined) return missing(':path');
  let pathFlaw = '';
  if (path.charCodeAt(0) !== 0x2f || (pathClasses & BYTE.BLANK) !== 0) {
    pathFlaw = flawOfPath(path, method, pathClasses);
    if (pathFlaw !== '' && (paths === 'strict' || (paths === 'lenient' && path === ''))) return pathFlaw;
  }
  // An empty one names nobody, so that host decides as if there were none.
  return new Request(method, scheme, authority || host, path, headers, contentLength, pathFlaw);
}

/** RFC 9113 section 8.1: trailers are ordinary headers. Returns them, or why they are malformed. */
export function readTrailers(fields: readonly Field[], count: number): string[] | string {
  const headers: string[] = [];
  for (let i = 0; i < count; i++) {
    const field = fields[i]!;
    if (field.flaw !== '') return field.flaw;
    if (field.name.kind < KIND.PLAIN) return `${field.name.text} is in the trailers (RFC 9113 section 8.1)`;
    headers.push(field.name.text, field.value);
  }
  return headers;
}

function flawOfPath(path: string, method: string, classes: number): string {
  if (path === '') return ':path is empty (RFC 9113 section 8.3.1)';
  if ((classes & BYTE.BLANK) !== 0) return ':path has white space in it (RFC 3986 section 3.3)';
  if (path === '*' && method === 'OPTIONS') return '';
  return ":path does not begin with '/' (RFC 9113 section 8.3.1)";
}

function twice(name: string): string {
  return `${name} is there twice (RFC 9113 section 8.3)`;
}

function missing(name: string): string {
  return `${name} is missing or empty (RFC 9113 section 8.3.1)`;
}
