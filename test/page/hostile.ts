/** What a stranger's page can try against a port of this machine, and a server that lets it. */
import { subscribe } from 'node:diagnostics_channel';
import { createServer, type IncomingMessage, type RequestListener, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Stands in the journal; no page may get to know. */
export const SECRET = 'rosebud';

export interface Attack {
  readonly name: string;
  /** What comes of it where nobody guards: it learns the secret, changes something, or merely gets an answer. */
  readonly gain: 'reads' | 'changes' | 'arrives';
  /** For the page: a promise of what it could read. */
  readonly script: (target: string) => string;
}

const MEANS = `
  document.body.replaceChildren();
  const add = (tag, fields) => document.body.appendChild(Object.assign(document.createElement(tag), fields));
  const loaded = (it) => new Promise((done) => {
    it.onload = () => done('load');
    it.onerror = () => done('error');
    setTimeout(done, 2000, '');
  });
  const text = (url, how) => fetch(url, how).then((answer) => answer.text(), () => '');
  const frame = async (src) => {
    const it = add('iframe', { src });
    await loaded(it);
    try { return it.contentDocument.body.innerText; } catch { return ''; }
  };
  const send = async (enctype, action, name, value, target = 'into') => {
    const into = add('iframe', { name: 'into' });
    const form = add('form', { method: 'post', enctype, action, target });
    form.append(Object.assign(document.createElement('input'), { name, value }));
    form.submit();
    if (target === 'into') await loaded(into);
  };`;

const API = '/api/v1';
const HOUR = '{"by":"1h"}';
/** A form in plain text writes the name, =, and the value: a comment in YAML. */
const RULE = '{when: {topic: com.example.shop}, then: {reason: InternalServerError}} #';

const attack = (gain: Attack['gain'], name: string, code: (api: string) => string): Attack => ({
  name,
  gain,
  script: (target) => `(async () => { ${MEANS}\n ${code(`${target}${API}`)} })()`,
});
const fetching = (gain: Attack['gain'], method: string, path: string, how: object = {}): Attack =>
  attack(
    gain,
    `fetch ${method} ${path} ${JSON.stringify(how)}`,
    (api) => `return text('${api}${path}', ${JSON.stringify({ method, ...how })})`,
  );
const searching = (path: string, word = SECRET): string => `/exchanges/${path}?q=payload.aps.alert:${word}`;

/** A script alone does these: the inspector's own page does, and may. */
export const CALLS: readonly Attack[] = [
  fetching('reads', 'GET', '/exchanges'),
  fetching('changes', 'POST', '/clock/advance', { body: HOUR }),
  fetching('changes', 'POST', '/clock/advance', { body: HOUR, headers: { 'content-type': 'application/json' } }),
  fetching('changes', 'PUT', '/clock', { body: '{"offset":"2h"}' }),
  fetching('changes', 'PUT', '/scenario', { body: '{"builtin":"always-expired"}' }),
  fetching('changes', 'DELETE', '/exchanges'),
  attack(
    'reads',
    'EventSource',
    (api) => `return new Promise((done) => {
      const events = new EventSource('${api}/events?after=0');
      const end = (read) => { events.close(); done(read); };
      events.addEventListener('exchange', ({ data }) => end(data));
      events.onerror = () => end('');
    })`,
  ),
  attack('changes', 'beacon', (api) => `navigator.sendBeacon('${api}/clock/advance', '${HOUR}')`),
];

export const ATTACKS: readonly Attack[] = [
  ...CALLS,
  fetching('arrives', 'GET', searching('wait'), { mode: 'no-cors' }),
  fetching('changes', 'POST', '/clock/advance', { mode: 'no-cors', body: HOUR }),
  attack(
    'arrives',
    'WebSocket',
    (api) => `const socket = new WebSocket('${api.replace('http', 'ws')}/info');
      await new Promise((done) => { socket.onopen = socket.onerror = done; });`,
  ),
  attack('changes', 'form', (api) => `await send('application/x-www-form-urlencoded', '${api}/reset', 'a', 'b')`),
  attack('changes', 'form with parts', (api) => `await send('multipart/form-data', '${api}/reset', 'a', 'b')`),
  attack('changes', 'form of text', (api) => `await send('text/plain', '${api}/rules', '${RULE}', 'x')`),
  attack('changes', 'form to a window', (api) => `await send('text/plain', '${api}/rules', '${RULE}', 'x', '_blank')`),
  attack('changes', 'ping of a link', (api) => `add('a', { href: '#', ping: '${api}/reset' }).click()`),
  attack('arrives', 'img', (api) => `await loaded(add('img', { src: '${api}/exchanges' }))`),
  attack('arrives', 'script', (api) => `await loaded(add('script', { src: '${api}/exchanges' }))`),
  attack('arrives', 'style', (api) => `await loaded(add('link', { rel: 'stylesheet', href: '${api}/exchanges' }))`),
  attack('arrives', 'frame', (api) => `return frame('${api}${searching('wait')}')`),
  attack('arrives', 'window', (api) => `open('${api}${searching('wait')}')`),
  // Loads or not: as good as a search, one question at a time.
  attack(
    'reads',
    'object',
    (api) => `const found = await loaded(add('object', { data: '${api}${searching('latest')}' }));
      const none = await loaded(add('object', { data: '${api}${searching('latest', 'other')}' }));
      return found === none ? '' : '${SECRET}';`,
  ),
];

export interface Site {
  readonly port: number;
  readonly stop: () => Promise<void>;
}

async function openSite(handle: RequestListener, port = 0): Promise<Site> {
  const server = createServer(handle);
  await new Promise<void>((go, fail) => {
    server.once('error', fail).listen(port, '127.0.0.1', go);
  });
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

/** The stranger's page: nothing, or the frame that the path asks for. */
export const openHostile = (): Promise<Site> =>
  openSite(({ url = '/' }, response) => {
    const [, kind, src] = /^\/(sandbox|frame)\?(.*)$/.exec(url) ?? [];
    const sandbox = kind === 'sandbox' ? 'sandbox="allow-scripts allow-forms allow-popups"' : '';
    const body = src === undefined ? '' : `<iframe ${sandbox} src="${src}"></iframe>`;
    response.writeHead(200, { 'content-type': 'text/html' }).end(`<!doctype html><body>${body}`);
  });

/** Our server without its guard: nobody learns which page asks, and any may do and read everything. */
export const openCareless = (inner: number, port = 0): Promise<Site> =>
  openSite((asked, response) => {
    const lax = {
      'access-control-allow-origin': asked.headers.origin ?? '*',
      'access-control-allow-methods': 'GET, POST, PUT, DELETE',
      'access-control-allow-headers': 'content-type',
    };
    if (asked.method === 'OPTIONS') return void response.writeHead(204, lax).end();
    const { method, url: path } = asked;
    const behind = request({ host: '127.0.0.1', port: inner, method, path, agent: false }, (answer) => {
      const { 'content-type': type = 'text/plain' } = answer.headers;
      response.writeHead(answer.statusCode as number, { ...lax, 'content-type': type });
      answer.on('error', () => response.destroy()).pipe(response);
    });
    behind.on('error', () => response.destroy());
    response.on('close', () => behind.destroy());
    asked.pipe(behind);
  }, port);

/** A request of a browser to a server of this process. */
export interface Heard {
  readonly port: number;
  readonly line: string;
  readonly response: ServerResponse;
}

/** All from now on. */
export function hearBrowsers(): readonly Heard[] {
  const heard: Heard[] = [];
  subscribe('http.server.request.start', (message) => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
    const { method, url, headers, socket } = request;
    if (headers['user-agent']?.startsWith('Mozilla/') === true && url !== '/favicon.ico')
      heard.push({ port: socket.localPort as number, line: `${method} ${url}`, response });
  });
  return heard;
}
