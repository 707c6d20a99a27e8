import { type AdviceRule, has, isDict, isLiveActivity, show } from './rule.ts';

export const liveActivityWithoutContentState: AdviceRule = {
  id: 'live-activity-without-content-state',
  says: 'A Live Activity push carries the content state.',
  because:
    'aps.content-state is decoded into the ContentState type of the app. Without an object to decode, the activity keeps showing what it shows.',
  sources: ['AK'],
  look(subject) {
    if (!isLiveActivity(subject)) return null;
    const state = subject.aps['content-state'];
    if (isDict(state)) return null;
    if (!has(subject.aps, 'content-state'))
      return { text: 'aps.content-state is missing: give the whole new state as an object', at: 'aps' };
    return { text: `aps.content-state is ${show(state)}: give an object`, at: 'aps.content-state' };
  },
  valid: [
    {
      headers: { 'apns-push-type': 'liveactivity' },
      payload: { aps: { event: 'update', timestamp: 1795284000, 'content-state': { home: 1 } } },
    },
  ],
  invalid: [
    { headers: { 'apns-push-type': 'liveactivity' }, payload: { aps: { event: 'update', timestamp: 1795284000 } } },
    {
      operation: 'broadcast.send',
      payload: { aps: { event: 'update', timestamp: 1795284000, 'content-state': 'home 1' } },
    },
  ],
};
