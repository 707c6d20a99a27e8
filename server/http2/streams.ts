import type { Request } from './request.ts';

/**
 * Stream states of RFC 9113 section 5.1 that a client's stream can be in while we keep a record of it. Idle streams and
 * closed ones have no record; reserved ones do not exist, as we never push.
 */
export const STATE = {
  /** The request is not complete. */
  OPEN: 0,
  /** The request is not complete, but the response is. */
  HALF_CLOSED_LOCAL: 1,
  /** The request is complete: an answer is awaited or being sent. */
  HALF_CLOSED_REMOTE: 2,
} as const;

/** The record of one open stream. Used again for later streams: see `Streams.release`. */
export class Stream {
  id = 0;
  state: number = STATE.OPEN;
  request: Request | undefined = undefined;

  /** What the client may still send, and what of it we have yet to give back. */
  receiveWindow = 0;
  unreturned = 0;
  /** The beginning of the body, when it came in several frames. */
  kept: Uint8Array | undefined = undefined;
  keptLength = 0;

  /** Whether the response has begun; what we may still send of it, and what waits for a window. */
  responded = false;
  sendWindow = 0;
  body: Uint8Array | undefined = undefined;
  bodyAt = 0;
  /** The most that one DATA frame may carry, besides the peer's MAX_FRAME_SIZE. */
  piece = 0;
}

const FIRST_SLOTS = 32;
const MOST_SLOTS = 4_096;
/** Closed streams are remembered in this many slots, by identifier: about the last so many. */
const CLOSED_SLOTS = 2_048;
const MOST_SPARE = 128;

/**
 * The open streams of a connection by identifier. Clients number their streams one after the other, so the low bits of
 * the identifier are a perfect hash as long as not too many are open; what does not find its slot free goes to a Map.
 */
export class Streams {
  /** How many are open. */
  open = 0;
  private slots: (Stream | undefined)[] = new Array<Stream | undefined>(FIRST_SLOTS).fill(undefined);
  private mask = FIRST_SLOTS - 1;
  private readonly overflow = new Map<number, Stream>();
  private readonly spare: Stream[] = [];
  /** Identifier (odd) of a stream that ended, identifier + 1 of one that we reset, 0 for none. */
  private readonly closed = new Int32Array(CLOSED_SLOTS);

  get(id: number): Stream | undefined {
    const stream = this.slots[(id >>> 1) & this.mask];
    if (stream !== undefined && stream.id === id) return stream;
    return this.overflow.size === 0 ? undefined : this.overflow.get(id);
  }

  /** A new open stream; `id` is not in use. */
  add(id: number, receiveWindow: number, sendWindow: number): Stream {
    const stream = this.spare.pop() ?? new Stream();
    stream.id = id;
    stream.state = STATE.OPEN;
    stream.receiveWindow = receiveWindow;
    stream.sendWindow = sendWindow;
    this.open++;
    this.place(stream);
    return stream;
  }

  /** Forgets a stream, but for how it ended: whether we cut it short (`byUs`), or it was complete or cut by the client. */
  close(stream: Stream, byUs: boolean): void {
    const id = stream.id;
    const slot = (id >>> 1) & this.mask;
    if (this.slots[slot] === stream) this.slots[slot] = undefined;
    else this.overflow.delete(id);
    this.open--;
    this.remember(id, byUs);
    this.release(stream);
  }

  remember(id: number, byUs: boolean): void {
    this.closed[(id >>> 1) & (CLOSED_SLOTS - 1)] = byUs ? id + 1 : id;
  }

  /** A stream of which the client may not yet know that we have ended it (RFC 9113 section 5.1, closed). */
  wasCutByUs(id: number): boolean {
    return this.closed[(id >>> 1) & (CLOSED_SLOTS - 1)] === id + 1;
  }

  /** A stream that was opened and has ended, in whatever way; false for one forgotten or never opened. */
  wasOpen(id: number): boolean {
    const closed = this.closed[(id >>> 1) & (CLOSED_SLOTS - 1)];
    return closed === id || closed === id + 1;
  }

  /** The open streams as they are now; the list stays as it is when some of them close. */
  all(): Stream[] {
    return [...this.slots.filter((stream) => stream !== undefined), ...this.overflow.values()];
  }

  private place(stream: Stream): void {
    const slot = (stream.id >>> 1) & this.mask;
    if (this.slots[slot] === undefined) {
      this.slots[slot] = stream;
    } else if (this.open * 2 > this.slots.length && this.slots.length < MOST_SLOTS) {
      this.grow();
      this.place(stream);
    } else {
      this.overflow.set(stream.id, stream);
    }
  }

  private grow(): void {
    const streams = this.all();
    this.slots = new Array<Stream | undefined>(this.slots.length * 2).fill(undefined);
    this.mask = this.slots.length - 1;
    this.overflow.clear();
    for (const stream of streams) {
      const slot = (stream.id >>> 1) & this.mask;
      if (this.slots[slot] === undefined) this.slots[slot] = stream;
      else this.overflow.set(stream.id, stream);
    }
  }

  private release(stream: Stream): void {
    stream.id = 0;
    stream.request = undefined;
    stream.unreturned = 0;
    stream.kept = undefined;
    stream.keptLength = 0;
    stream.responded = false;
    stream.body = undefined;
    stream.bodyAt = 0;
    if (this.spare.length < MOST_SPARE) this.spare.push(stream);
  }
}
