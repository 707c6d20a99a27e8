import * as v from 'valibot';
import type { Channel } from '../../../protocol/model.ts';
import type { Desk } from '../desk.ts';
import type { ControlHouse } from '../house.ts';
import { ok, problem, route } from '../route.ts';
import { bundleId, CHANNEL_VIEW, environment, may } from '../schemas.ts';

export const CHANNEL_ROUTES = [
  route({
    method: 'GET',
    path: '/api/v1/channels',
    id: 'listChannels',
    tag: 'registry',
    says: 'The channels there are, with policy, broadcasts accepted so far and the stored message.',
    query: {
      environment: may(environment(), 'Of this environment only.', 'sandbox'),
      bundleId: may(bundleId(), 'Of this app only.', 'com.example.scores'),
    },
    answers: {
      200: ok('In the order of their creation.', v.object({ channels: v.array(CHANNEL_VIEW) })),
      400: problem('The query is not right.'),
    },
    handle({ query, desk, house }) {
      const channels = house.driver.engine.registry
        .channels()
        .filter((channel) => query.environment === undefined || channel.environment === query.environment)
        .filter((channel) => query.bundleId === undefined || channel.bundleId === query.bundleId);
      return { json: { channels: channels.map((channel) => viewOf(channel, house, desk)) } };
    },
  }),
];

function viewOf(channel: Channel, { driver, clock }: ControlHouse, desk: Desk): v.InferInput<typeof CHANNEL_VIEW> {
  const { id, bundleId, environment, policy, createdAt, accepted, stored } = channel;
  // What has run out is still in memory and no longer there for anybody.
  const kept = stored !== null && stored.until > clock.now() ? stored : null;
  const entry = kept === null ? undefined : driver.engine.journal.get(kept.seq);
  return {
    id,
    bundleId,
    environment,
    policy,
    createdAt: new Date(createdAt).toISOString(),
    accepted,
    stored:
      kept === null
        ? null
        : {
            seq: kept.seq,
            at: new Date(kept.at).toISOString(),
            until: new Date(kept.until).toISOString(),
            // The journal may have let it go.
            payload: entry?.kind === 'exchange' ? desk.plain(entry).request.payload : null,
          },
  };
}
