/**
 * A case is one request and the answer that APNs would give, as plain data: any door can run it, with or without a
 * socket. Expectations come from the protocol notes, never from what the code happens to do.
 */

import type { Engine } from '../../server/core/engine.ts';
import type {
  App,
  AuthMode,
  Channel,
  Device,
  Environment,
  Family,
  Http2ErrorCode,
  Listener,
  Profile,
} from '../../server/protocol/model.ts';
import { type CertificateName, type CredentialSpec, type KeyName, keyCommand } from './credentials.ts';

/** What an engine can be told besides what happens on the wire. */
export type Command = Extract<Parameters<Engine['handle']>[0], { readonly type: 'command' }>['command'];

/** The mock's own clock stands still here while a case runs. */
export const NOW = Date.UTC(2026, 10, 21, 18, 0, 0);

export type ListenerName = 'send' | 'manage' | 'manage-production' | 'single-port';

export const LISTENERS: Readonly<Record<ListenerName, Listener>> = {
  send: { name: 'send', families: ['device', 'broadcast'], environment: null },
  manage: { name: 'manage', families: ['channels'], environment: 'sandbox' },
  'manage-production': { name: 'manage-production', families: ['channels'], environment: 'production' },
  'single-port': { name: 'send', families: ['device', 'broadcast', 'channels'], environment: null },
};

type SeedChannel = Pick<Channel, 'id' | 'bundleId' | 'environment' | 'policy'>;

/** The house before anybody knocks. */
export interface Setup {
  readonly listener: ListenerName;
  /** The environment when neither listener nor host name tells. */
  readonly environment: Environment;
  readonly profile: Profile;
  readonly auth: AuthMode;
  readonly spelledTargets: boolean;
  /** Presented in the handshake. */
  readonly certificate: CertificateName | null;
  /** Registered with the server. */
  readonly keys: readonly KeyName[];
  readonly apps: readonly App[];
  readonly devices: readonly Device[];
  readonly channels: readonly SeedChannel[];
  /** So many channels more, with ids made up by `filler`. */
  readonly fill: { readonly bundleId: string; readonly environment: Environment; readonly count: number } | null;
}

export const SETUP: Setup = {
  listener: 'send',
  environment: 'sandbox',
  profile: 'documented',
  auth: 'trusting',
  spelledTargets: true,
  certificate: null,
  keys: ['main', 'second', 'foreign', 'sandbox', 'production', 'topic', 'topics'],
  apps: [],
  devices: [],
  channels: [],
  fill: null,
};

/** Text; or a JSON object of just so many bytes; or bytes in hexadecimal. */
export type CaseBody = string | { readonly bytes: number } | { readonly hex: string };

export interface CaseRequest {
  readonly method: string;
  readonly path: string;
  /** `null`: the door's own host and port. */
  readonly authority: string | null;
  /** In order, repeats repeated, values as byte strings; `authorization` comes from the credentials, in front. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: CaseBody;
}

/** One request on the connection to a listener; each listener has one connection per case. */
export interface Step {
  /** Absent: the one of the set-up. */
  readonly listener?: ListenerName;
  readonly credentials: CredentialSpec;
  readonly request: CaseRequest;
}

/** What happens to stream or connection besides an answer, in order. */
export type Aftermath =
  | {
      readonly goaway: {
        readonly code: Http2ErrorCode;
        readonly last: 'this' | 'none' | 'all';
        readonly debug: string;
      };
    }
  | { readonly reset: Http2ErrorCode }
  | 'dropped'
  | 'stalled';

/** `<uuid>` (lower case), `<UUID>` (upper case) and `<channel-id>` (24 characters of base64) stand for made-up values. */
export interface Expected {
  /** `null`: no answer. */
  readonly status: number | null;
  /** The reason of the verdict; what a target spelled shows in the body. */
  readonly reason: string | null;
  /** The check at which the trail ends; `null`: all passed, or none was asked. */
  readonly failed: string | null;
  /** All headers but `:status`, no more and no less. */
  readonly headers: Readonly<Record<string, string>>;
  /** Letter by letter. An empty body means HEADERS with END_STREAM; any other travels in one DATA with END_STREAM. */
  readonly body: string;
  readonly aftermath: readonly Aftermath[];
  /** Milliseconds until it leaves. */
  readonly delay: number;
}

/** What not every door can do; a door names those that it cannot. */
export type Need = 'repeated-authorization' | 'delay';

export interface Case extends Step {
  readonly family: Family;
  readonly name: string;
  readonly setup: Setup;
  /** Sent and answered before, on the same connections. Their answers are not judged. */
  readonly before: readonly Step[];
  readonly needs: readonly Need[];
  readonly expected: Expected;
}

/** What a house is told before the case begins. */
export function commandsOf(setup: Setup): Command[] {
  const commands: Command[] = [
    ...setup.keys.map(keyCommand),
    ...setup.apps.map((app): Command => ({ put: 'app', app })),
    ...setup.devices.map((device): Command => ({ put: 'device', device })),
    ...setup.channels.map((channel): Command => ({ put: 'channel', channel })),
  ];
  const { fill } = setup;
  for (let i = 0; fill !== null && i < fill.count; i++)
    commands.push({
      put: 'channel',
      channel: { id: filler(i), bundleId: fill.bundleId, environment: fill.environment, policy: 0 },
    });
  return commands;
}

/** The id of the n-th channel that fills a shelf. */
export const filler = (n: number): string => Buffer.from(n.toString().padStart(16, '.')).toString('base64');

/** The bytes of a body. */
export function bytesOf(body: CaseBody): Uint8Array {
  if (typeof body === 'string') return Buffer.from(body);
  if ('hex' in body) return Buffer.from(body.hex, 'hex');
  const [before, after] = ['{"aps":{},"padding":"', '"}'];
  const padding = body.bytes - before.length - after.length;
  if (padding < 0) throw new Error(`no such JSON object has only ${body.bytes} bytes`);
  return Buffer.from(before + '.'.repeat(padding) + after);
}
