/** A server without sockets on which a built-in scenario is played, over time that is only a number. */
import { readFileSync } from 'node:fs';
import { createEngine, type Engine } from '../../server/core/engine.ts';
import { parseScenario } from '../../server/core/scenario/parse.ts';
import { spellDeviceToken } from '../../server/core/targets.ts';
import type { Action, Environment, Listener } from '../../server/protocol/model.ts';
import { generateProviderKey, importPublicKey, signProviderToken } from '../../server/shell/crypto.ts';
import { NODE_PORTS } from '../../server/shell/ports.ts';

export const START = Date.UTC(2026, 10, 21, 18);
const MINUTE = 60_000;
const LISTENER: Listener = { name: 'send', families: ['device', 'broadcast', 'channels'], environment: null };
const KEY = generateProviderKey();
export const TOKEN = 'c0'.repeat(32);
export const APP = 'com.example.app';

export interface Played {
  readonly session: string;
  readonly stream: number;
  /** Status and reason of the answer, `200`, `429 TooManyRequests`; else what came in its place. */
  readonly answer: string;
  /** What is done at once, in the order of the wire. */
  readonly actions: readonly Action[];
}

export interface Stage {
  readonly engine: Engine;
  readonly now: () => number;
  /** Lets time pass; what falls due on the way. */
  readonly pass: (ms: number) => readonly Action[];
  /** A new connection; what happens to it before and at its opening. */
  readonly connect: () => { readonly id: string; readonly how: string; readonly actions: readonly Action[] };
  /** A push on a connection, or on the first; waits for its answer as long as one is planned. */
  readonly push: (options?: {
    on?: string;
    to?: string;
    token?: string;
    environment?: Environment;
    topic?: string;
  }) => Played;
  readonly broadcast: (channel: string, on?: string) => Played;
  /** The other calls of channel management. */
  readonly manage: (method: 'GET' | 'DELETE', what: 'channels' | 'all-channels', channel: string) => Played;
  readonly create: (on?: string) => Played & { readonly channel: string | undefined };
  /** A fresh provider token. */
  readonly signed: (age?: number) => string;
}

export const stage = (name: string, seed = 1): Stage =>
  stageOf(readFileSync(new URL(`../../scenarios/${name}.yaml`, import.meta.url), 'utf8'), seed);

