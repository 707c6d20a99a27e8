import type { Urls } from './adapters/control/server.ts';
import { createProxy, type Place, PROXY } from './adapters/proxy/server.ts';
import type { Options } from './options.ts';
import { FAMILIES, type Family, type Listener } from './protocol/model.ts';
import type { Clock } from './shell/clock.ts';
import type { ConnectionFacts, Driver } from './shell/driver.ts';
import { type Listening, listen, listenHttp, type Socket, type TlsMaterial } from './shell/listen.ts';

/** What speaks HTTP/2 over a connection. */
export type Door = (socket: Socket, facts: ConnectionFacts) => void;

/** An HTTP/1.1 server that an adapter made. */
type HttpServer = ReturnType<typeof createProxy>;

export interface ListenersParts {
  readonly options: Options;
  readonly driver: Driver;
  readonly clock: Clock;
  readonly door: Door;
  readonly tls: TlsMaterial;
  /** Serves the control port. */
  readonly control: HttpServer;
}

export interface Listeners {
  /** Names of those that do not accept yet. */
  readonly missing: () => readonly string[];
  /** Opens all of them, or none. */
  readonly open: () => Promise<Opened>;
}

export interface Opened {
  readonly urls: Urls;
  /** The TLS listeners with their ports. */
  readonly addresses: readonly { readonly listener: Listener; readonly port: number }[];
  /** Accepts nobody any more; what is open stays. */
  readonly close: () => void;
  /** Cuts what is open on the control port and the proxy. */
  readonly cut: () => void;
}

/** The listeners of the contract, section 2. */
export function createListeners({ options, driver, clock, door, tls, control }: ListenersParts): Listeners {
  const { send, manage, manageProduction, h2c } = listenersOf(options);
  const missing = new Set<string>([send.name, manage.name, manageProduction.name]);
  const opened: Listening[] = [];
  /** By name, for connections that come through the proxy. */
  const taking = new Map<Listener['name'], Listening>();
  const proxy = createProxy({
    lead: (place, socket) => taking.get(LED_TO[place])?.take(socket),
    refused: (remote, cause, cure) => driver.refuse(null, PROXY, remote, cause, cure),
  });
  const { host } = options;

  async function speak(listener: Listener, port: number, flag: string, secure: boolean): Promise<number> {
    const listening = await listen({
      listener,
      host,
      port,
      flag,
      tls: secure ? tls : null,
      clock,
      onArrival: (remote) => driver.arrive(listener, remote),
      onSocket: door,
      onRefused: (session, remote, cause, cure) => driver.refuse(session, listener, remote, cause, cure),
    });
    opened.push(listening);
    taking.set(listener.name, listening);
    missing.delete(listener.name);
    return listening.port;
  }

  async function serve(server: HttpServer, name: string, port: number, flag: string): Promise<number> {
    const listening = await listenHttp(server, { host, port, flag, name });
    opened.push(listening);
    return listening.port;
  }

  const close = (): void => {
    for (const listening of opened) listening.close();
  };

  return {
    missing: () => [...missing],
    async open() {
      const off = Promise.resolve(null);
      const sends = options.ports.map((port) => speak(send, port, '--port', true));
      const others = [
        speak(manage, options.managePort, '--manage-port', true),
        speak(manageProduction, options.manageProductionPort, '--manage-production-port', true),
        serve(control, 'control', options.controlPort, '--control-port'),
        options.h2cPort === null ? off : speak(h2c, options.h2cPort, '--h2c-port', false),
        options.proxyPort === null ? off : serve(proxy, 'proxy', options.proxyPort, '--proxy-port'),
      ] as const;
      // All are waited for, so that none opens behind the back of one that failed.
      const failure = (await Promise.allSettled([...sends, ...others])).find(({ status }) => status === 'rejected');
      if (failure !== undefined) {
        close();
        throw (failure as PromiseRejectedResult).reason;
      }
      const sendPorts = await Promise.all(sends);
      const [managePort, productionPort, controlPort, h2cPort, proxyPort] = await Promise.all(others);
      const url = (scheme: string, port: number | null | undefined): string => `${scheme}://${shown(host)}:${port}`;
      return {
        urls: {
          send: url('https', sendPorts[0]),
          sends: sendPorts.map((port) => url('https', port)),
          manage: url('https', managePort),
          manageProduction: url('https', productionPort),
          control: url('http', controlPort),
          h2c: h2cPort === null ? null : url('http', h2cPort),
          proxy: proxyPort === null ? null : url('http', proxyPort),
        },
        addresses: [
          ...sendPorts.map((port) => ({ listener: send, port })),
          { listener: manage, port: managePort as number },
          { listener: manageProduction, port: productionPort as number },
        ],
        close,
        cut() {
          control.closeAllConnections();
          proxy.closeAllConnections();
        },
      };
    },
  };
}

const LED_TO = { send: 'send', manage: 'manage', manageProduction: 'manage-production' } as const satisfies Record<
  Place,
  Listener['name']
>;

const SEND_FAMILIES: readonly Family[] = ['device', 'broadcast'];

/** Apple's own split, or every family everywhere. */
function listenersOf({ singlePort }: Options): Record<'send' | 'manage' | 'manageProduction' | 'h2c', Listener> {
  const only = (families: readonly Family[]): readonly Family[] => (singlePort ? FAMILIES : families);
  return {
    send: { name: 'send', families: only(SEND_FAMILIES), environment: null },
    manage: { name: 'manage', families: only(['channels']), environment: 'sandbox' },
    manageProduction: { name: 'manage-production', families: only(['channels']), environment: 'production' },
    h2c: { name: 'h2c', families: FAMILIES, environment: null },
  };
}

/** The host as a client on this machine can use it. */
export function shown(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
