import { type AdviceRule, has, isDict } from './rule.ts';

const PAIRS = [
  ['loc-args', 'loc-key'],
  ['title-loc-args', 'title-loc-key'],
  ['subtitle-loc-args', 'subtitle-loc-key'],
] as const;

export const locArgsWithoutLocKey: AdviceRule = {
  id: 'loc-args-without-loc-key',
  says: 'Arguments of a localized text go with its key.',
  because: 'loc-args fill the gaps of the text that loc-key names; without the key they are ignored.',
  sources: ['GEN'],
  look({ aps }) {
    const { alert } = aps;
    if (!isDict(alert)) return null;
    return PAIRS.filter(([args, key]) => has(alert, args) && !has(alert, key)).map(([args, key]) => ({
      text: `aps.alert.${args} needs aps.alert.${key}`,
      at: `aps.alert.${args}`,
    }));
  },
  valid: [{ payload: { aps: { alert: { 'loc-key': 'GOAL', 'loc-args': ['A'] } } } }],
  invalid: [{ payload: { aps: { alert: { body: 'Goal', 'loc-args': ['A'] } } } }],
};
