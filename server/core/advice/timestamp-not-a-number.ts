import { type AdviceRule, has, isLiveActivity, show } from './rule.ts';

const TIMES = ['timestamp', 'stale-date', 'dismissal-date'] as const;

export const timestampNotANumber: AdviceRule = {
  id: 'timestamp-not-a-number',
  says: 'A timestamp is a whole number of seconds since 1970.',
  because: 'Text, fractions and dates are not read as a time, and the update is dropped.',
  sources: ['AK'],
  look(subject) {
    if (!isLiveActivity(subject)) return null;
    return TIMES.filter((key) => has(subject.aps, key) && !Number.isInteger(subject.aps[key])).map((key) => ({
      text: `aps.${key} is ${show(subject.aps[key])}: give whole seconds since 1970 as a number`,
      at: `aps.${key}`,
    }));
  },
  valid: [
    {
      headers: { 'apns-push-type': 'liveactivity' },
      payload: { aps: { event: 'update', timestamp: 1795284000, 'content-state': { home: 1 } } },
    },
  ],
  invalid: [
    {
      headers: { 'apns-push-type': 'liveactivity' },
      payload: { aps: { event: 'update', timestamp: '1795284000', 'content-state': {} } },
    },
    {
      operation: 'broadcast.send',
      payload: { aps: { event: 'update', timestamp: 1795284000.5, 'content-state': {} } },
    },
  ],
};
