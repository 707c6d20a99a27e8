import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:http2';
import { join } from 'node:path';
import type { ConnectionRecord, Exchange } from '../../core/exchange.ts';
import type { Env } from '../../options/table.ts';
import type { Clock } from '../../shell/clock.ts';
import { ask, askJson, type Control } from '../control.ts';

/** What is looked at, one thing after the other. Each names the cause, and what helps. */
export interface Check {
  readonly name: string;
  readonly run: (patient: Patient) => Promise<readonly Finding[]>;
}
export interface Finding {
  readonly how: 'ok' | 'warn' | 'bad';
  readonly says: string;
  readonly cure: string | null;
}
export interface Patient {
  readonly control: Control;
  readonly env: Env;
  readonly clock: Clock;
  readonly folder: string;
  /** Filled in by the first check; `null`: no server answers. */
  info: Info | null;
}
interface Info {
  readonly version: string;
  readonly now: string;
  readonly urls:
    | (Readonly<Record<'send' | 'manage' | 'manageProduction' | 'control', string>> & {
        readonly sends: readonly string[];
      })
    | null;
  readonly ca: string;
  readonly keyId: string;
  readonly teamId: string;
  readonly auth: string;
}

const ok = (says: string): Finding => ({ how: 'ok', says, cure: null });
const warn = (says: string, cure: string): Finding => ({ how: 'warn', says, cure });
const bad = (says: string, cure: string): Finding => ({ how: 'bad', says, cure });

const DAY_MS = 86_400_000;
/** A token may be as far ahead, and a client's clock hardly more. */
const SKEW_MS = 60_000;

