/** Error codes of RFC 9113 section 7, by name. */
export const ERROR_CODES = {
  NO_ERROR: 0x00,
  PROTOCOL_ERROR: 0x01,
  INTERNAL_ERROR: 0x02,
  FLOW_CONTROL_ERROR: 0x03,
  SETTINGS_TIMEOUT: 0x04,
  STREAM_CLOSED: 0x05,
  FRAME_SIZE_ERROR: 0x06,
  REFUSED_STREAM: 0x07,
  CANCEL: 0x08,
  COMPRESSION_ERROR: 0x09,
  CONNECT_ERROR: 0x0a,
  ENHANCE_YOUR_CALM: 0x0b,
  INADEQUATE_SECURITY: 0x0c,
  HTTP_1_1_REQUIRED: 0x0d,
} as const;

export type ErrorName = keyof typeof ERROR_CODES;

const NAMES = new Map<number, ErrorName>(
  (Object.entries(ERROR_CODES) as [ErrorName, number][]).map(([name, code]) => [code, name]),
);

/** The RFC's name of a code; a code nobody has named keeps its number (RFC 9113 section 7: treated as INTERNAL_ERROR). */
export function errorName(code: number): string {
  return NAMES.get(code) ?? `error 0x${code.toString(16)}`;
}
