import * as v from 'valibot';
import { CHANNEL_LIMIT } from '../../../core/registry.ts';
import { momentAt } from '../../../core/scenario/forms.ts';
import { filled, truth } from '../../../core/scenario/kit.ts';
import { PARTS } from '../../../core/scenario/schema.ts';
import { type App, type Device, ENVIRONMENTS, type Key } from '../../../protocol/model.ts';
import { generateProviderKey, importPublicKey, KeyError } from '../../../shell/crypto.ts';
import type { ControlHouse } from '../house.ts';
import { Refusal } from '../problem.ts';
import { ok, problem, route } from '../route.ts';
import { APP_VIEW, bundleId, closed, DEVICE_VIEW, KEY_VIEW, may, must, NEW_KEY, needs, whole } from '../schemas.ts';

const APP = { bundleId: needs(bundleId(), 'Bundle id.', 'com.example.scores') };
const token = () =>
  v.pipe(
    v.string(must('a device token')),
    v.regex(/^([0-9a-f]{2}){1,500}$/i, must('a device token: an even number of hexadecimal digits')),
  );
const DEVICE = { token: needs(token(), 'Device token.', 'c0ffee') };
const without = <E extends v.ObjectEntries, K extends keyof E & string>(entries: E, key: K): Omit<E, K> => {
  const { [key]: _, ...rest } = entries;
  return rest;
};

const { topics: KEY_TOPICS, environments: KEY_ENVIRONMENTS } = PARTS.key.entries;

export const REGISTRY_ROUTES = [
  route({
    method: 'GET',
    path: '/api/v1/apps',
    id: 'listApps',
    tag: 'registry',
    says: 'The apps that are registered. All others may push and broadcast freely.',
    answers: { 200: ok('The apps.', v.object({ apps: v.array(APP_VIEW) })) },
    handle: ({ house }) => ({
      json: { apps: house.driver.engine.registry.apps().map(({ bundleId }) => appView(house, bundleId)) },
    }),
  }),
  route({
    method: 'GET',
    path: '/api/v1/apps/{bundleId}',
    id: 'readApp',
    tag: 'registry',
    says: 'What holds for an app, registered or not.',
    params: APP,
    answers: { 200: ok('The app.', APP_VIEW), 400: problem('This is no bundle id.') },
    handle: ({ path, house }) => ({ json: appView(house, path.bundleId) }),
  }),
  route({
    method: 'PUT',
    path: '/api/v1/apps/{bundleId}',
    id: 'putApp',
    tag: 'registry',
    says: 'Registers an app, or changes what is given of it. Without the broadcast capability its channels are gone for good.',
    params: APP,
    body: {
      as: 'json',
      schema: closed('an app', {
        team: may(v.nullable(filled('a team id')), 'The only team that may push to it; null for any.', 'TEAM123456'),
        broadcast: may(truth(), 'Whether it has the broadcast capability.', false),
        keyIds: may(
          v.nullable(v.array(filled('a key id'), must('a list of key ids'))),
          'The only keys that may push to it; null for any.',
          ['ABC123DEFG'],
        ),
        channelLimit: may(whole(0, 1_000_000), 'Channels that it may have per environment.', 3),
      }),
    },
    answers: { 200: ok('The app.', APP_VIEW), 400: problem('The body is not right.') },
    handle({ path, body, house }) {
      const before = house.driver.engine.registry.app(path.bundleId) ?? OPEN;
      const given = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined)) as Partial<App>;
      house.driver.command({ put: 'app', app: { ...before, ...given, bundleId: path.bundleId } });
      return { json: appView(house, path.bundleId) };
    },
  }),

  route({
    method: 'GET',
    path: '/api/v1/devices',
    id: 'listDevices',
    tag: 'registry',
    says: 'The devices that are registered. All others are active.',
    answers: { 200: ok('The devices.', v.object({ devices: v.array(DEVICE_VIEW) })) },
    handle: ({ house }) => ({
      json: { devices: house.driver.engine.registry.devices().map((device) => deviceView(device)) },
    }),
  }),
  route({
    method: 'GET',
    path: '/api/v1/devices/{token}',
    id: 'readDevice',
    tag: 'registry',
    says: 'What holds for a device, registered or not.',
    params: DEVICE,
    answers: { 200: ok('The device.', DEVICE_VIEW), 400: problem('This is no device token.') },
    handle: ({ path, house }) => ({ json: viewOfToken(house, path.token) }),
  }),
  route({
    method: 'PUT',
    path: '/api/v1/devices/{token}',
    id: 'putDevice',
    tag: 'registry',
    says: 'Registers a device: where and for what its token is valid, and what became of it.',
    params: DEVICE,
    body: { as: 'json', schema: closed('a device', without(PARTS.device.entries, 'token')), optional: true },
    answers: { 200: ok('The device.', DEVICE_VIEW), 400: problem('The body is not right.') },
    handle({ path, body, house }) {
      const { environment, topics, state, since } = body;
      const now = house.clock.now();
      const device: Device = {
        token: path.token.toLowerCase(),
        environment: environment ?? null,
        topics: topics ?? null,
        state: state ?? 'active',
        since: since === undefined ? now : momentAt(since, now),
      };
      house.driver.command({ put: 'device', device });
      return { json: viewOfToken(house, path.token) };
    },
  }),
  route({
    method: 'DELETE',
    path: '/api/v1/devices/{token}',
    id: 'deleteDevice',
    tag: 'registry',
    says: 'Forgets a device; it is active again, like all that nobody registered.',
    params: DEVICE,
    answers: { 200: ok('What holds now.', DEVICE_VIEW), 400: problem('This is no device token.') },
    handle({ path, house }) {
      house.driver.command({ remove: 'device', token: path.token });
      return { json: viewOfToken(house, path.token) };
    },
  }),

  route({
    method: 'GET',
    path: '/api/v1/keys',
    id: 'listKeys',
    tag: 'registry',
    says: 'The provider keys that are registered, without their key material.',
    answers: { 200: ok('The keys.', v.object({ keys: v.array(KEY_VIEW) })) },
    handle: ({ house }) => ({ json: { keys: house.driver.engine.registry.keys().map(keyView) } }),
  }),
  route({
    method: 'PUT',
    path: '/api/v1/keys',
    id: 'putKey',
    tag: 'registry',
    says: 'Registers the public half of a provider key; tokens signed with it are then verified.',
    body: { as: 'json', schema: PARTS.key },
    answers: {
      200: ok('The key.', KEY_VIEW),
      400: problem('The body is not right.'),
      422: problem('The key cannot be used.'),
    },
    handle({ body, house }) {
      const { keyId, teamId, publicKey, topics, environments } = body;
      const key: Key = {
        keyId,
        teamId,
        handle: handleOf(publicKey),
        topics: topics ?? [],
        environments: environments ?? ENVIRONMENTS,
      };
      house.driver.command({ put: 'key', key });
      return { json: keyView(key) };
    },
  }),
  route({
    method: 'POST',
    path: '/api/v1/keys/generate',
    id: 'generateKey',
    tag: 'registry',
    says: 'Makes and registers a fresh provider key, and hands out its private half: it is kept nowhere.',
    body: {
      as: 'json',
      optional: true,
      schema: closed('a key to make', {
        teamId: may(
          v.pipe(v.string(must('a team id')), v.regex(/^[A-Z0-9]{10}$/, must('a team id: ten letters A-Z and digits'))),
          'Team; a random one if not given.',
          'TEAM123456',
        ),
        topics: KEY_TOPICS,
        environments: KEY_ENVIRONMENTS,
      }),
    },
    answers: { 201: ok('The key, with the text of its .p8 file.', NEW_KEY), 400: problem('The body is not right.') },
    handle({ body, house }) {
      const made = generateProviderKey();
      const key: Key = {
        keyId: made.keyId,
        teamId: body.teamId ?? made.teamId,
        handle: importPublicKey(made.publicKeyPem),
        topics: body.topics ?? [],
        environments: body.environments ?? ENVIRONMENTS,
      };
      house.driver.command({ put: 'key', key });
      return { status: 201, json: { ...keyView(key), publicKey: made.publicKeyPem, p8: made.p8 } };
    },
  }),
];

