/** The ten frame types of RFC 9113 section 6. */
export const FRAME = {
  DATA: 0x0,
  HEADERS: 0x1,
  PRIORITY: 0x2,
  RST_STREAM: 0x3,
  SETTINGS: 0x4,
  PUSH_PROMISE: 0x5,
  PING: 0x6,
  GOAWAY: 0x7,
  WINDOW_UPDATE: 0x8,
  CONTINUATION: 0x9,
} as const;

export const FLAG = { END_STREAM: 0x1, ACK: 0x1, END_HEADERS: 0x4, PADDED: 0x8, PRIORITY: 0x20 } as const;

/** Length of a frame header (RFC 9113 section 4.1). */
export const FRAME_HEADER = 9;
/** MAX_FRAME_SIZE before and without a setting, and the most a setting may say (RFC 9113 section 6.5.2). */
export const DEFAULT_FRAME_SIZE = 16_384;
export const LARGEST_FRAME_SIZE = 16_777_215;
/** Windows and stream identifiers have 31 bits (RFC 9113 sections 4.1 and 6.9.1). */
export const MAX_31 = 0x7fff_ffff;
/** Flow-control windows before any setting (RFC 9113 section 6.9.2). */
export const DEFAULT_WINDOW = 65_535;

/** What is common to the frames of one type; frames of other types are ignored (RFC 9113 section 5.5). */
export interface FrameRule {
  readonly name: keyof typeof FRAME;
  readonly section: string;
  /** Whether the frame belongs to a stream, to the connection (stream 0), or may belong to either. */
  readonly on: 'stream' | 'connection' | 'either';
  /** The one length that the payload may have, when there is but one. */
  readonly length?: number;
}

/** Indexed by frame type. */
export const FRAME_RULES: readonly FrameRule[] = [
  { name: 'DATA', section: '6.1', on: 'stream' },
  { name: 'HEADERS', section: '6.2', on: 'stream' },
  { name: 'PRIORITY', section: '6.3', on: 'stream', length: 5 },
  { name: 'RST_STREAM', section: '6.4', on: 'stream', length: 4 },
  { name: 'SETTINGS', section: '6.5', on: 'connection' },
  { name: 'PUSH_PROMISE', section: '6.6', on: 'stream' },
  { name: 'PING', section: '6.7', on: 'connection', length: 8 },
  { name: 'GOAWAY', section: '6.8', on: 'connection' },
  { name: 'WINDOW_UPDATE', section: '6.9', on: 'either', length: 4 },
  { name: 'CONTINUATION', section: '6.10', on: 'stream' },
];

export function readUint32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

/** A stream identifier or an increment: 31 bits behind a reserved bit that is ignored (RFC 9113 section 4.1). */
export function readUint31(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! & 0x7f) << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

export function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

/** Writes the nine bytes of RFC 9113 section 4.1. */
export function writeFrameHeader(
  bytes: Uint8Array,
  at: number,
  length: number,
  type: number,
  flags: number,
  streamId: number,
): void {
  bytes[at] = length >>> 16;
  bytes[at + 1] = length >>> 8;
  bytes[at + 2] = length;
  bytes[at + 3] = type;
  bytes[at + 4] = flags;
  writeUint32(bytes, at + 5, streamId);
}