export const CHECKS: readonly Check[] = [
  {
    name: 'server',
    async run(patient) {
      const { control } = patient;
      try {
        const { status, text } = await ask(control, '/api/v1/info');
        if (status === 401)
          return [bad('the control API asks for a token', 'set MOCK_APNS_API_TOKEN to the value that the server has')];
        if (status !== 200 || !text.includes('"mock-apns"'))
          return [
            bad(
              `something answers at ${control.url} that is no mock-apns (status ${status})`,
              'choose another --control-port, or end what listens there',
            ),
          ];
        patient.info = JSON.parse(text) as Info;
        return [ok(`mock-apns ${patient.info.version} answers at ${control.url}`)];
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        if (code === 'ECONNREFUSED')
          return [
            bad(
              `nobody listens at ${control.url}`,
              'start it (mock-apns), or say where it is (--host, --control-port, APNS_CONTROL_URL); in a container, publish the ports and start with --host 0.0.0.0',
            ),
          ];
        if (code === 'ENOTFOUND')
          return [
            bad(
              `there is no host of that name: ${control.url}`,
              'check --host; containers know each other by their service names on a common network only',
            ),
          ];
        return [
          bad(
            `${control.url} does not answer: ${message}`,
            'check the address, and whether a firewall or proxy stands between',
          ),
        ];
      }
    },
  },
  {
    name: 'listeners',
    async run({ info, control }) {
      if (info === null) return [];
      if (info.urls === null) return [bad('the listeners are not open yet', 'wait with: mock-apns wait-ready')];
      const { text: ca } = await ask(control, '/ca.pem');
      const found: Finding[] = [];
      const { sends, manage, manageProduction } = info.urls;
      const listeners = [
        ...sends.map((url) => ['send', url]),
        ['manage', manage],
        ['manageProduction', manageProduction],
      ];
      for (const [name, known] of listeners as [string, string][]) {
        const url = withHostOf(known, control.url);
        const seen = await tryTls(url, ca);
        if ('error' in seen) found.push(bad(`${name} at ${url}: ${seen.error}`, cureOf(seen.code)));
        else {
          found.push(ok(`${name} at ${url}: TLS, HTTP/2 (ALPN ${seen.alpn}), certificate until ${seen.until}`));
          const left = Date.parse(seen.until) - Date.parse(info.now);
          if (left < 0)
            found.push(
              bad(
                'its certificate has expired',
                'remove server.pem from the certificate folder and start again; or the clock was turned too far',
              ),
            );
          else if (left < DAY_MS)
            found.push(warn('its certificate ends within a day', 'restart the server: it is renewed'));
        }
      }
      return found;
    },
  },
  {
    name: 'localhost',
    async run({ info, control }) {
      if (info === null || !control.url.includes('//127.0.0.1')) return [];
      const url = control.url.replace('127.0.0.1', '[::1]');
      const six = await ask({ ...control, url }, '/livez').then(
        () => true,
        () => false,
      );
      return six
        ? [ok('localhost is served over IPv4 and IPv6')]
        : [
            warn(
              'the server listens on 127.0.0.1 only; a client that takes localhost for ::1 finds nobody',
              'use 127.0.0.1 in the URL, or start with --host ::',
            ),
          ];
    },
  },
  {
    name: 'trust',
    async run({ info, control, env }) {
      if (info === null) return [];
      const { text: ca } = await ask(control, '/ca.pem');
      const found: Finding[] = [];
      if (env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0')
        found.push(
          warn(
            'NODE_TLS_REJECT_UNAUTHORIZED=0 turns off every check of certificates',
            'unset it, and set NODE_EXTRA_CA_CERTS',
          ),
        );
      for (const name of ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE'] as const) {
        const file = env[name];
        if (file === undefined || file === '') continue;
        if (!existsSync(file))
          found.push(
            bad(
              `${name} names ${file}, which is not there`,
              'Node goes on without a word in that case; correct the path',
            ),
          );
        else if (!readFileSync(file, 'utf8').includes(coreOf(ca)))
          found.push(
            warn(
              `${name} (${file}) does not hold the authority of this server`,
              // The others stand in place of all else that is trusted, and need the public roots as well.
              name === 'NODE_EXTRA_CA_CERTS'
                ? `fetch it: curl ${control.url}/ca.pem > ca.pem`
                : `for clients that read it: curl ${control.url}/bundle.pem > bundle.pem`,
            ),
          );
        else found.push(ok(`${name} trusts this server`));
      }
      if (found.length === 0)
        found.push(
          warn('nothing in this environment trusts the server', `eval "$(mock-apns env)", or give clients ${info.ca}`),
        );
      return found;
    },
  },
  {
    name: 'clock',
    async run({ info, control, clock }) {
      if (info === null) return [];
      const { frozen, offsetMs } = await askJson<{ frozen: boolean; offsetMs: number }>(control, '/api/v1/clock');
      const { date } = await ask(control, '/livez');
      const found: Finding[] = [];
      const machines = date === undefined ? 0 : Date.parse(date) - clock.now();
      if (Math.abs(machines) > SKEW_MS)
        found.push(
          bad(
            `the machine of the server is ${Math.round(machines / 1000)} s off from this one`,
            'set both clocks (NTP); after a sleep, restart the virtual machine of the containers',
          ),
        );
      if (frozen)
        found.push(
          warn('the time of the server stands still', `curl -X PUT ${control.url}/api/v1/clock -d '{"frozen":false}'`),
        );
      if (Math.abs(offsetMs) > SKEW_MS)
        found.push(
          warn(
            `the time of the server is turned by ${Math.round(offsetMs / 1000)} s: tokens are too old or not yet valid`,
            `curl -X PUT ${control.url}/api/v1/clock -d '{"offset":"0s"}'`,
          ),
        );
      return found.length === 0 ? [ok('both clocks agree')] : found;
    },
  },
  {
    name: 'proxy',
    async run({ env }) {
      const names = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy'];
      const set = names.filter((name) => (env[name] ?? '') !== '');
      if (set.length === 0) return [ok('no proxy in the environment')];
      const not = `${env['NO_PROXY'] ?? ''},${env['no_proxy'] ?? ''}`;
      if (/(^|,)\s*(\*|localhost|127\.0\.0\.1)\s*(,|$)/.test(not))
        return [ok(`${set.join(', ')} set; NO_PROXY leaves this machine out`)];
      return [
        warn(
          `${set.join(', ')} may lead requests for this machine to a proxy, and most proxies speak no HTTP/2`,
          'set NO_PROXY=localhost,127.0.0.1,::1',
        ),
      ];
    },
  },
  {
    name: 'interceptors',
    async run({ folder }) {
      const found: Finding[] = [];
      for (const { name, from, says, cure } of INTERCEPTORS) {
        const version = versionOf(join(folder, 'node_modules', name, 'package.json'));
        if (version !== null && Number(version.split('.')[0]) >= from)
          found.push(warn(`${name} ${version} is installed here: ${says}`, cure));
      }
      return found.length === 0 ? [ok('no interceptor is installed here that stands in the way')] : found;
    },
  },
  {
    name: 'connections',
    async run({ info, control }) {
      if (info === null) return [];
      const { exchanges } = await askJson<{ exchanges: ConnectionRecord[] }>(
        control,
        `/api/v1/exchanges?${new URLSearchParams({ kind: 'connection', q: 'kind:connection-refused,protocol-error,limit-tripped', limit: '200' })}`,
      );
      const causes = new Map<string, number>();
      for (const { detail } of exchanges) {
        const cause = detail.replace(/^\S+ was refused on/, 'refused on');
        causes.set(cause, (causes.get(cause) ?? 0) + 1);
      }
      if (causes.size === 0) return [ok('no connection was refused')];
      return [...causes].slice(0, 5).map(([detail, count]) => {
        const [says = detail, cure = 'see mock-apns tail'] = detail.split(/;\s(?=[^;]*$)/);
        return bad(`${count} ${count === 1 ? 'connection' : 'connections'} ${says}`, cure);
      });
    },
  },
  {
    name: 'requests',
    async run({ info, control, env }) {
      if (info === null) return [];
      const found: Finding[] = [];
      const [keyId, teamId] = [env['APNS_KEY_ID'], env['APNS_TEAM_ID']];
      const { keys } = await askJson<{ keys: { keyId: string; teamId: string }[] }>(control, '/api/v1/keys');
      if (keyId !== undefined && keyId !== '') {
        const known = keys.find((key) => key.keyId === keyId);
        if (known === undefined)
          found.push(
            warn(
              `APNS_KEY_ID is ${keyId}, which this server does not know${info.auth === 'registered' ? ' and therefore refuses' : ''}`,
              'eval "$(mock-apns env)", or register the key with PUT /api/v1/keys',
            ),
          );
        else if (teamId !== undefined && teamId !== '' && known.teamId !== teamId)
          found.push(
            bad(
              `APNS_TEAM_ID is ${teamId}, and the key ${keyId} belongs to ${known.teamId}`,
              `set APNS_TEAM_ID=${known.teamId}`,
            ),
          );
      }
      const { exchanges } = await askJson<{ exchanges: Exchange[] }>(
        control,
        '/api/v1/exchanges?q=is:invalid&limit=200',
      );
      const reasons = new Map<string, { count: number; why: string }>();
      for (const { verdict } of exchanges) {
        const reason = verdict.reason ?? '';
        const seen = reasons.get(reason);
        if (seen === undefined) reasons.set(reason, { count: 1, why: verdict.why });
        else seen.count++;
      }
      for (const [reason, { count, why }] of [...reasons].slice(0, 5))
        found.push(warn(`${count} of the latest requests refused: ${reason}`, why));
      return found.length === 0 ? [ok('no request was refused')] : found;
    },
  },
];

const INTERCEPTORS = [
  {
    name: 'msw',
    from: 3,
    says: 'while it listens, node:http2 sessions hang and undici falls back to HTTP/1.1',
    cure: 'do not call listen() in a process that speaks HTTP/2; use the handlers of mock-apns/msw with getResponse, or msw 2',
  },
  {
    name: 'nock',
    from: 14,
    says: 'while it is active, it takes over the sockets that HTTP/2 needs',
    cure: 'call nock.restore() before the first push, or nock.enableNetConnect for this server',
  },
] as const;

function versionOf(manifest: string): string | null {
  try {
    const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version?: unknown };
    return typeof version === 'string' ? version : null;
  } catch {
    return null;
  }
}

