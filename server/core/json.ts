/** A JSON object, or the rest of the sentence that begins "the body …". */
export function parseObject(text: string): Record<string, unknown> | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return `is not JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  return `is JSON, but not an object: ${Array.isArray(value) ? 'an array' : value === null ? 'null' : `a ${typeof value}`}`;
}
