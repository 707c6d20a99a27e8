import type { Exchange } from '../core/exchange-shape.ts';
import type { Backend, OperatorFault } from './backend.ts';
import { ScenarioError } from './mistakes.ts';
import type { ConnectOptions } from './remote-options.ts';
import type { Connection } from './types.ts';

/** Most that the control API hands out at once, and waits. */
const PAGE = 1000;
const WAIT_MAX_MS = 600_000;

/** A mock elsewhere, reached through its control API. */
export async function remoteBackend(controlUrl: string, options: ConnectOptions): Promise<Backend> {
  const api = createApi(controlUrl, options.token);
  const [ca, info, key] = await Promise.all([
    api.text('GET', '/ca.pem'),
    api.json<{ readonly urls: Urls | null }>('GET', '/api/v1/info'),
    api.json<{ readonly p8: string; readonly keyId: string; readonly teamId: string }>('POST', '/api/v1/keys/generate'),
  ]);
  if (info.urls === null) throw new Error(`${controlUrl} is not ready yet: wait for /readyz`);
  const { send, manage, manageProduction } = info.urls;
  const here = (url: string): string => withHostOf(controlUrl, url);
  /** Pages go from the newest backwards. */
  async function since(seq: number): Promise<readonly Exchange[]> {
    const found: Exchange[] = [];
    let before = '';
    for (;;) {
      const page = await api.json<{ readonly exchanges: readonly Exchange[]; readonly more: boolean }>(
        'GET',
        `/api/v1/exchanges?after=${seq}&limit=${PAGE}${before}`,
      );
      found.push(...page.exchanges);
      if (!page.more) return found.reverse();
      before = `&before=${page.exchanges.at(-1)?.seq}`;
    }
  }

  return {
    sendUrl: options.sendUrl ?? here(send),
    manageUrl: options.manageUrl ?? here(manage),
    manageProductionUrl: options.manageProductionUrl ?? here(manageProduction),
    controlUrl,
    ca,
    key: { p8: key.p8, keyId: key.keyId, teamId: key.teamId },
    since,
    async hints() {
      // For an exchange that never was.
      const { hints } = await api.ask('GET', '/api/v1/exchanges/wait?timeout=0ms&q=id:none', null, [408]);
      return texts(hints);
    },
    async wait(seq, ms) {
      const timeout = Math.min(Math.ceil(ms), WAIT_MAX_MS);
      await api.ask('GET', `/api/v1/exchanges/wait?after=${seq}&timeout=${timeout}ms`, null, [408]);
    },
    async verify(asked) {
      const { ok, expected, actual, nearMisses, hints } = await api.ask(
        'POST',
        '/api/v1/verify',
        JSON.stringify(asked),
        [409],
      );
      return {
        ok: ok === true,
        expected: String(expected),
        actual: String(actual),
        nearMisses: ((nearMisses ?? []) as readonly { readonly sentence: string }[]).map(({ sentence }) => sentence),
        hints: texts(hints),
      };
    },
    async loadScenario(sources) {
      const [source, ...others] = sources;
      if (others.length > 0)
        throw new ScenarioError(['a folder of scenarios cannot be sent: give one file, or start the server with it']);
      await api.ask('PUT', '/api/v1/scenario', source?.text ?? '');
    },
    unloadScenario: async () => void (await api.ask('DELETE', '/api/v1/scenario')),
    addRule: async (text) => (await api.json<{ readonly id: string }>('POST', '/api/v1/rules', text)).id,
    // Another scenario may have taken it along.
    removeRule: async (id) => void (await api.ask('DELETE', `/api/v1/rules/${id}`, null, [404])),
    now: async () => Date.parse((await api.json<{ readonly now: string }>('GET', '/api/v1/clock')).now),
    advance: async (by) =>
      void (await api.ask('POST', '/api/v1/clock/advance', JSON.stringify({ by: `${Math.round(by) / 1000}s` }))),
    freeze: async (frozen) => void (await api.ask('PUT', '/api/v1/clock', JSON.stringify({ frozen }))),
    connections: async () =>
      (await api.json<{ readonly connections: readonly Connection[] }>('GET', '/api/v1/connections')).connections,
    operate: async ({ fault, ...what }, id) =>
      void (await api.ask('POST', `/api/v1/connections/${id}/${fault}`, bodyOf({ fault, ...what } as OperatorFault))),
    reset: async (topic) =>
      void (await api.ask('POST', `/api/v1/reset${topic === null ? '' : `?topic=${encodeURIComponent(topic)}`}`)),
    stop: async () => undefined,
  };
}

