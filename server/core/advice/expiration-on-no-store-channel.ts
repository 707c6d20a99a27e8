import type { AdviceRule } from './rule.ts';

export const expirationOnNoStoreChannel: AdviceRule = {
  id: 'expiration-on-no-store-channel',
  says: 'A broadcast to a channel that stores nothing has expiration 0.',
  because:
    'Such a channel reaches those who are connected at that moment; any other expiration is refused as BadExpirationDate.',
  sources: ['BCAST', 'CHAN'],
  look(subject) {
    const expiration = subject.header('apns-expiration');
    if (subject.operation !== 'broadcast.send' || subject.policy !== 0 || expiration === undefined) return null;
    if (/^0+$/.test(expiration)) return null;
    return {
      text: `this channel stores no message, so apns-expiration must be 0, not ${expiration}; a channel with message-storage-policy 1 would store it`,
      at: 'headers.apns-expiration',
    };
  },
  valid: [
    {
      operation: 'broadcast.send',
      headers: { 'apns-expiration': '0' },
      policy: 0,
      payload: { aps: { event: 'update', timestamp: 1795284000, 'content-state': { home: 1 } } },
    },
    {
      operation: 'broadcast.send',
      headers: { 'apns-expiration': '1795290000' },
      policy: 1,
      payload: { aps: { event: 'update', timestamp: 1795284000, 'content-state': { home: 1 } } },
    },
  ],
  invalid: [
    {
      operation: 'broadcast.send',
      headers: { 'apns-expiration': '1795290000' },
      policy: 0,
      payload: { aps: { event: 'update', timestamp: 1795284000, 'content-state': { home: 1 } } },
    },
  ],
};
