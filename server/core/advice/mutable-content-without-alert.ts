import { type AdviceRule, has } from './rule.ts';

export const mutableContentWithoutAlert: AdviceRule = {
  id: 'mutable-content-without-alert',
  says: 'A notification service extension needs an alert to work on.',
  because: 'The extension runs for notifications that are shown; without aps.alert it is not called.',
  sources: ['EXT'],
  look({ aps, operation }) {
    if (operation !== 'device.send' || aps['mutable-content'] !== 1 || has(aps, 'alert')) return null;
    return {
      text: 'aps.mutable-content needs aps.alert: the extension is called for alerts only',
      at: 'aps.mutable-content',
    };
  },
  valid: [{ payload: { aps: { alert: 'Hi', 'mutable-content': 1 } } }],
  invalid: [{ payload: { aps: { badge: 1, 'mutable-content': 1 } } }],
};
