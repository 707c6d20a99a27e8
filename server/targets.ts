/**
 * Targets that spell the answer they get, from any client and without any set-up. A genuine APNs can only reject them.
 *
 * @module
 */
import { nearest } from './core/near.ts';
import { SPELLED_FAULTS, type SpelledFault, spellBundleId, spellChannelId, spellDeviceToken } from './core/targets.ts';
import type { Family } from './protocol/model.ts';
import { type ReasonNameOf, reasonsOf } from './protocol/reasons.ts';

/** Outcomes that are not reasons: `stall`, `drop`, `reset`, `goaway`, `slow`, `garbage`, `empty`. */
export type FaultName = SpelledFault;
/** What a device push can be answered, and the faults. */
export type DeviceOutcome = ReasonNameOf<'device'> | FaultName;
/** What a broadcast or a channel request can be answered, and the faults. */
export type ChannelOutcome = ReasonNameOf<'broadcast' | 'channels'> | FaultName;

/**
 * A device token that makes a valid push end so.
 *
 * @param number tokens that differ and end alike, for lists of devices; 0 to 4294967295
 * @example deviceToken('Unregistered') // '556e7265676973746572656400000000…': 410 Unregistered
 * @example const dead = [0, 1, 2].map((number) => deviceToken('Unregistered', number));
 */
export function deviceToken(outcome: DeviceOutcome, number = 0): string {
  requireOutcome(outcome, ['device']);
  requireNumber(number);
  const token = spellDeviceToken(outcome);
  if (number === 0) return token;
  const digits = number.toString(16).padStart(8, '0');
  // Behind the name, its end and a byte that keeps the two apart.
  const room = token.length - (outcome.length * 2 + 2);
  return room >= digits.length ? token.slice(0, -digits.length) + digits : token + digits;
}

/**
 * A channel id that makes a valid broadcast, or reading or deleting the channel, end so.
 *
 * @param number ids that differ and end alike
 * @example channelId('Shutdown') // 'U2h1dGRvd24=': 503 Shutdown
 */
export function channelId(outcome: ChannelOutcome, number = 0): string {
  requireOutcome(outcome, ['broadcast', 'channels']);
  requireNumber(number);
  return spellChannelId(number === 0 ? outcome : `${outcome}\0${number}`);
}

/**
 * A bundle id that makes a valid request for it end so: creating, reading, deleting and listing channels, and
 * broadcasts. For device pushes it is like any other.
 *
 * @param base what stands in front
 * @example bundleId('CannotCreateChannelConfig') // 'com.example.mock.CannotCreateChannelConfig'
 */
export function bundleId(outcome: ChannelOutcome, base = 'com.example'): string {
  requireOutcome(outcome, ['broadcast', 'channels']);
  return spellBundleId(outcome, base);
}

function requireOutcome(outcome: string, families: readonly Family[]): void {
  const faults = SPELLED_FAULTS.map(({ name }): string => name);
  const names = [...families.flatMap((family) => reasonsOf(family).map(({ name }) => name)), ...faults];
  if (names.includes(outcome)) return;
  const meant = nearest(outcome, names);
  throw new TypeError(
    `${JSON.stringify(outcome)} is nothing that a ${families[0] === 'device' ? 'device push' : 'broadcast or channel request'} can end in${meant === null ? '; mock-apns reasons lists what is' : `; did you mean ${JSON.stringify(meant)}?`}`,
  );
}

function requireNumber(number: number): void {
  if (!Number.isInteger(number) || number < 0 || number > 0xffffffff)
    throw new TypeError(`number is ${number}; give a whole number from 0 to 4294967295`);
}
