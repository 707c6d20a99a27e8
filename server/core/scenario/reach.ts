import { endpointOf } from '../../protocol/endpoints.ts';
import { OPERATIONS, type Operation } from '../../protocol/model.ts';
import { findReason, type ReasonName } from '../../protocol/reasons.ts';
import { compileMatcher } from './match.ts';
import type { Condition, EffectSpec, Matcher, Rule } from './model.ts';

/** Operations that the conditions allow, whatever the rule then does. */
export function operationsWhen(conditions: readonly Condition[]): Operation[] {
  const tests = conditions.filter(({ field }) => field === 'operation').map(({ is }) => compileMatcher(is));
  return OPERATIONS.filter((operation) => tests.every((fits) => fits(operation)));
}

/** How an operation spells a reason; `undefined`: it does not have it. An unknown operation has them all. */
export function spelledFor(reason: ReasonName, operation: Operation): ReasonName | undefined {
  if (operation === 'unknown') return reason;
  return findReason(reason, endpointOf(operation).family)?.name as ReasonName | undefined;
}

/** Operations that a rule can ever be chosen for: those its conditions allow and that have all of its reasons. */
export const operationsOf = (rule: Pick<Rule, 'when' | 'effects'>): Operation[] =>
  operationsWhen(rule.when).filter((operation) =>
    rule.effects.every(({ reason }) => reason === null || spelledFor(reason, operation) !== undefined),
  );

/** The effect with its reason as an operation spells it. */
export function effectFor(effect: EffectSpec, operation: Operation): EffectSpec {
  if (effect.reason === null) return effect;
  const reason = spelledFor(effect.reason, operation) ?? effect.reason;
  return reason === effect.reason ? effect : { ...effect, reason };
}

/** The texts that a matcher names one by one; `null` where it also fits others. */
export function textsOf(matcher: Matcher): readonly string[] | null {
  if (matcher.is === 'text') return [matcher.text];
  if (matcher.is !== 'any') return null;
  const lists = matcher.of.map(textsOf);
  return lists.includes(null) ? null : (lists as string[][]).flat();
}
