import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createRandom } from '../../server/core/random.ts';
import {
  CHANNEL_LIMIT,
  CHANNELS_MAX,
  createRegistry,
  DELETED_CHANNELS_REMEMBERED,
  type Registry,
} from '../../server/core/registry.ts';
import type { App, Channel, Device, Key } from '../../server/protocol/model.ts';

const APP = 'com.example.app';
const NOW = 1_795_284_000_000;
const fresh = (): Registry => createRegistry(createRandom(1));
const app = (change: Partial<App> = {}): App => ({
  bundleId: APP,
  team: null,
  broadcast: true,
  keyIds: null,
  channelLimit: CHANNEL_LIMIT,
  ...change,
});

const channels = suite('core: registry, channels');
channels('ids are 16 random bytes in standard base64 with padding', () => {
  const registry = fresh();
  const ids = Array.from({ length: 500 }, () => registry.createChannel('sandbox', APP, 1, NOW).id);
  for (const id of ids) assert.is(Buffer.from(id, 'base64').toString('base64'), id);
  for (const id of ids) assert.is(Buffer.from(id, 'base64').length, 16);
  assert.is(new Set(ids).size, ids.length);
  assert.ok(ids.some((id) => id.includes('/')) && ids.some((id) => id.includes('+')), 'some have a slash or a plus');
});
channels('a channel is as it was made, and can be had at once', () => {
  const registry = fresh();
  const made = registry.createChannel('production', APP, 0, NOW);
  assert.is(registry.channel('production', APP, made.id), made);
  assert.equal({ ...made }, {
    id: made.id,
    bundleId: APP,
    environment: 'production',
    policy: 0,
    createdAt: NOW,
    deletedAt: null,
    accepted: 0,
    stored: null,
  } satisfies Channel);
});
channels('environments and apps are disjoint', () => {
  const registry = fresh();
  const { id } = registry.createChannel('sandbox', APP, 1, NOW);
  assert.is(registry.channel('production', APP, id), undefined);
  assert.is(registry.channel('sandbox', 'com.example.other', id), undefined);
  assert.equal(registry.channelIds('production', APP), []);
  assert.is(registry.channelCount('sandbox', APP), 1);
  assert.is(registry.channelCount('production', APP), 0);
  assert.is(registry.channelCount('sandbox', 'com.example.other'), 0);
});
channels('the same id may stand in both environments, and goes from one alone', () => {
  const registry = fresh();
  for (const environment of ['sandbox', 'production'] as const)
    registry.putChannel({ id: 'QUFBQQ==', bundleId: APP, environment, policy: 1 }, NOW);
  registry.deleteChannel(registry.channel('sandbox', APP, 'QUFBQQ==') as Channel, NOW);
  assert.is(registry.channel('sandbox', APP, 'QUFBQQ=='), undefined);
  assert.is(registry.channel('production', APP, 'QUFBQQ==')?.environment, 'production');
});
channels('listed in the order of creation', () => {
  const registry = fresh();
  const ids = Array.from({ length: 5 }, () => registry.createChannel('sandbox', APP, 1, NOW).id);
  assert.equal(registry.channelIds('sandbox', APP), ids);
  registry.deleteChannel(registry.channel('sandbox', APP, ids[2] as string) as Channel, NOW);
  assert.equal(
    registry.channelIds('sandbox', APP),
    ids.filter((_, index) => index !== 2),
  );
});
channels('a deleted channel is remembered as such, without what it stored', () => {
  const registry = fresh();
  const made = registry.createChannel('sandbox', APP, 1, NOW);
  made.stored = { seq: 1, at: NOW, until: NOW + 1 };
  registry.deleteChannel(made, NOW + 5);
  assert.is(registry.channel('sandbox', APP, made.id), undefined);
  assert.equal(registry.deletedChannel('sandbox', APP, made.id), { ...made, deletedAt: NOW + 5, stored: null });
  assert.is(registry.channelCount('sandbox', APP), 0);
});
channels('of deleted channels only so many are remembered, the latest', () => {
  const registry = fresh();
  const ids: string[] = [];
  for (let i = 0; i <= DELETED_CHANNELS_REMEMBERED; i++) {
    const made = registry.createChannel('sandbox', APP, 1, NOW);
    ids.push(made.id);
    registry.deleteChannel(made, NOW);
  }
  assert.is(registry.deletedChannel('sandbox', APP, ids[0] as string), undefined);
  assert.ok(registry.deletedChannel('sandbox', APP, ids[1] as string));
  assert.ok(registry.deletedChannel('sandbox', APP, ids.at(-1) as string));
});
channels('there are only so many over all apps, and what is taken away makes room', () => {
  const registry = fresh();
  for (let i = 0; i < CHANNELS_MAX; i++)
    registry.putChannel(
      { id: String(i), bundleId: `com.example.app${i % 50}`, environment: 'sandbox', policy: 0 },
      NOW,
    );
  assert.ok(registry.isFull());
  registry.deleteChannel(registry.channel('sandbox', 'com.example.app0', '0') as Channel, NOW);
  assert.not(registry.isFull());
  registry.createChannel('production', APP, 1, NOW);
  assert.ok(registry.isFull());
  registry.forget('com.example.app1');
  assert.not(registry.isFull());
});
channels('a channel that is put again is alive again', () => {
  const registry = fresh();
  const made = registry.createChannel('sandbox', APP, 1, NOW);
  registry.deleteChannel(made, NOW);
  registry.putChannel({ id: made.id, bundleId: APP, environment: 'sandbox', policy: 0 }, NOW);
  assert.is(registry.channel('sandbox', APP, made.id)?.policy, 0);
  assert.is(registry.deletedChannel('sandbox', APP, made.id), undefined);
});
channels('whereabouts finds a channel anywhere, alive or deleted', () => {
  const registry = fresh();
  const alive = registry.createChannel('production', APP, 1, NOW);
  const dead = registry.createChannel('sandbox', 'com.example.other', 1, NOW);
  registry.deleteChannel(dead, NOW);
  assert.is(registry.whereabouts(alive.id), alive);
  assert.is(registry.whereabouts(dead.id), dead);
  assert.is(registry.whereabouts('QUFBQQ=='), undefined);
});
channels.run();

