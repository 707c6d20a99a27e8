import { type AdviceRule, isVisible } from './rule.ts';

export const contentAvailablePushType: AdviceRule = {
  id: 'content-available-push-type',
  says: 'A push that only wakes the app is of push type background.',
  because: 'APNs may delay or drop a push whose type does not fit what its payload does.',
  sources: ['BACK', 'SEND'],
  look(subject) {
    const { operation, pushType, aps } = subject;
    if (operation !== 'device.send' || aps['content-available'] !== 1 || isVisible(subject)) return null;
    if (pushType === 'background' || !(pushType === 'alert' || pushType === '')) return null;
    const given = pushType === '' ? 'missing' : `"${pushType}"`;
    return {
      text: `nothing here is visible and apns-push-type is ${given}: make it "background"`,
      at: 'aps.content-available',
    };
  },
  valid: [
    { headers: { 'apns-push-type': 'background', 'apns-priority': '5' }, payload: { aps: { 'content-available': 1 } } },
    { headers: { 'apns-push-type': 'alert' }, payload: { aps: { alert: 'Hi', 'content-available': 1 } } },
  ],
  invalid: [
    { headers: { 'apns-push-type': 'alert' }, payload: { aps: { 'content-available': 1 } } },
    { payload: { aps: { 'content-available': 1 } } },
  ],
};
