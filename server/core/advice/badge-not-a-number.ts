import { type AdviceRule, has, show } from './rule.ts';

export const badgeNotANumber: AdviceRule = {
  id: 'badge-not-a-number',
  says: 'A badge is a whole number, 0 to take it away.',
  because: 'A badge that is text, a fraction or below zero is ignored.',
  sources: ['GEN'],
  look({ aps }) {
    if (!has(aps, 'badge')) return null;
    const { badge } = aps;
    if (Number.isInteger(badge) && (badge as number) >= 0) return null;
    return { text: `aps.badge is ${show(badge)}: give a whole number, 0 at least`, at: 'aps.badge' };
  },
  valid: [{ payload: { aps: { badge: 3 } } }, { payload: { aps: { badge: 0 } } }],
  invalid: [
    { payload: { aps: { badge: '3' } } },
    { payload: { aps: { badge: -1 } } },
    { payload: { aps: { badge: 1.5 } } },
  ],
};
