import type { App, Channel, Device, Environment, Key, StoragePolicy } from '../protocol/model.ts';
import { ENVIRONMENTS } from '../protocol/model.ts';
import { areOf } from '../protocol/push-types.ts';
import { encodeBase64 } from './base64.ts';
import type { Random } from './random.ts';

/** Channels that an app may have per environment (CHAN). */
export const CHANNEL_LIMIT = 10_000;
/** Channels kept in all. Anybody who may push can make up apps, so the limit of each bounds nothing. */
export const CHANNELS_MAX = 250_000;
/** Deleted channels remembered per app and environment; the oldest are forgotten first and then count as never issued. */
export const DELETED_CHANNELS_REMEMBERED = 10_000;

/** Channels of one app in one environment. Maps keep the order of creation, which is the order of a list. */
interface Shelf {
  readonly live: Map<string, Channel>;
  readonly deleted: Map<string, Channel>;
}

/**
 * Apps, keys, devices and channels. Open by default: an app that nobody registered may push and broadcast, a device
 * that nobody registered is active. Only the engine calls what changes it.
 */
export interface Registry {
  readonly app: (bundleId: string) => App | undefined;
  readonly key: (keyId: string) => Key | undefined;
  readonly keys: () => readonly Key[];
  readonly device: (token: string) => Device | undefined;
  readonly channel: (environment: Environment, bundleId: string, id: string) => Channel | undefined;
  readonly deletedChannel: (environment: Environment, bundleId: string, id: string) => Channel | undefined;
  /** In creation order. */
  readonly channelIds: (environment: Environment, bundleId: string) => readonly string[];
  readonly channelCount: (environment: Environment, bundleId: string) => number;
  readonly channelLimit: (bundleId: string) => number;
  /** Whether there are as many channels as are kept in all. */
  readonly isFull: () => boolean;
  /** Where else a channel of this id is or was, for explanations. */
  readonly whereabouts: (id: string) => Channel | undefined;

  readonly apps: () => readonly App[];
  readonly devices: () => readonly Device[];
  /** In creation order; those deleted are not among them. */
  readonly channels: () => readonly Channel[];

  /** Back to what nobody has registered: all of it, or the app, its channels, and devices of this app alone. */
  readonly forget: (bundleId: string | null) => void;
  readonly removeApp: (bundleId: string) => void;
  readonly removeKey: (keyId: string) => void;
  readonly removeDevice: (token: string) => void;
  readonly putApp: (app: App) => void;
  readonly putKey: (key: Key) => void;
  readonly putDevice: (device: Device) => void;
  readonly createChannel: (environment: Environment, bundleId: string, policy: StoragePolicy, at: number) => Channel;
  readonly putChannel: (channel: Pick<Channel, 'id' | 'bundleId' | 'environment' | 'policy'>, at: number) => Channel;
  readonly deleteChannel: (channel: Channel, at: number) => void;
}

export function createRegistry(random: Random): Registry {
  const apps = new Map<string, App>();
  const keys = new Map<string, Key>();
  const devices = new Map<string, Device>();
  const shelves: Record<Environment, Map<string, Shelf>> = { sandbox: new Map(), production: new Map() };
  let channels = 0;

  const shelfOf = (environment: Environment, bundleId: string): Shelf | undefined => shelves[environment].get(bundleId);
  function openShelf(environment: Environment, bundleId: string): Shelf {
    let shelf = shelves[environment].get(bundleId);
    if (shelf === undefined) {
      shelf = { live: new Map(), deleted: new Map() };
      shelves[environment].set(bundleId, shelf);
    }
    return shelf;
  }

  function clearShelf(environment: Environment, bundleId: string): void {
    channels -= shelfOf(environment, bundleId)?.live.size ?? 0;
    shelves[environment].delete(bundleId);
  }

  function place(id: string, bundleId: string, environment: Environment, policy: StoragePolicy, at: number): Channel {
    const channel: Channel = {
      id,
      bundleId,
      environment,
      policy,
      createdAt: at,
      deletedAt: null,
      accepted: 0,
      stored: null,
    };
    const shelf = openShelf(environment, bundleId);
    shelf.deleted.delete(id);
    if (!shelf.live.has(id)) channels++;
    shelf.live.set(id, channel);
    return channel;
  }

  return {
    app: (bundleId) => apps.get(bundleId),
    key: (keyId) => keys.get(keyId),
    keys: () => [...keys.values()],
    device: (token) => (devices.size === 0 ? undefined : devices.get(token.toLowerCase())),
    channel: (environment, bundleId, id) => shelfOf(environment, bundleId)?.live.get(id),
    deletedChannel: (environment, bundleId, id) => shelfOf(environment, bundleId)?.deleted.get(id),
    channelIds: (environment, bundleId) => [...(shelfOf(environment, bundleId)?.live.keys() ?? [])],
    channelCount: (environment, bundleId) => shelfOf(environment, bundleId)?.live.size ?? 0,
    channelLimit: (bundleId) => apps.get(bundleId)?.channelLimit ?? CHANNEL_LIMIT,
    isFull: () => channels >= CHANNELS_MAX,
    whereabouts(id) {
      for (const environment of ENVIRONMENTS)
        for (const shelf of shelves[environment].values()) {
          const found = shelf.live.get(id) ?? shelf.deleted.get(id);
          if (found !== undefined) return found;
        }
      return undefined;
    },

    apps: () => [...apps.values()],
    devices: () => [...devices.values()],
    channels: () =>
      ENVIRONMENTS.flatMap((environment) =>
        [...shelves[environment].values()].flatMap((shelf) => [...shelf.live.values()]),
      ),

    forget(bundleId) {
      if (bundleId === null) {
        for (const all of [apps, keys, devices, shelves.sandbox, shelves.production]) all.clear();
        channels = 0;
        return;
      }
      apps.delete(bundleId);
      for (const environment of ENVIRONMENTS) clearShelf(environment, bundleId);
      for (const [token, { topics }] of devices) if (areOf(bundleId, topics)) devices.delete(token);
    },
    removeApp: (bundleId) => void apps.delete(bundleId),
    removeKey: (keyId) => void keys.delete(keyId),
    removeDevice: (token) => void devices.delete(token.toLowerCase()),
    putApp(app) {
      // Disabling the capability deletes every channel for good (SETUP).
      if (!app.broadcast) for (const environment of ENVIRONMENTS) clearShelf(environment, app.bundleId);
      apps.set(app.bundleId, app);
    },
    putKey: (key) => void keys.set(key.keyId, key),
    putDevice: (device) => void devices.set(device.token.toLowerCase(), device),
    createChannel(environment, bundleId, policy, at) {
      const shelf = openShelf(environment, bundleId);
      // 128 random bits never meet in practice; the loop makes "never reused" (CHAN) true rather than likely.
      for (;;) {
        const id = encodeBase64(random.bytes(16));
        if (!shelf.live.has(id) && !shelf.deleted.has(id)) return place(id, bundleId, environment, policy, at);
      }
    },
    putChannel: ({ id, bundleId, environment, policy }, at) => place(id, bundleId, environment, policy, at),
    deleteChannel(channel, at) {
      const shelf = openShelf(channel.environment, channel.bundleId);
      if (shelf.live.delete(channel.id)) channels--;
      channel.deletedAt = at;
      channel.stored = null;
      shelf.deleted.set(channel.id, channel);
      if (shelf.deleted.size > DELETED_CHANNELS_REMEMBERED)
        shelf.deleted.delete(shelf.deleted.keys().next().value as string);
    },
  };
}
