import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Listener } from '../../protocol/model.ts';
import type { Socket } from '../../shell/listen.ts';

/** Which of our listeners a connection is led to. */
export type Place = 'send' | 'manage' | 'manageProduction';

export interface ProxyHouse {
  /** Takes over a connection, as if it had come to that listener. */
  readonly lead: (place: Place, socket: Socket) => void;
  readonly refused: (remote: string, cause: string, cure: string) => void;
}

/** What the journal calls it. It serves nothing itself. */
export const PROXY: Listener = { name: 'proxy', families: [], environment: null };

/** Apple's hosts and the ports on which each answers there (apns-protocol 1). */
const HOSTS: ReadonlyMap<string, { readonly ports: readonly number[]; readonly place: Place }> = new Map([
  ['api.push.apple.com', { ports: [443, 2197], place: 'send' }],
  ['api.sandbox.push.apple.com', { ports: [443, 2197], place: 'send' }],
  ['api.development.push.apple.com', { ports: [443, 2197], place: 'send' }],
  ['api-broadcast.push.apple.com', { ports: [443, 2197], place: 'send' }],
  ['api-broadcast.sandbox.push.apple.com', { ports: [443, 2197], place: 'send' }],
  ['api-manage-broadcast.sandbox.push.apple.com', { ports: [2195], place: 'manage' }],
  ['api-manage-broadcast.push.apple.com', { ports: [2196], place: 'manageProduction' }],
]);

/**
 * An HTTP proxy for senders whose host cannot be changed: `CONNECT` to one of Apple's push hosts leads to our own listener,
 * and everything else is refused. It opens no connection to anywhere: the client's own is handed on, so that a connection
 * that is dropped or reset on purpose is so for the client, too.
 */
export function createProxy({ lead, refused }: ProxyHouse): Server {
  const server = createServer((request, response) => {
    const cause = `it asked the proxy for ${shown(`${request.method} ${request.url}`)}`;
    const cure = 'use CONNECT, as for every https address; the page and the API are on the control port';
    refused(remoteOf(request.socket), cause, cure);
    response.writeHead(403, { 'content-type': TEXT, connection: 'close' }).end(`mock-apns: ${cause}; ${cure}\n`);
  });
  server.on('connect', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const found = placeOf(request.url ?? '');
    if ('place' in found) {
      socket.removeAllListeners('error').setNoDelay(true).setTimeout(0);
      // An HTTP server keeps a connection half open that its client has ended; ours do not.
      socket.allowHalfOpen = false;
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      if (head.length > 0) socket.unshift(head);
      return lead(found.place, socket);
    }
    const { cause, cure } = found;
    refused(remoteOf(socket), cause, cure);
    const body = `mock-apns: ${cause}; ${cure}\n`;
    const lines = ['HTTP/1.1 403 Forbidden', `content-type: ${TEXT}`, `content-length: ${Buffer.byteLength(body)}`];
    socket.resume().end(`${lines.join('\r\n')}\r\nconnection: close\r\n\r\n${body}`);
    // Whoever does not close its side after that is cut off.
    socket.setTimeout(LINGER_MS, () => socket.destroy());
  });
  server.on('clientError', (_error, socket) => socket.destroy());
  return server;
}

const TEXT = 'text/plain; charset=utf-8';
const LINGER_MS = 2000;

function placeOf(target: string): { readonly place: Place } | { readonly cause: string; readonly cure: string } {
  const [, name = '', digits = ''] = /^(\[[^\]]*\]|[^:]*):(\d{1,5})$/.exec(target) ?? [];
  const host = name.toLowerCase().replace(/\.$/, '');
  const known = HOSTS.get(host);
  if (known?.ports.includes(Number(digits)) === true) return { place: known.place };
  const cause = `it asked the proxy for ${shown(target)}`;
  return known === undefined
    ? { cause, cure: `this proxy leads to ${[...HOSTS.keys()].join(', ')} and nowhere else` }
    : { cause, cure: `${host} answers on port ${known.ports.join(' and ')}` };
}

const shown = (text: string): string => {
  const line = JSON.stringify(text).slice(1, -1);
  return line.length > 120 ? `${line.slice(0, 119)}…` : line;
};

const remoteOf = (socket: Socket): string => `${socket.remoteAddress ?? 'unknown'}:${socket.remotePort ?? 0}`;
