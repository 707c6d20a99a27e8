import * as v from 'valibot';
import { bundleIdOf } from '../../../protocol/push-types.ts';
import { ok, problem, route } from '../route.ts';
import { bundleId, DROPPED_RULES, may } from '../schemas.ts';

export const RESET_ROUTES = [
  route({
    method: 'POST',
    path: '/api/v1/reset',
    id: 'reset',
    tag: 'server',
    says: 'Back to the state at start: journal, registries, rules, counters, scenario and clock. Connections stay open.',
    more: 'With `topic`, only what belongs to that app: its exchanges, channels, registrations, devices of it alone, and rules that act for it alone. So suites that run side by side, each with a bundle id of its own, can share one server. `droppedRules`: rules put on top that went.',
    query: { topic: may(bundleId(), 'A bundle id, or a topic of it.', 'com.example.scores') },
    answers: {
      200: ok('What was reset.', v.object({ reset: v.string(), deleted: v.number(), droppedRules: DROPPED_RULES })),
      400: problem('This is no topic.'),
    },
    handle({ query, house }) {
      const { driver, scenario } = house;
      const { journal } = driver.engine;
      const before = journal.held().entries;
      if (query.topic !== undefined) {
        const app = bundleIdOf(query.topic);
        const droppedRules = scenario.reset(app);
        return { json: { reset: app, deleted: before - journal.held().entries, droppedRules } };
      }
      return { json: { reset: 'all', deleted: before, droppedRules: scenario.reset(null) } };
    },
  }),
];
