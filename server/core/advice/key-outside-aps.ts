import { type AdviceRule, has } from './rule.ts';

/** Without such as `category` and `event`, which apps use for themselves. */
const SYSTEM = [
  'alert',
  'badge',
  'content-available',
  'mutable-content',
  'content-state',
  'interruption-level',
  'stale-date',
  'dismissal-date',
] as const;

export const keyOutsideAps: AdviceRule = {
  id: 'key-outside-aps',
  says: 'What the system reads stands inside aps.',
  because: 'Beside aps stand the keys of the app; the system does not look there.',
  sources: ['GEN'],
  look({ payload, aps, pushType }) {
    if (pushType === 'mdm') return null;
    return SYSTEM.filter((key) => has(payload, key) && !has(aps, key)).map((key) => ({
      text: `${key} stands beside aps, where it is data of the app: the system reads aps.${key}`,
      at: key,
    }));
  },
  valid: [{ payload: { aps: { alert: 'Hi' }, order: 7 } }],
  invalid: [
    { payload: { alert: 'Hi', aps: {} } },
    { operation: 'broadcast.send', payload: { aps: { event: 'update' }, 'content-state': {} } },
  ],
};
