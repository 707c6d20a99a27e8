import { bundleIdOf, pushType as findPushType } from '../../protocol/push-types.ts';
import type { AdviceRule } from './rule.ts';

export const topicWithoutSuffix: AdviceRule = {
  id: 'topic-without-suffix',
  says: 'The topic ends in the suffix of its push type.',
  because:
    'VoIP, complication, Live Activity and other pushes go to a topic of their own: the bundle id and a suffix. To the bare bundle id they are refused or reach nobody.',
  sources: ['SEND'],
  look({ operation, pushType, topic }) {
    if (operation !== 'device.send' || topic === '') return null;
    const { suffix } = findPushType(pushType) ?? { suffix: '' };
    if (suffix === '' || topic.endsWith(suffix)) return null;
    return {
      text: `apns-topic ${topic} lacks the suffix of ${pushType}: make it ${bundleIdOf(topic)}${suffix}`,
      at: 'headers.apns-topic',
    };
  },
  valid: [
    { headers: { 'apns-push-type': 'voip', 'apns-topic': 'com.example.app.voip' }, payload: { call: 1 } },
    { headers: { 'apns-push-type': 'alert', 'apns-topic': 'com.example.app' }, payload: { aps: { alert: 'Hi' } } },
  ],
  invalid: [
    { headers: { 'apns-push-type': 'voip', 'apns-topic': 'com.example.app' }, payload: { call: 1 } },
    { headers: { 'apns-push-type': 'complication', 'apns-topic': 'com.example.app' }, payload: { aps: {} } },
  ],
};
