import { DEFAULT_PAYLOAD_LIMIT } from '../../../../protocol/push-types.ts';
import type { Exchange, Info } from '../api/types.ts';

/** What a shell must know before the command can run; in README.md, what is signed there has that name. */
export const CURL_NEEDS = 'It takes the provider token from $TOKEN: README.md shows how to sign one.';

/** A shell without that variable says so, and asks nothing. Its value is not known here: tokens are not kept. */
const AUTHORIZATION = `-H "authorization: bearer \${TOKEN:?sign a provider token as README.md shows}"`;

/** The request as a command for a shell. */
export function curlOf({ request, connection }: Exchange, info: Info | null): string {
  const body = bodyOf(request);
  const lines = [`curl --http2 --cacert ${trusted(info)} -X ${quote(request.method)}`];
  for (const [name, value] of request.headers) {
    if (name === 'content-length') continue;
    lines.push(name === 'authorization' ? AUTHORIZATION : `-H ${quote(`${name}: ${value}`)}`);
  }
  if (body !== null) lines.push(body.option);
  const base = baseOf(connection.listener, info);
  if (USUAL_PATH.test(request.path)) lines.push(quote(base + request.path));
  else lines.push(`--request-target ${quote(request.path)}`, quote(`${base}/`));
  return (body?.before ?? '') + lines.join(' \\\n  ');
}

/**
 * Others come as they are: in a URL, curl reads [1-9] and {a,b} as many, takes dots away, and what begins without a
 * slash would name another host.
 */
const USUAL_PATH = /^(\/[\w-][\w.-]*)+$/;

interface Body {
  /** Of the command, and of what makes the body for it. */
  readonly option: string;
  readonly before: string;
}

function bodyOf({ payload, size, truncated }: Exchange['request']): Body | null {
  if (truncated) {
    // What `:` is given is read by nobody; in a shell that somebody types into, `#` need not begin a comment.
    const told = `: 'Only the beginning of the body was kept. This sends as many bytes, but other ones.'`;
    return { option: '--data-binary @-', before: `${told}\nhead -c ${size} /dev/zero | tr '\\0' x | ` };
  }
  if (payload === null) return null;
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
  // Without the spaces that it came with, a body that was too long may be no longer.
  const spaces = size > DEFAULT_PAYLOAD_LIMIT ? Math.max(0, size - new TextEncoder().encode(text).length) : 0;
  // Raw: to the other options, what begins with @ is the name of a file.
  return { option: `--data-raw ${quote(text + ' '.repeat(spaces))}`, before: '' };
}

/** A server that keeps its certificate in memory tells its address. */
function trusted(info: Info | null): string {
  const ca = info?.caPath ?? 'certs/ca.pem';
  return /^https?:/.test(ca) ? `<(curl -s ${quote(ca)})` : quote(ca);
}

function baseOf(listener: string, info: Info | null): string {
  if (listener === 'manage') return info?.urls.manage ?? 'https://127.0.0.1:2195';
  if (listener === 'manage-production') return info?.urls.manageProduction ?? 'https://127.0.0.1:2196';
  return info?.urls.send ?? 'https://127.0.0.1:2197';
}

const PLAIN = /^[\w@%+=:,./-]+$/;
const CONTROL = /\p{Cc}/u;

/** One word of a POSIX shell, whatever it holds; control letters by bash's `$'…'`. */
export function quote(word: string): string {
  if (PLAIN.test(word)) return word;
  if (!CONTROL.test(word)) return `'${word.replaceAll("'", `'\\''`)}'`;
  const escaped = word.replace(/[\\']|\p{Cc}/gu, inBash);
  return `$'${escaped}'`;
}

function inBash(letter: string): string {
  const code = letter.charCodeAt(0);
  if (letter === '\\' || letter === "'") return `\\${letter}`;
  // An escape is a byte; what takes two of them stays as it is.
  return code < 0x80 ? `\\x${code.toString(16).padStart(2, '0')}` : letter;
}
