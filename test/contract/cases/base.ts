/** What cases are made of: a good request per operation, what to change about it, and the answers APNs has. */
import type { Family, Profile } from '../../../server/protocol/model.ts';
import {
  type Aftermath,
  type Case,
  type CaseBody,
  type Expected,
  type Need,
  SETUP,
  type Setup,
  type Step,
} from '../case.ts';
import { APP, type CredentialSpec, VALID } from '../credentials.ts';

/** An id as Apple asks for it; answers echo it. */
export const ID = '0f8d3c1a-5b7e-4a60-9c42-d1e2f3a4b5c6';
/** A device token of the usual length. */
export const TOKEN = '9a3f0c5de17b2846'.repeat(4);
/** Channels that `CHANNELS` registers for APP in the sandbox. */
export const STORING = 'c3RvcmluZy1jaGFubmVsMQ==';
export const STORELESS = 'no/storage+channel22Ag==';
/** The same for production. */
export const ABROAD = 'cHJvZHVjdGlvbi1jaGFuMw==';
export const CHANNELS: Setup['channels'] = [
  { id: STORING, bundleId: APP, environment: 'sandbox', policy: 1 },
  { id: STORELESS, bundleId: APP, environment: 'sandbox', policy: 0 },
  { id: ABROAD, bundleId: APP, environment: 'production', policy: 1 },
];
/** Well-formed, and never issued by anybody. */
export const NEVER_ISSUED = 'bmV2ZXItaXNzdWVkLWlkNA==';

export const PUSH_BODY = '{"aps":{"alert":"Goal!"}}';
export const BROADCAST_BODY = '{"aps":{"timestamp":1795284000,"event":"update","content-state":{"home":1}}}';
export const CREATE_BODY = '{"message-storage-policy":1,"push-type":"LiveActivity"}';
/** An hour from now, in seconds. */
export const IN_AN_HOUR = '1795287600';

/** How a request differs from the good one of its operation. */
export interface Change {
  readonly method?: string;
  readonly path?: string;
  readonly authority?: string;
  /** In place of, or beside, the usual ones; `null` leaves one out, a list repeats it. */
  readonly headers?: Readonly<Record<string, string | null | readonly string[]>>;
  readonly body?: CaseBody;
  readonly credentials?: CredentialSpec;
  readonly listener?: Step['listener'];
}

export interface CaseChange extends Omit<Change, 'listener'> {
  readonly setup?: Partial<Setup>;
  readonly before?: readonly Step[];
  readonly needs?: readonly Need[];
  /** The id that the answer echoes; absent: what the request gives if it is `ID`, else a made-up one. */
  readonly echo?: string;
}

/** What an answer depends on besides its reason. */
interface Context {
  readonly family: Family;
  readonly profile: Profile;
  readonly id: string;
  readonly environment: Setup['environment'];
}
export type Outcome = (context: Context) => Expected;

export const idHeader = (family: Family): string => (family === 'device' ? 'apns-id' : 'apns-request-id');
const idOf = ({ family, id }: Context): Record<string, string> => ({ [idHeader(family)]: id });
const PLAIN = { aftermath: [], delay: 0 } as const;

/** Accepted, without a body. */
export const accepted =
  (status: number, more: Readonly<Record<string, string>> = {}): Outcome =>
  (context) => ({ status, reason: null, failed: null, headers: { ...idOf(context), ...more }, body: '', ...PLAIN });

/** Accepted, with a document in return. */
export const document =
  (body: string): Outcome =>
  (context) => ({
    status: 200,
    reason: null,
    failed: null,
    headers: { 'content-type': 'application/json', ...idOf(context) },
    body,
    ...PLAIN,
  });

const errorHeaders = (context: Context): Record<string, string> =>
  context.profile === 'observed' ? idOf(context) : { 'content-type': 'application/json', ...idOf(context) };

/** Refused by the check that is named. */
export const refused =
  (status: number, reason: string, failed: string, timestamp?: number): Outcome =>
  (context) => ({
    status,
    reason,
    failed,
    headers: errorHeaders(context),
    body: JSON.stringify(timestamp === undefined ? { reason } : { reason, timestamp }),
    ...PLAIN,
  });

/** Valid, and answered as its target spells. */
export const forced =
  (status: number, reason: string, timestamp?: number): Outcome =>
  (context) => ({ ...refused(status, reason, '', timestamp)(context), reason: null, failed: null });

/** No answer; something else instead. The verdict is acceptance unless `reason` says otherwise. */
export const unanswered =
  (aftermath: readonly Aftermath[], reason: string | null = null): Outcome =>
  () => ({ status: null, reason, failed: null, headers: {}, body: '', aftermath, delay: 0 });