const OPEN: Omit<App, 'bundleId'> = { team: null, broadcast: true, keyIds: null, channelLimit: CHANNEL_LIMIT };

function appView({ driver }: ControlHouse, bundleId: string): v.InferInput<typeof APP_VIEW> {
  const { registry } = driver.engine;
  const app = registry.app(bundleId);
  const { team, broadcast, keyIds, channelLimit } = app ?? OPEN;
  return {
    bundleId,
    registered: app !== undefined,
    team,
    broadcast,
    keyIds: keyIds === null ? null : [...keyIds],
    channelLimit,
    channels: {
      sandbox: registry.channelCount('sandbox', bundleId),
      production: registry.channelCount('production', bundleId),
    },
  };
}

function deviceView({ token, environment, topics, state, since }: Device): v.InferInput<typeof DEVICE_VIEW> {
  const at = new Date(since).toISOString();
  return { token, registered: true, environment, topics: topics === null ? null : [...topics], state, since: at };
}

function viewOfToken({ driver }: ControlHouse, token: string): v.InferInput<typeof DEVICE_VIEW> {
  const device = driver.engine.registry.device(token);
  if (device !== undefined) return deviceView(device);
  return {
    token: token.toLowerCase(),
    registered: false,
    environment: null,
    topics: null,
    state: 'active',
    since: null,
  };
}

const keyView = ({ keyId, teamId, topics, environments }: Key): v.InferInput<typeof KEY_VIEW> => ({
  keyId,
  teamId,
  topics: [...topics],
  environments: [...environments],
});

/** @throws Refusal */
function handleOf(publicKey: string): unknown {
  try {
    return importPublicKey(publicKey);
  } catch (error) {
    if (error instanceof KeyError) throw new Refusal(422, `Send a public key on P-256: ${error.message}`);
    throw error;
  }
}
