/**
 * Draws docs/images anew: `node --import tsx test/page/pictures.ts [FOLDER]`. A day in the life of a backend, sent to a
 * real server, looked at in a real browser.
 */

import { spawnSync } from 'node:child_process';
import { type ClientHttp2Session, connect, type OutgoingHttpHeaders } from 'node:http2';
import { chromium } from 'playwright-core';
import { spellDeviceToken } from '../../server/core/targets.ts';
import { ARGS, executablePath } from './browser.ts';
import { openHouse } from './house.ts';

const folder = process.argv[2] ?? 'docs/images';
const PORTS = {
  '--port': '2197',
  '--manage-port': '2195',
  '--manage-production-port': '2196',
  '--control-port': '2198',
};

const house = await openHouse(PORTS);
const { caPem } = house.mock.certificates;
const { authorization } = house;
const at = (url: string): ClientHttp2Session => connect(url.replace('127.0.0.1', 'localhost'), { ca: caPem });
const [shop, scores, manage] = [at(house.mock.urls.send), at(house.mock.urls.send), at(house.mock.urls.manage)];

const browser = await chromium.launch({ ...(executablePath === undefined ? {} : { executablePath }), args: ARGS });

async function picture(name: string, hash: string, look: Look = {}): Promise<void> {
  const { width = 1360, height = 850, dark = false, before } = look;
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: dark ? 'dark' : 'light',
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  await page.goto(`${house.url}${hash}`);
  await page.waitForTimeout(900);
  if (before !== undefined) await before(page);
  const path = `${folder}/${name}.png`;
  await page.screenshot({ path });
  await context.close();
  // Where there is one: 256 colours are enough, and a third of the size.
  spawnSync('pngquant', ['--force', '--skip-if-larger', '--output', path, '256', path]);
}
interface Look {
  readonly width?: number;
  readonly height?: number;
  readonly dark?: boolean;
  readonly before?: (page: import('playwright-core').Page) => Promise<void>;
}

const call = (path: string, body: unknown): Promise<unknown> =>
  fetch(`${house.url}api/v1/${path}`, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  });
const pass = (by: string): Promise<unknown> => call('clock/advance', { by });

function send(
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders,
  body: unknown,
): Promise<Record<string, unknown>> {
  return new Promise((resolve) => {
    const stream = session.request({
      ':method': 'POST',
      authorization,
      'content-type': 'application/json',
      ...headers,
    });
    stream.on('response', (found) => resolve({ ...found }));
    stream.on('error', () => resolve({}));
    stream.resume();
    stream.end(JSON.stringify(body));
    // What is never answered must not be waited for.
    setTimeout(() => resolve({}), 400);
  });
}

let counter = 7;
const token = (): string => {
  counter = (counter * 48271) % 2147483647;
  return counter.toString(16).padStart(8, '0').repeat(8);
};
const push = (
  topic: string,
  aps: unknown,
  more: { to?: string; type?: string; headers?: OutgoingHttpHeaders; own?: object } = {},
) =>
  send(
    topic === 'com.example.chat' ? scores : shop,
    {
      ':path': `/3/device/${more.to ?? token()}`,
      'apns-topic': topic,
      'apns-push-type': more.type ?? 'alert',
      ...more.headers,
    },
    { aps, ...more.own },
  );
const broadcast = (channel: string, aps: object, headers: OutgoingHttpHeaders = {}) =>
  send(
    scores,
    {
      ':path': '/4/broadcasts/apps/com.example.scores',
      'apns-channel-id': channel,
      'apns-push-type': 'liveactivity',
      'apns-priority': '10',
      'apns-expiration': '0',
      ...headers,
    },
    { aps },
  );
const seconds = (): number => Math.floor(house.now() / 1000);

await picture('empty', '');

// As JSON text, since an object with `then` passes for a promise.
await call(
  'rules',
  `{"name":"busy after the third","when":{"operation":"device.send","topic":"com.example.chat"},"from":4,"times":1,
    "then":{"reason":"TooManyRequests","retryAfter":5}}`,
);
const create = async (policy: 0 | 1): Promise<string> => {
  const answer = await send(
    manage,
    { ':path': '/1/apps/com.example.scores/channels' },
    { 'message-storage-policy': policy, 'push-type': 'LiveActivity' },
  );
  await pass('2s');
  return String(answer['apns-channel-id']);
};
const final = await create(1);
const derby = await create(0);
const marathon = await create(1);

