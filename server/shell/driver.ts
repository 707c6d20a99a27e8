import { createEngine, type Engine, type EngineOptions } from '../core/engine.ts';
import type { Command, Event } from '../core/events.ts';
import type { Entry } from '../core/journal.ts';
import type { Action, Arrival, HeaderList, Http2ErrorCode, Listener, Request } from '../protocol/model.ts';
import { issuedBy, readClientCertificate } from './certs-read.ts';
import type { Clock } from './clock.ts';

/**
 * What can be done to one connection. A door implements it once; every call is harmless when the stream or the
 * connection has gone meanwhile.
 */
export interface Wire {
  /** HEADERS with END_STREAM, or HEADERS and one DATA with END_STREAM. */
  readonly reply: (stream: number, status: number, headers: HeaderList, body: string) => void;
  /** HEADERS without END_STREAM. */
  readonly headers: (stream: number, status: number, headers: HeaderList) => void;
  readonly data: (stream: number, body: string, end: boolean) => void;
  readonly reset: (stream: number, code: Http2ErrorCode) => void;
  readonly goaway: (action: Action & { do: 'goaway' }) => void;
  /** Ends the connection after what was written. */
  readonly end: () => void;
  /** Cuts the TCP connection. */
  readonly drop: () => void;
  /** A new MAX_CONCURRENT_STREAMS. */
  readonly settings: (maxConcurrentStreams: number) => void;
  readonly pings: (ignore: boolean) => void;
  readonly window: (hold: boolean) => void;
  /** Actions that this door has no way to perform; it is told so in the journal. */
  readonly cannot: ReadonlySet<Action['do']>;
}

/** What becomes of a connection that has just arrived. */
export interface Admission {
  readonly session: string;
  readonly how: Arrival;
  /** For its first SETTINGS; `null`: the usual. */
  readonly maxConcurrentStreams: number | null;
}

/** What a listener knows of a connection before the first byte of HTTP/2. */
export interface ConnectionFacts extends Pick<Admission, 'session' | 'maxConcurrentStreams'> {
  readonly listener: Listener;
  /** Empty: no ALPN, or cleartext. */
  readonly alpn: string;
  readonly servername: string;
  readonly remote: string;
  /** DER of the client certificate, if one was presented. */
  readonly certificate: Uint8Array | null;
}

/** One connection, as a door reports on it. */
export interface Line {
  readonly id: string;
  /** Headers are there and a body is still to come. */
  readonly headers: (stream: number, request: Request) => void;
  readonly request: (stream: number, request: Request) => void;
  readonly failed: (stream: number, request: Request | null, code: Http2ErrorCode, cause: string) => void;
  readonly seen: (kind: (Event & { type: 'connection-seen' })['kind'], detail: string) => void;
  readonly closed: (cause: string) => void;
}

/** Carries events from the doors to the engine and its actions back to them, and keeps the engine's appointments. */
export interface Driver {
  readonly engine: Engine;
  /** To be asked for each connection before anything else. */
  readonly arrive: (listener: Listener, remote: string) => Admission;
  readonly connect: (facts: ConnectionFacts, wire: Wire) => Line;
  /** `session`: what `arrive` said; `null`: it did not get that far. */
  readonly refuse: (session: string | null, listener: Listener, remote: string, cause: string, cure: string) => void;
  readonly command: (command: Command) => void;
  /**
   * Tells of every entry of the journal from now on, in order, after its actions were performed. The answer ends it.
   * While nobody listens, nothing is done.
   */
  readonly subscribe: (listener: EntryListener) => () => void;
  /** Tells when entries were taken out of the journal because somebody asked for it. The answer ends it. */
  readonly onRemoval: (listener: () => void) => () => void;
  /** Settles when no connection is open any more. */
  readonly idle: () => Promise<void>;
  /** Cuts every connection that is still open. */
  readonly dropAll: () => void;
}

/** Has the entry until it returns; who wants to keep it asks the journal for it. */
export type EntryListener = (entry: Entry) => void;

export interface DriverOptions {
  readonly engine: EngineOptions;
  readonly clock: Clock;
  /** The authority whose client certificates count as our own. */
  readonly caPem: string;
  /** Told of an error that the engine should not have thrown. */
  readonly onBug: (error: unknown, event: Event['type']) => void;
}

