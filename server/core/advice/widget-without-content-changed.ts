import type { AdviceRule } from './rule.ts';

export const widgetWithoutContentChanged: AdviceRule = {
  id: 'widget-without-content-changed',
  says: 'A push to widgets or controls says content-changed.',
  because: 'aps.content-changed = true is what makes them reload.',
  sources: ['GEN', 'SEND'],
  look({ pushType, aps }) {
    if ((pushType !== 'widgets' && pushType !== 'controls') || aps['content-changed'] === true) return null;
    return { text: 'a push to widgets or controls needs aps.content-changed = true', at: 'aps' };
  },
  valid: [{ headers: { 'apns-push-type': 'widgets' }, payload: { aps: { 'content-changed': true } } }],
  invalid: [
    { headers: { 'apns-push-type': 'widgets' }, payload: { aps: {} } },
    { headers: { 'apns-push-type': 'controls' }, payload: { aps: { 'content-changed': 1 } } },
  ],
};
