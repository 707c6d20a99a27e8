import { type AdviceRule, has, show } from './rule.ts';

const LEVELS: readonly string[] = ['passive', 'active', 'time-sensitive', 'critical'];

export const interruptionLevelUnknown: AdviceRule = {
  id: 'interruption-level-unknown',
  says: 'The interruption level is passive, active, time-sensitive or critical.',
  because: 'A level that is none of these is ignored and the notification interrupts as an active one does.',
  sources: ['GEN'],
  look({ aps }) {
    const level = aps['interruption-level'];
    if (!has(aps, 'interruption-level') || LEVELS.includes(level as string)) return null;
    return {
      text: `aps.interruption-level is ${show(level)}: it is one of ${LEVELS.join(', ')}`,
      at: 'aps.interruption-level',
    };
  },
  valid: [{ payload: { aps: { alert: 'Hi', 'interruption-level': 'time-sensitive' } } }],
  invalid: [
    { payload: { aps: { alert: 'Hi', 'interruption-level': 'timeSensitive' } } },
    { payload: { aps: { alert: 'Hi', 'interruption-level': 1 } } },
  ],
};
