/** A provider as small as can be: one push over node:http2, on a connection of its own. */
import { type ClientHttp2Session, connect } from 'node:http2';
import { signProviderToken } from '../../server/shell/crypto.ts';
import type { Apns } from '../../server/testing.ts';

export const TOKEN = 'a1'.repeat(32);
export const APP = 'com.example.app';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

export interface Push {
  readonly token?: string;
  readonly payload?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const tokens = new WeakMap<object, string>();

/** The same on every connection, as a provider should. */
export function authorization({ key }: Pick<Apns, 'key'>, now = Date.now()): string {
  let token = tokens.get(key);
  if (token === undefined) {
    token = `bearer ${signProviderToken({ ...key, iat: Math.floor(now / 1000) - 60 })}`;
    tokens.set(key, token);
  }
  return token;
}

export const headersOf = (apns: Apns, more: Push['headers'] = {}): Record<string, string> => ({
  authorization: authorization(apns),
  'apns-topic': APP,
  'apns-push-type': 'alert',
  ...more,
});

/** A connection that stays until it is closed. */
export function open(apns: Pick<Apns, 'sendUrl' | 'ca'>): ClientHttp2Session {
  const session = connect(apns.sendUrl, { ca: apns.ca });
  session.on('error', () => undefined);
  return session;
}

export function pushOn(session: ClientHttp2Session, apns: Apns, push: Push = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { token = TOKEN, payload = { aps: { alert: 'Hi' } }, headers } = push;
    const stream = session.request({
      ':method': 'POST',
      ':path': `/3/device/${token}`,
      ...headersOf(apns, headers),
    });
    let head: Record<string, unknown> = {};
    let body = '';
    stream.setEncoding('utf8');
    stream.on('response', (received) => {
      head = received;
    });
    stream.on('data', (text: string) => {
      body += text;
    });
    stream.on('error', reject);
    session.once('error', reject);
    stream.on('close', () => {
      if (head[':status'] === undefined) reject(new Error('no answer'));
      else resolve({ status: Number(head[':status']), headers: head, body });
    });
    stream.end(JSON.stringify(payload));
  });
}

/** On a connection of its own. */
export async function push(apns: Apns, what: Push = {}): Promise<Answer> {
  const session = open(apns);
  try {
    return await pushOn(session, apns, what);
  } finally {
    session.destroy();
  }
}
