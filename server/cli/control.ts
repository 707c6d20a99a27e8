import { type IncomingMessage, request } from 'node:http';
import { host, port } from '../options/kinds.ts';
import type { Env, Table } from '../options/table.ts';
import { OPTIONS, UsageError } from '../options.ts';

/** How the commands that ask a running server find it and speak to it. */

/** Rows that every such command takes; the same names as the server's own, so that one environment does for both. */
export const WHERE = {
  host: { ...OPTIONS.host, kind: host, says: 'Where the server is.' },
  controlPort: { ...OPTIONS.controlPort, kind: port, says: 'The control port of the server.' },
} as const satisfies Table;

/** Names of the server's options, which are no mistakes in the environment of another command. */
export const KNOWN: readonly string[] = Object.values(OPTIONS).map(({ env }) => env);

export interface Control {
  /** `http://127.0.0.1:2198` */
  readonly url: string;
  readonly token: string | null;
}

/** Flags first, then APNS_CONTROL_URL, which `mock-apns env` and `exec` set, then the server's defaults. */
export function controlAt(
  { host, controlPort }: { readonly host: string; readonly controlPort: number },
  argv: readonly string[],
  env: Env,
): Control {
  const token = env['MOCK_APNS_API_TOKEN'] || null;
  const said = argv.some((word) => /^--(host|control-port)(=|$)/.test(word));
  const given = env['APNS_CONTROL_URL'];
  if (given !== undefined && given !== '' && !said) {
    if (!/^http:\/\/[^/\s]+\/?$/.test(given))
      throw new UsageError([`APNS_CONTROL_URL: "${given}" is not valid: give http://127.0.0.1:2198, for example`]);
    return { url: given.replace(/\/$/, ''), token };
  }
  const local = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return { url: `http://${local.includes(':') ? `[${local}]` : local}:${controlPort}`, token };
}

export interface Answered {
  readonly status: number;
  readonly text: string;
  readonly date: string | undefined;
}

export interface Asked {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly body?: unknown;
  /** Milliseconds; none where it is to take as long as it takes. */
  readonly timeout?: number;
}

/** One call. Rejects where nobody answers. */
export function ask(
  control: Control,
  path: string,
  { method = 'GET', body, timeout = 5000 }: Asked = {},
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const asking = request(new URL(path, control.url), { method, headers: headersOf(control), timeout }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text, date: response.headers.date }));
      response.on('error', reject);
    });
    asking.on('timeout', () => asking.destroy(new Error(`no answer within ${timeout} ms`)));
    asking.on('error', reject);
    asking.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** One call that must succeed. @throws Unanswered with a sentence that says what to do */
export async function askJson<T>(control: Control, path: string, asked: Asked = {}): Promise<T> {
  const { status, text } = await ask(control, path, asked).catch((error: Error) => {
    throw new Unanswered(
      `no mock-apns answers on the control port, ${control.url} (${error.message}); is it running, or elsewhere (--host, --control-port, APNS_CONTROL_URL)?`,
    );
  });
  if (status >= 400) throw new Unanswered(refusalIn(text) ?? `the server answered ${status}`);
  return JSON.parse(text) as T;
}

/** Nobody answers, or with an error. */
export class Unanswered extends Error {
  override readonly name = 'Unanswered';
}

/** Opens a stream of events. */
export function open(
  control: Control,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const asking = request(new URL(path, control.url), { headers: { ...headersOf(control), ...headers } }, resolve);
    asking.on('error', reject);
    asking.end();
  });
}

const headersOf = ({ token }: Control): Record<string, string> =>
  token === null ? {} : { authorization: `Bearer ${token}` };

/** What an error of the control API says (RFC 9457): its title, and below it each problem with its place. */
export function refusalIn(text: string): string | null {
  try {
    const { title, problems } = JSON.parse(text) as { title?: unknown; problems?: readonly Told[] };
    return typeof title === 'string' ? [title, ...(problems ?? []).map(sayProblem)].join('\n') : null;
  } catch {
    return null;
  }
}

interface Told {
  readonly path: string;
  readonly message: string;
  readonly suggestion?: string;
}

const sayProblem = ({ path, message, suggestion }: Told): string =>
  `  ${path === '' ? '' : `${path} `}${message}${suggestion === undefined ? '' : `; did you mean ${suggestion}?`}`;
