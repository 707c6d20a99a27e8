import type { Exchange } from '../api/types.ts';
import { dict } from './notice.ts';

type Advice = Exchange['advice'][number];

/** Where a remark belongs: a path into the payload, the name of a header, or neither. */
export interface Placed {
  readonly advice: Advice;
  readonly path: string | null;
  readonly header: string | null;
}

export const pathText = (path: readonly string[]): string => path.join('\u0000');

const HEADERS = 'headers.';

/** Finds the line that a remark is about. What speaks of a missing key stands at the object that lacks it. */
export function placeAdvice({ request, advice }: Exchange): readonly Placed[] {
  return advice.map((each) => {
    const { at } = each;
    if (at === null) return { advice: each, path: null, header: null };
    if (at.startsWith(HEADERS)) {
      const name = at.slice(HEADERS.length);
      const sent = request.headers.some(([header]) => header === name);
      return { advice: each, path: null, header: sent ? name : null };
    }
    const path =
      dict(request.payload) === null ? null : pathText(follow(request.payload, at.replace(/^payload\./, '')));
    return { advice: each, path, header: null };
  });
}

/** As far as the path exists. Keys may have dots of their own, so they are tried and not split. */
function follow(value: unknown, at: string): readonly string[] {
  const keys = Object.keys(typeof value === 'object' && value !== null ? value : {});
  const key = keys.find((each) => each === at) ?? keys.find((each) => at.startsWith(`${each}.`));
  if (key === undefined) return [];
  return [key, ...follow((value as Record<string, unknown>)[key], at.slice(key.length + 1))];
}
