/** What a connection remembers of tokens, and what its client certificate does (apns-protocol 6.3, 6.5, 7.5). */
import type { Case, Setup, Step } from '../case.ts';
import { APP, type CertificateName, type CredentialSpec, type KeyName, OTHER_APP, OTHER_TEAM } from '../credentials.ts';
import {
  broadcasted,
  created,
  each,
  type GoodName,
  given,
  listed,
  type Outcome,
  pushed,
  refused,
  STORELESS,
  STORING,
  step,
  unanswered,
} from './base.ts';

const after = (key: KeyName, good: 'push' | 'broadcast' | 'create' = 'push'): { before: readonly Step[] } => ({
  before: [step(good, { credentials: { token: { key } } })],
});
const using = (key: KeyName): { credentials: CredentialSpec } => ({ credentials: { token: { key } } });
const otherTeam = refused(403, 'InvalidProviderToken', 'connection-binding');
const unrelated = refused(403, 'UnrelatedKeyIdInToken', 'connection-binding');

const binding: Case[] = [
  given('push', 'the same key again', { ...after('main'), ...using('main') }, pushed),
  given('push', 'another key of the same team', { ...after('main'), ...using('second') }, pushed),
  given('push', 'a key of another team on the same connection', { ...after('main'), ...using('foreign') }, otherTeam),
  given('push', 'an unknown key of the same team', { ...after('main'), ...using('stranger') }, pushed),
  given(
    'push',
    'an unknown key of another team',
    {
      ...after('main'),
      credentials: { token: { key: 'stranger', claims: { iss: OTHER_TEAM } } },
    },
    otherTeam,
  ),
  given(
    'push',
    'the same unknown key, but another team',
    {
      ...after('stranger'),
      credentials: { token: { key: 'stranger', claims: { iss: OTHER_TEAM } } },
    },
    otherTeam,
  ),
  given(
    'push',
    'another team after a push that was refused for its token',
    {
      before: [step('push', { credentials: { token: { signature: 'forged' } } })],
      ...using('foreign'),
    },
    pushed,
  ),
  given(
    'push',
    'another team after a push that was refused for its body',
    {
      before: [step('push', { body: '' })],
      ...using('foreign'),
    },
    otherTeam,
  ),
  given('push', 'a topic-specific key after a team-scoped one', { ...after('main'), ...using('topic') }, unrelated),
  given('push', 'a team-scoped key after a topic-specific one', { ...after('topic'), ...using('main') }, unrelated),
  given('push', 'another topic-specific key', { ...after('topic'), ...using('topics') }, unrelated),
  given('push', 'the same topic-specific key again', { ...after('topic'), ...using('topic') }, pushed),
  given(
    'push',
    'the same topic-specific key for another topic',
    {
      ...after('topic'),
      ...using('topic'),
      headers: { 'apns-topic': OTHER_APP },
    },
    refused(400, 'TopicDisallowed', 'topic-allowed'),
  ),
  given('broadcast', 'another team after a push of the first', { ...after('main'), ...using('foreign') }, otherTeam),
  given(
    'broadcast',
    'a topic-specific key after a team-scoped one',
    { ...after('main', 'broadcast'), ...using('topic') },
    unrelated,
  ),
  given(
    'create',
    'another team on the same connection',
    { ...after('main', 'create'), ...using('foreign') },
    otherTeam,
  ),
  given(
    'create',
    'a topic-specific key after a team-scoped one',
    { ...after('main', 'create'), ...using('topic') },
    unrelated,
  ),
  given(
    'push',
    'a key of the other environment after a good one',
    { ...after('main'), ...using('production') },
    refused(403, 'BadEnvironmentKeyIdInToken', 'key-environment'),
  ),
];

/** So many different tokens of one key. */
const tokens = (count: number, good: 'push' | 'broadcast' | 'create' = 'push'): readonly Step[] =>
  Array.from({ length: count }, (_, n) => step(good, { credentials: { token: { claims: { n } } } }));
const tooMany = refused(429, 'TooManyProviderTokenUpdates', 'token-refresh');
const churn: Case[] = [
  given('push', 'the fifth token of a connection', { before: tokens(4) }, pushed),
  given('push', 'the sixth token of a connection', { before: tokens(5) }, tooMany),
  given(
    'push',
    'the first of five tokens once more',
    {
      before: tokens(5),
      credentials: { token: { claims: { n: 0 } } },
    },
    pushed,
  ),
  given(
    'push',
    'one token under five spellings of its scheme counts once',
    {
      before: ['bearer', 'Bearer', 'BEARER', 'bEarer', 'beArer'].map((scheme) =>
        step('push', { credentials: { token: { scheme } } }),
      ),
      credentials: { token: { claims: { n: 1 } } },
    },
    pushed,
  ),
  given('broadcast', 'the sixth token of a connection', { before: tokens(5, 'broadcast') }, tooMany),
  given('create', 'the sixth token of a connection', { before: tokens(5, 'create') }, tooMany),
  given('push', 'the same token a hundred times', { before: Array.from({ length: 99 }, () => step('push')) }, pushed),
  given(
    'push',
    'tokens that were refused do not count',
    {
      before: Array.from({ length: 9 }, (_, n) =>
        step('push', { credentials: { token: { signature: 'forged', claims: { n } } } }),
      ),
    },
    pushed,
  ),
  given('push', 'no tokens are counted with authentication off', { before: tokens(9), setup: { auth: 'off' } }, pushed),
];

const goodbye = (reason: string): Outcome =>
  unanswered([{ goaway: { code: 'NO_ERROR', last: 'none', debug: `{"reason":"${reason}"}` } }], reason);
