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

/**
 * On every answer: no page frames it, and none of another origin gets to see whether it could be loaded, which with a
 * search in the query would tell what was sent.
 */
export const SHIELD: readonly (readonly [name: string, value: string])[] = [
  ['content-security-policy', "frame-ancestors 'none'"],
  ['x-frame-options', 'DENY'],
  ['cross-origin-resource-policy', 'same-origin'],
];

/** Names under which nobody can publish a page: special-use ones (RFC 6761, .internal) and those without a dot. */
const PRIVATE = ['.localhost', '.internal', '.test'];

/** @throws Refusal */
export function guard(method: string, headers: IncomingHttpHeaders, { hosts }: Pick<GuardOptions, 'hosts'>): void {
  const host = headers.host ?? '';
  const name = nameOf(host);
  if (name !== null && ANYWHERE.has(name))
    throw new Refusal(403, `${name} is where a server listens, not where it is: ask localhost, or an address it has`);
  if (name !== null && EMBEDDED.test(name))
    throw new Refusal(403, `${shown(host)} is an IPv4 address in disguise: ask it by its own spelling, or localhost`);
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
  // Who follows a link leaves the other page; a form does something, and a frame or an object stays in that page's hands.
  const follows =
    headers['sec-fetch-mode'] === 'navigate' &&
    headers['sec-fetch-dest'] === 'document' &&
    (method === 'GET' || method === 'HEAD');
  if (isFromElsewhere(headers) && !follows)
    throw new Refusal(
      403,
      'A page of another site may not ask this server: open its own page, or ask without a browser',
    );
}

/**
 * For what can be learned or done here.
 *
 * @throws Refusal
 */
export function authorize(headers: IncomingHttpHeaders, { token }: Pick<GuardOptions, 'token'>): void {
  // The page that opened the window sees how long the answer takes, and an answer that waits tells what it waits for.
  if (isFromElsewhere(headers))
    throw new Refusal(
      403,
      'A link of another site leads to the page of this server, and not into its API: enter the address by hand',
    );
  if (token === null) return;
  const [, given] = /^bearer +(.+)$/i.exec(headers.authorization ?? '') ?? [];
  if (given !== undefined && timingSafeEqual(digest(given), digest(token))) return;
  const title =
    given === undefined
      ? 'Send the token of this server: authorization: Bearer <the value of MOCK_APNS_API_TOKEN>'
      : 'This is not the token of this server: send the value of its MOCK_APNS_API_TOKEN';
  throw new Refusal(401, title, {}, { 'www-authenticate': 'Bearer realm="mock-apns"' });
}

/**
 * For an answer that takes as long as it takes for something to come. Under names that browsers do not take for safe (a
 * LAN address, `*.test`, a name without a dot) they do not say which site asks, and a page that sees no answer still sees
 * how long it took.
 *
 * @throws Refusal
 */
export function sayWhoWaits(headers: IncomingHttpHeaders, { token }: Pick<GuardOptions, 'token'>): void {
  const isBrowser = /\bMozilla\//.test(headers['user-agent'] ?? '');
  if (token !== null || !isBrowser || headers['sec-fetch-site'] !== undefined) return;
  throw new Refusal(
    403,
    'A browser may wait here only where it says which site asks: ask localhost or 127.0.0.1, ask without a browser, or set MOCK_APNS_API_TOKEN',
  );
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Another port of localhost is the same site to a browser, and as much a stranger to us. */
const isFromElsewhere = ({ 'sec-fetch-site': site }: IncomingHttpHeaders): boolean =>
  site === 'cross-site' || site === 'same-site';

/** Where one listens, not where one asks. Browsers lead it to this machine, and do not say then which page asks. */
const ANYWHERE = new Set(['0.0.0.0', '::']);
/** IPv4 addresses as IPv6 has them (RFC 4291 section 2.5.5). They lead to this machine as well, and nobody needs them. */
const EMBEDDED = /^::(ffff:)?[0-9a-f]{1,4}:[0-9a-f]{1,4}$|^::ffff:/;

function isKnown(name: string, hosts: readonly string[]): boolean {
  if (isAddress(name)) return true;
  // No page can be published under a name without a dot: `localhost`, and what containers call each other.
  if (!name.includes('.')) return true;
  return [...PRIVATE, ...hosts].some((known) => (known.startsWith('.') ? name.endsWith(known) : name === known));
}

/** An address belongs to whoever is there: no page of a stranger has its origin at ours. */
const isAddress = (name: string): boolean => name.includes(':') || /^\d{1,3}(\.\d{1,3}){3}$/.test(name);

/**
 * The name in a Host header, without port, brackets and final dot, and an address in its one usual spelling (URL
 * Standard, host parsing); `null`: there is none.
 */
function nameOf(host: string): string | null {
  if (!/^(?:\[[0-9a-f:.]+\]|[^:\s/@[\]?#\\]+)(?::\d{1,5})?$/i.test(host)) return null;
  try {
    const name = new URL(`http://${host}`).hostname.replace(/^\[|\]$|\.$/g, '');
    return name === '' ? null : name;
  } catch {
    return null;
  }
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
