import { ask } from './client.ts';
import { createParser, type Sent } from './sse.ts';

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
      const response = await ask(path, {
        headers: { accept: 'text/event-stream', ...(id === '' ? {} : { 'last-event-id': id }) },
        cache: 'no-store',
        signal: attempt.signal,
      });
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
