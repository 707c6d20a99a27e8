import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createMetrics } from '../../core/metrics.ts';
import type { Api } from './api.ts';
import { guard, SHIELD } from './guard.ts';
import type { ControlHouse } from './house.ts';
import { PROBLEM_TYPE, Refusal } from './problem.ts';

export type { ControlHouse, Urls } from './house.ts';

/**
 * The control port, over plain HTTP/1.1. Probes and the trust file are answered here; everything else is loaded with the
 * first request for it. The caller makes it listen.
 */
export function createControlServer(given: Omit<ControlHouse, 'metrics'>): Server {
  const house: ControlHouse = { ...given, metrics: createMetrics() };
  house.driver.subscribe(house.metrics.count);
  let api: Promise<Api> | undefined;
  const server = createServer((request, response) => {
    for (const [name, value] of SHIELD) response.setHeader(name, value);
    try {
      guard(request.method ?? 'GET', request.headers, house.guard);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return answer(request, response, error.body.status, PROBLEM_TYPE, JSON.stringify(error.body));
    }
    if (probe(house, request, response)) return;
    api ??= import('./api.ts').then(({ createApi }) => createApi(house));
    api
      .then((handle) => handle(request, response))
      .catch((error: unknown) => {
        const title = `This is a bug of mock-apns, please tell us: ${error instanceof Error ? error.message : String(error)}`;
        answer(request, response, 500, PROBLEM_TYPE, JSON.stringify({ title, status: 500 }));
      });
  });
  // Long polls and event streams last as long as they were asked to.
  server.requestTimeout = 30_000;
  // Node's five seconds are over soon for a test that does something else in between, and a call on a connection that is
  // just being closed fails with ECONNRESET.
  server.keepAliveTimeout = 60_000;
  return server;
}

const JSON_TYPE = 'application/json';

/** The few answers that a container or a client wants before anything else. False: it is none of these. */
function probe(house: ControlHouse, request: IncomingMessage, response: ServerResponse): boolean {
  if (request.method !== 'GET' && request.method !== 'HEAD') return false;
  switch (request.url) {
    case '/livez':
      answer(request, response, 200, JSON_TYPE, '{"status":"ok"}');
      return true;
    case '/readyz': {
      const missing = house.missing();
      if (missing.length === 0) answer(request, response, 200, JSON_TYPE, '{"status":"ok"}');
      else {
        const title = `Wait: ${missing.join(', ')} ${missing.length === 1 ? 'does' : 'do'} not accept yet`;
        answer(request, response, 503, PROBLEM_TYPE, JSON.stringify({ title, status: 503, missing }));
      }
      return true;
    }
    case '/ca.pem':
      answer(request, response, 200, 'application/x-pem-file', house.caPem);
      return true;
    default:
      return false;
  }
}

function answer(request: IncomingMessage, response: ServerResponse, status: number, type: string, body: string): void {
  response
    .writeHead(status, {
      'content-type': type,
      'content-length': Buffer.byteLength(body),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
    .end(request.method === 'HEAD' ? undefined : body);
}
