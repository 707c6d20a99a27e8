import { type Fault, Problem } from '../api/client.ts';
import { capital } from './format.ts';

/** What is wrong, one sentence each, for whoever looks at the page. */
export function faultsOf(error: unknown): readonly string[] {
  if (error instanceof Problem && error.faults.length > 0) return error.faults.map(sayFault);
  return [error instanceof Error ? error.message : String(error)];
}

/** As `mock-apns check` says it: the line and the key, what is wrong, and what was probably meant. */
function sayFault({ path, message, suggestion, line, column }: Fault): string {
  const place = line === null ? '' : `${line}:${column} `;
  // Of a query or a body, the page has a field of its own, before the eyes of whoever filled it in.
  const key = line === null || path === '' ? '' : `${path}: `;
  const hint = suggestion === null ? '' : `; did you mean ${JSON.stringify(suggestion)}?`;
  return capital(`${place}${key}${message}${hint}`);
}
