import { DEFAULT_FRAME_SIZE, DEFAULT_WINDOW, MAX_31 } from './frames.ts';
import { returnStreamWindow } from './receive-data.ts';
import type { SettingKey, Settings } from './settings.ts';
import type { State } from './state.ts';
import { writeSettings } from './write.ts';

/**
 * Sends settings of ours. They bind the client from its acknowledgement on (RFC 9113 section 6.5.3): what it sends
 * before, a burst of streams on a fresh connection for one, is judged by what it could know. Where a setting allows
 * more, it may be used at once, as some clients do before their acknowledgement has left.
 */
export function sendSettings(s: State, settings: Settings): void {
  if (s.ended) return;
  writeSettings(s, settings);
  if (s.unacknowledged.length === 0) s.unacknowledgedSince = s.now;
  s.unacknowledged.push(settings);
  applyOwnSettings(s);
}

/** The client acknowledges the oldest SETTINGS that it had not. */
export function acknowledged(s: State): void {
  const settings = s.unacknowledged.shift()!;
  s.acknowledged = { ...s.acknowledged, ...settings };
  s.unacknowledgedSince = s.now;
  applyOwnSettings(s);
  s.events.onSettingsAck?.(settings);
}

/** The limit on streams as it now binds the client, or at once where `misbehave` says so. */
export function applyStreamLimit(s: State): void {
  const unset = Number.POSITIVE_INFINITY;
  s.streamLimit = mostGenerous(s, 'maxConcurrentStreams', unset);
  if (!s.streamsBindAtOnce) return;
  const latest = s.unacknowledged.findLast(({ maxConcurrentStreams }) => maxConcurrentStreams !== undefined);
  s.streamLimit = (latest ?? s.acknowledged).maxConcurrentStreams ?? unset;
}

function applyOwnSettings(s: State): void {
  applyStreamLimit(s);
  s.maxFrameSize = mostGenerous(s, 'maxFrameSize', DEFAULT_FRAME_SIZE);
  s.decoder.setMaxTableSize(mostGenerous(s, 'headerTableSize', 4_096));
  // Advice to the client rather than a rule (RFC 9113 section 6.5.2), and ours to keep from the beginning.
  for (const { maxHeaderListSize } of s.unacknowledged) s.maxHeaderListSize = maxHeaderListSize ?? s.maxHeaderListSize;
  // RFC 9113 section 6.9.2: a change applies to the open streams too, and may leave a window below zero.
  const window = mostGenerous(s, 'initialWindowSize', DEFAULT_WINDOW);
  const change = window - s.initialReceiveWindow;
  s.initialReceiveWindow = window;
  if (change !== 0) {
    for (const stream of s.streams.all()) {
      stream.receiveWindow += change;
      // What was too little to be given back before may now be all that the client is waiting for.
      if (stream.unreturned * 2 >= window && !s.holdWindows) returnStreamWindow(s, stream);
    }
  }
}

function mostGenerous(s: State, key: SettingKey, unset: number): number {
  let most = s.acknowledged[key] ?? unset;
  for (const settings of s.unacknowledged) most = Math.max(most, settings[key] ?? most);
  return most;
}

/** Settings of the client's take effect at once. Returns '' or why this is a FLOW_CONTROL_ERROR. */
export function applyPeerSettings(s: State, settings: Settings): string {
  if (settings.headerTableSize !== undefined) s.encoder.setPeerLimit(settings.headerTableSize);
  if (settings.maxFrameSize !== undefined) s.peerMaxFrameSize = settings.maxFrameSize;
  if (settings.initialWindowSize === undefined) return '';
  const change = settings.initialWindowSize - s.initialSendWindow;
  s.initialSendWindow = settings.initialWindowSize;
  let largest = 0;
  for (const stream of s.streams.all()) {
    stream.sendWindow += change;
    largest = Math.max(largest, stream.sendWindow);
  }
  return largest > MAX_31 ? 'SETTINGS_INITIAL_WINDOW_SIZE makes a window exceed 2^31-1 (RFC 9113 section 6.9.2)' : '';
}
