import type { Operation, StoragePolicy } from '../../protocol/model.ts';

/** The shape of a rule of advice: a remark on what APNs accepts and the device, or Apple, then does not like. */
export interface AdviceRule {
  readonly id: string;
  /** What holds, in one English sentence. */
  readonly says: string;
  /** What happens otherwise. */
  readonly because: string;
  readonly sources: readonly SourceName[];
  /** Everything there is to remark. */
  readonly look: (subject: Subject) => Remarks;
  readonly valid: readonly Example[];
  readonly invalid: readonly Example[];
}

export type Remarks = Remark | readonly Remark[] | null;
export interface Remark {
  readonly text: string;
  /** `aps.badge`, `headers.apns-priority`; `null`: the request as a whole. */
  readonly at: string | null;
}

export type Dict = Readonly<Record<string, unknown>>;

/** A push under the eye of the rules. */
export interface Subject {
  readonly operation: Operation;
  /** When it came: seconds since 1970. */
  readonly now: number;
  readonly header: (name: string) => string | undefined;
  /** In lower case; empty: none was given. */
  readonly pushType: string;
  readonly topic: string;
  readonly payload: Dict;
  /** Empty where there is none. */
  readonly aps: Dict;
  /** Of a broadcast's channel, if it is known. */
  readonly policy: StoragePolicy | null;
  /** Earlier pushes to the same device or channel with a timestamp, latest first, as far as they are still known. */
  readonly before: () => Iterable<{ readonly seq: number; readonly timestamp: number }>;
  /** First requests of their connections within the last minute, this one among them if it is one. */
  readonly freshConnections: () => number;
}

/** A push as an example: for the tests and for the page about the rule. */
export interface Example {
  /** `device.send` where nothing is given. */
  readonly operation?: 'device.send' | 'broadcast.send';
  readonly headers?: Readonly<Record<string, string>>;
  readonly payload: unknown;
  readonly policy?: StoragePolicy;
  /** Payloads that came before it, oldest first. */
  readonly before?: readonly unknown[];
  readonly freshConnections?: number;
}

/** The moment at which examples come: 2026-11-21T18:00:00Z. */
export const EXAMPLE_NOW = 1_795_284_000;

export const isDict = (value: unknown): value is Dict =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const has = (dict: Dict, key: string): boolean => Object.hasOwn(dict, key);
/** A value as it is shown in a sentence. */
export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}

/** Whether the push is for a Live Activity: every broadcast is. */
export const isLiveActivity = ({ operation, pushType }: Subject): boolean =>
  operation === 'broadcast.send' || pushType === 'liveactivity';
export const isAlert = ({ operation, pushType }: Subject): boolean =>
  operation === 'device.send' && (pushType === 'alert' || pushType === '');
/** Something that the user sees or hears. */
export const isVisible = ({ aps }: Subject): boolean => ['alert', 'badge', 'sound'].some((key) => has(aps, key));

const PAGES = {
  SEND: ['Sending notification requests to APNs', 'usernotifications/sending-notification-requests-to-apns'],
  BCAST: [
    'Sending broadcast push notification requests to APNs',
    'usernotifications/sending-broadcast-push-notification-requests-to-apns',
  ],
  CHAN: [
    'Sending channel management requests to APNs',
    'usernotifications/sending-channel-management-requests-to-apns',
  ],
  CONN: ['Establishing a connection to APNs', 'usernotifications/establishing-a-connection-to-apns'],
  GEN: ['Generating a remote notification', 'usernotifications/generating-a-remote-notification'],
  BACK: ['Pushing background updates to your App', 'usernotifications/pushing-background-updates-to-your-app'],
  EXT: [
    'Modifying content in newly delivered notifications',
    'usernotifications/modifying-content-in-newly-delivered-notifications',
  ],
  AK: [
    'Starting and updating Live Activities with ActivityKit push notifications',
    'activitykit/starting-and-updating-live-activities-with-activitykit-push-notifications',
  ],
} as const;
export type SourceName = keyof typeof PAGES;

export function sourceOf(name: SourceName): { readonly title: string; readonly url: string } {
  const [title, path] = PAGES[name];
  return { title, url: `https://developer.apple.com/documentation/${path}` };
}

/** Seconds since 1970 do not reach this in three thousand years; milliseconds passed it in 1973. */
export const MILLISECONDS_FROM = 100_000_000_000;
