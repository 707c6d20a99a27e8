import { type AdviceRule, isLiveActivity } from './rule.ts';

export const timestampBackwards: AdviceRule = {
  id: 'timestamp-backwards',
  says: 'Timestamps to one activity or channel go forwards.',
  because:
    'The device shows the state with the latest timestamp; an update with an earlier one is dropped without a word.',
  sources: ['AK'],
  look(subject) {
    if (!isLiveActivity(subject)) return null;
    const { timestamp } = subject.aps;
    if (typeof timestamp !== 'number') return null;
    for (const { seq, timestamp: earlier } of subject.before()) {
      if (earlier > timestamp)
        return {
          text: `aps.timestamp ${timestamp} is before ${earlier} of #${seq}, which came earlier: devices drop this one`,
          at: 'aps.timestamp',
        };
    }
    return null;
  },
  valid: [
    {
      operation: 'broadcast.send',
      payload: { aps: { event: 'update', timestamp: 1795284000, 'content-state': { home: 1 } } },
      before: [{ aps: { event: 'update', timestamp: 1795283999 } }],
    },
    {
      headers: { 'apns-push-type': 'liveactivity' },
      payload: { aps: { event: 'update', timestamp: 1795284000, 'content-state': { home: 1 } } },
    },
  ],
  invalid: [
    {
      operation: 'broadcast.send',
      payload: { aps: { event: 'update', timestamp: 1795284000, 'content-state': { home: 1 } } },
      before: [{ aps: { event: 'update', timestamp: 1795284001 } }],
    },
  ],
};
