/** Targets that spell their answer (contract 5), written here without the help of the code under test. */
import { type Case, NOW, type Setup } from '../case.ts';
import { APP, OTHER_TEAM } from '../credentials.ts';
import {
  ASSUMED_BROADCAST,
  BROADCAST_TABLE,
  DEVICE_TABLE,
  type DocumentedReason,
  OBSERVED_BROADCAST,
  OBSERVED_DEVICE,
} from '../documented.ts';
import {
  broadcasted,
  created,
  deleted,
  each,
  forced,
  GOOD,
  type GoodName,
  given,
  idHeader,
  listed,
  type Outcome,
  pushed,
  readAs,
  refused,
  unanswered,
} from './base.ts';

const hex = (name: string): string => `${Buffer.from(name).toString('hex')}00`.padEnd(64, '0');
const base64 = (name: string): string => Buffer.from(name).toString('base64');
const bundle = (name: string): string => `${APP}.mock.${name.replaceAll(' ', '')}`;

/** How a request of each operation spells a name. */
type Spelling = readonly [
  good: GoodName,
  how: string,
  change: (name: string) => { path?: string; headers?: Record<string, string> },
];
const DEVICE_SPELLING: Spelling = ['push', 'device token', (name) => ({ path: `/3/device/${hex(name)}` })];
const SPELLINGS: readonly Spelling[] = [
  ['broadcast', 'channel id', (name) => ({ headers: { 'apns-channel-id': base64(name) } })],
  ['broadcast', 'bundle id', (name) => ({ path: `/4/broadcasts/apps/${bundle(name)}` })],
  ['create', 'bundle id', (name) => ({ path: `/1/apps/${bundle(name)}/channels` })],
  ['read', 'channel id', (name) => ({ headers: { 'apns-channel-id': base64(name) } })],
  ['remove', 'channel id', (name) => ({ headers: { 'apns-channel-id': base64(name) } })],
  ['list', 'bundle id', (name) => ({ path: `/1/apps/${bundle(name)}/all-channels` })],
];

const reasons: Case[] = [
  ...each([...DEVICE_TABLE, ...OBSERVED_DEVICE], ({ status, reason }) =>
    spelledReason(DEVICE_SPELLING, status, reason),
  ),
  ...each([...BROADCAST_TABLE, ...OBSERVED_BROADCAST, ...ASSUMED_BROADCAST], (row: DocumentedReason) =>
    SPELLINGS.map((spelling) => spelledReason(spelling, row.status, row.reason)),
  ),
];
function spelledReason([good, how, change]: Spelling, status: number, reason: string): Case {
  return given(
    good,
    `the ${how} spells ${reason}`,
    change(reason),
    forced(status, reason, status === 410 ? NOW : undefined),
  );
}

const observed: Partial<Setup> = { profile: 'observed' };
const shutdown = '{"reason":"Shutdown"}';

/** What the faults do, on top of the answer that the operation would have had. */
const faults: Case[] = each<readonly [Spelling, Outcome]>(
  [
    [DEVICE_SPELLING, pushed],
    [SPELLINGS[0] as Spelling, broadcasted],
    [SPELLINGS[2] as Spelling, created],
    [SPELLINGS[3] as Spelling, readAs(1)],
    [SPELLINGS[4] as Spelling, deleted],
    [SPELLINGS[5] as Spelling, listed()],
  ],
  ([[good, how, change], success]) => {
    const raw =
      (body: string, type: Record<string, string>): Outcome =>
      (context) => ({
        ...forced(500, 'InternalServerError')(context),
        headers: { ...type, [idHeader(GOOD[good].family)]: context.id },
        body,
      });
    return [
      given(good, `the ${how} spells stall`, change('stall'), unanswered(['stalled'])),
      given(good, `the ${how} spells drop`, change('drop'), unanswered(['dropped'])),
      given(good, `the ${how} spells reset`, change('reset'), unanswered([{ reset: 'INTERNAL_ERROR' }])),
      given(good, `the ${how} spells goaway`, change('goaway'), (context) => ({
        ...success(context),
        aftermath: [{ goaway: { code: 'NO_ERROR', last: 'this', debug: shutdown } }],
      })),
      given(good, `the ${how} spells slow`, { ...change('slow'), needs: ['delay'] }, (context) => ({
        ...success(context),
        delay: 2000,
      })),
      given(
        good,
        `the ${how} spells garbage`,
        change('garbage'),
        raw('<html><body>Bad Gateway', { 'content-type': 'text/html' }),
      ),
      given(good, `the ${how} spells empty`, change('empty'), raw('', {})),
    ];
  },
);

