import { alertEmpty } from './alert-empty.ts';
import { alertWithoutContent } from './alert-without-content.ts';
import { apsMissing } from './aps-missing.ts';
import { backgroundWithAlert } from './background-with-alert.ts';
import { backgroundWithoutContentAvailable } from './background-without-content-available.ts';
import { badgeNotANumber } from './badge-not-a-number.ts';
import { connectionPerPush } from './connection-per-push.ts';
import { contentAvailablePriority } from './content-available-priority.ts';
import { contentAvailablePushType } from './content-available-push-type.ts';
import { dismissalDateWithoutEnd } from './dismissal-date-without-end.ts';
import { expirationInMilliseconds } from './expiration-in-milliseconds.ts';
import { expirationInThePast } from './expiration-in-the-past.ts';
import { expirationOnNoStoreChannel } from './expiration-on-no-store-channel.ts';
import { flagNotOne } from './flag-not-one.ts';
import { interruptionLevelUnknown } from './interruption-level-unknown.ts';
import { keyMisspelled } from './key-misspelled.ts';
import { keyOutsideAps } from './key-outside-aps.ts';
import { liveActivityPushType } from './live-activity-push-type.ts';
import { liveActivityWithoutContentState } from './live-activity-without-content-state.ts';
import { liveActivityWithoutEvent } from './live-activity-without-event.ts';
import { liveActivityWithoutTimestamp } from './live-activity-without-timestamp.ts';
import { locArgsWithoutLocKey } from './loc-args-without-loc-key.ts';
import { mutableContentWithoutAlert } from './mutable-content-without-alert.ts';
import { nameNotText } from './name-not-text.ts';
import { pushTypeMissing } from './push-type-missing.ts';
import { relevanceScoreOutOfRange } from './relevance-score-out-of-range.ts';
import type { AdviceRule } from './rule.ts';
import { soundMalformed } from './sound-malformed.ts';
import { staleDateInThePast } from './stale-date-in-the-past.ts';
import { startByBroadcast } from './start-by-broadcast.ts';
import { startIncomplete } from './start-incomplete.ts';
import { startWithTwoInputs } from './start-with-two-inputs.ts';
import { timeInMilliseconds } from './time-in-milliseconds.ts';
import { timestampBackwards } from './timestamp-backwards.ts';
import { timestampNotANumber } from './timestamp-not-a-number.ts';
import { topicWithoutSuffix } from './topic-without-suffix.ts';
import { widgetWithoutContentChanged } from './widget-without-content-changed.ts';

/** All rules of advice, in the order in which they are told. */
export const ADVICE_RULES: readonly AdviceRule[] = [
  liveActivityWithoutTimestamp,
  liveActivityWithoutEvent,
  liveActivityWithoutContentState,
  startByBroadcast,
  startIncomplete,
  startWithTwoInputs,
  timestampNotANumber,
  timeInMilliseconds,
  timestampBackwards,
  dismissalDateWithoutEnd,
  staleDateInThePast,
  liveActivityPushType,
  contentAvailablePushType,
  contentAvailablePriority,
  backgroundWithAlert,
  backgroundWithoutContentAvailable,
  alertWithoutContent,
  alertEmpty,
  locArgsWithoutLocKey,
  badgeNotANumber,
  soundMalformed,
  interruptionLevelUnknown,
  relevanceScoreOutOfRange,
  flagNotOne,
  mutableContentWithoutAlert,
  nameNotText,
  keyMisspelled,
  keyOutsideAps,
  apsMissing,
  widgetWithoutContentChanged,
  topicWithoutSuffix,
  pushTypeMissing,
  expirationOnNoStoreChannel,
  expirationInMilliseconds,
  expirationInThePast,
  connectionPerPush,
];
