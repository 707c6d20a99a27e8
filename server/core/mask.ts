import { decodeBase64 } from './base64.ts';

/**
 * Provider tokens open doors, and clients put them where they do not belong: in headers of their own, in the topic, in the
 * path. The journal keeps what arrived; whoever shows a piece of it masks it first.
 */

/** What stands in place of a signature. */
const HIDDEN = '(signature not shown)';
/** How a JSON object begins in base64: a brace, and a quote or white space behind it. */
const OBJECT = /e[yw][AJko0]/g;
/** Places in a word where a token is looked for, such as behind the slashes of a path, which base64 has as well. */
const PLACES_MAX = 16;

/** The text with the signature of everything in it that looks like a JWT taken away. */
export function maskTokens(text: string): string {
  if (text.search(OBJECT) < 0) return text;
  const parts = text.split('.');
  for (let i = 0; i + 2 < parts.length; i++) {
    const [header, claims, rest] = [parts[i] as string, parts[i + 1] as string, parts[i + 2] as string];
    const signature = (/^[\w+/-]+={0,2}/.exec(rest) ?? [''])[0];
    if (signature === '' || !/^[\w+/-]+={0,2}$/.test(claims) || !endsInHeader(header)) continue;
    parts[i + 2] = `${HIDDEN}${rest.slice(signature.length)}`;
  }
  return parts.join('.');
}

/** Whether a text ends in the first part of a JWT: base64 of a JSON object that names an algorithm. */
function endsInHeader(text: string): boolean {
  const places = [...text.matchAll(OBJECT)].slice(-PLACES_MAX);
  return places.some(({ index }) => {
    const bytes = decodeBase64(text.slice(index));
    if (bytes === undefined) return false;
    try {
      const header: unknown = JSON.parse(String.fromCharCode(...bytes.subarray(0, LONGEST)));
      return typeof header === 'object' && header !== null && Object.hasOwn(header, 'alg');
    } catch {
      return false;
    }
  });
}

/** Bytes of a header that are looked at; real ones have some fifty. */
const LONGEST = 4096;
