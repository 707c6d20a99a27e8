import { type AdviceRule, has, isDict, isLiveActivity, show } from './rule.ts';

export const soundMalformed: AdviceRule = {
  id: 'sound-malformed',
  says: 'A sound is the name of a file, or an object with critical, name and volume.',
  because: 'Anything else plays nothing. The volume of a critical alert lies between 0 and 1.',
  sources: ['GEN'],
  look(subject) {
    const { aps } = subject;
    if (!has(aps, 'sound') || isLiveActivity(subject)) return null;
    const { sound } = aps;
    if (typeof sound === 'string')
      return sound === '' ? { text: 'aps.sound is empty: give "default" or a file', at: 'aps.sound' } : null;
    if (!isDict(sound)) return { text: `aps.sound is ${show(sound)}: give a file name, or an object`, at: 'aps.sound' };
    const { name, volume } = sound;
    if (typeof name !== 'string')
      return { text: 'aps.sound.name is missing: give "default" or a file', at: 'aps.sound' };
    if (volume === undefined || (typeof volume === 'number' && volume >= 0 && volume <= 1)) return null;
    return { text: `aps.sound.volume is ${show(volume)}: give a number from 0 to 1`, at: 'aps.sound.volume' };
  },
  valid: [
    { payload: { aps: { sound: 'default' } } },
    { payload: { aps: { sound: { critical: 1, name: 'siren.caf', volume: 0.5 } } } },
  ],
  invalid: [
    { payload: { aps: { sound: 1 } } },
    { payload: { aps: { sound: { critical: 1 } } } },
    { payload: { aps: { sound: { critical: 1, name: 'siren.caf', volume: 11 } } } },
  ],
};
