import { type AdviceRule, has, show } from './rule.ts';

const FLAGS = ['content-available', 'mutable-content'] as const;

export const flagNotOne: AdviceRule = {
  id: 'flag-not-one',
  says: 'content-available and mutable-content are the number 1.',
  because: 'true, "1" and other values are not the flag that the system looks for.',
  sources: ['GEN'],
  look({ aps }) {
    return FLAGS.filter((key) => has(aps, key) && aps[key] !== 1 && aps[key] !== 0).map((key) => ({
      text: `aps.${key} is ${show(aps[key])}: give the number 1, or leave it out`,
      at: `aps.${key}`,
    }));
  },
  valid: [{ payload: { aps: { alert: 'Hi', 'mutable-content': 1 } } }],
  invalid: [
    { payload: { aps: { alert: 'Hi', 'mutable-content': true } } },
    { payload: { aps: { 'content-available': '1' } } },
  ],
};