interface Urls {
  readonly send: string;
  readonly manage: string;
  readonly manageProduction: string;
}

/** The server may know itself by an address that leads nowhere from here. */
function withHostOf(controlUrl: string, url: string): string {
  const { hostname } = new URL(controlUrl);
  const there = new URL(url);
  there.hostname = hostname;
  return there.origin;
}

function bodyOf({ fault, body }: OperatorFault): string | null {
  switch (fault) {
    case 'goaway':
      return JSON.stringify(body);
    case 'reset':
      return JSON.stringify(body.code);
    case 'drop':
      return null;
    case 'streams':
      return JSON.stringify(body.streams);
  }
}

type Answer = Readonly<Record<string, unknown>>;

interface Api {
  /** Also with one of the statuses `fine`; anything else that is no success rejects with the title of the problem. */
  readonly ask: (method: string, path: string, body?: string | null, fine?: readonly number[]) => Promise<Answer>;
  readonly json: <T>(method: string, path: string, body?: string) => Promise<T>;
  readonly text: (method: string, path: string) => Promise<string>;
}

function createApi(controlUrl: string, token: string | undefined): Api {
  const base = controlUrl.replace(/\/+$/, '');
  // Test libraries may put another one in its place later, which would answer or refuse what is meant for the server.
  const { fetch } = globalThis;

  async function request(method: string, path: string, body: string | null): Promise<Response> {
    const headers = {
      ...(body === null ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    };
    try {
      return await fetch(`${base}${path}`, { method, headers, body });
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : (error as Error);
      throw new Error(
        `no mock-apns answers at ${base} (${cause.message}); is it running, and is that its control port?`,
        {
          cause: error,
        },
      );
    }
  }

  async function ask(method: string, path: string, body: string | null = null, fine: readonly number[] = []) {
    const response = await request(method, path, body);
    const text = await response.text();
    const answer = (text === '' ? {} : JSON.parse(text)) as Answer;
    if (response.ok || fine.includes(response.status)) return answer;
    const title = String(answer['title'] ?? `${method} ${path} was answered ${response.status}`);
    // Mistakes in what the caller of the helper has written.
    if ((response.status === 400 || response.status === 422) && body !== null)
      throw new ScenarioError(problemsOf(answer['problems'], title));
    throw new Error(title);
  }

  return {
    ask,
    json: async <T>(method: string, path: string, body?: string) => (await ask(method, path, body)) as T,
    async text(method, path) {
      const response = await request(method, path, null);
      if (!response.ok) throw new Error(`${base}${path} was answered ${response.status}: is that the control port?`);
      return response.text();
    },
  };
}

interface Item {
  readonly path: string;
  readonly message: string;
  readonly suggestion?: string;
}

function problemsOf(given: unknown, title: string): readonly string[] {
  if (!Array.isArray(given) || given.length === 0) return [title];
  return (given as Item[]).map(({ path, message, suggestion }) => {
    const hint = suggestion === undefined ? '' : `; did you mean ${JSON.stringify(suggestion)}?`;
    const where = path.replace(/^body\.?/, '');
    return `${where === '' ? '' : `${where} `}${message}${hint}`;
  });
}

const texts = (given: unknown): readonly string[] => (Array.isArray(given) ? given.map(String) : []);
