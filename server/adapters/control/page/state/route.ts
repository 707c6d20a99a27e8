import { computed, signal } from '@preact/signals';

export const VIEWS = ['exchanges', 'channels', 'connections', 'scenario', 'clock', 'reasons'] as const;
export type View = (typeof VIEWS)[number];

/** Where the page is, as the address tells: `#/exchanges/41?q=status:4xx`. A link to it opens the same. */
export interface Route {
  readonly view: View;
  readonly seq: number | null;
  readonly query: string;
}

function read(hash: string): Route {
  const [path = '', search = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const [view, seq] = path.split('/');
  return {
    view: VIEWS.find((each) => each === view) ?? 'exchanges',
    seq: seq !== undefined && /^\d+$/.test(seq) ? Number(seq) : null,
    query: new URLSearchParams(search).get('q') ?? '',
  };
}

export const route = signal<Route>(read(location.hash));
export const view = computed(() => route.value.view);
export const openSeq = computed(() => route.value.seq);
export const query = computed(() => route.value.query);

export function hashOf({ view, seq, query }: Route): string {
  const search = query === '' ? '' : `?${new URLSearchParams({ q: query })}`;
  return `#/${view}${seq === null ? '' : `/${seq}`}${search}`;
}

/** A step that Back undoes; `replace` for what is no step, such as each letter typed. */
export function go(change: Partial<Route>, how: 'push' | 'replace' = 'push'): void {
  const next = { ...route.value, ...change };
  const hash = hashOf(next);
  if (hash !== location.hash) history[how === 'push' ? 'pushState' : 'replaceState'](null, '', hash);
  route.value = next;
}

export const show = (view: View): void => go({ view, seq: null });

addEventListener('popstate', () => {
  route.value = read(location.hash);
});
addEventListener('hashchange', () => {
  route.value = read(location.hash);
});
