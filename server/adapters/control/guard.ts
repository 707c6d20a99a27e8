import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { Refusal } from './problem.ts';

/**
 * Keeps web pages out. A page of a stranger can make a browser on this machine ask here, under a name of its own that
 * leads to 127.0.0.1 (DNS rebinding), or under ours from its own origin. It cannot do either without the browser
 * saying so in Host, Origin or Sec-Fetch-Site.
 */
export interface GuardOptions {
  /** Names besides the usual ones, in lower case; `.example` stands for all that end so. */
  readonly hosts: readonly string[];
  /** `null`: no token is asked for. */
  readonly token: string | null;
}

/** Names under which nobody can publish a page: special-use ones (RFC 6761, .internal) and those without a dot. */
const PRIVATE = ['.localhost', '.internal', '.test'];

/** @throws Refusal */
export function guard(method: string, headers: IncomingHttpHeaders, { hosts }: Pick<GuardOptions, 'hosts'>): void {
  const host = headers.host ?? '';
  const name = nameOf(host);
  if (name === null || !isKnown(name, hosts))
    throw new Refusal(
      403,
      `This server is not called ${shown(host)}: use localhost or an address, or allow the name with MOCK_APNS_API_HOSTS`,
    );
  const { origin } = headers;
  if (origin !== undefined && originHost(origin) !== host.toLowerCase())
    throw new Refusal(
      403,
      `A page from ${shown(origin)} may not ask this server: open its own page, or ask without a browser`,
    );
  // Following a link is reading; a form that a stranger's page sends is not.
  const follows = headers['sec-fetch-mode'] === 'navigate' && (method === 'GET' || method === 'HEAD');
  if (headers['sec-fetch-site'] === 'cross-site' && !follows)
    throw new Refusal(
      403,
      'A page of another site may not ask this server: open its own page, or ask without a browser',
    );
}

/** @throws Refusal */
export function authorize(headers: IncomingHttpHeaders, { token }: Pick<GuardOptions, 'token'>): void {
  if (token === null) return;
  const [, given] = /^bearer +(.+)$/i.exec(headers.authorization ?? '') ?? [];
  if (given !== undefined && timingSafeEqual(digest(given), digest(token))) return;
  const title =
    given === undefined
      ? 'Send the token of this server: authorization: Bearer <the value of MOCK_APNS_API_TOKEN>'
      : 'This is not the token of this server: send the value of its MOCK_APNS_API_TOKEN';
  throw new Refusal(401, title, {}, { 'www-authenticate': 'Bearer realm="mock-apns"' });
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

function isKnown(name: string, hosts: readonly string[]): boolean {
  if (isAddress(name)) return true;
  // No page can be published under a name without a dot: `localhost`, and what containers call each other.
  if (!name.includes('.')) return true;
  return [...PRIVATE, ...hosts].some((known) => (known.startsWith('.') ? name.endsWith(known) : name === known));
}

/** An address belongs to whoever is there: no page of a stranger has its origin at ours. */
const isAddress = (name: string): boolean => name.includes(':') || /^\d{1,3}(\.\d{1,3}){3}$/.test(name);

/** The name in a Host header, without port, brackets and final dot; `null`: there is none. */
function nameOf(host: string): string | null {
  const [, six, other] = /^(?:\[([0-9a-f:.]+)\]|([^:\s/@[\]]+))(?::\d{1,5})?$/i.exec(host) ?? [];
  const name = (six ?? other)?.toLowerCase().replace(/\.$/, '');
  return name === undefined || name === '' ? null : name;
}

function originHost(origin: string): string | null {
  try {
    return new URL(origin).host;
  } catch {
    return null;
  }
}

function shown(text: string): string {
  const line = JSON.stringify(text).slice(1, -1);
  return text === '' ? '(nothing)' : line.length > 80 ? `${line.slice(0, 79)}…` : line;
}
