import { type AdviceRule, MILLISECONDS_FROM } from './rule.ts';

export const expirationInThePast: AdviceRule = {
  id: 'expiration-in-the-past',
  says: 'apns-expiration lies ahead, or is 0.',
  because: 'A push that has already expired is tried once and stored for nobody, as with 0.',
  sources: ['SEND', 'BCAST'],
  look(subject) {
    const given = subject.header('apns-expiration') ?? '';
    const at = Number(given);
    if (!/^\d{1,17}$/.test(given) || at === 0 || at > subject.now || at >= MILLISECONDS_FROM) return null;
    return {
      text: `apns-expiration passed ${Math.round(subject.now - at)} s ago: nothing is stored; say 0 if that is meant`,
      at: 'headers.apns-expiration',
    };
  },
  valid: [
    { headers: { 'apns-expiration': '0' }, payload: { aps: { alert: 'Hi' } } },
    { headers: { 'apns-expiration': '1795290000' }, payload: { aps: { alert: 'Hi' } } },
  ],
  invalid: [{ headers: { 'apns-expiration': '1795280000' }, payload: { aps: { alert: 'Hi' } } }],
};
