import { computed, signal } from '@preact/signals';

/** One thing that is wrong with what was asked, and where. */
export interface Fault {
  /** `body.by`, `rules[0].then.reason`; empty: all of it. */
  readonly path: string;
  readonly message: string;
  readonly suggestion: string | null;
  /** In a text that was sent; `null`: it has no lines. */
  readonly line: number | null;
  readonly column: number;
}

/** An answer that was no success, or none at all. */
export class Problem extends Error {
  /** 0: there was no answer. */
  readonly status: number;
  /** Where there are any, they say it all; the message is for programs, and may lead to them by their name. */
  readonly faults: readonly Fault[];
  constructor(status: number, message: string, faults: readonly Fault[] = []) {
    super(message);
    this.status = status;
    this.faults = faults;
  }
}

export const NO_ANSWER = 'The server does not answer. Is it still running?';
export const NO_TOKEN = 'The server tells nothing without its token.';

const KEY = 'mock-apns.api-token';

/** Asked for by a server with `MOCK_APNS_API_TOKEN`; kept for this tab only. */
export const apiToken = signal(sessionStorage.getItem(KEY) ?? '');
/** The token that the server did not take, empty if none was sent; `null`: it took what it got. */
export const refused = signal<string | null>(null);
/** What was refused before another token was typed says nothing of that. */
export const tokenWanted = computed(() => refused.value !== null && refused.value === apiToken.value);

export function useToken(token: string): void {
  sessionStorage.setItem(KEY, token);
  apiToken.value = token;
}

/** What cannot stand in a header is no token, and sending it would look like a server that is gone. */
const SENDABLE = /^[!-~]+$/;

export const authorization = (): Record<string, string> =>
  SENDABLE.test(apiToken.value) ? { authorization: `Bearer ${apiToken.value}` } : {};

/** As `fetch`, with the token; tells whether the server took it. */
export async function ask(path: string, init: RequestInit): Promise<Response> {
  const token = apiToken.value;
  const response = await fetch(path, { ...init, headers: { ...authorization(), ...init.headers } });
  if (response.status === 401) refused.value = token;
  else if (refused.value === token) refused.value = null;
  return response;
}

export interface Ask {
  readonly method?: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** Sent as JSON; a string as it is. */
  readonly body?: unknown;
  readonly type?: string;
  readonly signal?: AbortSignal;
}

/** One call of the control API; paths are written here and never come from data. */
export async function call<T>(path: string, given: Ask = {}): Promise<T> {
  try {
    const text = await (await send(path, given)).text();
    return (text === '' ? null : JSON.parse(text)) as T;
  } catch (error) {
    // Browsers tell of a server that is gone in words of their own.
    throw error instanceof TypeError ? new Problem(0, NO_ANSWER) : error;
  }
}

async function send(path: string, { method = 'GET', body, type, signal: abort }: Ask): Promise<Response> {
  const response = await ask(path, {
    method,
    ...(body === undefined
      ? {}
      : {
          headers: { 'content-type': type ?? 'application/json' },
          body: typeof body === 'string' ? body : JSON.stringify(body),
        }),
    ...(abort === undefined ? {} : { signal: abort }),
  });
  if (response.ok) return response;
  throw problemOf(response.status, await response.text());
}

function problemOf(status: number, text: string): Problem {
  if (status === 401) return new Problem(status, NO_TOKEN);
  try {
    const { title, problems } = JSON.parse(text) as Record<string, unknown>;
    return new Problem(
      status,
      String(title ?? `The server answered ${status}.`),
      (Array.isArray(problems) ? problems : []).map(faultOf),
    );
  } catch {
    return new Problem(status, `The server answered ${status}.`);
  }
}

function faultOf(item: Readonly<Record<string, unknown>>): Fault {
  const { path, message, suggestion, line, column } = item;
  return {
    path: String(path ?? ''),
    message: String(message ?? ''),
    suggestion: typeof suggestion === 'string' ? suggestion : null,
    line: typeof line === 'number' ? line : null,
    column: typeof column === 'number' ? column : 1,
  };
}
