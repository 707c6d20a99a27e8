import type { HeaderList } from '../../protocol/model.ts';
import { networkError } from './errors.ts';
import { listenerFor } from './hosts.ts';
import type { House } from './house.ts';
import { openSession, type Session } from './session.ts';

/** Longest wait that a timer can be given. */
const VERY_LONG_MS = 2 ** 31 - 1;
/** A Response with one of these has no body (Fetch standard, "null body status"). */
const BODILESS = new Set([204, 205, 304]);

/** Answers requests; `undefined`: its host is nobody's here. */
export type Answerer = (request: Request) => Promise<Response> | undefined;

/** One connection per host and port, opened when first used, as a client with HTTP/2 would. */
export function createAnswerer(house: House): Answerer {
  const sessions = new Map<string, Session>();
  const alive = keepAlive(house);

  function sessionFor(url: URL): Session | undefined {
    const listener = listenerFor(url, house);
    if (listener === undefined) return undefined;
    let session = sessions.get(url.host);
    if (session === undefined || session.ended()) {
      session = openSession(house, listener, url.hostname);
      sessions.set(url.host, session);
    }
    return session;
  }

  return (request) => {
    const url = new URL(request.url);
    if (listenerFor(url, house) === undefined) return undefined;
    if (house.stopped()) return Promise.reject(networkError('ECONNREFUSED', 'this mock has been stopped'));
    const session = sessionFor(url) as Session;
    return ask(session, request, url, alive);
  };
}

function ask(session: Session, request: Request, url: URL, alive: KeepAlive): Promise<Response> {
  const { signal } = request;
  if (signal.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    let body: ReadableStreamDefaultController<Uint8Array> | undefined;
    let takeBack: (why: string) => void = () => undefined;
    const done = alive();
    const abort = (): void => {
      takeBack('the caller aborted it');
      settle();
      if (body === undefined) reject(signal.reason);
      else body.error(signal.reason);
    };
    const settle = (): void => {
      signal.removeEventListener('abort', abort);
      done();
    };
    signal.addEventListener('abort', abort);
    takeBack = session.ask(
      {
        method: request.method,
        path: `${url.pathname}${url.search}`,
        authority: url.host,
        headers: [...request.headers].flat(),
        body: request.body === null ? null : async () => new Uint8Array(await request.arrayBuffer()),
      },
      {
        head(status, headers) {
          const stream = new ReadableStream<Uint8Array>({
            start(controller) {
              body = controller;
            },
          });
          resolve(responseOf(request, status, headers, stream));
        },
        data: (text) => body?.enqueue(new TextEncoder().encode(text)),
        end() {
          body?.close();
          settle();
        },
        fail(error) {
          settle();
          if (body === undefined) reject(error);
          else body.error(new TypeError('terminated', { cause: error.cause }));
        },
      },
    );
  });
}

function responseOf(request: Request, status: number, headers: HeaderList, stream: ReadableStream): Response {
  const pairs: [string, string][] = [];
  for (let i = 0; i < headers.length; i += 2) pairs.push([headers[i] as string, headers[i + 1] as string]);
  const body = request.method === 'HEAD' || BODILESS.has(status) ? null : stream;
  const response = new Response(body, { status, headers: pairs });
  return Object.defineProperty(response, 'url', { value: request.url });
}

type KeepAlive = () => () => void;

/** No socket keeps the process alive while an answer is due, so a timer does. */
function keepAlive({ clock }: House): KeepAlive {
  let waiting = 0;
  let letGo: () => void = () => undefined;
  return () => {
    if (waiting++ === 0) letGo = clock.after(VERY_LONG_MS, () => undefined);
    return () => {
      if (--waiting === 0) letGo();
    };
  };
}
