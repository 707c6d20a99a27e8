import type { Http2ErrorCode } from '../../protocol/model.ts';
import type { ReasonName } from '../../protocol/reasons.ts';
import type { Spelled, SpelledFault } from '../targets.ts';

/**
 * What happens to a request in place of, or on top of, its verdict. The parts combine: an answer (or none), a delay
 * before it, and what is done to stream and connection behind it.
 */
export interface Effect {
  /** Whether the request is carried out although the client may never learn of it. */
  readonly carryOut: boolean;
  /** What is answered. `verdict`: what APNs would have said. */
  readonly answer:
    | 'verdict'
    | 'none'
    | { readonly reason: ReasonName; readonly status: number }
    | { readonly status: number; readonly body: string; readonly contentType: string | null };
  /** Milliseconds before the answer, or before what stands in its place. */
  readonly delay: number;
  readonly reset: Http2ErrorCode | null;
  readonly goaway: { readonly code: Http2ErrorCode; readonly debug: string } | null;
  readonly drop: boolean;
}

/** The verdict, at once, and nothing else. */
export const PLAIN: Effect = { carryOut: true, answer: 'verdict', delay: 0, reset: null, goaway: null, drop: false };

const SLOW_MS = 2000;

/** The rows of targets.ts, as effects. */
const FAULTS: Readonly<Record<SpelledFault, Effect>> = {
  stall: { ...PLAIN, carryOut: false, answer: 'none' },
  drop: { ...PLAIN, carryOut: false, answer: 'none', drop: true },
  reset: { ...PLAIN, carryOut: false, answer: 'none', reset: 'INTERNAL_ERROR' },
  goaway: { ...PLAIN, goaway: { code: 'NO_ERROR', debug: '{"reason":"Shutdown"}' } },
  slow: { ...PLAIN, delay: SLOW_MS },
  garbage: {
    ...PLAIN,
    carryOut: false,
    answer: { status: 500, body: '<html><body>Bad Gateway', contentType: 'text/html' },
  },
  empty: { ...PLAIN, carryOut: false, answer: { status: 500, body: '', contentType: null } },
};

/** The effect that a target asks for. */
export const effectOf = (spelled: Spelled): Effect =>
  spelled.kind === 'fault'
    ? FAULTS[spelled.fault]
    : {
        ...PLAIN,
        carryOut: false,
        answer: { reason: spelled.row.name as ReasonName, status: spelled.row.status },
      };
