import { type AdviceRule, has, isDict } from './rule.ts';

const WORDS = ['title', 'subtitle', 'body', 'title-loc-key', 'subtitle-loc-key', 'loc-key'] as const;

export const alertEmpty: AdviceRule = {
  id: 'alert-empty',
  says: 'An alert says something.',
  because: 'An alert without title, subtitle or body, or with empty ones, is not shown.',
  sources: ['GEN'],
  look({ aps, operation, pushType }) {
    if (!has(aps, 'alert') || operation !== 'device.send' || pushType === 'liveactivity') return null;
    const { alert } = aps;
    if (typeof alert === 'string') return alert.trim() === '' ? { text: 'aps.alert is empty', at: 'aps.alert' } : null;
    if (!isDict(alert)) return { text: 'aps.alert is neither text nor an object', at: 'aps.alert' };
    const said = WORDS.some((key) => typeof alert[key] === 'string' && alert[key] !== '');
    return said ? null : { text: `aps.alert says nothing: give one of ${WORDS.join(', ')}`, at: 'aps.alert' };
  },
  valid: [{ payload: { aps: { alert: 'Hi' } } }, { payload: { aps: { alert: { 'loc-key': 'GREETING' } } } }],
  invalid: [
    { payload: { aps: { alert: '' } } },
    { payload: { aps: { alert: {} } } },
    { payload: { aps: { alert: { title: '' } } } },
    { payload: { aps: { alert: 3 } } },
  ],
};
