import { type AdviceRule, has, isLiveActivity } from './rule.ts';

export const dismissalDateWithoutEnd: AdviceRule = {
  id: 'dismissal-date-without-end',
  says: 'A dismissal date goes with the end of an activity.',
  because: 'It says when the ended activity leaves the lock screen; on an update it is ignored.',
  sources: ['AK'],
  look(subject) {
    if (!isLiveActivity(subject) || !has(subject.aps, 'dismissal-date') || subject.aps['event'] === 'end') return null;
    return { text: 'aps.dismissal-date has a meaning with event "end" only', at: 'aps.dismissal-date' };
  },
  valid: [
    {
      operation: 'broadcast.send',
      payload: { aps: { event: 'end', timestamp: 1795284000, 'dismissal-date': 1795285000, 'content-state': {} } },
    },
  ],
  invalid: [
    {
      operation: 'broadcast.send',
      payload: {
        aps: { event: 'update', timestamp: 1795284000, 'content-state': { home: 1 }, 'dismissal-date': 1795285000 },
      },
    },
  ],
};
