import { type AdviceRule, has, isLiveActivity } from './rule.ts';

const NEEDED = ['attributes-type', 'attributes', 'alert'] as const;

export const startIncomplete: AdviceRule = {
  id: 'start-incomplete',
  says: 'A push that starts a Live Activity names its attributes and carries an alert.',
  because:
    'The system needs attributes-type and attributes to make the activity, and an alert to tell the user of it; without them nothing starts.',
  sources: ['AK'],
  look(subject) {
    if (!isLiveActivity(subject) || subject.operation !== 'device.send' || subject.aps['event'] !== 'start')
      return null;
    const missing = NEEDED.filter((key) => !has(subject.aps, key));
    if (missing.length === 0) return null;
    return { text: `a start also needs ${missing.map((key) => `aps.${key}`).join(', ')}`, at: 'aps' };
  },
  valid: [
    {
      headers: { 'apns-push-type': 'liveactivity' },
      payload: {
        aps: {
          event: 'start',
          timestamp: 1795284000,
          'content-state': {},
          'attributes-type': 'Match',
          attributes: { home: 'A' },
          alert: { title: 'Kick-off', body: 'A against B' },
        },
      },
    },
  ],
  invalid: [
    {
      headers: { 'apns-push-type': 'liveactivity' },
      payload: { aps: { event: 'start', timestamp: 1795284000, 'content-state': {} } },
    },
  ],
};
