import { readFileSync } from 'node:fs';
import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from 'node:http2';
import { styleText } from 'node:util';
import type { Exchange } from '../core/exchange.ts';
import { choice, onOff, path, text } from '../options/kinds.ts';
import { type Env, parseTable, type Table, UsageError } from '../options/table.ts';
import { PUSH_TYPES } from '../protocol/push-types.ts';
import type { Clock } from '../shell/clock.ts';
import { signProviderToken } from '../shell/crypto.ts';
import { ask, askJson, type Control, controlAt, KNOWN, Unanswered, WHERE } from './control.ts';
import { bearerWith, readBaseUrl, readCa, readFile } from './send/given.ts';

const row = <const F extends `--${string}`, K>(flag: F, kind: K, says: string, example: string) => ({
  flag,
  env: `MOCK_APNS_SEND_${flag.slice(2).toUpperCase().replaceAll('-', '_')}` as const,
  kind,
  default: null,
  says,
  example,
});

export const FLAGS = {
  ...WHERE,
  url: row(
    '--url',
    { placeholder: 'URL', allowed: 'a base URL, http:// or https://, without a path', read: readBaseUrl },
    'Base URL to send to; that of the running server if not given.',
    'https://127.0.0.1:2197',
  ),
  token: row('--token', text('TOKEN'), 'Device token: a device push.', 'c0ffee…'),
  channel: row('--channel', text('ID'), 'Channel id: a broadcast to the app of --topic.', '4pFhH7chOIBuCEZgJ6AQsg=='),
  topic: row('--topic', text('TOPIC'), 'Topic, or bundle id of a broadcast.', 'com.example.app'),
  type: row(
    '--push-type',
    { ...choice(...PUSH_TYPES.map(({ name }) => name)), placeholder: 'TYPE' },
    'Push type; alert, and liveactivity for broadcasts, if not given.',
    'background',
  ),
  priority: row('--priority', choice('10', '5', '1'), 'Priority.', '5'),
  expiration: row('--expiration', text('SECONDS'), 'Seconds since 1970, or 0; 0 for broadcasts if not given.', '0'),
  collapseId: row('--collapse-id', text('ID'), 'Collapse id.', 'score'),
  payload: row('--payload', text('JSON'), 'Payload, @FILE, or - for standard input.', '{"aps":{"alert":"Hi"}}'),
  alert: row('--alert', text('TEXT'), 'A payload with just this alert.', 'Hi'),
  key: row(
    '--key',
    path('FILE'),
    'Provider key (.p8); that of the running server if not given.',
    'AuthKey_ABC123DEFG.p8',
  ),
  keyId: row('--key-id', text('ID'), 'Its key id.', 'ABC123DEFG'),
  teamId: row('--team-id', text('ID'), 'Its team id.', 'TEAM123456'),
  ca: row('--ca', path('FILE'), 'Certificate to trust; that of the running server if not given.', 'certs/ca.pem'),
  json: {
    flag: '--json',
    env: 'MOCK_APNS_SEND_JSON',
    kind: onOff,
    default: false,
    says: 'Tells the outcome as one line of JSON, as in a pipe.',
    example: 'true',
  },
} as const satisfies Table;

const PATIENCE_MS = 10_000;

