import { endpointOf } from '../protocol/endpoints.ts';
import type { Verdict } from '../protocol/model.ts';
import { reasonRow } from '../protocol/reasons.ts';
import { type CheckRow, LOST_ON_MANAGE, LOST_ON_SEND, ORDER } from './checks/order.ts';
import type { Situation } from './situation.ts';

/** The list of checks that a request goes through, by its route and by what its listener serves. */
export function orderFor(s: Pick<Situation, 'route' | 'session'>): readonly CheckRow[] {
  const { families } = s.session.listener;
  const { operation, family } = s.route;
  if (operation !== 'unknown' && family !== null && families.includes(family)) return ORDER[operation];
  // A wrong method on a management path is told by that path's rules wherever channels are served.
  if (family === 'channels' && families.includes('channels')) return LOST_ON_MANAGE;
  return families.includes('device') ? LOST_ON_SEND : LOST_ON_MANAGE;
}

/** What APNs would say to a request: the first check that fails decides, and none failing is acceptance. */
export function judge(s: Situation, order: readonly CheckRow[]): Verdict {
  for (let i = 0; i < order.length; i++) {
    const failure = (order[i] as CheckRow).run(s);
    if (failure === null) continue;
    return {
      status: reasonRow(failure.reason).status,
      reason: failure.reason,
      why: failure.why,
      timestamp: failure.timestamp,
      failed: i,
    };
  }
  return ACCEPTED[endpointOf(s.route.operation).success] as Verdict;
}

const accepted = (status: number): Verdict =>
  Object.freeze({ status, reason: null, why: '', timestamp: undefined, failed: -1 });
/** Acceptance has no details, so one frozen verdict per status serves every request. */
const ACCEPTED: Readonly<Record<number, Verdict>> = { 200: accepted(200), 201: accepted(201), 204: accepted(204) };
