/** What a client needs to reach the server, as variables of an environment. */

export interface ClientFacts {
  readonly sendUrl: string;
  readonly manageUrl: string;
  readonly manageProductionUrl: string;
  readonly controlUrl: string;
  readonly keyId: string;
  readonly teamId: string;
  /** `null`: kept in memory; the trust file is then to be had from the control port. */
  readonly files: {
    readonly ca: string;
    readonly key: string;
    /** `null`: there is no client certificate. */
    readonly client: { readonly cert: string; readonly key: string } | null;
  } | null;
}

/** Not named MOCK_APNS_…: those are the server's own, and a server started in this environment would take them. */
export function clientEnv(facts: ClientFacts): Readonly<Record<string, string>> {
  const { files } = facts;
  const { hostname, port } = partsOf(facts.sendUrl);
  return {
    APNS_URL: facts.sendUrl,
    APNS_HOST: hostname,
    APNS_PORT: port,
    APNS_MANAGE_URL: facts.manageUrl,
    APNS_MANAGE_PRODUCTION_URL: facts.manageProductionUrl,
    APNS_CONTROL_URL: facts.controlUrl,
    APNS_KEY_ID: facts.keyId,
    APNS_TEAM_ID: facts.teamId,
    ...(files === null
      ? {}
      : {
          APNS_KEY_FILE: files.key,
          APNS_CA_FILE: files.ca,
          ...(files.client === null
            ? {}
            : { APNS_CLIENT_CERT_FILE: files.client.cert, APNS_CLIENT_KEY_FILE: files.client.key }),
          // Adds to what Node trusts. SSL_CERT_FILE would put it in place of all else: see /bundle.pem for that.
          NODE_EXTRA_CA_CERTS: files.ca,
        }),
  };
}

function partsOf(url: string): { readonly hostname: string; readonly port: string } {
  const [, hostname = '', port = ''] = /^https?:\/\/(\[[^\]]+\]|[^:/]+):(\d+)/.exec(url) ?? [];
  return { hostname, port };
}

export const ENV_FORMATS = ['sh', 'dotenv', 'json', 'github'] as const;
export type EnvFormat = (typeof ENV_FORMATS)[number];

/** `sh` for eval, `dotenv` for a file, `json`, `github` for $GITHUB_ENV. */
export function formatEnv(env: Readonly<Record<string, string>>, format: EnvFormat): string {
  const rows = Object.entries(env);
  switch (format) {
    case 'sh':
      return rows.map(([name, value]) => `export ${name}=${quoteSh(value)}\n`).join('');
    case 'dotenv':
      return rows.map(([name, value]) => `${name}=${quoteDotenv(value)}\n`).join('');
    case 'json':
      return `${JSON.stringify(env, null, 2)}\n`;
    case 'github':
      return rows.map(([name, value]) => `${name}=${value.replaceAll(/[\r\n]/g, ' ')}\n`).join('');
  }
}

const PLAIN = /^[\w./:@%+,-]+$/;
const quoteSh = (value: string): string => (PLAIN.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`);
const quoteDotenv = (value: string): string => (PLAIN.test(value) ? value : JSON.stringify(value));
