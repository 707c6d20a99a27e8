import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import type { Listener } from '../protocol/model.ts';
import type { ConnectionFacts } from './driver.ts';
import { StartError } from './start-error.ts';

export type { Socket };

/** TCP and TLS: the one place where sockets are accepted. What is spoken over them is a door's business. */

export interface ListenOptions {
  readonly listener: Listener;
  readonly host: string;
  /** `0`: any free one. */
  readonly port: number;
  /** The flag that set the port, for the message when it is taken. */
  readonly flag: string;
  /** `null`: cleartext. */
  readonly tls: { readonly certPem: string; readonly keyPem: string } | null;
  readonly onSocket: (socket: Socket, facts: ConnectionFacts) => void;
  readonly onRefused: (remote: string, cause: string, cure: string) => void;
}

export interface Listening {
  readonly port: number;
  /** Accepts no more connections; those that are open stay. */
  readonly close: () => void;
}

/**
 * The first is a sixth cheaper per push than the one Node prefers; all are what APNs takes (TLS 1.2 and later, CONN).
 */
const CIPHERS = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES256-GCM-SHA384',
].join(':');

/** An empty SETTINGS frame: what a client that speaks HTTP/1.1 receives from Apple before the connection ends. */
const SETTINGS = Uint8Array.of(0, 0, 0, 4, 0, 0, 0, 0, 0);

/** @throws StartError when the port cannot be had */
export function listen(options: ListenOptions): Promise<Listening> {
  const server = options.tls === null ? tcpServer(options) : tlsServer(options, options.tls);
  return accept(server, { ...options, name: options.listener.name }, (error) =>
    // Later trouble, such as running out of descriptors, concerns single connections.
    options.onRefused('somebody', error.message, 'see the limits of this machine'),
  );
}

/** The same for an HTTP server that somebody else made. */
export function listenHttp(server: Server, place: Omit<Place, 'name'>): Promise<Listening> {
  return accept(server, { ...place, name: 'control' }, () => undefined);
}

interface Place {
  readonly host: string;
  readonly port: number;
  readonly flag: string;
  readonly name: string;
}

function accept(server: Server, place: Place, later: (error: Error) => void): Promise<Listening> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(new StartError(whyNot(error, place))));
    server.listen({ port: place.port, host: place.host }, () => {
      server.removeAllListeners('error').on('error', later);
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : place.port;
      resolve({ port, close: () => void server.close() });
    });
  });
}

function tcpServer({ listener, onSocket }: ListenOptions): Server {
  return createTcpServer({ noDelay: true }, (socket) => {
    onSocket(socket, { listener, alpn: '', servername: '', remote: remoteOf(socket), certificate: null });
  });
}

function tlsServer(options: ListenOptions, tls: NonNullable<ListenOptions['tls']>): Server {
  const server = createTlsServer({
    cert: tls.certPem,
    key: tls.keyPem,
    ciphers: CIPHERS,
    minVersion: 'TLSv1.2',
    noDelay: true,
    // A certificate is asked for and not needed (apns-protocol 6.5); the judge, not the handshake, refuses wrong ones.
    requestCert: true,
    rejectUnauthorized: false,
    // No roots to compare with: sparing Node the parsing of its own saves 20 ms at start.
    ca: [],
    // pushy, aioapns and apnotic offer nothing and are served. A client that offers HTTP/1.1 alone is let through the
    // handshake, because that is where Apple's answer comes from: bytes that are no HTTP/1.1, and the end.
    ALPNCallback: ({ protocols }) => (protocols.includes('h2') ? 'h2' : protocols[0]),
  });
  server.on('secureConnection', (socket: TLSSocket) => {
    const alpn = socket.alpnProtocol === false ? '' : (socket.alpnProtocol ?? '');
    const remote = remoteOf(socket);
    if (alpn !== '' && alpn !== 'h2') {
      socket.on('error', () => socket.destroy());
      socket.end(SETTINGS);
      socket.resume();
      const cause = `it offers ${alpn} only (ALPN), and APNs speaks HTTP/2 alone`;
      return options.onRefused(remote, cause, 'use a client or setting with HTTP/2, such as curl --http2');
    }
    const servername = typeof socket.servername === 'string' ? socket.servername : '';
    const certificate = socket.getPeerX509Certificate()?.raw ?? null;
    options.onSocket(socket, { listener: options.listener, alpn, servername, remote, certificate });
  });
  server.on('tlsClientError', (error: NodeJS.ErrnoException, socket: TLSSocket) => {
    const [cause, cure] = whyNoHandshake(error);
    options.onRefused(remoteOf(socket), cause, cure);
  });
  return server;
}

const remoteOf = (socket: Socket): string => `${socket.remoteAddress ?? 'unknown'}:${socket.remotePort ?? 0}`;

function whyNot(error: NodeJS.ErrnoException, { host, port, flag, name }: Place): string {
  const where = `${host}:${port} (${name})`;
  if (error.code === 'EADDRINUSE')
    return `port ${where} is in use; stop what listens there, or choose another with ${flag} (0 takes a free one)`;
  if (error.code === 'EACCES') return `no permission to listen on ${where}; choose a port above 1023 with ${flag}`;
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND')
    return `this machine has no address ${host} to listen on (${name}); choose one with --host`;
  return `cannot listen on ${where}: ${error.message}`;
}

/** What usually stands behind a failed handshake, and what helps. */
function whyNoHandshake(error: NodeJS.ErrnoException): readonly [string, string] {
  const code = error.code ?? '';
  const TRUST = 'make it trust certs/ca.pem';
  if (/ALERT_UNKNOWN_CA|ALERT_BAD_CERTIFICATE|CERTIFICATE_UNKNOWN/.test(code))
    return ["it does not trust this server's certificate", TRUST];
  if (/HTTP_REQUEST|WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG/.test(code))
    return ['it speaks no TLS', 'use https, or --h2c-port for cleartext HTTP/2'];
  if (/UNSUPPORTED_PROTOCOL|VERSION/.test(code))
    return ['it offers no TLS 1.2 or later', 'APNs needs TLS 1.2 or later'];
  if (code === 'ECONNRESET') return ['it hung up during the TLS handshake', `if it should not, ${TRUST}`];
  return [`the TLS handshake failed: ${error.message}`, TRUST];
}