/** The base64 of a PEM without its lines, so that two copies can be compared. */
const coreOf = (pem: string): string => pem.split('\n').slice(1, 3).join('\n');

/** The server tells addresses as it sees them; from outside its container they are where its control port is. */
function withHostOf(url: string, control: string): string {
  const host = /^http:\/\/(\[[^\]]+\]|[^:/]+)/.exec(control)?.[1] ?? '127.0.0.1';
  return url.replace(/^https:\/\/(\[[^\]]+\]|[^:/]+)/, `https://${host}`);
}

type Seen = { readonly alpn: string; readonly until: string } | { readonly error: string; readonly code: string };

function tryTls(url: string, ca: string): Promise<Seen> {
  return new Promise((resolve) => {
    const session = connect(url, { ca });
    const end = (seen: Seen): void => {
      session.destroy();
      resolve(seen);
    };
    session.setTimeout(3000, () => end({ error: 'no answer within 3 s', code: 'ETIMEDOUT' }));
    session.on('error', (error: NodeJS.ErrnoException) => end({ error: error.message, code: error.code ?? '' }));
    session.on('connect', (_, socket) => {
      const { getPeerCertificate } = socket as unknown as { getPeerCertificate?: () => { valid_to: string } };
      const until = getPeerCertificate?.call(socket).valid_to ?? '';
      end({ alpn: session.alpnProtocol ?? 'none', until: new Date(until).toISOString() });
    });
  });
}

function cureOf(code: string): string {
  if (code === 'ECONNREFUSED') return 'the port is not published, or another is in use: compare with the ready line';
  if (/CERT_HAS_EXPIRED/.test(code)) return 'remove server.pem from the certificate folder and start again';
  if (/ALTNAME/.test(code)) return 'use localhost, 127.0.0.1 or a name that the certificate carries; --host adds one';
  if (/CERT|SELF_SIGNED|ISSUER/.test(code))
    return 'the certificate is not of the authority that the server tells: something stands between, such as a proxy';
  if (/WRONG_VERSION|SSL/.test(code)) return 'what listens there speaks no TLS: is this the h2c port?';
  return 'compare with the ready line of the server';
}