export const pushed: Outcome = (context) =>
  accepted(200, context.environment === 'sandbox' ? { 'apns-unique-id': '<uuid>' } : {})(context);
export const broadcasted: Outcome = accepted(200, { 'apns-unique-id': '<uuid>' });
export const created: Outcome = accepted(201, { 'apns-channel-id': '<channel-id>' });
export const deleted: Outcome = accepted(204);
export const readAs = (policy: 0 | 1): Outcome =>
  document(`{"message-storage-policy":${policy},"push-type":"LiveActivity"}`);
export const listed = (...ids: readonly string[]): Outcome => document(JSON.stringify({ channels: ids }));

interface Good {
  readonly family: Family;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: CaseBody;
}

/** Good requests, one per operation. */
export const GOOD = {
  push: {
    family: 'device',
    method: 'POST',
    path: `/3/device/${TOKEN}`,
    headers: { 'apns-id': ID, 'apns-push-type': 'alert', 'apns-topic': APP },
    body: PUSH_BODY,
  },
  broadcast: {
    family: 'broadcast',
    method: 'POST',
    path: `/4/broadcasts/apps/${APP}`,
    headers: {
      'apns-request-id': ID,
      'apns-channel-id': STORING,
      'apns-push-type': 'liveactivity',
      'apns-expiration': '0',
      'apns-priority': '10',
    },
    body: BROADCAST_BODY,
  },
  create: {
    family: 'channels',
    method: 'POST',
    path: `/1/apps/${APP}/channels`,
    headers: { 'apns-request-id': ID },
    body: CREATE_BODY,
  },
  read: {
    family: 'channels',
    method: 'GET',
    path: `/1/apps/${APP}/channels`,
    headers: { 'apns-request-id': ID, 'apns-channel-id': STORING },
    body: '',
  },
  remove: {
    family: 'channels',
    method: 'DELETE',
    path: `/1/apps/${APP}/channels`,
    headers: { 'apns-request-id': ID, 'apns-channel-id': STORING },
    body: '',
  },
  list: {
    family: 'channels',
    method: 'GET',
    path: `/1/apps/${APP}/all-channels`,
    headers: { 'apns-request-id': ID },
    body: '',
  },
} as const satisfies Record<string, Good>;
export type GoodName = keyof typeof GOOD;

/** A good request with changes, to send before a case. */
export function step(good: GoodName, change: Change = {}): Step {
  const { method, path, headers, body } = GOOD[good];
  const merged: Record<string, string | null | readonly string[]> = { ...headers, ...change.headers };
  const pairs: [string, string][] = [];
  for (const [name, value] of Object.entries(merged))
    for (const each of value === null ? [] : [value].flat()) pairs.push([name, each]);
  return {
    ...(change.listener === undefined ? {} : { listener: change.listener }),
    credentials: change.credentials ?? VALID,
    request: {
      method: change.method ?? method,
      path: change.path ?? path,
      authority: change.authority ?? null,
      headers: pairs,
      body: change.body ?? body,
    },
  };
}

const LISTENER: Readonly<Record<Family, Setup['listener']>> = {
  device: 'send',
  broadcast: 'send',
  channels: 'manage',
};

/** One case: a good request, how this one differs, and what APNs says to it. */
export function given(good: GoodName, name: string, change: CaseChange, outcome: Outcome): Case {
  const { family } = GOOD[good];
  const setup: Setup = { ...SETUP, listener: LISTENER[family], channels: CHANNELS, ...change.setup };
  const made = step(good, change);
  const asked = made.request.headers.find(([header]) => header === idHeader(family))?.[1];
  const generated = family === 'device' && setup.profile === 'observed' ? '<UUID>' : '<uuid>';
  const id = change.echo ?? (asked === ID ? ID : generated);
  const context: Context = { family, profile: setup.profile, id, environment: environmentOf(setup, made) };
  return {
    family,
    name: `${good}: ${name}`,
    setup,
    before: change.before ?? [],
    needs: change.needs ?? [],
    expected: outcome(context),
    ...made,
  };
}

/** Listener first, then the host name asked for, then the server's own. */
function environmentOf(setup: Setup, { request }: Step): Setup['environment'] {
  if (setup.listener === 'manage') return 'sandbox';
  if (setup.listener === 'manage-production') return 'production';
  const host = (request.authority ?? '').toLowerCase();
  if (!host.includes('push.apple.com')) return setup.environment;
  return /sandbox|development/.test(host) ? 'sandbox' : 'production';
}

/** Several cases that differ in one thing only. */
export const each = <T>(values: readonly T[], make: (value: T) => Case | readonly Case[]): Case[] =>
  values.flatMap(make);