/** The rules of spelling. */
const token = (digits: string): { path: string } => ({ path: `/3/device/${digits}` });
const rules: Case[] = [
  given(
    'push',
    'a spelling token in upper case',
    token(hex('Unregistered').toUpperCase()),
    forced(410, 'Unregistered', NOW),
  ),
  given(
    'push',
    'a spelling token with anything behind the zeros',
    token(`${hex('Unregistered').slice(0, 26)}${'7f'.repeat(30)}`),
    forced(410, 'Unregistered', NOW),
  ),
  given('push', 'a spelling token in other letters', token(hex('unregistered')), forced(410, 'Unregistered', NOW)),
  given(
    'push',
    'a spelling token that is shorter than 64 digits',
    token(`${Buffer.from('Unregistered').toString('hex')}00`),
    pushed,
  ),
  given(
    'push',
    'a spelling token without the zeros',
    token(Buffer.from('Unregistered'.padEnd(32, 'x')).toString('hex')),
    pushed,
  ),
  given('push', 'a token that spells what is no reason', token(hex('Goal')), pushed),
  given('push', 'a token that spells a reason of broadcasts only', token(hex('ChannelNotRegistered')), pushed),
  given(
    'push',
    '503 with the space of the other table',
    token(hex('Service Unavailable')),
    forced(503, 'ServiceUnavailable'),
  ),
  given(
    'broadcast',
    '503 without the space of its table',
    { headers: { 'apns-channel-id': base64('ServiceUnavailable') } },
    forced(503, 'Service Unavailable'),
  ),
  given(
    'broadcast',
    'a spelling channel id with anything behind a NUL',
    {
      headers: { 'apns-channel-id': base64('TooManyRequests\0\u0001\u0002') },
    },
    forced(429, 'TooManyRequests'),
  ),
  given(
    'broadcast',
    'a spelling channel id without padding',
    {
      headers: { 'apns-channel-id': base64('Shutdown').replaceAll('=', '') },
    },
    refused(400, 'BadChannelId', 'apns-channel-id'),
  ),
  given(
    'broadcast',
    'the bundle id before the channel id',
    {
      path: `/4/broadcasts/apps/${bundle('Shutdown')}`,
      headers: { 'apns-channel-id': base64('TooManyRequests') },
    },
    forced(503, 'Shutdown'),
  ),
  given(
    'push',
    'an invalid request keeps its own reason',
    { ...token(hex('Shutdown')), body: '' },
    refused(400, 'PayloadEmpty', 'payload'),
  ),
  given(
    'push',
    'a request without credentials keeps its own reason',
    { ...token(hex('Shutdown')), credentials: 'none' },
    refused(403, 'MissingProviderToken', 'credential'),
  ),
  given(
    'broadcast',
    'a topic that is not covered keeps its own reason',
    {
      headers: { 'apns-channel-id': base64('Shutdown') },
      setup: { apps: [{ bundleId: APP, team: OTHER_TEAM, broadcast: true, keyIds: null, channelLimit: 1 }] },
    },
    refused(403, 'TopicMismatch', 'bundle-id'),
  ),
  given(
    'push',
    'switched off: a spelling token is a token',
    { ...token(hex('Shutdown')), setup: { spelledTargets: false } },
    pushed,
  ),
  given(
    'broadcast',
    'switched off: a spelling channel id is a channel that never was',
    {
      headers: { 'apns-channel-id': base64('Shutdown') },
      setup: { spelledTargets: false },
    },
    refused(400, 'ChannelNotRegistered', 'channel'),
  ),
  given(
    'list',
    'switched off: a spelling bundle id is a bundle id',
    {
      path: `/1/apps/${bundle('Shutdown')}/all-channels`,
      setup: { spelledTargets: false },
    },
    listed(),
  ),
  given(
    'push',
    'observed: a forced answer without a content type',
    { ...token(hex('Forbidden')), setup: observed },
    forced(403, 'Forbidden'),
  ),
];

export const SPELLED: readonly Case[] = [...reasons, ...faults, ...rules];
