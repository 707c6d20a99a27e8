import type { AdviceRule } from './rule.ts';

export const backgroundWithoutContentAvailable: AdviceRule = {
  id: 'background-without-content-available',
  says: 'A background push says content-available.',
  because: 'Without aps.content-available = 1 the app is not woken, and nothing is shown either.',
  sources: ['BACK'],
  look({ pushType, aps }) {
    if (pushType !== 'background' || aps['content-available'] === 1) return null;
    return { text: 'a background push needs aps.content-available = 1', at: 'aps' };
  },
  valid: [
    { headers: { 'apns-push-type': 'background', 'apns-priority': '5' }, payload: { aps: { 'content-available': 1 } } },
  ],
  invalid: [{ headers: { 'apns-push-type': 'background', 'apns-priority': '5' }, payload: { aps: {}, news: 3 } }],
};
