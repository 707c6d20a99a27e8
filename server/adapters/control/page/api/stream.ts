import { authorization, tokenWanted } from './client.ts';

/** One server-sent event. */
export interface Sent {
  readonly event: string;
  readonly id: string;
  readonly data: string;
}

export interface Listener {
  /** Before each attempt: brings up to date what the stream will not tell, and says where to go on from. */
  readonly prepare: () => Promise<string>;
  readonly open: () => void;
  readonly events: (batch: readonly Sent[]) => void;
  /** Will be tried again. */
  readonly lost: () => void;
}

const FIRST_WAIT = 250;
const LONGEST_WAIT = 4000;
/** A server says something at least this often, or counts as gone. */
const SILENCE = 60_000;

/**
 * Follows the events of the server and comes back after every interruption, with the number of the last event seen.
 * By fetch and not by EventSource, because that cannot send a bearer token.
 */
export function follow(path: string, listener: Listener): () => void {
  const end = new AbortController();
  let wait = FIRST_WAIT;

  async function once(): Promise<void> {
    const attempt = new AbortController();
    const stop = (): void => attempt.abort();
    end.signal.addEventListener('abort', stop);
    let silence = setTimeout(stop, SILENCE);
    try {
      const id = await listener.prepare();
      const response = await fetch(path, {
        headers: { accept: 'text/event-stream', ...authorization(), ...(id === '' ? {} : { 'last-event-id': id }) },
        cache: 'no-store',
        signal: attempt.signal,
      });
      if (response.status === 401) tokenWanted.value = true;
      if (!response.ok || response.body === null) return;
      wait = FIRST_WAIT;
      listener.open();
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      const feed = createParser();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        clearTimeout(silence);
        silence = setTimeout(stop, SILENCE);
        const batch = feed(value);
        if (batch.length > 0) listener.events(batch);
      }
    } finally {
      clearTimeout(silence);
      end.signal.removeEventListener('abort', stop);
    }
  }

  async function run(): Promise<void> {
    while (!end.signal.aborted) {
      await once().catch(() => undefined);
      if (end.signal.aborted) return;
      listener.lost();
      await new Promise((resolve) => setTimeout(resolve, wait));
      wait = Math.min(wait * 2, LONGEST_WAIT);
    }
  }
  void run();
  return () => end.abort();
}

/** Pieces of a stream in, whole events out. */
export function createParser(): (piece: string) => readonly Sent[] {
  let rest = '';
  let event = '';
  let id = '';
  let data: string[] = [];
  return (piece) => {
    const out: Sent[] = [];
    const lines = (rest + piece).split(/\r\n|\n|\r/);
    rest = lines.pop() as string;
    for (const line of lines) {
      if (line === '') {
        if (data.length > 0) out.push({ event: event === '' ? 'message' : event, id, data: data.join('\n') });
        event = '';
        data = [];
        continue;
      }
      const colon = line.indexOf(':');
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
      if (field === 'data') data.push(value);
      else if (field === 'event') event = value;
      else if (field === 'id') id = value;
    }
    return out;
  };
}
