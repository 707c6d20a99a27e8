import { type AdviceRule, has, isDict, show } from './rule.ts';

export const apsMissing: AdviceRule = {
  id: 'aps-missing',
  says: 'A payload has an aps dictionary.',
  because:
    'Everything that the system reads stands in aps; without it, only an app that is running learns of the push. Pushes for device management are the exception.',
  sources: ['GEN'],
  look({ payload, pushType }) {
    if (pushType === 'mdm' || pushType === 'voip' || pushType === 'pushtotalk' || pushType === 'fileprovider')
      return null;
    if (isDict(payload['aps'])) return null;
    if (has(payload, 'aps')) return { text: `aps is ${show(payload['aps'])}: give an object`, at: 'aps' };
    return { text: 'aps is missing: what the system reads stands there', at: null };
  },
  valid: [{ payload: { aps: { alert: 'Hi' } } }, { headers: { 'apns-push-type': 'mdm' }, payload: { mdm: 'magic' } }],
  invalid: [{ payload: { message: 'Hi' } }, { payload: { aps: 'Hi' } }],
};
