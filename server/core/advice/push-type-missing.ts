import type { AdviceRule } from './rule.ts';

export const pushTypeMissing: AdviceRule = {
  id: 'push-type-missing',
  says: 'A device push says of which type it is.',
  because:
    'apns-push-type is required on watchOS 6 and later and recommended everywhere; without it, or with one that does not fit, APNs may delay or drop the push.',
  sources: ['SEND'],
  look({ operation, pushType }) {
    if (operation !== 'device.send' || pushType !== '') return null;
    return {
      text: 'apns-push-type is missing: say alert, background or what else it is',
      at: 'headers.apns-push-type',
    };
  },
  valid: [{ headers: { 'apns-push-type': 'alert' }, payload: { aps: { alert: 'Hi' } } }],
  invalid: [{ payload: { aps: { alert: 'Hi' } } }],
};
