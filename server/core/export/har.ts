import type { Exchange } from '../exchange.ts';
import { each, type Work } from '../work.ts';

/** HTTP Archive 1.2: what browsers and proxies read. */
export function* harOf(exchanges: Iterable<Exchange>, version: string): Work<object> {
  return {
    log: {
      version: '1.2',
      creator: { name: 'mock-apns', version },
      entries: yield* each(exchanges, entryOf),
      comment: 'Provider tokens are shown as their claims. _seq, _verdict and _rule are those of mock-apns.',
    },
  };
}

function entryOf(exchange: Exchange): object {
  const { request, response, verdict, rule, at, connection } = exchange;
  const url = `https://${request.authority === '' ? 'localhost' : request.authority}${request.path}`;
  const headers = request.headers.map(([name, value]) => ({ name, value }));
  const body = textOf(response?.body ?? null);
  const wait = exchange.actions.find(({ do: what }) => what === 'reply' || what === 'headers')?.after ?? 0;
  return {
    startedDateTime: at,
    time: wait,
    request: {
      method: request.method,
      url,
      httpVersion: 'HTTP/2',
      headers,
      queryString: [],
      cookies: [],
      headersSize: -1,
      bodySize: request.size,
      ...(request.payload === null
        ? {}
        : { postData: { mimeType: 'application/json', text: textOf(request.payload), params: [] } }),
    },
    response: {
      // 0: there was no answer, as browsers write it.
      status: response?.status ?? 0,
      statusText: '',
      httpVersion: 'HTTP/2',
      headers: (response?.headers ?? []).map(([name, value]) => ({ name, value })),
      cookies: [],
      content: { size: body.length, mimeType: 'application/json', text: body },
      redirectURL: '',
      headersSize: -1,
      bodySize: body.length,
    },
    cache: {},
    timings: { send: 0, wait, receive: 0 },
    connection: connection.id,
    _seq: exchange.seq,
    _verdict: { status: verdict.status, reason: verdict.reason, why: verdict.why },
    _rule: rule,
  };
}

const textOf = (value: unknown): string =>
  value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value);
