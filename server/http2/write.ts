import { FLAG, FRAME, FRAME_HEADER, writeFrameHeader, writeUint32 } from './frames.ts';
import { NO_BYTES } from './request.ts';
import { type Settings, serialiseSettings } from './settings.ts';
import type { State } from './state.ts';

/** Appends one frame to the output. The frames that are sent for each request are written by hand (`respond.ts`). */
export function writeFrame(s: State, type: number, flags: number, streamId: number, payload: Uint8Array): void {
  const { out } = s;
  out.reserve(FRAME_HEADER + payload.length);
  writeFrameHeader(out.bytes, out.end, payload.length, type, flags, streamId);
  out.bytes.set(payload, out.end + FRAME_HEADER);
  out.end += FRAME_HEADER + payload.length;
}

/** A frame whose payload is one number of 32 bits: RST_STREAM and WINDOW_UPDATE (RFC 9113 sections 6.4 and 6.9). */
function writeNumber(s: State, type: number, streamId: number, value: number): void {
  const { out } = s;
  out.reserve(FRAME_HEADER + 4);
  writeFrameHeader(out.bytes, out.end, 4, type, 0, streamId);
  writeUint32(out.bytes, out.end + FRAME_HEADER, value);
  out.end += FRAME_HEADER + 4;
}

export function writeReset(s: State, streamId: number, code: number): void {
  writeNumber(s, FRAME.RST_STREAM, streamId, code);
}

export function writeWindowUpdate(s: State, streamId: number, increment: number): void {
  writeNumber(s, FRAME.WINDOW_UPDATE, streamId, increment);
}

export function writeGoaway(s: State, lastStreamId: number, code: number, debug: Uint8Array): void {
  const payload = new Uint8Array(8 + debug.length);
  writeUint32(payload, 0, lastStreamId);
  writeUint32(payload, 4, code);
  payload.set(debug, 8);
  writeFrame(s, FRAME.GOAWAY, 0, 0, payload);
}

export function writeSettings(s: State, settings: Settings): void {
  writeFrame(s, FRAME.SETTINGS, 0, 0, serialiseSettings(settings));
}

export function writeSettingsAck(s: State): void {
  writeFrame(s, FRAME.SETTINGS, FLAG.ACK, 0, NO_BYTES);
}
