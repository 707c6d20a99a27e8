import { type AdviceRule, isLiveActivity, MILLISECONDS_FROM } from './rule.ts';

const TIMES = ['timestamp', 'stale-date', 'dismissal-date'] as const;

export const timeInMilliseconds: AdviceRule = {
  id: 'time-in-milliseconds',
  says: 'Times in a payload are seconds, not milliseconds.',
  because:
    'A time in milliseconds lies tens of thousands of years ahead: every later update with a right timestamp is older and is dropped, a stale date never comes, a dismissal never happens.',
  sources: ['AK', 'GEN'],
  look(subject) {
    if (!isLiveActivity(subject)) return null;
    return TIMES.flatMap((key) => {
      const value = subject.aps[key];
      if (typeof value !== 'number' || Math.abs(value) < MILLISECONDS_FROM) return [];
      return [
        { text: `aps.${key} is ${value}, which is milliseconds: give ${Math.floor(value / 1000)}`, at: `aps.${key}` },
      ];
    });
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
      payload: { aps: { event: 'update', timestamp: 1795284000000, 'content-state': {} } },
    },
    {
      operation: 'broadcast.send',
      payload: { aps: { event: 'end', timestamp: 1795284000, 'dismissal-date': 1795284000000, 'content-state': {} } },
    },
    {
      operation: 'broadcast.send',
      payload: { aps: { event: 'update', timestamp: 1795284000, 'stale-date': 1795284000000, 'content-state': {} } },
    },
  ],
};
