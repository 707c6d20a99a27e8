import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { createSecureContext, createServer as createTlsServer, rootCertificates, type TLSSocket } from 'node:tls';
import type { Arrival, Listener } from '../protocol/model.ts';
import type { Clock } from './clock.ts';
import type { Admission, ConnectionFacts } from './driver.ts';
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
  readonly tls: TlsMaterial | null;
  /** Asked for each connection before a byte is read. */
  readonly onArrival: (remote: string) => Admission;
  readonly onSocket: (socket: Socket, facts: ConnectionFacts) => void;
  readonly onRefused: (session: string | null, remote: string, cause: string, cure: string) => void;
  readonly clock: Pick<Clock, 'after'>;
  /** How long a TLS handshake may take, in milliseconds; two minutes if not given. */
  readonly handshakeMs?: number;
  /** How long one may take that a rule stalls; ten minutes if not given. */
  readonly stallMs?: number;
}

/** Certificates that are wrong on purpose. */
export type FaultyCertificate = Extract<Arrival, 'expired' | 'wrong-host' | 'untrusted'>;

export interface TlsMaterial {
  readonly certPem: string;
  readonly keyPem: string;
  /** What a client has to trust and where that is, for hints: completes "make it trust …". */
  readonly authority: () => string;
  /** `undefined`: not made, and the connection is cut instead. */
  readonly faulty: (kind: FaultyCertificate) => { readonly certPem: string; readonly keyPem: string } | undefined;
}

export interface Listening {
  readonly port: number;
  /** Accepts no more connections. Those that a door has taken stay; those still in their handshake are cut. */
  readonly close: () => void;
  /** Takes a connection that came another way, as if it had come to this port. */
  readonly take: (socket: Socket) => void;
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

/** How long a client that was refused may take to close its side. */
const LINGER_MS = 2000;

/** As long as Node gives. */
const HANDSHAKE_MS = 120_000;

/**
 * A stalled handshake puts the patience of clients to the test, so theirs must end first: twice the longest that any is
 * known to have (curl, 300 s). Those that have none, or are gone without a word, would keep their sockets for ever.
 */
const STALL_MS = 600_000;

/** A TLS alert, fatal, handshake_failure (RFC 8446 section 6). */
const HANDSHAKE_FAILURE = Uint8Array.of(21, 3, 3, 0, 2, 2, 40);

/** @throws StartError when the port cannot be had */
export function listen(options: ListenOptions): Promise<Listening> {
  const unclaimed = new Set<Socket>();
  const server = acceptor(options, unclaimed);
  return accept(server, { ...options, name: options.listener.name }, (error) =>
    // Later trouble, such as running out of descriptors, concerns single connections.
    options.onRefused(null, 'somebody', error.message, 'see the limits of this machine'),
  ).then(({ close, ...listening }) => ({
    ...listening,
    close() {
      close();
      for (const socket of unclaimed) socket.destroy();
    },
  }));
}

/** The same for an HTTP server that somebody else made. */
export function listenHttp(server: Server, place: Place): Promise<Listening> {
  return accept(server, place, () => undefined);
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
      resolve({ port, close: () => void server.close(), take: (socket) => void server.emit('connection', socket) });
    });
  });
}

/** `unclaimed`: sockets that no door has taken yet, or ever will. */
function acceptor(given: ListenOptions, unclaimed: Set<Socket>): Server {
  const { listener, tls, onArrival } = given;
  const onSocket = (socket: Socket, facts: ConnectionFacts, raw: Socket): void => {
    unclaimed.delete(raw);
    given.onSocket(socket, facts);
  };
  const secure = tls === null ? null : tlsServers(given, tls, onSocket);
  // RFC 8446 section 4.1.3: the client speaks first, so a handshake that is to fail waits for it.
  return createTcpServer({ noDelay: true }, (socket) => {
    const remote = remoteOf(socket);
    unclaimed.add(socket);
    socket.once('close', () => unclaimed.delete(socket));
    const admission = onArrival(remote);
    const { session, how, maxConcurrentStreams } = admission;
    if (how === 'refuse') return void socket.resetAndDestroy();
    if (how === 'stall-handshake') {
      limit(given, socket, given.stallMs ?? STALL_MS, () => given.onRefused(session, remote, ...STALLED));
      return void socket.on('error', () => socket.destroy()).resume();
    }
    if (secure === null) {
      const facts = { listener, session, maxConcurrentStreams, alpn: '', servername: '', remote, certificate: null };
      return onSocket(socket, facts, socket);
    }
    if (how === 'refuse-handshake') {
      limit(given, socket, given.handshakeMs ?? HANDSHAKE_MS);
      socket.on('error', () => socket.destroy());
      return void socket.once('data', () => {
        limit(given, socket, LINGER_MS);
        socket.end(HANDSHAKE_FAILURE);
      });
    }
    secure.admit(socket, admission, how === 'accept' ? null : how);
  });
}

/** Cuts a connection that nobody else sees to, when so long is over, whatever comes until then. */
function limit({ clock }: ListenOptions, socket: Socket, ms: number, told: () => void = () => undefined): void {
  const withdraw = clock.after(ms, () => {
    told();
    socket.destroy();
  });
  socket.once('close', withdraw);
}

/** What was said of a connection when it arrived, and its socket, by its address, until its handshake is over. */
type Admissions = Map<string, Admission & { readonly socket: Socket }>;
type Claim = (socket: Socket, facts: ConnectionFacts, raw: Socket) => void;

