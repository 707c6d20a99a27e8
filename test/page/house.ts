/** A mock on free ports in this process, and a provider that speaks to it over cleartext HTTP/2. */
import { type ClientHttp2Session, connect, type OutgoingHttpHeaders } from 'node:http2';
import { type Mock, startMock } from '../../server/mock.ts';
import { parseOptions } from '../../server/options.ts';
import { createClock } from '../../server/shell/clock.ts';
import { signProviderToken } from '../../server/shell/crypto.ts';

export const APP = 'com.example.shop';
export const DEVICE = 'c0ffee'.repeat(11).slice(0, 64);

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

export interface House {
  readonly mock: Mock;
  /** The page. */
  readonly url: string;
  readonly port: number;
  readonly push: (payload: unknown, headers?: OutgoingHttpHeaders, device?: string) => Promise<Answer>;
  readonly request: (headers: OutgoingHttpHeaders, body?: string) => Promise<Answer>;
  readonly createChannel: (app?: string, policy?: 0 | 1) => Promise<string>;
  readonly broadcast: (channel: string, payload: unknown, headers?: OutgoingHttpHeaders) => Promise<Answer>;
  /** A provider token that the server takes. */
  readonly authorization: string;
  /** The server's time. */
  readonly now: () => number;
  /** The provider's connection, opened with the first request. */
  readonly session: () => ClientHttp2Session;
  readonly stop: () => Promise<void>;
}

export async function openHouse(
  flags: Readonly<Record<string, string>> = {},
  env: Readonly<Record<string, string>> = {},
): Promise<House> {
  const defaults = {
    '--certs': 'memory',
    '--port': '0',
    '--manage-port': '0',
    '--manage-production-port': '0',
    '--control-port': '0',
    '--h2c-port': '0',
    '--seed': '7',
  };
  const argv = Object.entries({ ...defaults, ...flags }).flat();
  const clock = createClock();
  const mock = await startMock(
    parseOptions({ argv, env }),
    {
      entry: null,
      say: () => undefined,
      bug(error) {
        throw error;
      },
      flush: () => undefined,
    },
    clock,
  );
  const { p8, keyId, teamId } = mock.certificates.providerKey;
  const authorization = `bearer ${signProviderToken({ p8, keyId, teamId, iat: Math.floor(clock.now() / 1000) })}`;

  let client: ClientHttp2Session | undefined;
  const session = (): ClientHttp2Session => {
    if (client === undefined || client.closed || client.destroyed) {
      client = connect(mock.urls.h2c as string);
      client.on('error', () => undefined);
    }
    return client;
  };
  const request = (headers: OutgoingHttpHeaders, body = ''): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const stream = session().request({ ':method': 'POST', authorization, ...headers });
      let status = 0;
      let answered: Record<string, unknown> = {};
      let text = '';
      stream.setEncoding('utf8');
      stream.on('response', (found) => {
        status = Number(found[':status']);
        answered = { ...found };
      });
      stream.on('data', (part: string) => {
        text += part;
      });
      stream.on('end', () => resolve({ status, headers: answered, body: text }));
      stream.on('error', reject);
      stream.end(body);
    });

  return {
    mock,
    url: `${mock.urls.control}/`,
    port: Number(new URL(mock.urls.control).port),
    request,
    session,
    authorization,
    now: () => clock.now(),
    push: (payload, headers = {}, device = DEVICE) =>
      request(
        { ':path': `/3/device/${device}`, 'apns-topic': APP, 'apns-push-type': 'alert', ...headers },
        JSON.stringify(payload),
      ),
    async createChannel(app = APP, policy = 1) {
      const { headers } = await request(
        { ':path': `/1/apps/${app}/channels` },
        JSON.stringify({ 'message-storage-policy': policy, 'push-type': 'LiveActivity' }),
      );
      return String(headers['apns-channel-id']);
    },
    broadcast: (channel, payload, headers = {}) =>
      request(
        {
          ':path': `/4/broadcasts/apps/${APP}`,
          'apns-channel-id': channel,
          'apns-push-type': 'liveactivity',
          'apns-priority': '10',
          'apns-expiration': '0',
          ...headers,
        },
        JSON.stringify(payload),
      ),
    async stop() {
      client?.destroy();
      await mock.stop();
    },
  };
}
