import { type AdviceRule, MILLISECONDS_FROM } from './rule.ts';

export const expirationInMilliseconds: AdviceRule = {
  id: 'expiration-in-milliseconds',
  says: 'apns-expiration is seconds, not milliseconds.',
  because: 'APNs takes a date tens of thousands of years ahead, and keeps the push as long as it ever does.',
  sources: ['SEND', 'BCAST'],
  look(subject) {
    const given = subject.header('apns-expiration') ?? '';
    if (!/^\d{1,17}$/.test(given) || Number(given) < MILLISECONDS_FROM) return null;
    const seconds = Math.floor(Number(given) / 1000);
    return { text: `apns-expiration ${given} is milliseconds: give ${seconds}`, at: 'headers.apns-expiration' };
  },
  valid: [{ headers: { 'apns-expiration': '1795290000' }, payload: { aps: { alert: 'Hi' } } }],
  invalid: [{ headers: { 'apns-expiration': '1795290000000' }, payload: { aps: { alert: 'Hi' } } }],
};
