import type { Family, Operation } from '../protocol/model.ts';
import { findReason, type ReasonRow, reasonsOf } from '../protocol/reasons.ts';
import { decodeBase64, encodeBase64 } from './base64.ts';

/**
 * Targets that spell their answer (contract section 5): a way to force an outcome from any language without any set-up.
 * A genuine APNs can only reject them.
 */

/** Outcomes that are not reasons. */
export const SPELLED_FAULTS = [
  { name: 'stall', says: 'is never answered' },
  { name: 'drop', says: 'is answered by cutting the TCP connection; it is not carried out' },
  { name: 'reset', says: 'is answered with RST_STREAM INTERNAL_ERROR; it is not carried out' },
  { name: 'goaway', says: 'is carried out and answered; then GOAWAY NO_ERROR with {"reason":"Shutdown"} follows' },
  { name: 'slow', says: 'is carried out and answered after two seconds' },
  { name: 'garbage', says: 'is answered 500 with a body that is not JSON; it is not carried out' },
  { name: 'empty', says: 'is answered 500 without a body; it is not carried out' },
] as const;
export type SpelledFault = (typeof SPELLED_FAULTS)[number]['name'];

export type Spelled =
  | { readonly kind: 'reason'; readonly row: ReasonRow }
  | { readonly kind: 'fault'; readonly fault: SpelledFault };

const BUNDLE_MARK = '.mock.';
/** Device tokens are this long at least, in hexadecimal digits. */
const TOKEN_DIGITS = 64;

const HEX = '0123456789abcdef';

/** Hexadecimal of the name, then zeros up to 64 digits, two at least. */
export function spellDeviceToken(name: string): string {
  let digits = '';
  for (let i = 0; i < name.length; i++) digits += name.charCodeAt(i).toString(16).padStart(2, '0');
  return `${digits}00`.padEnd(TOKEN_DIGITS, '0');
}

/** Base64 of the name. */
export function spellChannelId(name: string): string {
  return encodeBase64(Uint8Array.from(name, (letter) => letter.charCodeAt(0)));
}

/** `com.example.mock.<Name>`; spaces are left out, since a bundle id cannot have any. */
export const spellBundleId = (name: string, base = 'com.example'): string =>
  `${base}${BUNDLE_MARK}${name.replaceAll(' ', '')}`;

/** What the targets of a request spell, if anything: the bundle id first, then the channel id. */
export function readSpelled(operation: Operation, target: string, channelId: string | undefined): Spelled | undefined {
  switch (operation) {
    case 'device.send': {
      const name = nameInHex(target);
      return name === undefined ? undefined : meaning(name, 'device');
    }
    case 'broadcast.send':
    case 'channels.create':
    case 'channels.read':
    case 'channels.delete':
    case 'channels.list': {
      const family = operation === 'broadcast.send' ? 'broadcast' : 'channels';
      const mark = target.lastIndexOf(BUNDLE_MARK);
      const byBundle = mark < 0 ? undefined : meaning(target.slice(mark + BUNDLE_MARK.length), family);
      if (byBundle !== undefined) return byBundle;
      const name = channelId === undefined ? undefined : nameInBase64(channelId);
      return name === undefined ? undefined : meaning(name, family);
    }
    default:
      return undefined;
  }
}

function meaning(name: string, family: Family): Spelled | undefined {
  const fault = SPELLED_FAULTS.find((row) => row.name === name);
  if (fault !== undefined) return { kind: 'fault', fault: fault.name };
  // Broadcasts and channels share one table (ERR), so either may spell any of its rows.
  const row =
    findReason(name, family) ??
    (family === 'device' ? undefined : findReason(name, family === 'channels' ? 'broadcast' : 'channels'));
  return row === undefined ? undefined : { kind: 'reason', row };
}

/** Longest name that is worth reading; keeps the look at an ordinary token short. */
const NAME_MAX = Math.max(...reasonsOf('device').map((row) => row.name.length));

/** Letters up to the first `00`. Ordinary tokens are random and end here at the first byte that is no letter. */
function nameInHex(token: string): string | undefined {
  if (token.length < TOKEN_DIGITS) return undefined;
  let name = '';
  for (let i = 0; i < token.length && name.length <= NAME_MAX; i += 2) {
    const code = HEX.indexOf((token[i] as string).toLowerCase()) * 16 + HEX.indexOf((token[i + 1] ?? '').toLowerCase());
    if (code === 0) return name === '' ? undefined : name;
    if (!isNameLetter(code)) return undefined;
    name += String.fromCharCode(code);
  }
  return undefined;
}

function nameInBase64(id: string): string | undefined {
  const bytes = decodeBase64(id);
  if (bytes === undefined) return undefined;
  let name = '';
  for (const code of bytes) {
    if (code === 0) break;
    if (!isNameLetter(code)) return undefined;
    name += String.fromCharCode(code);
  }
  return name === '' ? undefined : name;
}

/** Letters, and the space of `Service Unavailable`. */
const isNameLetter = (code: number): boolean =>
  (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 32;
