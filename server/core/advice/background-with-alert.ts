import { type AdviceRule, has } from './rule.ts';

const VISIBLE = ['alert', 'sound', 'badge'] as const;

export const backgroundWithAlert: AdviceRule = {
  id: 'background-with-alert',
  says: 'A background push shows, sounds and counts nothing.',
  because: 'With alert, sound or badge in it the system does not treat it as a background update.',
  sources: ['BACK'],
  look({ pushType, aps }) {
    if (pushType !== 'background') return null;
    return VISIBLE.filter((key) => has(aps, key)).map((key) => ({
      text: `aps.${key} has no place in a background push: leave it out, or make the push type "alert"`,
      at: `aps.${key}`,
    }));
  },
  valid: [
    { headers: { 'apns-push-type': 'background', 'apns-priority': '5' }, payload: { aps: { 'content-available': 1 } } },
  ],
  invalid: [
    {
      headers: { 'apns-push-type': 'background', 'apns-priority': '5' },
      payload: { aps: { 'content-available': 1, sound: 'default' } },
    },
    {
      headers: { 'apns-push-type': 'background', 'apns-priority': '5' },
      payload: { aps: { 'content-available': 1, alert: 'Hi' } },
    },
    {
      headers: { 'apns-push-type': 'background', 'apns-priority': '5' },
      payload: { aps: { 'content-available': 1, badge: 1 } },
    },
  ],
};
