import { createAnswerer } from './answer.ts';
import { houseOf } from './house.ts';
import type { InProcess } from './inside.ts';

export type { InProcess };

export interface FetchOptions {
  /**
   * Asked for every other host. By default such a request is refused, so that a test cannot reach out by accident.
   *
   * @example createFetch(apns, { otherwise: fetch })
   */
  readonly otherwise?: typeof fetch;
}

/**
 * A `fetch` that answers Apple's push hosts, and the addresses of the mock itself, without a socket: for code that
 * takes its `fetch` as a parameter. Everything else about the mock is as over the wire: verdicts, scenarios, journal.
 *
 * What needs a connection has no meaning here: GOAWAY, SETTINGS, PING, windows. A rule that asks for them is noted in
 * the journal as not done. Cut connections and reset streams reject as they do with Node's own `fetch`.
 *
 * @param mock what `startApns()` or `createMock()` resolved to
 * @example
 * const apns = await startApns();
 * const fetch = createFetch(apns);
 * const answer = await fetch(`https://api.push.apple.com/3/device/${token}`, { method: 'POST', headers, body });
 */
export function createFetch(mock: InProcess, options: FetchOptions = {}): typeof fetch {
  const answer = createAnswerer(houseOf(mock));
  return async (input, init) => {
    const request = new Request(input as Request, init);
    const answered = answer(request);
    if (answered !== undefined) return answered;
    if (options.otherwise !== undefined) return options.otherwise(input as Request, init);
    throw new TypeError(
      `createFetch answers Apple's push hosts and this mock's own addresses, and ${new URL(request.url).host} is neither; createFetch(mock, { otherwise: fetch }) lets it through.`,
    );
  };
}
