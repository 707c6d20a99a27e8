/** The doors inside the process, so that the cases of the contract go through them. */
import { getResponse } from 'msw';
import { createFetch } from '../../server/adapters/in-process/fetch.ts';
import { type House, withHouse } from '../../server/adapters/in-process/house.ts';
import type { InProcess } from '../../server/adapters/in-process/inside.ts';
import { handlers } from '../../server/adapters/in-process/msw.ts';
import { BODY_KEPT_BYTES } from '../../server/core/engine.ts';
import { exchangeOf } from '../../server/core/exchange.ts';
import type { ExchangeEntry } from '../../server/core/journal.ts';
import { createClock } from '../../server/shell/clock.ts';
import { createDriver } from '../../server/shell/driver.ts';
import { NODE_PORTS } from '../../server/shell/ports.ts';
import {
  type Aftermath,
  bytesOf,
  type Case,
  commandsOf,
  type ListenerName,
  NOW,
  type Setup,
  type Step,
} from '../contract/case.ts';
import { authorizationOf } from '../contract/credentials.ts';
import type { Answer, Door } from '../contract/doors.ts';

/** Sends one request; what a door of this kind is made of. */
type Caller = (mock: InProcess) => (request: Request) => Promise<Response>;

const byFetch: Caller = (mock) => createFetch(mock);

const byMsw: Caller = (mock) => {
  const all = handlers(mock);
  return async (request) => {
    const response = await getResponse(all, request);
    if (response === undefined) throw new Error(`no handler answers ${request.url}`);
    return response;
  };
};

export const fetchDoor: Door = doorOf('fetch', byFetch, () => null);
export const mswDoor: Door = doorOf('msw', byMsw, ({ expected }) =>
  expected.aftermath.some((one) => typeof one === 'object' && 'reset' in one)
    ? 'msw knows one network error only: a reset stream looks like a cut connection'
    : null,
);

function doorOf(name: string, caller: Caller, cannot: NonNullable<Door['cannot']>): Door {
  return {
    name,
    cannot: (each) => whyNot(each) ?? cannot(each),
    async open(setup) {
      const house = houseOf(setup);
      const send = caller(withHouse({}, house));
      return {
        send: (step) => sendStep(house, send, setup, step),
        close: async () => house.driver.dropAll(),
      };
    },
  };
}

/** A mock without listeners; nothing but Apple's own host names lead to it. */
function houseOf(setup: Setup): House {
  const clock = createClock();
  clock.freeze(true);
  clock.shift(NOW - Date.now());
  clock.advance(NOW - clock.now());
  const driver = createDriver({
    engine: {
      seed: 1,
      profile: setup.profile,
      auth: setup.auth,
      environment: setup.environment,
      spelledTargets: setup.spelledTargets,
      maxEntries: 1000,
      maxBytes: 1_000_000,
      ports: NODE_PORTS,
    },
    clock,
    caPem: '',
    onBug(error) {
      throw error;
    },
  });
  for (const command of commandsOf(setup)) driver.command(command);
  return {
    driver,
    clock,
    bodyKept: BODY_KEPT_BYTES,
    singlePort: setup.listener === 'single-port',
    open: new Map(),
    stopped: () => false,
  };
}

/** Apple's host names, by listener and environment. */
const HOSTS: Readonly<Record<ListenerName, Readonly<Record<Setup['environment'], string>>>> = {
  send: { sandbox: 'api.sandbox.push.apple.com', production: 'api.push.apple.com' },
  'single-port': { sandbox: 'api.sandbox.push.apple.com', production: 'api.push.apple.com' },
  manage: {
    sandbox: 'api-manage-broadcast.sandbox.push.apple.com:2195',
    production: 'api-manage-broadcast.sandbox.push.apple.com:2195',
  },
  'manage-production': {
    sandbox: 'api-manage-broadcast.push.apple.com:2196',
    production: 'api-manage-broadcast.push.apple.com:2196',
  },
};

const hostOf = (setup: Setup, step: Step): string =>
  step.request.authority ?? HOSTS[step.listener ?? setup.listener][setup.environment];

function whyNot(each: Case): string | null {
  for (const step of [...each.before, each]) {
    const why = whyNotStep(each.setup, step);
    if (why !== null) return why;
  }
  if (each.setup.certificate !== null) return 'there is no TLS inside the process, so nobody presents a certificate';
  if (each.expected.aftermath.some((one) => typeof one === 'object' && 'goaway' in one))
    return 'there is no connection on which GOAWAY could be said';
  return null;
}

const APPLE = /^[a-z.-]+\.push\.apple\.com(:\d+)?$/i;
const MANAGE = /^api-manage-/i;

