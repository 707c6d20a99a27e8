/** RFC 9457: an error whose title says what to do. */
export interface ProblemBody {
  readonly title: string;
  readonly status: number;
  /** Each thing that is wrong, where there are several or where it has a place. */
  readonly problems?: readonly ProblemItem[];
  readonly [more: string]: unknown;
}

export interface ProblemItem {
  /** `query.limit`, `body.count.exactly`, `rules[0].then`; empty: the request as a whole. */
  readonly path: string;
  readonly message: string;
  readonly suggestion?: string;
  /** In a text that was sent: lines and columns begin at 1. */
  readonly line?: number;
  readonly column?: number;
}

/** What a handler throws to end with an error. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly body: ProblemBody;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    title: string,
    more: Readonly<Record<string, unknown>> = {},
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(title);
    this.body = { title, status, ...more };
    this.headers = headers;
  }
}

export const PROBLEM_TYPE = 'application/problem+json';
