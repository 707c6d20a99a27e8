import { createServer, type Server } from 'node:http';

/** What the control port shows of a running mock. */
export interface ControlView {
  readonly caPem: string;
  /** What is still missing before requests can be served; empty when ready. */
  readonly missing: () => readonly string[];
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const JSON_TYPE = 'application/json';

interface Route {
  readonly path: string;
  readonly says: string;
  readonly answer: (view: ControlView) => Answer;
}

const ROUTES: readonly Route[] = [
  {
    path: '/livez',
    says: 'the process is alive',
    answer: () => ({ status: 200, type: JSON_TYPE, body: '{"status":"ok"}' }),
  },
  {
    path: '/readyz',
    says: 'every listener accepts; 503 names what is missing',
    answer(view) {
      const missing = view.missing();
      return missing.length === 0
        ? { status: 200, type: JSON_TYPE, body: '{"status":"ok"}' }
        : { status: 503, type: JSON_TYPE, body: JSON.stringify({ status: 'not ready', missing }) };
    },
  },
  {
    path: '/ca.pem',
    says: 'the certificate that clients must trust',
    answer: (view) => ({ status: 200, type: 'application/x-pem-file', body: view.caPem }),
  },
];

/** The control port: probes and the trust file, over plain HTTP/1.1. The caller makes it listen. */
export function createControlServer(view: ControlView): Server {
  return createServer((request, response) => {
    const path = (request.url ?? '/').split('?')[0];
    const route = ROUTES.find((row) => row.path === path);
    const { status, type, body } =
      route === undefined
        ? problem(404, `There is nothing at ${path}. Known: ${ROUTES.map((row) => row.path).join(', ')}`)
        : request.method === 'GET' || request.method === 'HEAD'
          ? route.answer(view)
          : problem(405, `${path} is read with GET, not ${request.method}`);
    response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
  });
}

/** RFC 9457. */
const problem = (status: number, title: string): Answer => ({
  status,
  type: 'application/problem+json',
  body: JSON.stringify({ title, status }),
});
