import type { Ports } from './ports.ts';

/** The JSON object that bytes are, or the rest of the sentence that begins "the body …". */
export function parseBody(bytes: Uint8Array, { utf8, isUtf8 }: Ports): Record<string, unknown> | string {
  const text = utf8(bytes);
  // RFC 8259 section 8.1. Decoding puts U+FFFD in place of what is none, and next to nobody sends that himself.
  if (text.includes('\uFFFD') && !isUtf8(bytes)) return 'is not UTF-8, which JSON must be';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return `is not JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  return `is JSON, but not an object: ${Array.isArray(value) ? 'an array' : value === null ? 'null' : `a ${typeof value}`}`;
}
