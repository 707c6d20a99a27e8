import { type AdviceRule, has, show } from './rule.ts';

const NAMES = ['thread-id', 'category', 'target-content-id', 'filter-criteria'] as const;

export const nameNotText: AdviceRule = {
  id: 'name-not-text',
  says: 'thread-id, category and target-content-id are text.',
  because: 'A number or an object there does not group, act or open anything.',
  sources: ['GEN'],
  look({ aps }) {
    return NAMES.filter((key) => has(aps, key) && typeof aps[key] !== 'string').map((key) => ({
      text: `aps.${key} is ${show(aps[key])}: give text`,
      at: `aps.${key}`,
    }));
  },
  valid: [{ payload: { aps: { alert: 'Hi', 'thread-id': '7' } } }],
  invalid: [
    { payload: { aps: { alert: 'Hi', 'thread-id': 7 } } },
    { payload: { aps: { alert: 'Hi', category: ['a'] } } },
  ],
};
