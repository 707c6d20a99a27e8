/**
 * What the core cannot do without a runtime and asks for when it is made. All of them are pure functions: the same
 * arguments give the same answer, so that seed and events still tell everything.
 */
export interface Ports {
  /** Text of UTF-8 bytes; invalid sequences become U+FFFD. */
  readonly utf8: (bytes: Uint8Array) => string;
  /** Whether bytes are UTF-8 (RFC 3629). */
  readonly isUtf8: (bytes: Uint8Array) => boolean;
  /** Text of the bytes `start` to `end`, each of which is a character (ISO 8859-1). */
  readonly latin1: (bytes: Uint8Array, start: number, end: number) => string;
  /** The way back: writes each character as a byte. What does not fit is left out. */
  readonly putLatin1: (text: string, bytes: Uint8Array, start: number) => void;
  /** The opaque handle of a public key in PEM; an error with one sentence where it is none on P-256. */
  readonly publicKey: (pem: string) => unknown;
  /**
   * Whether an ES256 signature over an ASCII text is right: `handle` is the opaque public key of a registered key,
   * `signature` raw (64 bytes, RFC 7518 section 3.4) or DER (as pushy signs).
   */
  readonly verify: (handle: unknown, text: string, signature: Uint8Array) => boolean;
}
