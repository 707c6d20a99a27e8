/** Doors over real sockets: any of the clients, any of the servers' tongues, with TLS and without. */
import { type ConnectionOptions, createSecureContext } from 'node:tls';
import { type Aftermath, bytesOf, type Case, type ListenerName, NOW, type Setup, type Step } from '../case.ts';
import { authorizationOf } from '../credentials.ts';
import type { Answer, Door, OpenDoor } from '../doors.ts';
import { beyondNode, type Call, type Caller, type Goaway } from './callers.ts';
import { identity } from './certificates.ts';
import type { House, Street } from './street.ts';

/** RFC 9113 section 6.8. */
const EVERY_STREAM = 2 ** 31 - 1;

export interface SocketDoor {
  readonly name: string;
  readonly street: Street;
  readonly secure: boolean;
  readonly call: Call;
  readonly cannot?: (candidate: Case) => string | null;
  /** node:http2 cuts bodies at 16,384 bytes, however large a frame the client takes. */
  readonly cutsBodies?: boolean;
}

export function socketDoor({ name, street, secure, call, cannot, cutsBodies = false }: SocketDoor): Door {
  return {
    name,
    ...(cannot === undefined ? {} : { cannot }),
    async open(setup) {
      const house = street.enter(setup);
      const tls = secure ? await tlsOf(street, setup) : null;
      const lines = new Map<ListenerName, Caller>();
      const line = async (listener: ListenerName): Promise<Caller> => {
        const known = lines.get(listener);
        if (known !== undefined) return known;
        const opened = await call(street.ports[listener], tls, setup.certificate === null);
        lines.set(listener, opened);
        return opened;
      };
      return {
        async send(step) {
          const listener = step.listener ?? setup.listener;
          const caller = await line(listener);
          const answer = await sendStep(house, caller, `localhost:${street.ports[listener]}`, secure, step);
          const { frames, body } = answer;
          if (!cutsBodies || frames === undefined || body.length <= 16_384) return answer;
          return { ...answer, frames: frames.filter((each) => each !== 'DATA') };
        },
        async close() {
          for (const caller of lines.values()) await caller.close();
          await house.leave();
        },
      } satisfies OpenDoor;
    },
  };
}

/** One context per client certificate: to make one costs more than a handshake. */
const contexts = new Map<Setup['certificate'], ConnectionOptions>();
async function tlsOf(street: Street, { certificate }: Setup): Promise<ConnectionOptions> {
  let options = contexts.get(certificate);
  if (options === undefined) {
    const shown = certificate === null ? {} : await identity(certificate);
    options = { secureContext: createSecureContext({ ca: street.caPem, ...shown }) };
    contexts.set(certificate, options);
  }
  return options;
}

function headersOf({ request, credentials }: Step, host: string, secure: boolean): [string, string][] {
  const authorization = authorizationOf(credentials, NOW);
  return [
    [':method', request.method],
    [':scheme', secure ? 'https' : 'http'],
    [':path', request.path],
    [':authority', request.authority ?? host],
    ...(authorization === undefined ? [] : [['authorization', authorization] as [string, string]]),
    ...request.headers.map(([name, value]): [string, string] => [name, value]),
  ];
}

/** Why node's client cannot run a case; `null`: it can. */
export function beyondNodeClient({ before, ...last }: Case): string | null {
  for (const step of [...before, last]) {
    const why = beyondNode(headersOf(step, '', false));
    if (why !== null) return why;
  }
  return null;
}

/** How many of a connection's GOAWAYs an answer has told of: the first may come before any request. */
const told = new WeakMap<Caller, number>();

async function sendStep(house: House, caller: Caller, host: string, secure: boolean, step: Step): Promise<Answer> {
  const { clock, driver } = house;
  const recorded = house.nextExchange();
  const { stream, heard, settled } = caller.ask(headersOf(step, host, secure), bytesOf(step.request.body));
  // What a door refuses by itself is never recorded as an exchange.
  let exchange = await Promise.race([recorded, caller.over.then(() => null), settled.then(() => null)]);
  exchange ??= await Promise.race([recorded, Promise.resolve(null)]);
  const due = driver.engine.nextWake();
  if (due !== undefined) clock.advance(due - clock.now());
  await caller.fence();

  const { complete, reset, ...answer } = heard();
  const aftermath: Aftermath[] = caller
    .goaways()
    .slice(told.get(caller) ?? 0)
    .map((goaway) => ({ goaway: { ...goaway, last: lastOf(goaway, stream) } }));
  told.set(caller, caller.goaways().length);
  if (reset !== null) aftermath.push({ reset });
  if (!complete && reset === null && aftermath.length === 0) aftermath.push(caller.ended() ? 'dropped' : 'stalled');
  const waited = { ...answer, aftermath, delay: due === undefined ? 0 : due - NOW };
  if (exchange === null) return waited;
  const end = exchange.verdict.trail.at(-1);
  return {
    ...waited,
    reason: exchange.verdict.reason,
    failed: end === undefined || end.ok ? null : end.check,
  };
}

function lastOf({ last }: Goaway, stream: number): 'this' | 'none' | 'all' {
  if (last === 0) return 'none';
  if (last === EVERY_STREAM) return 'all';
  if (last !== stream) throw new Error(`GOAWAY names stream ${last}, and this one is ${stream}`);
  return 'this';
}
