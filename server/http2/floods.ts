import type { FloodKind, FloodLimit } from './limits.ts';

/** One bucket: full it allows a burst, and it fills up again with time. */
interface Bucket {
  readonly burst: number;
  readonly perMs: number;
  level: number;
  since: number;
}

/** Counts what may only come so fast. Time is a number that comes with the bytes. */
export class FloodGuard {
  private readonly buckets: Record<FloodKind, Bucket>;

  constructor(limits: Readonly<Record<FloodKind, FloodLimit>>) {
    const bucket = ({ burst, perSecond }: FloodLimit): Bucket => {
      return { burst, perMs: perSecond / 1_000, level: burst, since: Number.NaN };
    };
    this.buckets = {
      resets: bucket(limits.resets),
      refusals: bucket(limits.refusals),
      settings: bucket(limits.settings),
      pings: bucket(limits.pings),
      emptyFrames: bucket(limits.emptyFrames),
      windowUpdates: bucket(limits.windowUpdates),
      priorities: bucket(limits.priorities),
      ignoredFrames: bucket(limits.ignoredFrames),
    };
  }

  /** Counts one; false when it is one too many. */
  allows(kind: FloodKind, now: number): boolean {
    const bucket = this.buckets[kind];
    // A clock that stands still or goes backwards gives nothing; before the first count there is nothing to give.
    const elapsed = now - bucket.since;
    if (elapsed > 0) bucket.level = Math.min(bucket.burst, bucket.level + elapsed * bucket.perMs);
    bucket.since = now;
    if (bucket.level < 1) return false;
    bucket.level -= 1;
    return true;
  }

  /** What a response with a body makes a peer send in honest return. */
  earnWindowUpdates(count: number): void {
    const bucket = this.buckets.windowUpdates;
    bucket.level = Math.min(bucket.burst, bucket.level + count);
  }
}
