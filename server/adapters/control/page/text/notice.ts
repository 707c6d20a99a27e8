import type { Exchange } from '../api/types.ts';

/** What a phone would make of a push: as far as a payload alone can tell. */
export interface Notice {
  readonly kind: 'banner' | 'activity' | 'silent' | 'call' | 'none' | 'unknown';
  /** One sentence. */
  readonly says: string;
  readonly title: string;
  readonly subtitle: string;
  readonly body: string;
  readonly badge: number | null;
  /** What goes with it: sound, level, category. */
  readonly marks: readonly string[];
  readonly activity: Activity | null;
}

export interface Activity {
  readonly event: string;
  readonly state: readonly (readonly [path: string, value: string])[];
  readonly times: readonly (readonly [name: string, value: unknown])[];
}

type Dict = Readonly<Record<string, unknown>>;
export const dict = (value: unknown): Dict | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Dict) : null;

const NOTHING = { title: '', subtitle: '', body: '', badge: null, marks: [], activity: null } as const;

const CUT = 'The body is longer than what is kept: of its beginning alone there is no preview.';

export function noticeOf({ operation, request }: Exchange): Notice | null {
  if (operation !== 'device.send' && operation !== 'broadcast.send') return null;
  if (request.truncated) return { ...NOTHING, kind: 'unknown', says: CUT };
  const payload = dict(request.payload);
  const aps = dict(payload?.['aps']);
  const type = request.headers.find(([name]) => name === 'apns-push-type')?.[1].toLowerCase() ?? '';
  if (payload === null)
    return { ...NOTHING, kind: 'none', says: 'The body is no JSON object: there is nothing to show.' };
  if (type === 'voip') return { ...NOTHING, kind: 'call', says: 'The app is woken and must report a call at once.' };
  if (aps === null) return { ...NOTHING, kind: 'none', says: 'Without an “aps” object the system shows nothing.' };
  if (operation === 'broadcast.send' || type === 'liveactivity') return activityNotice(aps);

  const alert = alertOf(aps['alert']);
  const badge = typeof aps['badge'] === 'number' ? aps['badge'] : null;
  const marks = marksOf(aps);
  if (alert !== null) return { ...NOTHING, kind: 'banner', says: sentenceOf(aps), ...alert, badge, marks };
  if (aps['content-available'] === 1)
    return { ...NOTHING, kind: 'silent', says: 'Nothing is shown: the app is woken in the background.', badge, marks };
  if (badge !== null)
    return { ...NOTHING, kind: 'silent', says: `Nothing is shown but the badge: ${badge}.`, badge, marks };
  return {
    ...NOTHING,
    kind: 'none',
    says: 'There is no alert, badge or content-available: nothing is shown.',
    badge,
    marks,
  };
}

interface Alert {
  readonly title: string;
  readonly subtitle: string;
  readonly body: string;
}

function alertOf(alert: unknown): Alert | null {
  if (typeof alert === 'string') return alert === '' ? null : { title: '', subtitle: '', body: alert };
  const parts = dict(alert);
  if (parts === null) return null;
  const found = {
    title: wordsOf(parts, 'title', 'title-loc-key', 'title-loc-args'),
    subtitle: wordsOf(parts, 'subtitle', 'subtitle-loc-key', 'subtitle-loc-args'),
    body: wordsOf(parts, 'body', 'loc-key', 'loc-args'),
  };
  return found.title + found.subtitle + found.body === '' ? null : found;
}

/** Literal text, or the key that the app translates, with its arguments. */
function wordsOf(parts: Dict, name: string, key: string, args: string): string {
  const literal = parts[name];
  // Live Activities nest the key: {"title": {"loc-key": …}}.
  const nested = dict(literal);
  if (nested !== null) return wordsOf(nested, 'body', 'loc-key', 'loc-args');
  if (literal !== undefined && literal !== null) return String(literal);
  const named = parts[key];
  if (typeof named !== 'string') return '';
  const given = parts[args];
  return Array.isArray(given) && given.length > 0 ? `${named} (${given.map(String).join(', ')})` : named;
}

const LEVELS: Readonly<Record<string, string>> = {
  passive: 'Joins the list in silence, without lighting up the screen.',
  'time-sensitive': 'Breaks through Focus and scheduled summaries.',
  critical: 'Breaks through everything, with sound, if the app may.',
};

function sentenceOf(aps: Dict): string {
  const level = LEVELS[String(aps['interruption-level'])] ?? 'A banner, and a line in Notification Centre.';
  return aps['mutable-content'] === 1 ? `${level} The app’s service extension may rewrite it first.` : level;
}

function marksOf(aps: Dict): string[] {
  const marks: string[] = [];
  const level = aps['interruption-level'];
  if (typeof level === 'string' && level !== 'active') marks.push(level);
  const sound = dict(aps['sound'])?.['name'] ?? aps['sound'];
  if (typeof sound === 'string') marks.push(`sound: ${sound}`);
  for (const [key, name] of [
    ['category', 'category'],
    ['thread-id', 'thread'],
    ['relevance-score', 'relevance'],
    ['target-content-id', 'opens'],
  ] as const)
    if (typeof aps[key] === 'string' || typeof aps[key] === 'number') marks.push(`${name}: ${aps[key]}`);
  return marks;
}

const TIMES = ['timestamp', 'stale-date', 'dismissal-date'] as const;

const EVENTS: Readonly<Record<string, string>> = {
  update: 'The Live Activity shows this content state.',
  start: 'A Live Activity begins with this content state.',
  end: 'The Live Activity ends with this content state.',
};

function activityNotice(aps: Dict): Notice {
  const event = typeof aps['event'] === 'string' ? aps['event'] : '';
  const state = aps['content-state'];
  const alert = alertOf(aps['alert']);
  const known = EVENTS[event];
  return {
    ...NOTHING,
    ...(alert ?? {}),
    kind: state === undefined ? 'none' : 'activity',
    says:
      state === undefined
        ? 'Without a content state the device drops the update.'
        : (known ?? 'Without a known event the device drops the update.'),
    marks: marksOf(aps),
    activity: {
      event,
      state: flatten(state),
      times: TIMES.filter((name) => aps[name] !== undefined).map((name) => [name, aps[name]] as const),
    },
  };
}

const FLAT_MOST = 60;

/** Leaves by path. */
export function flatten(value: unknown, path = ''): [string, string][] {
  const inner = Array.isArray(value) ? Object.entries(value) : Object.entries(dict(value) ?? {});
  if (inner.length === 0)
    return path === '' ? [] : [[path, typeof value === 'string' ? value : (JSON.stringify(value) ?? '')]];
  return inner.flatMap(([key, each]) => flatten(each, path === '' ? key : `${path}.${key}`)).slice(0, FLAT_MOST);
}
