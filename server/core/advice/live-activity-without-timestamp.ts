import { type AdviceRule, has, isLiveActivity } from './rule.ts';

export const liveActivityWithoutTimestamp: AdviceRule = {
  id: 'live-activity-without-timestamp',
  says: 'A Live Activity push carries a timestamp.',
  because: 'The device drops an update whose timestamp it cannot compare with that of the last one.',
  sources: ['AK'],
  look(subject) {
    if (!isLiveActivity(subject) || has(subject.aps, 'timestamp')) return null;
    return { text: 'aps.timestamp is missing: give the seconds since 1970 at which this state was true', at: 'aps' };
  },
  valid: [
    {
      headers: { 'apns-push-type': 'liveactivity' },
      payload: { aps: { event: 'update', timestamp: 1795284000, 'content-state': { home: 1 } } },
    },
    { payload: { aps: { alert: 'Hi' } } },
  ],
  invalid: [
    {
      headers: { 'apns-push-type': 'liveactivity' },
      payload: { aps: { event: 'update', 'content-state': { home: 1 } } },
    },
    { operation: 'broadcast.send', payload: { aps: { event: 'update', 'content-state': {} } } },
  ],
};
