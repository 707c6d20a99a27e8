import type { ReasonName } from '../protocol/reasons.ts';
import { type EffectSpec, NO_EFFECT } from './scenario/model.ts';
import type { Spelled, SpelledFault } from './targets.ts';

const SLOW_MS = 2000;

/** The faults of targets.ts, as effects. */
const FAULTS: Readonly<Record<SpelledFault, EffectSpec>> = {
  stall: { ...NO_EFFECT, stall: true, carryOut: false },
  drop: { ...NO_EFFECT, drop: true, carryOut: false },
  reset: { ...NO_EFFECT, reset: { code: 'INTERNAL_ERROR', at: 'before-headers' }, carryOut: false },
  goaway: {
    ...NO_EFFECT,
    goaway: {
      code: 'NO_ERROR',
      lastStream: 'this',
      debug: '{"reason":"Shutdown"}',
      close: 'drained',
      twice: null,
      at: 'after',
    },
  },
  slow: { ...NO_EFFECT, delay: { kind: 'fixed', ms: SLOW_MS } },
  garbage: {
    ...NO_EFFECT,
    status: 500,
    headers: ['content-type', 'text/html'],
    body: '<html><body>Bad Gateway',
    carryOut: false,
  },
  empty: { ...NO_EFFECT, status: 500, body: '', carryOut: false },
};

/** The effect that a spelled target asks for. */
export const effectOf = (spelled: Spelled): EffectSpec =>
  spelled.kind === 'fault'
    ? FAULTS[spelled.fault]
    : { ...NO_EFFECT, reason: spelled.row.name as ReasonName, carryOut: false };
