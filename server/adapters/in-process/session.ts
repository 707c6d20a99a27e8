import type { Action, Arrival, HeaderList, Listener, Request } from '../../protocol/model.ts';
import type { Line, Wire } from '../../shell/driver.ts';
import { networkError } from './errors.ts';
import type { House } from './house.ts';

/** What becomes of one request; each is called at most once, `data` as often as it takes. */
export interface Hearer {
  readonly head: (status: number, headers: HeaderList) => void;
  readonly data: (text: string) => void;
  readonly end: () => void;
  /** The connection or the stream is gone. */
  readonly fail: (error: Error) => void;
}

/** A request whose body may still be on its way. */
export interface Asked extends Pick<Request, 'method' | 'path' | 'authority' | 'headers'> {
  /** `null`: there is none. */
  readonly body: (() => Promise<Uint8Array>) | null;
}

/** One connection without a socket, used for one host until it ends. */
export interface Session {
  /** Its connection has ended, or will when what is open is answered: the next request needs another. */
  readonly ended: () => boolean;
  /** Starts a request; the answer takes it back. */
  readonly ask: (asked: Asked, hearer: Hearer) => (why: string) => void;
}

/** There is no connection on which these could be said. The end that goes with a GOAWAY is another matter. */
const CANNOT: Wire['cannot'] = new Set<Action['do']>(['goaway', 'settings', 'pings', 'window']);

/** How a connection fails that is not let in, as Node's own fetch would tell it. */
const REFUSALS: Readonly<Record<Exclude<Arrival, 'accept' | 'stall-handshake'>, readonly [string, string]>> = {
  refuse: ['ECONNRESET', 'the connection was refused by a rule'],
  'refuse-handshake': ['ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', 'the TLS handshake was refused by a rule'],
  expired: ['CERT_HAS_EXPIRED', 'certificate has expired'],
  'wrong-host': ['ERR_TLS_CERT_ALTNAME_INVALID', "the certificate's names do not include this host"],
  untrusted: ['SELF_SIGNED_CERT_IN_CHAIN', 'self-signed certificate in certificate chain'],
};

const NO_BYTES = new Uint8Array(0);

export function openSession(house: House, listener: Listener, servername: string): Session {
  const { driver, bodyKept } = house;
  const remote = 'in-process';
  const { session, how, maxConcurrentStreams } = driver.arrive(listener, remote);
  if (how === 'stall-handshake') return { ended: () => false, ask: () => () => undefined };
  if (how !== 'accept') {
    const [code, message] = REFUSALS[how];
    if (how !== 'refuse') driver.refuse(session, listener, remote, message, 'a rule of the scenario asks for it');
    return {
      ended: () => true,
      ask(_, hearer) {
        hearer.fail(networkError(code, message));
        return () => undefined;
      },
    };
  }

  const hearers = new Map<number, Hearer>();
  let lastStream = -1;
  let ended = false;
  let closed = false;

  /** Not at once: the driver may be in the middle of what it is telling. */
  function closeWhenDone(cause: string): void {
    if (!ended || closed || hearers.size > 0) return;
    closed = true;
    void Promise.resolve().then(() => line.closed(cause));
  }

  function settle(stream: number, call: (hearer: Hearer) => void): void {
    const hearer = hearers.get(stream);
    if (hearer === undefined) return;
    hearers.delete(stream);
    call(hearer);
    closeWhenDone('closed by the server');
  }

  const wire: Wire = {
    reply(stream, status, headers, body) {
      settle(stream, (hearer) => {
        hearer.head(status, headers);
        if (body !== '') hearer.data(body);
        hearer.end();
      });
    },
    headers: (stream, status, headers) => hearers.get(stream)?.head(status, headers),
    data(stream, body, last) {
      if (!last) return hearers.get(stream)?.data(body);
      settle(stream, (hearer) => {
        hearer.data(body);
        hearer.end();
      });
    },
    reset: (stream, code) =>
      settle(stream, (hearer) =>
        hearer.fail(networkError('ERR_HTTP2_STREAM_ERROR', `Stream closed with error code NGHTTP2_${code}`)),
      ),
    goaway: () => undefined,
    end() {
      ended = true;
      closeWhenDone('closed by the server');
    },
    drop() {
      ended = true;
      for (const stream of [...hearers.keys()])
        settle(stream, (hearer) => hearer.fail(networkError('UND_ERR_SOCKET', 'other side closed')));
      closeWhenDone('cut by the server');
    },
    settings: () => undefined,
    pings: () => undefined,
    window: () => undefined,
    cannot: CANNOT,
  };
  const line: Line = driver.connect(
    { session, maxConcurrentStreams, listener, alpn: '', servername, remote, certificate: null },
    wire,
  );

  async function tell(stream: number, { body, ...head }: Asked): Promise<void> {
    let bytes: Uint8Array = NO_BYTES;
    if (body !== null) {
      line.headers(stream, { ...head, body: NO_BYTES, size: 0 });
      bytes = await body();
    }
    // Taken back, or dealt with before its body came.
    if (!hearers.has(stream) || closed) return;
    line.request(stream, { ...head, body: bytes.subarray(0, bodyKept), size: bytes.length });
  }

  return {
    ended: () => ended,
    ask(asked, hearer) {
      lastStream += 2;
      const stream = lastStream;
      hearers.set(stream, hearer);
      tell(stream, asked).catch((error: Error) => settle(stream, (one) => one.fail(error)));
      return (why) => {
        if (!hearers.delete(stream)) return;
        const { body: _, ...head } = asked;
        line.failed(stream, { ...head, body: NO_BYTES, size: 0 }, 'CANCEL', why);
        closeWhenDone('closed by the client');
      };
    },
  };
}