const apps = suite('core: registry, apps');
apps('the limit is 10,000 unless the app has its own', () => {
  const registry = fresh();
  assert.is(CHANNEL_LIMIT, 10_000);
  assert.is(registry.channelLimit(APP), 10_000);
  registry.putApp(app({ channelLimit: 3 }));
  assert.is(registry.channelLimit(APP), 3);
  assert.is(registry.channelLimit('com.example.other'), 10_000);
});
apps('switching the capability off deletes every channel for good, in both environments', () => {
  const registry = fresh();
  const here = registry.createChannel('sandbox', APP, 1, NOW);
  const there = registry.createChannel('production', APP, 1, NOW);
  const other = registry.createChannel('sandbox', 'com.example.other', 1, NOW);
  registry.putApp(app({ broadcast: false }));
  registry.putApp(app({ broadcast: true }));
  assert.is(registry.channel('sandbox', APP, here.id), undefined);
  assert.is(registry.channel('production', APP, there.id), undefined);
  assert.is(registry.channel('sandbox', 'com.example.other', other.id), other);
});
apps('putting an app that may broadcast keeps its channels', () => {
  const registry = fresh();
  const made = registry.createChannel('sandbox', APP, 1, NOW);
  registry.putApp(app({ team: 'TEAM123456' }));
  assert.is(registry.channel('sandbox', APP, made.id), made);
  assert.is(registry.app(APP)?.team, 'TEAM123456');
  assert.is(registry.app('com.example.other'), undefined);
});
apps.run();

const devices = suite('core: registry, devices and keys');
devices('a device is found by its token in any case', () => {
  const registry = fresh();
  const device: Device = { token: 'ABcd', environment: null, topics: null, state: 'active', since: NOW };
  registry.putDevice(device);
  assert.is(registry.device('abCD'), device);
  assert.is(registry.device('abce'), undefined);
});
devices('the last word about a device counts', () => {
  const registry = fresh();
  const device: Device = { token: 'abcd', environment: null, topics: null, state: 'active', since: NOW };
  registry.putDevice(device);
  registry.putDevice({ ...device, token: 'ABCD', state: 'expired' });
  assert.is(registry.device('abcd')?.state, 'expired');
});
devices('keys are listed and replaced', () => {
  const registry = fresh();
  const key: Key = { keyId: 'KEYMAIN001', teamId: 'TEAM123456', handle: 1, topics: [], environments: ['sandbox'] };
  registry.putKey(key);
  registry.putKey({ ...key, handle: 2 });
  registry.putKey({ ...key, keyId: 'KEYMAIN002' });
  assert.is(registry.key('KEYMAIN001')?.handle, 2);
  assert.equal(
    registry.keys().map(({ keyId }) => keyId),
    ['KEYMAIN001', 'KEYMAIN002'],
  );
  assert.is(registry.key('KEYMAIN003'), undefined);
});
devices.run();
