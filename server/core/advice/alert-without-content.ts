import { type AdviceRule, isAlert, isVisible } from './rule.ts';

export const alertWithoutContent: AdviceRule = {
  id: 'alert-without-content',
  says: 'An alert push has something to show, to play or to count.',
  because:
    'Without alert, badge or sound nothing happens on the device. To wake the app unseen, use push type background.',
  sources: ['GEN', 'SEND'],
  look(subject) {
    if (!isAlert(subject) || isVisible(subject) || subject.aps['content-available'] === 1) return null;
    return { text: 'nothing is visible: give aps.alert, aps.badge or aps.sound', at: 'aps' };
  },
  valid: [
    { headers: { 'apns-push-type': 'alert' }, payload: { aps: { alert: { title: 'Hi' } } } },
    { payload: { aps: { badge: 0 } } },
  ],
  invalid: [
    { headers: { 'apns-push-type': 'alert' }, payload: { aps: { 'thread-id': 'a' } } },
    { headers: { 'apns-push-type': 'alert' }, payload: { message: 'Hi' } },
  ],
};
