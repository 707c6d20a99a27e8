import { type AdviceRule, has, isLiveActivity, show } from './rule.ts';

const EVENTS: readonly string[] = ['start', 'update', 'end'];

export const liveActivityWithoutEvent: AdviceRule = {
  id: 'live-activity-without-event',
  says: 'A Live Activity push says whether it starts, updates or ends.',
  because:
    'Without aps.event, or with a word of its own, the system does not know what to do with the push and does nothing.',
  sources: ['AK'],
  look(subject) {
    if (!isLiveActivity(subject)) return null;
    const { event } = subject.aps;
    if (typeof event === 'string' && EVENTS.includes(event)) return null;
    if (!has(subject.aps, 'event')) return { text: 'aps.event is missing: give "update" or "end"', at: 'aps' };
    return { text: `aps.event is ${show(event)}: it is "start", "update" or "end"`, at: 'aps.event' };
  },
  valid: [
    {
      headers: { 'apns-push-type': 'liveactivity' },
      payload: { aps: { event: 'update', timestamp: 1795284000, 'content-state': { home: 1 } } },
    },
  ],
  invalid: [
    { headers: { 'apns-push-type': 'liveactivity' }, payload: { aps: { timestamp: 1795284000, 'content-state': {} } } },
    { operation: 'broadcast.send', payload: { aps: { event: 'refresh', timestamp: 1795284000, 'content-state': {} } } },
  ],
};