const GOALS = [
  { home: 'Rovers', away: 'United', homeScore: 0, awayScore: 0, minute: 3 },
  { home: 'Rovers', away: 'United', homeScore: 1, awayScore: 0, minute: 21, last: 'Ortega 21′' },
  { home: 'Rovers', away: 'United', homeScore: 1, awayScore: 1, minute: 44, last: 'Bell 44′' },
  { home: 'Rovers', away: 'United', homeScore: 2, awayScore: 1, minute: 67, last: 'Ortega 67′' },
];
for (const [i, state] of GOALS.entries()) {
  for (const channel of i % 2 === 0 ? [final, derby] : [final, derby, marathon, final]) {
    await broadcast(
      channel,
      { timestamp: seconds(), event: 'update', 'content-state': state },
      channel === derby ? {} : { 'apns-expiration': String(seconds() + 3600) },
    );
    await pass('5s');
  }
  await push('com.example.shop', {
    alert: { title: 'Your parcel is on its way', body: 'Blue Van brings it between 14:00 and 16:00.' },
    sound: 'default',
  });
  await pass('9s');
  await push('com.example.chat', {
    alert: { title: 'Maria', body: 'Are you watching the game?' },
    'thread-id': 'maria',
  });
  await pass('6s');
}
await push('com.example.shop', { alert: 'Sale' }, { to: token().slice(0, 63) });
await pass('4s');
await push('com.example.shop', { alert: 'Rate your order' }, { to: spellDeviceToken('Unregistered') });
await pass('8s');
await push(
  'com.example.shop',
  { 'content-available': 1, badge: '3' },
  { type: 'background', headers: { 'apns-priority': '5' }, own: { sync: 'inbox' } },
);
await pass('3s');
await broadcast(derby, {
  timestamp: seconds(),
  event: 'update',
  'content-state': GOALS[3],
  contentState: { homeScore: 2 },
  'stale-date': seconds() - 600,
});
await pass('5s');
await broadcast(
  derby,
  { timestamp: seconds(), event: 'end', 'content-state': GOALS[3], 'dismissal-date': (seconds() + 600) * 1000 },
  { 'apns-expiration': String(seconds() + 600) },
);
await pass('4s');
await push('com.example.shop', { alert: 'Slow' }, { to: spellDeviceToken('stall') });
await pass('7s');
await push(
  'com.example.shop',
  {
    alert: {
      title: 'Your parcel is here',
      subtitle: 'Express delivery',
      body: 'The courier left it with your neighbour at number 14. Tap to see who signed for it.',
    },
    badge: 3,
    sound: 'default',
    'interruption-level': 'time-sensitive',
    'thread-id': 'parcels',
  },
  { headers: { 'apns-collapse-id': 'parcel-9913', 'apns-priority': '10' }, own: { parcel: 9913 } },
);
await pass('2s');

interface Listed {
  readonly exchanges: readonly { readonly seq: number }[];
}
const found = async (q: string): Promise<number> => {
  const answer = await fetch(`${house.url}api/v1/exchanges?limit=1&q=${encodeURIComponent(q)}`);
  return ((await answer.json()) as Listed).exchanges[0]?.seq ?? 0;
};
const refused = await found('reason:BadExpirationDate');
const parcel = await found('payload.parcel:9913');

await picture('list', '#/exchanges');
await picture('exchange', `#/exchanges/${refused}`, { height: 1000 });
await picture('channels', '#/channels', { height: 640 });
await picture('connections', '#/connections', { height: 560 });
await picture('dark', `#/exchanges/${parcel}`, { dark: true, height: 960 });
await picture('narrow', `#/exchanges/${parcel}`, { width: 390, height: 844 });
await fetch(`${house.url}api/v1/scenario`, { method: 'PUT', body: '{"builtin":"goaway-with-reason"}' });
await picture('scenario', '#/scenario', { height: 900 });
await picture('reasons', '#/reasons', { dark: true });

await browser.close();
for (const session of [shop, scores, manage]) session.destroy();
await house.stop();
