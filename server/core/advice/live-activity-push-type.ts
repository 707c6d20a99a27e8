import { type AdviceRule, has } from './rule.ts';

export const liveActivityPushType: AdviceRule = {
  id: 'live-activity-push-type',
  says: 'A Live Activity payload goes out as push type liveactivity.',
  because:
    'Under another push type, aps.content-state and aps.event mean nothing: no activity changes, and an alert without visible content shows nothing.',
  sources: ['AK', 'SEND'],
  look({ operation, pushType, aps }) {
    if (operation !== 'device.send' || pushType === 'liveactivity' || !has(aps, 'content-state')) return null;
    return { text: 'aps.content-state belongs to apns-push-type liveactivity', at: 'headers.apns-push-type' };
  },
  valid: [
    {
      headers: { 'apns-push-type': 'liveactivity' },
      payload: { aps: { event: 'update', timestamp: 1795284000, 'content-state': { home: 1 } } },
    },
  ],
  invalid: [
    {
      headers: { 'apns-push-type': 'alert' },
      payload: { aps: { event: 'update', timestamp: 1795284000, 'content-state': { home: 1 } } },
    },
  ],
};