/** The same with the text of a scenario. */
export function stageOf(text: string, seed = 1): Stage {
  const parsed = parseScenario('scenario.yaml', text);
  if (!parsed.ok) throw new Error(parsed.problems.map(({ message }) => message).join('\n'));
  const engine = createEngine({
    seed,
    profile: 'documented',
    auth: 'trusting',
    environment: 'sandbox',
    spelledTargets: true,
    maxEntries: 10_000,
    maxBytes: 2 ** 26,
    ports: NODE_PORTS,
  });
  let now = START;
  let connections = 0;
  const streams = new Map<string, number>();
  const { keyId, teamId, p8, publicKeyPem } = KEY;
  const key = {
    keyId,
    teamId,
    handle: importPublicKey(publicKeyPem),
    topics: [],
    environments: ['sandbox', 'production'],
  };
  engine.handle({ type: 'command', at: now, command: { put: 'key', key: key as never } });
  engine.handle({ type: 'command', at: now, command: { do: 'load', scenario: parsed.scenario } });
  now += parsed.scenario.clock?.offset ?? 0;

  function pass(ms: number): readonly Action[] {
    const until = now + ms;
    const actions: Action[] = [];
    for (let next = engine.nextWake(); next !== undefined && next <= until; next = engine.nextWake()) {
      now = Math.max(now, next);
      actions.push(...engine.handle({ type: 'time', at: now }));
    }
    now = until;
    return actions;
  }

  const iat = (age: number): number => Math.floor((START - age) / 1000);
  let made = 0;
  /** Each call makes another one: the signature is salted, and so is the age. */
  const signed = (age = 0): string => signProviderToken({ p8, keyId, teamId, iat: iat(age) - made++ });
  const usual = signed();

  function connect() {
    const session = `c${++connections}`;
    const remote = '127.0.0.1:50000';
    const arrival = engine.wants('connection-arrived')
      ? engine.handle({ type: 'connection-arrived', at: now, session, listener: LISTENER, remote })
      : [];
    const accept = arrival.find((action) => action.do === 'accept');
    const how = accept?.do === 'accept' ? accept.how : 'accept';
    const facts = { listener: LISTENER, alpn: 'h2', servername: '', remote, certificate: null };
    const open = how !== 'refuse' && how !== 'refuse-handshake' && how !== 'stall-handshake';
    const opening = open ? engine.handle({ type: 'session-opened', at: now, session, ...facts }) : [];
    streams.set(session, 1);
    return { id: session, how, actions: [...arrival, ...opening] };
  }

  function send(
    on: string | undefined,
    method: string,
    path: string,
    headers: string[],
    body: string,
    authority = 'localhost',
  ) {
    const session = on ?? (streams.has('c1') ? 'c1' : connect().id);
    const stream = streams.get(session) as number;
    streams.set(session, stream + 2);
    const bytes = Buffer.from(body);
    const request = { method, path, authority, headers, body: bytes, size: bytes.length };
    const actions: Action[] = [...engine.handle({ type: 'request', at: now, session, stream, request })];
    const mine = (action: Action): boolean =>
      'stream' in action && action.stream === stream && action.session === session;
    const over = (action: Action): boolean =>
      (mine(action) && (action.do === 'reply' || action.do === 'reset' || (action.do === 'data' && action.end))) ||
      (action.do === 'drop' && action.session === session);
    // Whatever is planned for this stream is waited for, half a minute at most.
    for (let waited = 0; !actions.some(over) && waited < 30_000; ) {
      const next = engine.nextWake();
      if (next === undefined || next - now > 30_000) break;
      waited += next - now;
      actions.push(...pass(next - now));
    }
    return {
      session,
      stream,
      actions,
      answer: answerIn(actions.filter((action) => mine(action) || action.do === 'drop')),
    };
  }

  return {
    engine,
    now: () => now,
    pass,
    connect,
    push: ({ on, to = TOKEN, token = usual, environment = 'sandbox', topic = APP } = {}) =>
      send(
        on,
        'POST',
        `/3/device/${to}`,
        ['authorization', `bearer ${token}`, 'apns-topic', topic],
        '{"aps":{"alert":"hi"}}',
        environment === 'production' ? 'api.push.apple.com' : 'api.sandbox.push.apple.com',
      ),
    broadcast: (channel, on) =>
      send(
        on,
        'POST',
        `/4/broadcasts/apps/${APP}`,
        [
          'authorization',
          `bearer ${usual}`,
          'apns-channel-id',
          channel,
          'apns-push-type',
          'liveactivity',
          'apns-priority',
          '10',
          'apns-expiration',
          '0',
        ],
        '{"aps":{}}',
      ),
    create(on) {
      const body = '{"message-storage-policy":1,"push-type":"LiveActivity"}';
      const played = send(on, 'POST', `/1/apps/${APP}/channels`, ['authorization', `bearer ${usual}`], body);
      const reply = played.actions.find((action) => action.do === 'reply');
      const headers = reply?.do === 'reply' ? reply.headers : [];
      const at = headers.indexOf('apns-channel-id');
      return { ...played, channel: at < 0 ? undefined : headers[at + 1] };
    },
    manage: (method, what, channel) =>
      send(
        undefined,
        method,
        `/1/apps/${APP}/${what}`,
        ['authorization', `bearer ${usual}`, 'apns-channel-id', channel],
        '',
      ),
    signed,
  };
}

function answerIn(actions: readonly Action[]): string {
  const said: string[] = [];
  for (const action of actions) {
    if (action.do === 'reply' || action.do === 'headers') said.push(String(action.status));
    const body = action.do === 'reply' || action.do === 'data' ? action.body : '';
    if (body !== '') said.push(/"reason":"([^"]*)"/.exec(body)?.[1] ?? body);
    if (action.do === 'reset') said.push(`RST_STREAM ${action.code}`);
    if (action.do === 'drop') said.push('cut');
    if (action.do === 'stall') said.push('silence');
  }
  return said.join(' ');
}

export { MINUTE, spellDeviceToken };
