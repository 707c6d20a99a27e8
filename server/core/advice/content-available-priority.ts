import { type AdviceRule, isVisible } from './rule.ts';

export const contentAvailablePriority: AdviceRule = {
  id: 'content-available-priority',
  says: 'A push that only wakes the app has priority 5.',
  because:
    'Priority 10, which is also the default, is an error for a background push: it is refused, or does not wake the app.',
  sources: ['BACK', 'SEND'],
  look(subject) {
    const { operation, aps } = subject;
    if (operation !== 'device.send' || aps['content-available'] !== 1 || isVisible(subject)) return null;
    const priority = subject.header('apns-priority');
    if (priority !== undefined && priority !== '10') return null;
    const given = priority === undefined ? 'missing, which means 10' : '10';
    return { text: `a background push needs apns-priority 5; it is ${given}`, at: 'headers.apns-priority' };
  },
  valid: [
    { headers: { 'apns-push-type': 'background', 'apns-priority': '5' }, payload: { aps: { 'content-available': 1 } } },
  ],
  invalid: [
    {
      headers: { 'apns-push-type': 'background', 'apns-priority': '10' },
      payload: { aps: { 'content-available': 1 } },
    },
    { headers: { 'apns-push-type': 'background' }, payload: { aps: { 'content-available': 1 } } },
  ],
};
