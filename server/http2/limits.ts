/**
 * How much a peer may ask of us. All of it is far beyond what an honest client does, a load generator included; each
 * can be changed per connection. Whoever goes beyond is told so by a GOAWAY, and the application by an event.
 */
export interface Limits {
  /** Streams open at once, whatever MAX_CONCURRENT_STREAMS says: that setting counts only once it is acknowledged. */
  readonly openStreams: number;
  /** Bytes of one header block as it is on the wire, HEADERS and CONTINUATION together (CVE-2024-27316). */
  readonly headerBlock: number;
  /** CONTINUATION frames behind one HEADERS frame. */
  readonly continuations: number;
  /**
   * Size of a decoded header list. One beyond MAX_HEADER_LIST_SIZE costs its stream; one beyond this costs the
   * connection, as only an HPACK bomb (a long field referred to again and again) becomes as large.
   */
  readonly headerListBomb: number;
  /** Bytes that may wait to be written, response bodies held back by flow control included. */
  readonly output: number;
  /** No byte came for so long while a frame, a header block or a request was unfinished (ms; 0: no limit). */
  readonly readStall: number;
  /** The peer has opened no window for so long while a response was waiting for one (ms; 0: no limit). */
  readonly writeStall: number;
  /** Our SETTINGS have not been acknowledged for so long (RFC 9113 section 6.5.3; ms; 0: no limit). */
  readonly settingsAck: number;
  readonly floods: Readonly<Record<FloodKind, FloodLimit>>;
}

/** So many at once, and so many per second on average. */
export interface FloodLimit {
  readonly burst: number;
  readonly perSecond: number;
}

/** What can come in floods, and how to say it. Each is answered with ENHANCE_YOUR_CALM (RFC 9113 section 10.5). */
export const FLOODS = {
  resets: 'streams are reset, or made to be reset, too fast (rapid reset, CVE-2023-44487)',
  refusals: 'streams are opened beyond MAX_CONCURRENT_STREAMS too often',
  settings: 'too many SETTINGS frames',
  pings: 'too many PING frames',
  emptyFrames: 'too many frames without content (CVE-2019-9518)',
  windowUpdates: 'too many WINDOW_UPDATE frames',
  priorities: 'too many PRIORITY frames',
  ignoredFrames: 'too many frames that have to be ignored',
} as const;

export type FloodKind = keyof typeof FLOODS;

export const DEFAULT_LIMITS: Limits = {
  openStreams: 10_000,
  headerBlock: 65_536,
  continuations: 32,
  headerListBomb: 262_144,
  output: 16_777_216,
  readStall: 300_000,
  writeStall: 300_000,
  settingsAck: 300_000,
  floods: {
    // A client that gives up on all its 1000 streams every few seconds is impatient, not malicious.
    resets: { burst: 5_000, perSecond: 500 },
    refusals: { burst: 50_000, perSecond: 5_000 },
    settings: { burst: 200, perSecond: 20 },
    pings: { burst: 1_000, perSecond: 100 },
    emptyFrames: { burst: 1_000, perSecond: 100 },
    // Some clients send two for each response with a body; each response gives that allowance back (`floods.ts`).
    windowUpdates: { burst: 10_000, perSecond: 2_000 },
    priorities: { burst: 5_000, perSecond: 500 },
    ignoredFrames: { burst: 5_000, perSecond: 500 },
  },
};

export type LimitOptions = Partial<Omit<Limits, 'floods'>> & {
  readonly floods?: Partial<Record<FloodKind, FloodLimit>>;
};

export function makeLimits(options: LimitOptions = {}): Limits {
  return { ...DEFAULT_LIMITS, ...options, floods: { ...DEFAULT_LIMITS.floods, ...options.floods } };
}