const holding = (
  certificate: CertificateName,
  change: Partial<Setup> = {},
): { setup: Partial<Setup>; credentials: 'none' } => ({
  setup: { certificate, ...change },
  credentials: 'none',
});
const topic = (name: string, type = 'alert'): { headers: Record<string, string> } => ({
  headers: { 'apns-topic': name, 'apns-push-type': type },
});

const certificates: Case[] = [
  ...each<readonly [GoodName, Outcome]>(
    [
      ['push', pushed],
      ['broadcast', broadcasted],
      ['create', created],
      ['list', listed(STORING, STORELESS)],
    ],
    ([good, outcome]) => [
      given(good, 'a client certificate for both environments', holding('universal'), outcome),
      given(good, 'a development certificate', holding('development'), outcome),
      given(
        good,
        'a production certificate in the sandbox',
        holding('production'),
        goodbye('BadCertificateEnvironment'),
      ),
      given(good, 'an expired certificate', holding('expired'), goodbye('BadCertificate')),
    ],
  ),
  given('push', 'a certificate without markers', holding('unmarked'), pushed),
  given(
    'push',
    'a development certificate in production',
    holding('development', { environment: 'production' }),
    goodbye('BadCertificateEnvironment'),
  ),
  given('push', 'a production certificate in production', holding('production', { environment: 'production' }), pushed),
  given(
    'create',
    'a development certificate on the port of production',
    holding('development', { listener: 'manage-production' }),
    goodbye('BadCertificateEnvironment'),
  ),
  given('push', 'a certificate that is not yet valid', holding('early'), goodbye('BadCertificate')),
  given('push', 'a certificate without topics', holding('topicless'), goodbye('BadCertificate')),
  given('push', 'a certificate that cannot be read', holding('unreadable'), goodbye('BadCertificate')),
  given('push', 'a certificate from elsewhere', holding('untrusted'), pushed),
  given(
    'push',
    'registered: a certificate from elsewhere',
    holding('untrusted', { auth: 'registered' }),
    goodbye('BadCertificate'),
  ),
  given('push', 'registered: a certificate from here', holding('universal', { auth: 'registered' }), pushed),
  given('push', 'off: an expired certificate', holding('expired', { auth: 'off' }), pushed),
  ...each(['garbage', 'bearer a.b.c', 'bearer'], (authorization) =>
    given(
      'push',
      `a certificate, and authorization "${authorization}"`,
      {
        setup: { certificate: 'universal' },
        credentials: { authorization },
      },
      pushed,
    ),
  ),
  given(
    'push',
    'a certificate, and a token of another team',
    {
      setup: { certificate: 'universal' },
      credentials: { token: { key: 'foreign', iat: -9999 } },
    },
    pushed,
  ),
];

const certificateTopics: Case[] = [
  given(
    'push',
    'no topic, and a certificate with one',
    { ...holding('universal'), headers: { 'apns-topic': null } },
    pushed,
  ),
  given(
    'push',
    'no topic, and a certificate with several',
    { ...holding('several'), headers: { 'apns-topic': null } },
    refused(400, 'MissingTopic', 'apns-topic'),
  ),
  given(
    'push',
    'a topic that the certificate lists',
    { ...holding('several'), ...topic(`${APP}.voip`, 'voip') },
    pushed,
  ),
  given(
    'push',
    'a complication topic that the certificate lists',
    {
      ...holding('several'),
      ...topic(`${APP}.complication`, 'complication'),
    },
    pushed,
  ),
  given(
    'push',
    'a VoIP topic that the certificate does not list',
    { ...holding('universal'), ...topic(`${APP}.voip`, 'voip') },
    refused(400, 'TopicDisallowed', 'topic-allowed'),
  ),
  given(
    'push',
    'a complication topic that the certificate does not list',
    {
      ...holding('universal'),
      ...topic(`${APP}.complication`, 'complication'),
    },
    refused(400, 'TopicDisallowed', 'topic-allowed'),
  ),
  given(
    'push',
    "a topic of another app than the certificate's",
    { ...holding('universal'), ...topic(OTHER_APP) },
    refused(400, 'TopicDisallowed', 'topic-allowed'),
  ),
  given(
    'push',
    'location, which certificates cannot',
    { ...holding('universal'), ...topic(`${APP}.location-query`, 'location') },
    refused(400, 'TopicDisallowed', 'topic-allowed'),
  ),
  given(
    'push',
    'the topic of location without its push type',
    {
      ...holding('universal'),
      headers: { 'apns-topic': `${APP}.location-query`, 'apns-push-type': null },
    },
    refused(400, 'TopicDisallowed', 'topic-allowed'),
  ),
  given(
    'push',
    "a Live Activity of the certificate's app",
    {
      ...holding('universal'),
      ...topic(`${APP}.push-type.liveactivity`, 'liveactivity'),
    },
    pushed,
  ),
  given(
    'broadcast',
    'an app of another certificate',
    { ...holding('universal'), path: `/4/broadcasts/apps/${OTHER_APP}` },
    refused(403, 'TopicMismatch', 'bundle-id'),
  ),
  given(
    'create',
    'an app of another certificate',
    { ...holding('universal'), path: `/1/apps/${OTHER_APP}/channels` },
    refused(403, 'TopicMismatch', 'bundle-id'),
  ),
  given('push', 'no token after one, with a certificate', { ...holding('universal'), before: [step('push')] }, pushed),
];

export const CONNECTIONS: readonly Case[] = [...binding, ...churn, ...certificates, ...certificateTopics];
