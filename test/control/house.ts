/** A mock in this process on free ports, its control API over HTTP, and pushes over cleartext HTTP/2. */

import { type IncomingMessage, request } from 'node:http';
import { type ClientHttp2Session, connect } from 'node:http2';
import * as assert from 'uvu/assert';
import * as v from 'valibot';
import type { Route } from '../../server/adapters/control/route.ts';
import { ROUTES } from '../../server/adapters/control/routes.ts';
import { type Mock, startMock } from '../../server/mock.ts';
import { parseOptions } from '../../server/options.ts';
import { createClock } from '../../server/shell/clock.ts';
import { signProviderToken } from '../../server/shell/crypto.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever came
  readonly json: any;
}

export interface ControlHouse {
  readonly mock: Mock;
  /** What the server says in its log, besides what arrives. */
  readonly said: readonly string[];
  /** One call; a body that is no text is sent as JSON. */
  readonly call: (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>;
  readonly get: (path: string) => Promise<Answer>;
  /** A stream of events: what has come so far, and a wait for more. */
  readonly events: (path: string, headers?: Record<string, string>) => Promise<EventStream>;
  readonly push: (token: string, topic: string, payload?: unknown, headers?: Record<string, string>) => Promise<Pushed>;
  readonly broadcast: (bundleId: string, channel: string, headers?: Record<string, string>) => Promise<Pushed>;
  readonly createChannel: (bundleId: string) => Promise<string>;
  readonly stop: () => Promise<void>;
}

export interface Pushed {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface SentEvent {
  readonly event: string;
  readonly id: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever came
  readonly data: any;
}

export interface EventStream {
  readonly seen: SentEvent[];
  readonly until: (enough: (seen: readonly SentEvent[]) => boolean) => Promise<void>;
  readonly end: () => void;
}

export const DEVICE = 'c0ffee'.repeat(11).slice(0, 64);

const FREE = ['--certs=memory', '--port=0', '--manage-port=0', '--manage-production-port=0', '--control-port=0'];

export async function openControl(
  flags: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<ControlHouse> {
  const options = parseOptions({ argv: [...FREE, '--h2c-port=0', '--seed=7', ...flags], env });
  const said: string[] = [];
  const quiet = {
    entry: null,
    say: (text: string) => void said.push(text),
    flush: () => undefined,
    bug: (error: unknown) => {
      throw error;
    },
  };
  const mock = await startMock(options, quiet, createClock());
  const { p8, keyId, teamId } = mock.certificates.providerKey;
  const authorization = `bearer ${signProviderToken({ p8, keyId, teamId, iat: Math.floor(Date.now() / 1000) })}`;
  let session: ClientHttp2Session | undefined;

  const call: ControlHouse['call'] = async (method, path, body, headers = {}) => {
    const answer = await callAt(mock.urls.control, method, path, body, headers);
    checkShape(method, path, answer);
    return answer;
  };

  function send(method: string, path: string, headers: Record<string, string>, body: string | null): Promise<Pushed> {
    if (session === undefined || session.closed || session.destroyed) {
      session = connect(mock.urls.h2c as string);
      session.on('error', () => undefined);
      session.unref();
    }
    const stream = session.request({ ':method': method, ':path': path, authorization, ...headers });
    return new Promise((resolve, reject) => {
      let answered: Record<string, string> = {};
      let text = '';
      stream.setEncoding('utf8');
      stream.on('response', (given) => {
        answered = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)]));
      });
      stream.on('data', (part: string) => {
        text += part;
      });
      stream.on('error', reject);
      stream.on('close', () => resolve({ status: Number(answered[':status'] ?? 0), headers: answered, body: text }));
      stream.end(body ?? undefined);
    });
  }

  return {
    mock,
    said,
    call,
    get: (path) => call('GET', path),
    events: (path, headers = {}) => eventsAt(mock.urls.control, path, headers),
    push: (token, topic, payload = { aps: { alert: 'Hi' } }, headers = {}) =>
      send(
        'POST',
        `/3/device/${token}`,
        { 'apns-topic': topic, 'apns-push-type': 'alert', ...headers },
        JSON.stringify(payload),
      ),
    broadcast: (bundleId, channel, headers = {}) =>
      send(
        'POST',
        `/4/broadcasts/apps/${bundleId}`,
        {
          'apns-channel-id': channel,
          'apns-push-type': 'liveactivity',
          'apns-priority': '10',
          'apns-expiration': '0',
          ...headers,
        },
        JSON.stringify({ aps: { event: 'update', timestamp: Math.floor(Date.now() / 1000), 'content-state': {} } }),
      ),
    async createChannel(bundleId) {
      const body = '{"message-storage-policy":1,"push-type":"LiveActivity"}';
      const { headers } = await send('POST', `/1/apps/${bundleId}/channels`, {}, body);
      return headers['apns-channel-id'] as string;
    },
    async stop() {
      session?.destroy();
      await mock.stop(0);
    },
  };
}

/** Every answer is one that its row names, and has the shape that the row promises. */
function checkShape(method: string, path: string, { status, json, headers }: Answer): void {
  const given = path.split('?')[0]?.split('/') ?? [];
  const fits = (row: Route): boolean => {
    const segments = row.path.split('/');
    return (
      row.method === method &&
      segments.length === given.length &&
      segments.every((segment, index) => segment.startsWith('{') || segment === given[index])
    );
  };
  const row = ROUTES.filter(fits).sort((a, b) => Object.keys(a.params).length - Object.keys(b.params).length)[0];
  if (row === undefined) return;
  const answer = row.answers[status];
  if (answer === undefined) {
    // What anything can answer.
    assert.ok(
      [400, 401, 403, 413].includes(status),
      `${method} ${path} answered ${status}, which its row does not name`,
    );
    return;
  }
  if (answer.shape === null) assert.ok(status === 204 || headers['content-type'] === 'application/problem+json');
  else if (typeof answer.shape !== 'string') v.parse(answer.shape, json);
}

export function callAt(
  base: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asking = request(new URL(path, base), { method, headers, agent: false }, (response: IncomingMessage) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => {
        const isJson =
          /json/.test(response.headers['content-type'] ?? '') && !/ndjson/.test(response.headers['content-type'] ?? '');
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text,
          json: isJson && text !== '' ? JSON.parse(text) : undefined,
        });
      });
    });
    asking.on('error', reject);
    asking.end(
      body === undefined
        ? undefined
        : typeof body === 'string' || body instanceof Uint8Array
          ? body
          : JSON.stringify(body),
    );
  });
}

export function eventsAt(base: string, path: string, headers: Record<string, string>): Promise<EventStream> {
  return new Promise((resolve, reject) => {
    const asking = request(new URL(path, base), { headers, agent: false }, (response) => {
      const seen: SentEvent[] = [];
      let rest = '';
      let wake: () => void = () => undefined;
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        const blocks = (rest + part).split('\n\n');
        rest = blocks.pop() ?? '';
        for (const block of blocks) {
          const field = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? '';
          if (field('data') !== '')
            seen.push({ event: field('event'), id: field('id'), data: JSON.parse(field('data')) });
        }
        wake();
      });
      response.on('error', () => undefined);
      resolve({
        seen,
        async until(enough) {
          while (!enough(seen))
            await new Promise<void>((go) => {
              wake = go;
            });
        },
        end: () => asking.destroy(),
      });
    });
    asking.on('error', reject);
    asking.end();
  });
}
