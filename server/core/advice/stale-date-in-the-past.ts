import { type AdviceRule, isLiveActivity } from './rule.ts';

export const staleDateInThePast: AdviceRule = {
  id: 'stale-date-in-the-past',
  says: 'A stale date lies ahead.',
  because: 'An activity whose stale date has passed is shown as out of date at once.',
  sources: ['AK'],
  look(subject) {
    const stale = subject.aps['stale-date'];
    if (!isLiveActivity(subject) || typeof stale !== 'number' || stale > subject.now) return null;
    const ago = Math.round(subject.now - stale);
    return {
      text: `aps.stale-date passed ${ago} s ago: the activity is out of date as soon as it is updated`,
      at: 'aps.stale-date',
    };
  },
  valid: [
    {
      operation: 'broadcast.send',
      payload: {
        aps: { event: 'update', timestamp: 1795284000, 'content-state': { home: 1 }, 'stale-date': 1795284600 },
      },
    },
  ],
  invalid: [
    {
      operation: 'broadcast.send',
      payload: {
        aps: { event: 'update', timestamp: 1795284000, 'content-state': { home: 1 }, 'stale-date': 1795280000 },
      },
    },
  ],
};
