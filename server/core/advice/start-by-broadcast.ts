import type { AdviceRule } from './rule.ts';

export const startByBroadcast: AdviceRule = {
  id: 'start-by-broadcast',
  says: 'A Live Activity is started by a device push, never by a broadcast.',
  because:
    'A broadcast reaches activities that subscribe to its channel, and one that has not started subscribes to nothing. Send the start to the push-to-start token of a device, with input-push-channel.',
  sources: ['BCAST', 'AK'],
  look({ operation, aps }) {
    if (operation !== 'broadcast.send' || aps['event'] !== 'start') return null;
    return {
      text: 'a broadcast cannot start an activity: send the start to a push-to-start token, with input-push-channel',
      at: 'aps.event',
    };
  },
  valid: [
    {
      operation: 'broadcast.send',
      payload: { aps: { event: 'update', timestamp: 1795284000, 'content-state': { home: 1 } } },
    },
  ],
  invalid: [
    { operation: 'broadcast.send', payload: { aps: { event: 'start', timestamp: 1795284000, 'content-state': {} } } },
  ],
};
