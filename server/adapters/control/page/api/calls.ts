import { call } from './client.ts';
import type {
  BuiltIn,
  ChannelView,
  ClockView,
  ConnectionView,
  Exchange,
  Info,
  JournalRecord,
  ScenarioView,
} from './types.ts';

/** The calls that the page makes, and what it reads of their answers. */

type Dict = Readonly<Record<string, unknown>>;
const dict = (value: unknown): Dict => (typeof value === 'object' && value !== null ? (value as Dict) : {});
const text = (value: unknown, otherwise = ''): string => (typeof value === 'string' ? value : otherwise);
const number = (value: unknown, otherwise = 0): number => (typeof value === 'number' ? value : otherwise);
const list = (value: unknown, ...names: readonly string[]): readonly Dict[] => {
  const found = Array.isArray(value) ? value : names.map((name) => dict(value)[name]).find(Array.isArray);
  return (found ?? []).map(dict);
};

const API = '/api/v1';

export interface Asked {
  readonly q?: string;
  readonly after?: number;
  readonly before?: number;
  readonly limit: number;
}

/** A page of the journal, newest first. */
export interface Found {
  readonly records: readonly JournalRecord[];
  /** There are older ones that fit. */
  readonly more: boolean;
  /** The newest number there is, whether it fits or not. */
  readonly last: number;
}

export async function readExchanges(asked: Asked, signal?: AbortSignal): Promise<Found> {
  const params = new URLSearchParams({ kind: 'all' });
  for (const [name, value] of Object.entries(asked))
    if (value !== undefined && value !== '') params.set(name, String(value));
  const answer = await call<unknown>(`${API}/exchanges?${params}`, signal === undefined ? {} : { signal });
  const records = list(answer, 'exchanges') as unknown as readonly JournalRecord[];
  const { more, journal } = dict(answer);
  return { records, more: more === true, last: number(dict(journal)['last'], records[0]?.seq ?? 0) };
}

export const readExchange = (seq: number): Promise<Exchange> => call(`${API}/exchanges/${seq}`);

export const clearExchanges = (q: string): Promise<void> =>
  call(`${API}/exchanges${q === '' ? '' : `?${new URLSearchParams({ q })}`}`, { method: 'DELETE' });

export async function readInfo(): Promise<Info> {
  const info = dict(await call(`${API}/info`));
  const urls = dict(info['urls']);
  const limits = dict(info['limits']);
  return {
    version: text(info['version']),
    urls: {
      send: text(urls['send']),
      manage: text(urls['manage']),
      manageProduction: text(urls['manageProduction']),
      control: text(urls['control'], location.origin),
    },
    seed: typeof info['seed'] === 'number' ? info['seed'] : null,
    run: text(info['startedAt']),
    environment: text(info['environment'], 'sandbox'),
    maxEntries: number(limits['maxEntries'], 10_000),
    caPath: text(info['ca'], 'certs/ca.pem'),
  };
}

export const readEnv = async (): Promise<Readonly<Record<string, string>>> => {
  const env = dict(await call(`${API}/env?format=json`));
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, String(value)]));
};

function clockOf(answer: unknown): ClockView {
  const clock = dict(answer);
  return {
    now: Date.parse(text(clock['now'])),
    frozen: clock['frozen'] === true,
    offset: number(clock['offsetMs']),
  };
}
export const readClock = async (): Promise<ClockView> => clockOf(await call(`${API}/clock`));
export const setClock = async (body: { frozen?: boolean; offset?: string }): Promise<ClockView> =>
  clockOf(await call(`${API}/clock`, { method: 'PUT', body }));
export const advanceClock = async (by: string): Promise<ClockView> =>
  clockOf(await call(`${API}/clock/advance`, { method: 'POST', body: { by } }));

export async function readChannels(): Promise<readonly ChannelView[]> {
  return list(await call(`${API}/channels`), 'channels').map((each) => {
    const stored = each['stored'] === null || each['stored'] === undefined ? null : dict(each['stored']);
    return {
      id: text(each['id']),
      bundleId: text(each['bundleId']),
      environment: text(each['environment']),
      policy: number(each['policy']),
      createdAt: text(each['createdAt']),
      accepted: number(each['accepted']),
      stored:
        stored === null
          ? null
          : {
              seq: number(stored['seq']),
              at: text(stored['at']),
              until: text(stored['until']),
              payload: stored['payload'],
            },
    };
  });
}

export async function readConnections(): Promise<readonly ConnectionView[]> {
  return list(await call(`${API}/connections`), 'connections').map((each) => ({
    id: text(each['id']),
    listener: text(each['listener']),
    alpn: text(each['alpn']),
    remote: text(each['remote']),
    servername: text(each['servername']),
    openedAt: text(each['openedAt']),
    environment: text(each['environment']),
    requests: number(each['requests']),
    highestStream: number(each['highestStream']),
    waiting: Array.isArray(each['waiting']) ? each['waiting'].map(Number) : [],
    keyId: text(each['keyId']) || null,
    teamId: text(each['teamId']) || null,
    tokens: number(each['tokens']),
    certificate: text(each['certificate']) || null,
    rule: text(dict(each['rule'])['name']) || null,
  }));
}

export type Operate = 'goaway' | 'reset' | 'drop' | 'streams';
export const operate = (id: string, what: Operate, body: unknown): Promise<unknown> =>
  call(`${API}/connections/${encodeURIComponent(id)}/${what}`, { method: 'POST', body });

export async function readScenario(): Promise<ScenarioView> {
  const [scenario, rules] = await Promise.all([call(`${API}/scenario`), call(`${API}/rules`)]);
  const { loaded, name, description, text: source, states, expectations } = dict(scenario);
  return {
    loaded: loaded === true,
    name: text(name),
    description: text(description),
    text: typeof source === 'string' ? source : null,
    states: Object.entries(dict(states)).map(([state, value]) => [state, String(value)] as const),
    expectations: list(expectations).map(({ name: title, ok, sentence }, index) => ({
      // One without a name of its own is called by its number, which its place shows.
      name: title === `expectation ${index + 1}` ? '' : text(title),
      ok: ok === true,
      says: text(sentence).slice(`${text(title)}: `.length),
    })),
    rules: list(rules, 'rules').map((each) => ({
      id: text(each['id']),
      name: text(each['name']),
      sentence: text(each['sentence']),
      hits: number(each['hits']),
    })),
  };
}

export async function readBuiltIns(): Promise<readonly BuiltIn[]> {
  return list(await call(`${API}/scenarios`), 'scenarios').map((each) => ({
    name: text(each['name']),
    description: text(each['description']),
  }));
}

export const putScenario = (source: string): Promise<unknown> =>
  call(`${API}/scenario`, { method: 'PUT', body: source, type: 'application/yaml' });
export const loadBuiltIn = (name: string): Promise<unknown> =>
  call(`${API}/scenario`, { method: 'PUT', body: { builtin: name } });
export const unloadScenario = (): Promise<unknown> => call(`${API}/scenario`, { method: 'DELETE' });
export const removeRule = (id: string): Promise<unknown> =>
  call(`${API}/rules/${encodeURIComponent(id)}`, { method: 'DELETE' });
export const resetAll = (): Promise<unknown> => call(`${API}/reset`, { method: 'POST' });
