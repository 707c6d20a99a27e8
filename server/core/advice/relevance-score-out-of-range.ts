import { type AdviceRule, has, isLiveActivity, show } from './rule.ts';

export const relevanceScoreOutOfRange: AdviceRule = {
  id: 'relevance-score-out-of-range',
  says: 'A relevance score lies between 0 and 1, and is any number for a Live Activity.',
  because: 'The score sorts the notifications of a summary; one out of range does not count.',
  sources: ['GEN', 'AK'],
  look(subject) {
    const score = subject.aps['relevance-score'];
    if (!has(subject.aps, 'relevance-score')) return null;
    const right = typeof score === 'number' && (isLiveActivity(subject) || (score >= 0 && score <= 1));
    if (right) return null;
    const give = isLiveActivity(subject) ? 'a number' : 'a number from 0 to 1';
    return { text: `aps.relevance-score is ${show(score)}: give ${give}`, at: 'aps.relevance-score' };
  },
  valid: [
    { payload: { aps: { alert: 'Hi', 'relevance-score': 0.5 } } },
    {
      headers: { 'apns-push-type': 'liveactivity' },
      payload: { aps: { event: 'update', timestamp: 1795284000, 'content-state': { home: 1 }, 'relevance-score': 75 } },
    },
  ],
  invalid: [
    { payload: { aps: { alert: 'Hi', 'relevance-score': 75 } } },
    {
      headers: { 'apns-push-type': 'liveactivity' },
      payload: {
        aps: { event: 'update', timestamp: 1795284000, 'content-state': { home: 1 }, 'relevance-score': 'high' },
      },
    },
  ],
};
