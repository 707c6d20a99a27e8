/**
 * Reads a transcript: commands as text, over a clock that stands still between them. What the engine does and says is
 * written below each command. `docs` of the commands: README.md beside this file.
 */
import { createEngine, type Engine } from '../../server/core/engine.ts';
import { sentence } from '../../server/core/explain.ts';
import type { Action, AuthMode, Environment, Profile } from '../../server/protocol/model.ts';
import { bytesOf, LISTENERS, type ListenerName } from '../contract/case.ts';
import { type Change, type GoodName, IN_AN_HOUR, step, TOKEN } from '../contract/cases/base.ts';
import {
  APP,
  authorizationOf,
  CERTIFICATES,
  type CertificateName,
  KEYS,
  type KeyName,
  keyCommand,
} from '../contract/credentials.ts';
import { PORTS } from '../contract/direct.ts';

/** Midnight of the day on which every transcript plays. */
const DAY = Date.UTC(2026, 10, 21);

type Words = ReadonlyMap<string, string>;
type Command = (words: Words, first: string) => readonly (Action | string)[];

/** Runs the commands of a transcript and gives its text anew: comments and commands as they were, the rest as it is. */
export function play(text: string, seed: number): string {
  const stage = createStage(seed);
  const out: string[] = [];
  for (const line of text.split('\n')) {
    if (line.startsWith('-> ') || line.startsWith('   ')) continue;
    out.push(line);
    if (line.trim() === '' || line.startsWith('#')) continue;
    try {
      out.push(...stage.perform(line));
    } catch (error) {
      throw new Error(`"${line}": ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  }
  return out.join('\n');
}

function createStage(seed: number): { perform: (line: string) => string[] } {
  let now = DAY;
  let engine: Engine | undefined;
  let shown = 0;
  const tokens = new Map<string, string>();
  const names = new Map<string, string>();
  const streams = new Map<string, number>();

  const house = (): Engine => {
    engine ??= build(new Map());
    return engine;
  };
  function build(words: Words): Engine {
    const made = createEngine({
      seed,
      profile: (words.get('profile') ?? 'documented') as Profile,
      auth: (words.get('auth') ?? 'trusting') as AuthMode,
      environment: (words.get('environment') ?? 'sandbox') as Environment,
      spelledTargets: true,
      maxEntries: 1000,
      maxBytes: 1_000_000,
      ports: PORTS,
    });
    for (const name of Object.keys(KEYS) as KeyName[])
      if (name !== 'stranger') made.handle({ type: 'command', at: now, command: keyCommand(name) });
    return made;
  }

  /** Lets time pass; what falls due is done at its own moment. */
  function clock(_: Words, to: string): readonly Action[] {
    const until = timeOf(to);
    if (until < now) throw new Error(`it is already ${show(now)}`);
    const actions: Action[] = [];
    for (let wake = house().nextWake(); wake !== undefined && wake <= until; wake = house().nextWake())
      actions.push(...house().handle({ type: 'time', at: wake }));
    now = until;
    return actions;
  }

  function token(words: Words, name: string): readonly Action[] {
    const issued = timeOf(need(words, 'issued'));
    const key = (words.get('key') ?? 'main') as KeyName;
    if (!(key in KEYS)) throw new Error(`no key ${key}`);
    // The name makes each token a text of its own.
    const spec = { token: { key, claims: { iat: issued / 1000, name } } };
    tokens.set(name, authorizationOf(spec, issued) as string);
    return [];
  }

  function connect(words: Words, session: string): readonly Action[] {
    const listener = LISTENERS[need(words, 'to') as ListenerName];
    const certificate = words.get('certificate');
    streams.set(session, 1);
    return house().handle({
      type: 'session-opened',
      at: now,
      session,
      listener,
      alpn: 'h2',
      servername: words.get('host') ?? 'localhost',
      remote: '127.0.0.1:50000',
      certificate: certificate === undefined ? null : CERTIFICATES[certificate as CertificateName],
    });
  }

  /** One of the good requests of the cases, changed by the words. */
  const request =
    (good: GoodName): Command =>
    (words, session) => {
      const stream = streams.get(session);
      if (stream === undefined) throw new Error(`no connection ${session}`);
      streams.set(session, stream + 2);
      const name = words.get('token');
      const authorization = name === undefined ? undefined : tokens.get(name);
      if (name !== undefined && authorization === undefined) throw new Error(`no token ${name}`);
      const { request: made } = step(good, changeOf(good, words, names));
      const body = bytesOf(made.body);
      const actions = house().handle({
        type: 'request',
        at: now,
        session,
        stream,
        request: {
          method: made.method,
          path: made.path,
          authority: 'localhost:2197',
          headers: [...(authorization === undefined ? [] : ['authorization', authorization]), ...made.headers.flat()],
          body,
          size: body.length,
        },
      });
      const label = words.get('as');
      if (label !== undefined) names.set(label, channelIn(actions));
      return actions;
    };

  const commands: Readonly<Record<string, Command>> = {
    house(words) {
      if (engine !== undefined) throw new Error('the house comes first');
      engine = build(words);
      return [];
    },
    clock,
    token,
    connect,
    push: request('push'),
    broadcast: request('broadcast'),
    create: request('create'),
    read: request('read'),
    delete: request('remove'),
    list: request('list'),
    app: (words, bundleId) =>
      house().handle({
        type: 'command',
        at: now,
        command: {
          put: 'app',
          app: {
            bundleId,
            team: words.get('team') ?? null,
            broadcast: words.get('broadcast') !== 'off',
            keyIds: null,
            channelLimit: Number(words.get('channels') ?? 10_000),
          },
        },
      }),
    device: (words, state) =>
      house().handle({
        type: 'command',
        at: now,
        command: {
          put: 'device',
          device: {
            token: words.get('device') ?? TOKEN,
            environment: null,
            topics: null,
            state: state as 'active' | 'unregistered' | 'expired',
            since: timeOf(need(words, 'since')),
          },
        },
      }),
    cancel: (words, session) =>
      house().handle({
        type: 'stream-failed',
        at: now,
        session,
        stream: Number(need(words, 'stream')),
        request: null,
        code: 'CANCEL',
        cause: 'the client reset the stream',
      }),
    close: (_, session) => house().handle({ type: 'session-closed', at: now, session, cause: 'the client closed it' }),
    look(words) {
      const id = targetOf(need(words, 'channel'), 'base64', names);
      const channel = house().registry.whereabouts(id);
      if (channel === undefined) return [`no channel ${id}`];
      const { environment, accepted, stored, deletedAt } = channel;
      const alive = deletedAt === null ? '' : `, deleted at ${show(deletedAt)}`;
      const held = stored === null ? 'holds nothing' : `holds entry ${stored.seq} until ${show(stored.until)}`;
      return [`${environment} channel ${id} took ${accepted}, ${held}${alive}`];
    },
    shutdown: () => house().handle({ type: 'command', at: now, command: { do: 'shutdown' } }),
  };

  /** What the journal has said since it was last looked at. */
  function spoken(): string[] {
    const { journal } = house();
    const { last } = journal.range();
    const lines: string[] = [];
    for (let seq = shown + 1; seq <= last; seq++) {
      const entry = journal.get(seq);
      if (entry === undefined) throw new Error(`the journal has lost entry ${seq}`);
      lines.push(`   ${show(entry.at)} ${sentence(entry)}`);
    }
    shown = last;
    return lines;
  }

  return {
    perform(line) {
      const [verb = '', ...rest] = line.split(' ');
      const command = commands[verb];
      if (command === undefined) throw new Error(`unknown command; known: ${Object.keys(commands).join(', ')}`);
      const words = new Map(rest.filter((word) => word.includes('=')).map(pairOf));
      const first = rest.find((word) => !word.includes('=')) ?? '';
      const before = engine?.nextWake();
      const lines = command(words, first).map((done) => `-> ${typeof done === 'string' ? done : actionText(done)}`);
      const wake = house().nextWake();
      if (wake !== undefined && wake !== before) lines.push(`-> wake me at ${show(wake)}`);
      return [...lines, ...spoken()];
    },
  };
}

/** `name=value`; the value may have equals signs of its own, as channel ids do. */
const pairOf = (word: string): [string, string] => {
  const at = word.indexOf('=');
  return [word.slice(0, at), word.slice(at + 1)];
};

const need = (words: Words, name: string): string => {
  const value = words.get(name);
  if (value === undefined) throw new Error(`${name}=… is missing`);
  return value;
};

function timeOf(text: string): number {
  const at = Date.parse(`2026-11-21T${text}Z`);
  if (Number.isNaN(at)) throw new Error(`${text} is no time of day`);
  return at;
}
const show = (at: number): string => new Date(at).toISOString().slice(11, 23).replace('.000', '');

/** What the words of a request line mean. `$goal`: the channel created `as=goal`; `spells:`: a target that spells. */
function changeOf(good: GoodName, words: Words, names: ReadonlyMap<string, string>): Change {
  const headers: Record<string, string | null> = good === 'push' ? { 'apns-id': null } : { 'apns-request-id': null };
  const device = words.get('device');
  const channel = words.get('channel');
  const policy = words.get('policy');
  if (words.has('id')) headers[good === 'push' ? 'apns-id' : 'apns-request-id'] = need(words, 'id');
  if (words.has('topic')) headers['apns-topic'] = need(words, 'topic');
  if (words.has('expiration'))
    headers['apns-expiration'] = need(words, 'expiration') === 'in-an-hour' ? IN_AN_HOUR : need(words, 'expiration');
  if (channel !== undefined) headers['apns-channel-id'] = targetOf(channel, 'base64', names);
  return {
    credentials: 'none',
    headers,
    ...(device === undefined ? {} : { path: `/3/device/${targetOf(device, 'hex', names)}` }),
    ...(policy === undefined ? {} : { body: `{"message-storage-policy":${policy},"push-type":"LiveActivity"}` }),
    ...(words.has('bundle') ? { path: step(good).request.path.replace(APP, need(words, 'bundle')) } : {}),
  };
}

function targetOf(word: string, encoding: 'base64' | 'hex', names: ReadonlyMap<string, string>): string {
  if (word.startsWith('$')) {
    const id = names.get(word.slice(1));
    if (id === undefined) throw new Error(`no channel ${word}`);
    return id;
  }
  if (!word.startsWith('spells:')) return word;
  const text = Buffer.from(word.slice('spells:'.length)).toString(encoding);
  return encoding === 'hex' ? `${text}00`.padEnd(64, '0') : text;
}

function channelIn(actions: readonly Action[]): string {
  for (const action of actions)
    if (action.do === 'reply') {
      const at = action.headers.indexOf('apns-channel-id');
      if (at >= 0) return action.headers[at + 1] as string;
    }
  throw new Error('the answer names no channel');
}

/** One action as a line. */
function actionText(action: Action): string {
  const where = 'stream' in action && action.stream !== 0 ? `${action.session}/${action.stream}` : action.session;
  switch (action.do) {
    case 'reply':
      return [`${where} answers ${action.status}`, action.body, ...headersOf(action.headers)].filter(Boolean).join(' ');
    case 'goaway': {
      const last = { this: `last stream ${action.stream}`, none: 'last stream 0', all: 'last stream open' };
      const then = { now: 'then closes', drained: 'then drains', never: 'and stays' };
      return `${action.session} GOAWAY ${action.code}, ${last[action.lastStream]}, ${action.debug}, ${then[action.close]}`;
    }
    case 'reset':
      return `${where} RST_STREAM ${action.code}`;
    case 'stall':
      return `${where} is left waiting`;
    case 'drop':
      return `${where} is cut`;
    default:
      throw new Error(`no words for the action ${action.do}`);
  }
}

function headersOf(flat: readonly string[]): string[] {
  const lines: string[] = [];
  for (let i = 0; i < flat.length; i += 2) if (flat[i] !== 'content-type') lines.push(`${flat[i]}=${flat[i + 1]}`);
  return lines;
}
