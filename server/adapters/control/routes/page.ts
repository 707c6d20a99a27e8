import { pageAssets } from '../page-assets.ts';
import { Refusal } from '../problem.ts';
import { ok, problem, type Route, route } from '../route.ts';

/** The inspector page. Its files are loaded with the first look at it. */
const PATHS = ['/', '/app.js', '/app.css', '/icon.svg'] as const;

const TYPES = {
  '/': 'text/html',
  '/app.js': 'text/javascript',
  '/app.css': 'text/css',
  '/icon.svg': 'image/svg+xml',
} as const;

export const PAGE_ROUTES: readonly Route[] = PATHS.map((path) =>
  route({
    method: 'GET',
    path,
    id: path === '/' ? 'page' : `page${path.replaceAll(/\W/g, '_')}`,
    tag: 'page',
    says: path === '/' ? 'The inspector page.' : 'A file of the inspector page.',
    open: true,
    answers: { 200: ok('The file.', TYPES[path]), 404: problem('It was not built.') },
    handle() {
      const asset = pageAssets().get(path);
      if (asset === undefined) throw new Refusal(404, 'The page was not built: run npm run build');
      return { type: asset.type, text: asset.body, headers: asset.headers };
    },
  }),
);
