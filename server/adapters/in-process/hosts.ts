import { FAMILIES, type Family, type Listener } from '../../protocol/model.ts';
import type { House } from './house.ts';

/** Apple's own split by host name (apns-protocol 1). The environment follows from the name; the engine reads it. */

const SEND: readonly Family[] = ['device', 'broadcast'];
const MANAGE: readonly Family[] = ['channels'];

const APPLE_HOSTS: ReadonlyMap<string, readonly Family[]> = new Map([
  ['api.push.apple.com', SEND],
  ['api.sandbox.push.apple.com', SEND],
  ['api.development.push.apple.com', SEND],
  ['api-broadcast.push.apple.com', SEND],
  ['api-broadcast.sandbox.push.apple.com', SEND],
  ['api-manage-broadcast.push.apple.com', MANAGE],
  ['api-manage-broadcast.sandbox.push.apple.com', MANAGE],
]);

/** Every URL that one of Apple's push hosts would answer. */
export const APPLE_URL = new RegExp(
  `^https://(?:${[...APPLE_HOSTS.keys()].map((host) => host.replaceAll('.', '\\.')).join('|')})(?::\\d+)?/`,
  'i',
);

/** The listener that answers for a host; `undefined`: nobody here does. */
export function listenerFor(url: URL, { open, singlePort }: House): Listener | undefined {
  const own = open.get(`${url.hostname}:${url.port}`);
  if (own !== undefined) return { name: 'in-process', ...own };
  const families = url.protocol === 'https:' ? APPLE_HOSTS.get(url.hostname) : undefined;
  if (families === undefined) return undefined;
  return { name: 'in-process', families: singlePort ? FAMILIES : families, environment: null };
}