/** What a URL, the Headers of a Request or its method cannot carry never gets as far as our door. */
function whyNotStep(setup: Setup, step: Step): string | null {
  const { request, credentials } = step;
  const listener = step.listener ?? setup.listener;
  const host = hostOf(setup, step);
  if (!APPLE.test(host)) return "inside the process only Apple's own host names are answered";
  if (listener !== 'single-port' && MANAGE.test(host) !== listener.startsWith('manage'))
    return 'inside the process the host name alone decides what is served, and this one belongs to the other family';
  if (listener === 'manage' && !/sandbox/.test(host) && host !== HOSTS.manage.sandbox)
    return 'inside the process the host name alone decides the environment';
  const url = new URL(`https://${host}/`);
  try {
    const whole = new URL(`https://${host}${request.path}`);
    if (`${whole.pathname}${whole.search}` !== request.path || whole.host !== url.host)
      return 'a URL cannot spell this path: it is corrected before it leaves';
  } catch {
    return 'a URL cannot spell this path';
  }
  const authorization = authorizationOf(credentials, NOW);
  const names = request.headers.map(([name]) => name);
  if (authorization !== undefined) names.push('authorization');
  if (names.some((name, index) => names.indexOf(name) !== index))
    return 'fetch joins repeated headers before they leave';
  for (const [name, value] of request.headers) {
    try {
      if (new Headers([[name, value]]).get(name) !== value) return `fetch trims the value of ${name} before it leaves`;
    } catch {
      return `fetch refuses the header ${name} with this value`;
    }
  }
  if (
    authorization !== undefined &&
    new Headers([['authorization', authorization]]).get('authorization') !== authorization
  )
    return 'fetch trims the value of authorization before it leaves';
  try {
    const made = requestOf(setup, step);
    if (made.method !== request.method) return `fetch spells the method ${made.method}`;
  } catch (error) {
    return `fetch makes no such request: ${(error as Error).message}`;
  }
  return null;
}

function requestOf(setup: Setup, step: Step): Request {
  const { request, credentials } = step;
  const authorization = authorizationOf(credentials, NOW);
  const body = bytesOf(request.body);
  const headers = new Headers(request.headers.map(([name, value]): [string, string] => [name, value]));
  if (authorization !== undefined) headers.set('authorization', authorization);
  return new Request(`https://${hostOf(setup, step)}${request.path}`, {
    method: request.method,
    headers,
    ...(body.length === 0 ? {} : { body: new Uint8Array(body) }),
  });
}

async function sendStep(
  house: House,
  send: (request: Request) => Promise<Response>,
  setup: Setup,
  step: Step,
): Promise<Answer> {
  const { clock, driver } = house;
  const before = clock.now();
  const { last } = driver.engine.journal.range();
  const outcome = send(requestOf(setup, step)).then(answered, failed);
  // The clock stands still: whatever is not answered now waits for a moment to come, or for ever.
  let answer = await Promise.race([outcome, settled(3)]);
  if (answer === null) {
    const due = driver.engine.nextWake();
    if (due !== undefined) clock.advance(due - clock.now());
    answer = (await Promise.race([outcome, settled(3)])) ?? { ...NOTHING, aftermath: ['stalled'] };
  }
  const entry = lastExchange(house, last);
  const { verdict } = exchangeOf(entry, NODE_PORTS);
  const check = verdict.trail.at(-1);
  const delay = clock.now() - before;
  return {
    ...answer,
    delay,
    reason: verdict.reason,
    failed: check === undefined || check.ok ? null : check.check,
  };
}

const NOTHING = { status: null, headers: [], body: '' } as const;

/** Some turns of the loop later. */
async function settled(turns: number): Promise<null> {
  for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve));
  return null;
}

async function answered(response: Response): Promise<Answer> {
  // What Mock Service Worker makes of any trouble with the network.
  if (response.type === 'error') return { ...NOTHING, aftermath: ['dropped'] };
  return { status: response.status, headers: [...response.headers], body: await response.text(), aftermath: [] };
}

function failed(error: Error): Answer {
  const { code, message } = (error.cause ?? error) as Error & { readonly code?: string };
  const reset = /NGHTTP2_(\w+)$/.exec(message)?.[1];
  if (code === 'ERR_HTTP2_STREAM_ERROR') return { ...NOTHING, aftermath: [{ reset } as Aftermath] };
  if (code === 'UND_ERR_SOCKET') return { ...NOTHING, aftermath: ['dropped'] };
  throw error;
}

function lastExchange({ driver }: House, before: number): ExchangeEntry {
  const { journal } = driver.engine;
  for (let { last: seq } = journal.range(); seq > before; seq--) {
    const entry = journal.get(seq);
    if (entry?.kind === 'exchange') return entry;
  }
  throw new Error('the request left no exchange in the journal');
}
