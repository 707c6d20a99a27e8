/** Registered devices, and topics that credentials do or do not cover (apns-protocol 4.2, 6.2, 6.4). */
import type { App, Device } from '../../../server/protocol/model.ts';
import { type Case, NOW } from '../case.ts';
import { APP, KEYS, OTHER_APP, OTHER_TEAM, TEAM } from '../credentials.ts';
import { given, pushed, refused, TOKEN } from './base.ts';

const HOUR = 60 * 60 * 1000;
const registered = (change: Partial<Device>): { devices: Device[] } => ({
  devices: [{ token: TOKEN, environment: null, topics: null, state: 'active', since: NOW - HOUR, ...change }],
});
const app = (change: Partial<App>): { apps: App[] } => ({
  apps: [{ bundleId: APP, team: null, broadcast: true, keyIds: null, channelLimit: 10_000, ...change }],
});
const disallowed = refused(400, 'TopicDisallowed', 'topic-allowed');

const devices: Case[] = [
  given('push', 'an active device', { setup: registered({}) }, pushed),
  given(
    'push',
    'an unregistered device',
    { setup: registered({ state: 'unregistered' }) },
    refused(410, 'Unregistered', 'device', NOW - HOUR),
  ),
  given(
    'push',
    'an expired device',
    { setup: registered({ state: 'expired' }) },
    refused(410, 'ExpiredToken', 'device', NOW - HOUR),
  ),
  given(
    'push',
    'a device that is unregistered from this very moment',
    {
      setup: registered({ state: 'unregistered', since: NOW }),
    },
    refused(410, 'Unregistered', 'device', NOW),
  ),
  given(
    'push',
    'a device that will be unregistered in a millisecond',
    {
      setup: registered({ state: 'unregistered', since: NOW + 1 }),
    },
    pushed,
  ),
  given(
    'push',
    'an unregistered device, its token in upper case',
    {
      path: `/3/device/${TOKEN.toUpperCase()}`,
      setup: registered({ state: 'unregistered' }),
    },
    refused(410, 'Unregistered', 'device', NOW - HOUR),
  ),
  given(
    'push',
    'a device of the other environment',
    { setup: registered({ environment: 'production' }) },
    refused(400, 'BadDeviceToken', 'device'),
  ),
  given('push', 'a device of this environment', { setup: registered({ environment: 'sandbox' }) }, pushed),
  given(
    'push',
    'a device of another app',
    { setup: registered({ topics: [OTHER_APP] }) },
    refused(400, 'DeviceTokenNotForTopic', 'device'),
  ),
  given('push', 'a device of this app', { setup: registered({ topics: [OTHER_APP, APP] }) }, pushed),
  given(
    'push',
    'a device of this app, but for its VoIP topic only',
    { setup: registered({ topics: [`${APP}.voip`] }) },
    refused(400, 'DeviceTokenNotForTopic', 'device'),
  ),
  given(
    'push',
    'an unregistered device of another app',
    {
      setup: registered({ topics: [OTHER_APP], state: 'unregistered' }),
    },
    refused(410, 'Unregistered', 'device', NOW - HOUR),
  ),
  given(
    'push',
    'an expired device of another app',
    { setup: registered({ topics: [OTHER_APP], state: 'expired' }) },
    refused(410, 'ExpiredToken', 'device', NOW - HOUR),
  ),
  given(
    'push',
    'an unregistered device of the other environment',
    {
      setup: registered({ environment: 'production', state: 'unregistered' }),
    },
    refused(400, 'BadDeviceToken', 'device'),
  ),
];

const topics: Case[] = [
  given('push', 'an app of the same team', { setup: app({ team: TEAM }) }, pushed),
  given('push', 'an app of another team', { setup: app({ team: OTHER_TEAM }) }, disallowed),
  given(
    'push',
    'a suffixed topic of an app of another team',
    {
      headers: { 'apns-push-type': 'voip', 'apns-topic': `${APP}.voip` },
      setup: app({ team: OTHER_TEAM }),
    },
    disallowed,
  ),
  given('push', 'an app that allows this key', { setup: app({ keyIds: [KEYS.main.keyId] }) }, pushed),
  given('push', 'an app that allows other keys only', { setup: app({ keyIds: [KEYS.second.keyId] }) }, disallowed),
  given('push', 'a topic-specific key and its topic', { credentials: { token: { key: 'topic' } } }, pushed),
  given(
    'push',
    'a topic-specific key and a suffixed topic of its app',
    {
      credentials: { token: { key: 'topic' } },
      headers: { 'apns-push-type': 'liveactivity', 'apns-topic': `${APP}.push-type.liveactivity` },
    },
    pushed,
  ),
  given(
    'push',
    'a topic-specific key and another topic',
    {
      credentials: { token: { key: 'topic' } },
      headers: { 'apns-topic': OTHER_APP },
    },
    disallowed,
  ),
  given(
    'push',
    'a key for two topics, the second of them',
    {
      credentials: { token: { key: 'topics' } },
      headers: { 'apns-topic': OTHER_APP },
    },
    pushed,
  ),
  given(
    'push',
    'an app of another team, with authentication off',
    {
      setup: { ...app({ team: OTHER_TEAM }), auth: 'off' },
    },
    pushed,
  ),
];

export const DEVICES: readonly Case[] = [...devices, ...topics];
