import { signal } from '@preact/signals';

/** An answer that was no success: its title says what to do. */
export class Problem extends Error {
  readonly status: number;
  /** Further problems, one sentence each. */
  readonly details: readonly string[];
  constructor(status: number, title: string, details: readonly string[] = []) {
    super(title);
    this.status = status;
    this.details = details;
  }
}

const KEY = 'mock-apns.api-token';

/** Asked for by a server with `MOCK_APNS_API_TOKEN`; kept for this tab only. */
export const apiToken = signal(sessionStorage.getItem(KEY) ?? '');
export const tokenWanted = signal(false);

export function useToken(token: string): void {
  sessionStorage.setItem(KEY, token);
  apiToken.value = token;
  tokenWanted.value = false;
}

export const authorization = (): Record<string, string> =>
  apiToken.value === '' ? {} : { authorization: `Bearer ${apiToken.value}` };

export interface Ask {
  readonly method?: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** Sent as JSON; a string as it is. */
  readonly body?: unknown;
  readonly type?: string;
  readonly signal?: AbortSignal;
}

/** One call of the control API; paths are written here and never come from data. */
export async function call<T>(path: string, { method = 'GET', body, type, signal: abort }: Ask = {}): Promise<T> {
  const text = await (await send(path, method, body, type, abort)).text();
  return (text === '' ? null : JSON.parse(text)) as T;
}

async function send(
  path: string,
  method: string,
  body: unknown,
  type: string | undefined,
  abort: AbortSignal | undefined,
): Promise<Response> {
  const response = await fetch(path, {
    method,
    headers: {
      ...authorization(),
      ...(body === undefined ? {} : { 'content-type': type ?? 'application/json' }),
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    ...(abort === undefined ? {} : { signal: abort }),
  });
  if (response.ok) return response;
  if (response.status === 401) tokenWanted.value = true;
  throw problemOf(response.status, await response.text());
}

function problemOf(status: number, text: string): Problem {
  try {
    const { title, detail, problems, errors } = JSON.parse(text) as Record<string, unknown>;
    const list = [problems, errors].find(Array.isArray) ?? [];
    const details = [...(typeof detail === 'string' ? [detail] : []), ...list.map(sentenceOf)];
    return new Problem(status, String(title ?? `the server answered ${status}`), details);
  } catch {
    return new Problem(status, `the server answered ${status}`);
  }
}

/** A problem of a scenario file: a sentence, or one with its place. */
function sentenceOf(item: unknown): string {
  if (typeof item !== 'object' || item === null) return String(item);
  const { line, column, message, text, title, path } = item as Record<string, unknown>;
  const says = String(message ?? text ?? title ?? JSON.stringify(item));
  if (typeof line === 'number') return `${line}:${typeof column === 'number' ? column : 1} ${says}`;
  return path === undefined ? says : `${String(path)}: ${says}`;
}
