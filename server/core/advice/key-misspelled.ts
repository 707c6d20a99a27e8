import { nearest } from '../near.ts';
import { ALERT_KEYS, APS_KEYS } from './keys.ts';
import { type AdviceRule, type Dict, isDict, type Remark } from './rule.ts';

function misspelled(dict: Dict, where: string, known: readonly string[]): Remark[] {
  return Object.keys(dict).flatMap((key) => {
    if (known.includes(key)) return [];
    // contentState becomes content-state before it is compared.
    const meant = nearest(key.replaceAll(/([a-z])([A-Z])/g, '$1-$2'), known);
    return meant === null
      ? []
      : [{ text: `${where}.${key} means nothing: did you mean "${meant}"?`, at: `${where}.${key}` }];
  });
}

export const keyMisspelled: AdviceRule = {
  id: 'key-misspelled',
  says: 'Keys of aps and of its alert are spelled as Apple spells them.',
  because:
    'A key that nobody knows is passed over, and so is what was meant by it: contentState, content_state and ContentState are not content-state.',
  sources: ['GEN', 'AK'],
  look({ aps, payload }) {
    const { alert } = aps;
    const misplaced = Object.keys(payload).find((key) => key !== 'aps' && key.toLowerCase() === 'aps');
    return [
      ...(misplaced === undefined
        ? []
        : [{ text: `${misplaced} is not "aps", and all in it means nothing`, at: misplaced }]),
      ...misspelled(aps, 'aps', APS_KEYS),
      ...(isDict(alert) ? misspelled(alert, 'aps.alert', ALERT_KEYS) : []),
    ];
  },
  valid: [
    {
      operation: 'broadcast.send',
      payload: { aps: { event: 'update', timestamp: 1795284000, 'content-state': { home: 1 } } },
    },
    { payload: { aps: { alert: { title: 'Hi' } }, contentState: 1 } },
  ],
  invalid: [
    { operation: 'broadcast.send', payload: { aps: { event: 'update', timestamp: 1795284000, contentState: {} } } },
    { operation: 'broadcast.send', payload: { aps: { event: 'update', timestamp: 1795284000, content_state: {} } } },
    { payload: { aps: { alert: { Title: 'Hi' } } } },
    { payload: { APS: { alert: 'Hi' } } },
  ],
};
