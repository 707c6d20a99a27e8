import type { Exchange, Info } from '../api/types.ts';

/** The request as a command for a shell. The provider token is not known here, so it is asked of the environment. */
export function curlOf({ request, connection }: Exchange, info: Info | null): string {
  const lines = [`curl --http2 --cacert ${quote(info?.caPath ?? 'certs/ca.pem')} -X ${quote(request.method)}`];
  for (const [name, value] of request.headers) {
    if (name === 'content-length') continue;
    if (name === 'authorization') lines.push(`-H "authorization: bearer $APNS_TOKEN"`);
    else lines.push(`-H ${quote(`${name}: ${value}`)}`);
  }
  const { payload } = request;
  if (payload !== null)
    lines.push(`--data-binary ${quote(typeof payload === 'string' ? payload : JSON.stringify(payload))}`);
  lines.push(quote(`${baseOf(connection.listener, info)}${request.path}`));
  return lines.join(' \\\n  ');
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