export function createDriver({ engine: engineOptions, clock, caPem, onBug }: DriverOptions): Driver {
  const engine = createEngine(engineOptions);
  const wires = new Map<string, Wire>();
  const waiting: (() => void)[] = [];
  let lastId = 0;
  /** Replaced and never changed, so that a listener may come or go while others are being told. */
  let listeners: readonly EntryListener[] = [];
  let told = 0;
  const removalListeners = new Set<() => void>();

  function handle(event: Event): readonly Action[] {
    const actions = decide(event);
    perform(actions);
    clock.wakeAt(engine.nextWake(), wake);
    if (listeners.length > 0) tell();
    return actions;
  }

  /** A mistake of ours costs the connection that met it, and no other. */
  function decide(event: Event): readonly Action[] {
    try {
      return engine.handle(event);
    } catch (error) {
      onBug(error, event.type);
      return 'session' in event && event.session !== null ? [{ do: 'drop', session: event.session }] : [];
    }
  }

  const wake = (): void => void handle({ type: 'time', at: clock.now() });

  function tell(): void {
    const { last } = engine.journal.range();
    while (told < last) {
      const entry = engine.journal.peek(++told);
      if (entry !== undefined) for (const listen of listeners) listen(entry);
    }
  }

  function perform(actions: readonly Action[]): void {
    for (let i = 0; i < actions.length; i++) {
      const action = actions[i] as Action;
      // Answered to `arrive`, which is not a wire yet.
      if (action.do === 'accept') continue;
      const wire = wires.get(action.session);
      if (wire === undefined) continue;
      if (wire.cannot.has(action.do)) {
        const detail = `this door cannot do ${action.do}; the wire of our own can (--http2 own)`;
        handle({ type: 'connection-seen', at: clock.now(), session: action.session, kind: 'fault', detail });
        // The end that goes with a GOAWAY is another matter.
        if (action.do === 'goaway' && action.close !== 'never') wire.end();
        continue;
      }
      switch (action.do) {
        case 'reply':
          wire.reply(action.stream, action.status, action.headers, action.body);
          break;
        case 'headers':
          wire.headers(action.stream, action.status, action.headers);
          break;
        case 'data':
          wire.data(action.stream, action.body, action.end);
          break;
        case 'reset':
          wire.reset(action.stream, action.code);
          break;
        case 'goaway':
          wire.goaway(action);
          break;
        case 'end':
          wire.end();
          break;
        case 'drop':
          wire.drop();
          break;
        case 'settings':
          wire.settings(action.maxConcurrentStreams);
          break;
        case 'pings':
          wire.pings(action.ignore);
          break;
        case 'window':
          wire.window(action.hold);
          break;
        // Nothing is what a stalled stream gets.
        case 'stall':
          break;
      }
    }
  }

  function certificateOf(der: Uint8Array | null): (Event & { type: 'session-opened' })['certificate'] {
    if (der === null) return null;
    const read = readClientCertificate(der);
    if ('error' in read) return read;
    const { subjectUid, commonName, topics, development, production, notBefore, notAfter } = read;
    const trusted = issuedBy(der, caPem);
    return { subjectUid, commonName, topics, development, production, notBefore, notAfter, trusted };
  }

  return {
    engine,
    arrive(listener, remote) {
      const session = `c${++lastId}`;
      const accept: Admission = { session, how: 'accept', maxConcurrentStreams: null };
      if (!engine.wants('connection-arrived')) return accept;
      const actions = handle({ type: 'connection-arrived', at: clock.now(), session, listener, remote });
      return actions.find((action) => action.do === 'accept') ?? accept;
    },
    connect(facts, wire) {
      const { session, listener, alpn, servername, remote } = facts;
      wires.set(session, wire);
      const certificate = certificateOf(facts.certificate);
      handle({ type: 'session-opened', at: clock.now(), session, listener, alpn, servername, remote, certificate });
      return {
        id: session,
        headers(stream, request) {
          if (engine.wants('stream-opened'))
            handle({ type: 'stream-opened', at: clock.now(), session, stream, request });
        },
        request: (stream, request) => handle({ type: 'request', at: clock.now(), session, stream, request }),
        failed: (stream, request, code, cause) =>
          handle({ type: 'stream-failed', at: clock.now(), session, stream, request, code, cause }),
        seen: (kind, detail) => handle({ type: 'connection-seen', at: clock.now(), session, kind, detail }),
        closed(cause) {
          if (!wires.delete(session)) return;
          handle({ type: 'session-closed', at: clock.now(), session, cause });
          if (wires.size === 0) for (const resolve of waiting.splice(0)) resolve();
        },
      };
    },
    refuse: (session, listener, remote, cause, cure) =>
      handle({ type: 'connection-refused', at: clock.now(), session, listener, remote, cause, cure }),
    command(command) {
      const before = engine.journal.removed();
      handle({ type: 'command', at: clock.now(), command });
      if (engine.journal.removed() !== before) for (const tell of [...removalListeners]) tell();
    },
    subscribe(listener) {
      if (listeners.length === 0) told = engine.journal.range().last;
      listeners = [...listeners, listener];
      return () => {
        listeners = listeners.filter((one) => one !== listener);
      };
    },
    onRemoval(listener) {
      removalListeners.add(listener);
      return () => void removalListeners.delete(listener);
    },
    idle: () => (wires.size === 0 ? Promise.resolve() : new Promise((resolve) => void waiting.push(resolve))),
    dropAll() {
      for (const wire of [...wires.values()]) wire.drop();
    },
  };
}
