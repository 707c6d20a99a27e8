import { ERROR_CODES } from './errors.ts';
import { LARGEST_FRAME_SIZE, MAX_31, readUint32, writeUint32 } from './frames.ts';

/** The settings of RFC 9113 section 6.5.2, in the order of their identifiers. */
const SETTINGS = [
  { id: 1, key: 'headerTableSize' },
  { id: 2, key: 'enablePush' },
  { id: 3, key: 'maxConcurrentStreams' },
  { id: 4, key: 'initialWindowSize' },
  { id: 5, key: 'maxFrameSize' },
  { id: 6, key: 'maxHeaderListSize' },
] as const;

export type SettingKey = (typeof SETTINGS)[number]['key'];

/** Settings of either side. What is left out is not sent, and keeps its value. */
export type Settings = { [key in SettingKey]?: number };

/** Six bytes for each setting that is there, in ascending order: 1, 3, 5, 6 for APNs. */
export function serialiseSettings(settings: Settings): Uint8Array {
  const given = SETTINGS.filter(({ key }) => settings[key] !== undefined);
  const bytes = new Uint8Array(given.length * 6);
  given.forEach(({ id, key }, i) => {
    bytes[i * 6 + 1] = id;
    writeUint32(bytes, i * 6 + 2, settings[key]!);
  });
  return bytes;
}

export interface SettingsFlaw {
  readonly code: number;
  readonly cause: string;
}

/**
 * Reads the payload of a SETTINGS frame (a multiple of six bytes). The last one of a repeated setting counts, as they
 * are processed in order (RFC 9113 section 6.5.3); unknown ones are ignored (section 6.5.2).
 */
export function parseSettings(bytes: Uint8Array, at: number, end: number): Settings | SettingsFlaw {
  const settings: Settings = {};
  for (; at < end; at += 6) {
    const id = (bytes[at]! << 8) | bytes[at + 1]!;
    const value = readUint32(bytes, at + 2);
    const row = SETTINGS[id - 1];
    if (row === undefined) continue;
    if (row.key === 'enablePush' && value > 1) {
      return flaw(ERROR_CODES.PROTOCOL_ERROR, `SETTINGS_ENABLE_PUSH is ${value}; only 0 and 1 are allowed`);
    }
    if (row.key === 'initialWindowSize' && value > MAX_31) {
      return flaw(ERROR_CODES.FLOW_CONTROL_ERROR, `SETTINGS_INITIAL_WINDOW_SIZE is ${value}; the most is 2^31-1`);
    }
    if (row.key === 'maxFrameSize' && (value < 16_384 || value > LARGEST_FRAME_SIZE)) {
      return flaw(ERROR_CODES.PROTOCOL_ERROR, `SETTINGS_MAX_FRAME_SIZE is ${value}; 16384 to 16777215 is allowed`);
    }
    settings[row.key] = value;
  }
  return settings;
}

function flaw(code: number, cause: string): SettingsFlaw {
  return { code, cause: `${cause} (RFC 9113 section 6.5.2)` };
}
