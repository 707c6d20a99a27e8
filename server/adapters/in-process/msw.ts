import { type HttpHandler, http } from 'msw';
import { createAnswerer } from './answer.ts';
import { APPLE_URL } from './hosts.ts';
import { houseOf } from './house.ts';
import type { InProcess } from './inside.ts';

export type { InProcess };

/**
 * Request handlers for Mock Service Worker (2.15 and later, 3) that answer Apple's push hosts as the mock does.
 *
 * What needs a connection has no meaning here: GOAWAY, SETTINGS, PING, windows. A rule that asks for them is noted in
 * the journal as not done. Cut connections and reset streams become network errors.
 *
 * @param mock what `startApns()` or `createMock()` resolved to
 * @example
 * const apns = await startApns();
 * const server = setupServer(...handlers(apns));
 * server.listen();
 */
export function handlers(mock: InProcess): HttpHandler[] {
  const answer = createAnswerer(houseOf(mock));
  return [
    http.all(APPLE_URL, async ({ request }) => {
      try {
        return await answer(request);
      } catch (error) {
        if (request.signal.aborted) throw error;
        return Response.error();
      }
    }),
  ];
}
