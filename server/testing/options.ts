import type { ScenarioInput } from './scenario.ts';

/** Options of a mock: those of the command line in camel case, but for `ports` (`--port`) and `spelledTargets: false`. */
export interface MockOptions {
  /** The address every listener binds to. Default: `127.0.0.1` */
  readonly host?: string;
  /** Where device pushes and broadcasts are sent to, over TLS; `0` is any free port. */
  readonly ports?: readonly number[];
  /** Where the channels of the sandbox are managed, over TLS; `0` is any free port. */
  readonly managePort?: number;
  /** Where the channels of production are managed, over TLS; `0` is any free port. */
  readonly manageProductionPort?: number;
  /** Where the control API and the inspector page are served, over plain HTTP/1.1; `0` is any free port. */
  readonly controlPort?: number;
  /** Names, besides the usual ones, by which browsers and programs may call the control API. Default: none */
  readonly apiHosts?: readonly string[];
  /** A bearer token that the control API asks for. Default: none */
  readonly apiToken?: string;
  /** Serves every operation over cleartext HTTP/2 with prior knowledge. Default: `null`, off */
  readonly h2cPort?: number | null;
  /** An HTTP proxy that leads Apple's host names, and nothing else, to this server (CONNECT). Default: `null`, off */
  readonly proxyPort?: number | null;
  /** Serves every operation on every TLS port. Default: `false` */
  readonly singlePort?: boolean;
  /** The environment of a request whose host name is none of Apple's. Default: `'sandbox'` */
  readonly environment?: 'sandbox' | 'production';
  /** Answers as Apple documents, or as real servers were observed to. Default: `'documented'` */
  readonly profile?: 'documented' | 'observed';
  /**
   * Checks signatures of registered keys only, refuses unknown key ids as well, or asks for no credentials at all.
   * Default: `'trusting'`
   */
  readonly auth?: 'trusting' | 'registered' | 'off';
  /** What goes wrong: a scenario as data, a file, a folder of them, or the name of a built-in one. Default: nothing */
  readonly scenario?: ScenarioInput | string;
  /** Where keys and certificates are kept, made at the first start; `'memory'` keeps them off the disk. */
  readonly certs?: string;
  /** Further names and addresses that the certificate is for. */
  readonly certNames?: readonly string[];
  /** Who speaks HTTP/2: the machine of this project, or node:http2. Default: `'own'` */
  readonly http2?: 'own' | 'node';
  /** The MAX_CONCURRENT_STREAMS that is advertised. Default: `1000` */
  readonly maxStreams?: number;
  /** Where the dice start: the same seed and requests give the same answers. Default: random */
  readonly seed?: number;
  /** How many exchanges the journal keeps at most. Default: `10_000` */
  readonly maxEntries?: number;
  /** How much memory the exchanges in the journal take at most, in bytes. Default: 64 MiB */
  readonly maxBytes?: number;
  /** `false` treats tokens, channels and bundle ids that spell a reason like any others. Default: `true` */
  readonly spelledTargets?: boolean;
  /** How each exchange is logged on standard error. Default: `'quiet'` */
  readonly log?: 'pretty' | 'json' | 'quiet';
}
