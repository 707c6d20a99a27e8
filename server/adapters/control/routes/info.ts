import * as v from 'valibot';
import { clientEnv, ENV_FORMATS, formatEnv } from '../../../core/export/env.ts';
import { FAMILIES } from '../../../protocol/model.ts';
import { publicRoots } from '../../../shell/listen.ts';
import type { ControlHouse, Urls } from '../house.ts';
import { BODY_MAX_BYTES } from '../limits.ts';
import { Refusal } from '../problem.ts';
import { ok, problem, route } from '../route.ts';
import { choice, INFO, may } from '../schemas.ts';
import { journalState } from './state.ts';

const PEM = 'application/x-pem-file';
const STATUS = v.object({ status: v.literal('ok') });

export const INFO_ROUTES = [
  // The first three are answered by server.ts before the rest is loaded; these rows are what the document says of them,
  // and the answer to other forms of the same question.
  route({
    method: 'GET',
    path: '/livez',
    id: 'livez',
    tag: 'probes',
    says: 'Whether the process is alive.',
    open: true,
    answers: { 200: ok('It is.', STATUS) },
    handle: () => ({ json: { status: 'ok' } }),
  }),
  route({
    method: 'GET',
    path: '/readyz',
    id: 'readyz',
    tag: 'probes',
    says: 'Whether every listener accepts.',
    open: true,
    answers: { 200: ok('They do.', STATUS), 503: problem('Not yet; `missing` names which do not.') },
    handle({ house }) {
      const missing = house.missing();
      if (missing.length === 0) return { json: { status: 'ok' } };
      throw new Refusal(503, `Wait: ${missing.join(', ')} not yet accepting`, { missing });
    },
  }),
  route({
    method: 'GET',
    path: '/ca.pem',
    id: 'caPem',
    tag: 'trust',
    says: 'The certificate that clients must trust.',
    open: true,
    answers: { 200: ok('PEM.', PEM) },
    handle: ({ house }) => ({ type: PEM, text: house.caPem }),
  }),
  route({
    method: 'GET',
    path: '/bundle.pem',
    id: 'bundlePem',
    tag: 'trust',
    says: 'The same and the public roots, for settings that replace what a client trusts (SSL_CERT_FILE, REQUESTS_CA_BUNDLE).',
    open: true,
    answers: { 200: ok('PEM.', PEM) },
    handle: ({ house }) => ({ type: PEM, text: `${[house.caPem.trim(), ...publicRoots()].join('\n')}\n` }),
  }),
  route({
    method: 'GET',
    path: '/api/v1/info',
    id: 'info',
    tag: 'server',
    says: 'Version, listeners, base URLs, seed, scenario, limits and counts.',
    answers: { 200: ok('What this server is.', INFO) },
    handle: ({ house }) => ({ json: infoOf(house) }),
  }),
  route({
    method: 'GET',
    path: '/api/v1/env',
    id: 'env',
    tag: 'server',
    says: 'What a client needs, as variables of an environment. At the first start it waits for the client certificate, some 100 ms; every file that is named is there.',
    query: {
      format: may(choice(ENV_FORMATS), '`sh` (the default), `dotenv`, `json`, or `github` for $GITHUB_ENV.', 'json'),
    },
    answers: {
      200: { says: 'The variables.', shape: 'text/plain', also: ['application/json'] },
      503: problem('The listeners are not open yet.'),
    },
    async handle({ query, house }) {
      const { format = 'sh' } = query;
      const text = formatEnv(await envOf(house), format);
      return { type: format === 'json' ? 'application/json' : 'text/plain; charset=utf-8', text };
    },
  }),
];

const urlsOf = (house: ControlHouse): Urls => {
  const urls = house.urls();
  if (urls === null) throw new Refusal(503, 'Wait: the listeners are not open yet');
  return urls;
};

async function envOf(house: ControlHouse): Promise<Readonly<Record<string, string>>> {
  const { send, manage, manageProduction, control } = urlsOf(house);
  const made = await house.clientMade();
  return clientEnv({
    sendUrl: send,
    manageUrl: manage,
    manageProductionUrl: manageProduction,
    controlUrl: control,
    ...house.provider,
    files: house.paths === null ? null : { ...house.paths, client: made ? house.paths.client : null },
  });
}

function infoOf(house: ControlHouse): v.InferInput<typeof INFO> {
  const { driver, clock, settings } = house;
  const { engine } = driver;
  const urls = house.urls();
  const scenario = engine.scenario();
  const { maxEntries, maxBytes, maxStreams, environment, profile, auth, seed, singlePort } = settings;
  const { registry, sessions } = engine;
  const all = [...FAMILIES];
  const listeners =
    urls === null
      ? []
      : [
          ...urls.sends.map((url) => ({ name: 'send', url, families: singlePort ? all : ['device', 'broadcast'] })),
          { name: 'manage', url: urls.manage, families: singlePort ? all : ['channels'] },
          { name: 'manage-production', url: urls.manageProduction, families: singlePort ? all : ['channels'] },
          ...(urls.h2c === null ? [] : [{ name: 'h2c', url: urls.h2c, families: all }]),
          { name: 'control', url: urls.control, families: [] },
        ];
  let exchanges = 0;
  const { first, last } = engine.journal.range();
  for (let seq = first; seq <= last; seq++) if (engine.journal.get(seq)?.kind === 'exchange') exchanges++;
  return {
    name: 'mock-apns',
    version: house.version(),
    startedAt: new Date(house.startedAt).toISOString(),
    now: new Date(clock.now()).toISOString(),
    urls: urls === null ? null : { ...urls, sends: [...urls.sends] },
    listeners,
    ca: house.paths?.ca ?? `${urls?.control ?? ''}/ca.pem`,
    keyId: house.provider.keyId,
    teamId: house.provider.teamId,
    seed,
    environment,
    profile,
    auth,
    scenario: scenario === null ? null : { name: scenario.name, description: scenario.description },
    limits: { maxEntries, maxBytes, maxStreams, maxBody: BODY_MAX_BYTES },
    counts: {
      exchanges,
      connections: sessions.size,
      apps: registry.apps().length,
      channels: registry.channels().length,
      devices: registry.devices().length,
      keys: registry.keys().length,
      rules: engine.rules()?.rules().length ?? 0,
    },
    journal: journalState(house),
  };
}