/** `mock-apns send`: one test request to any base URL, its answer, and why. Resolves to 0 for an answer 2xx. */
export async function send(argv: readonly string[], env: Env, clock: Clock): Promise<number> {
  const given = parseTable(FLAGS, { argv, env }, KNOWN);
  const control = controlAt(given, argv, env);
  const { token, channel, topic, payload, alert } = given;
  const problems = [
    ...(token === null && channel === null
      ? ['give --token for a device push, or --channel and --topic for a broadcast']
      : []),
    ...(token !== null && channel !== null ? ['give --token or --channel, not both'] : []),
    ...(channel !== null && topic === null ? ['a broadcast needs --topic: the bundle id of the app'] : []),
    ...(payload !== null && alert !== null ? ['give --payload or --alert, not both'] : []),
    ...(given.key !== null && (given.keyId === null || given.teamId === null)
      ? ['--key needs --key-id and --team-id']
      : []),
  ];
  if (problems.length > 0) throw new UsageError(problems);
  try {
    const url = given.url ?? (await askJson<{ urls: { send: string } | null }>(control, '/api/v1/info')).urls?.send;
    if (url === undefined) throw new Unanswered('the server has no send listener yet');
    const authorization = await bearerOf(given, control, clock);
    const secure = url.startsWith('https:');
    const ca = !secure ? undefined : given.ca === null ? await caOf(control) : readCa(given.ca, control.url);
    const headers: Record<string, string> = {
      ':method': 'POST',
      ':path': token === null ? `/4/broadcasts/apps/${topic}` : `/3/device/${token}`,
      authorization,
      'apns-push-type': given.type ?? (token === null ? 'liveactivity' : 'alert'),
      ...(topic !== null && token !== null ? { 'apns-topic': topic } : {}),
      ...(channel === null ? {} : { 'apns-channel-id': channel, 'apns-priority': '10', 'apns-expiration': '0' }),
      ...(given.priority === null ? {} : { 'apns-priority': given.priority }),
      ...(given.expiration === null ? {} : { 'apns-expiration': given.expiration }),
      ...(given.collapseId === null ? {} : { 'apns-collapse-id': given.collapseId }),
    };
    const answer = await post(url, ca, headers, bodyOf(given, clock), clock);
    await report(answer, control, given.json || process.stdout.isTTY !== true);
    return answer.status >= 200 && answer.status < 300 ? 0 : 1;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    process.stderr.write(`mock-apns: ${whatWentWrong(error)}\n`);
    return 1;
  }
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

async function bearerOf(
  {
    key,
    keyId,
    teamId,
  }: { readonly key: string | null; readonly keyId: string | null; readonly teamId: string | null },
  control: Control,
  clock: Clock,
): Promise<string> {
  if (key !== null) return bearerWith(key, { keyId: keyId as string, teamId: teamId as string, iat: secondsOf(clock) });
  // The server's own time, which a test may have turned.
  const { now } = await askJson<{ now: string }>(control, '/api/v1/clock');
  const iat = Math.floor(Date.parse(now) / 1000);
  const around = await askJson<Record<string, string>>(control, '/api/v1/env?format=json');
  const file = around['APNS_KEY_FILE'];
  const own = file === undefined ? null : readOwn(file);
  if (own !== null)
    return sign({ p8: own, keyId: around['APNS_KEY_ID'] as string, teamId: around['APNS_TEAM_ID'] as string }, iat);
  // The server keeps its key in memory, or in another container: a fresh one does as well.
  return sign(await askJson(control, '/api/v1/keys/generate', { method: 'POST' }), iat);
}

const secondsOf = (clock: Clock): number => Math.floor(clock.now() / 1000);

const sign = (key: { readonly p8: string; readonly keyId: string; readonly teamId: string }, iat: number): string =>
  `bearer ${signProviderToken({ p8: key.p8, keyId: key.keyId, teamId: key.teamId, iat })}`;

function readOwn(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

const caOf = async (control: Control): Promise<string | undefined> =>
  ask(control, '/ca.pem').then(
    ({ text }) => text,
    () => undefined,
  );

function bodyOf(
  {
    payload,
    alert,
    channel,
  }: { readonly payload: string | null; readonly alert: string | null; readonly channel: string | null },
  clock: Clock,
): string {
  if (payload === '-') return readFileSync(0, 'utf8');
  if (payload?.startsWith('@')) return readFile(payload.slice(1), '--payload');
  if (payload !== null) return payload;
  if (channel === null) return JSON.stringify({ aps: { alert: alert ?? 'Hello from mock-apns' } });
  const timestamp = secondsOf(clock);
  const shown = alert === null ? {} : { alert: { title: alert, body: alert } };
  return JSON.stringify({ aps: { event: 'update', timestamp, 'content-state': {}, ...shown } });
}

function post(
  url: string,
  ca: string | undefined,
  headers: Record<string, string>,
  body: string,
  clock: Clock,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const session: ClientHttp2Session = connect(url, ca === undefined ? {} : { ca });
    const end = clock.after(PATIENCE_MS, () => fail(new Error(`no answer within ${PATIENCE_MS} ms`)));
    const fail = (error: Error): void => {
      end();
      session.destroy();
      reject(error);
    };
    session.on('error', fail);
    session.on('goaway', (code, _, data) =>
      process.stderr.write(`mock-apns: GOAWAY ${code}${data === undefined ? '' : ` ${data.toString()}`}\n`),
    );
    const stream = session.request(headers);
    let status = 0;
    let answered: Record<string, string> = {};
    let text = '';
    stream.setEncoding('utf8');
    stream.on('response', (given: IncomingHttpHeaders & { ':status'?: number }) => {
      status = given[':status'] ?? 0;
      answered = Object.fromEntries(
        Object.entries(given)
          .filter(([name]) => !name.startsWith(':'))
          .map(([name, value]) => [name, String(value)]),
      );
    });
    stream.on('data', (part: string) => {
      text += part;
    });
    stream.on('error', fail);
    stream.on('close', () => {
      end();
      session.close();
      if (status === 0) reject(new Error('the stream ended without an answer'));
      else resolve({ status, headers: answered, body: text });
    });
    stream.end(body);
  });
}

/** The answer, and from the journal what is behind it, if the server is ours. */
async function report({ status, headers, body }: Answer, control: Control, json: boolean): Promise<void> {
  const id = headers['apns-id'] ?? headers['apns-request-id'];
  const seen =
    id === undefined
      ? null
      : await askJson<Exchange>(control, `/api/v1/exchanges/latest?${new URLSearchParams({ q: `id:${id}` })}`).catch(
          () => null,
        );
  if (json) {
    process.stdout.write(`${JSON.stringify({ status, headers, body, exchange: seen })}\n`);
    return;
  }
  const color = status < 300 ? 'green' : status < 500 ? 'yellow' : 'red';
  const lines = [
    styleText(color, `HTTP/2 ${status}`),
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  if (body !== '') lines.push('', body);
  if (seen !== null) {
    lines.push('', `#${seen.seq}: ${seen.rule === null ? seen.verdict.why : `the rule ${seen.rule.name} answered`}`);
    for (const { id: rule, text } of seen.advice) lines.push(`${styleText('cyan', `advice ${rule}:`)} ${text}`);
  }
  process.stdout.write(`${lines.join('\n')}\n`);
}

function whatWentWrong(error: unknown): string {
  // A stream is told that it was cancelled; why, stands behind that.
  const { cause } = error as { cause?: unknown };
  const { message, code } = (cause instanceof Error ? cause : error) as NodeJS.ErrnoException;
  if (code === 'ECONNREFUSED') return `nobody listens there (${message}); is the server running?`;
  if (code !== undefined && /CERT|SELF_SIGNED|ISSUER/.test(code))
    return `its certificate is not trusted (${code}); give --ca`;
  return message;
}
