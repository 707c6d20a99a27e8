import type { AdviceRule } from './rule.ts';

/** So many first requests a minute are no accident. Apple names no number. */
const FROM = 30;

export const connectionPerPush: AdviceRule = {
  id: 'connection-per-push',
  says: 'Connections to APNs are kept and used again.',
  because:
    'APNs takes connections that are opened and closed again and again for an attack. Keep one open, and send over it as long as it lasts.',
  sources: ['CONN'],
  look(subject) {
    const fresh = subject.freshConnections();
    if (fresh < FROM) return null;
    return {
      text: `${fresh} connections within a minute sent their first request: keep connections open and use them again`,
      at: null,
    };
  },
  valid: [{ headers: { 'apns-push-type': 'alert' }, payload: { aps: { alert: 'Hi' } }, freshConnections: 3 }],
  invalid: [{ headers: { 'apns-push-type': 'alert' }, payload: { aps: { alert: 'Hi' } }, freshConnections: 40 }],
};
