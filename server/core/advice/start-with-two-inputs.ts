import { type AdviceRule, has } from './rule.ts';

export const startWithTwoInputs: AdviceRule = {
  id: 'start-with-two-inputs',
  says: 'A started activity listens to a channel or asks for a token, not both.',
  because:
    'input-push-channel subscribes the activity to broadcasts, input-push-token asks for a token of its own; one excludes the other.',
  sources: ['AK'],
  look({ aps }) {
    if (!has(aps, 'input-push-channel') || !has(aps, 'input-push-token')) return null;
    return { text: 'give input-push-channel or input-push-token, not both', at: 'aps.input-push-token' };
  },
  valid: [
    {
      headers: { 'apns-push-type': 'liveactivity' },
      payload: { aps: { event: 'start', 'input-push-channel': 'dHN0LXNyY2gtY2hubA==' } },
    },
  ],
  invalid: [
    {
      headers: { 'apns-push-type': 'liveactivity' },
      payload: { aps: { event: 'start', 'input-push-channel': 'dHN0LXNyY2gtY2hubA==', 'input-push-token': 1 } },
    },
  ],
};