/** The usual server and, for rules that ask for them, those with a certificate that is wrong on purpose. */
function tlsServers(options: ListenOptions, tls: TlsMaterial, claim: Claim) {
  const admissions: Admissions = new Map();
  // Making one costs as much as the rest of a start, so it waits for somebody to come; what it needs is proven before.
  prove(tls);
  let usual: Server | undefined;
  const faulty = new Map<FaultyCertificate, Server>();
  return {
    admit(socket: Socket, admission: Admission, fault: FaultyCertificate | null): void {
      const remote = remoteOf(socket);
      admissions.set(remote, { ...admission, socket });
      // Whoever goes so fast that its address is lost to 'tlsClientError'.
      socket.once('close', () => {
        if (admissions.delete(remote)) options.onRefused(admission.session, remote, ...hungUp(tls));
      });
      if (fault === null) {
        usual ??= tlsServer(options, tls, admissions, claim);
        return void usual.emit('connection', socket);
      }
      let server = faulty.get(fault);
      if (server === undefined) {
        const material = tls.faulty(fault);
        if (material === undefined) {
          admissions.delete(remote);
          const cause = `a rule asks for a certificate that is ${fault}, and there is none`;
          options.onRefused(admission.session, remote, cause, 'put ca.key beside ca.pem, so that one can be made');
          return void socket.destroy();
        }
        server = tlsServer(options, { ...tls, ...material }, admissions, claim);
        faulty.set(fault, server);
      }
      server.emit('connection', socket);
    },
  };
}

/** Certificates that work, so that each is tried once. */
const proven = new Set<string>();
const PROVEN_MAX = 100;

/** @throws when key and certificate cannot be used */
function prove({ certPem, keyPem }: TlsMaterial): void {
  if (proven.has(certPem)) return;
  createSecureContext({ cert: certPem, key: keyPem, ca: [] });
  if (proven.size >= PROVEN_MAX) proven.clear();
  proven.add(certPem);
}

function tlsServer(options: ListenOptions, tls: TlsMaterial, admissions: Admissions, claim: Claim): Server {
  const take = (remote: string) => {
    const admission = admissions.get(remote);
    admissions.delete(remote);
    return admission;
  };
  const server = createTlsServer({
    cert: tls.certPem,
    key: tls.keyPem,
    ciphers: CIPHERS,
    handshakeTimeout: options.handshakeMs ?? HANDSHAKE_MS,
    minVersion: 'TLSv1.2',
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
    const admission = take(remote);
    // Gone again in the very moment in which its handshake ended.
    if (admission === undefined) return void socket.destroy();
    const { session, maxConcurrentStreams } = admission;
    if (alpn !== '' && alpn !== 'h2') {
      socket.on('error', () => socket.destroy());
      socket.setTimeout(LINGER_MS, () => socket.destroy());
      socket.end(SETTINGS);
      socket.resume();
      const cause = `it offers ${alpn} only (ALPN), and APNs speaks HTTP/2 alone`;
      return options.onRefused(session, remote, cause, 'use a client or setting with HTTP/2, such as curl --http2');
    }
    const servername = typeof socket.servername === 'string' ? socket.servername : '';
    const certificate = socket.getPeerX509Certificate()?.raw ?? null;
    const { listener } = options;
    const facts = { listener, session, maxConcurrentStreams, alpn, servername, remote, certificate };
    claim(socket, facts, admission.socket);
  });
  server.on('tlsClientError', (error: NodeJS.ErrnoException, socket: TLSSocket) => {
    const remote = remoteOf(socket);
    const admission = take(remote);
    if (admission !== undefined) options.onRefused(admission.session, remote, ...whyNoHandshake(error, tls));
    // Of all failures this is the one after which Node leaves the socket open.
    if (error.code === TOO_SLOW) socket.destroy();
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

const trustIn = ({ authority }: TlsMaterial): string => `make it trust ${authority()}`;

const hungUp = (tls: TlsMaterial): readonly [string, string] => [
  'it hung up during the TLS handshake',
  `if it should not, ${trustIn(tls)}`,
];

const STALLED = [
  'a rule stalled its TLS handshake, and it waited longer than any client should',
  'give it a limit for connecting',
] as const;

/** The public authorities that Node trusts, in PEM. */
export const publicRoots = (): readonly string[] => rootCertificates;

const TOO_SLOW = 'ERR_TLS_HANDSHAKE_TIMEOUT';

/** What usually stands behind a failed handshake, and what helps. */
function whyNoHandshake(error: NodeJS.ErrnoException, tls: TlsMaterial): readonly [string, string] {
  const code = error.code ?? '';
  if (/ALERT_UNKNOWN_CA|ALERT_BAD_CERTIFICATE|CERTIFICATE_UNKNOWN/.test(code))
    return ["it does not trust this server's certificate", trustIn(tls)];
  if (/HTTP_REQUEST|WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG/.test(code))
    return ['it speaks no TLS', 'use https, or --h2c-port for cleartext HTTP/2'];
  if (/UNSUPPORTED_PROTOCOL|VERSION/.test(code))
    return ['it offers no TLS 1.2 or later', 'APNs needs TLS 1.2 or later'];
  if (code === TOO_SLOW) return ['it did not finish the TLS handshake in time', 'see whether it speaks TLS at all'];
  if (code === 'ECONNRESET') return hungUp(tls);
  return [`the TLS handshake failed: ${error.message}`, trustIn(tls)];
}
