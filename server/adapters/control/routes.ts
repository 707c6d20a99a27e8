import { openApiOf } from './openapi.ts';
import { ok, type Route, route } from './route.ts';
import { CHANNEL_ROUTES } from './routes/channels.ts';
import { CLOCK_ROUTES } from './routes/clock.ts';
import { CONNECTION_ROUTES } from './routes/connections.ts';
import { EVENT_ROUTES } from './routes/events.ts';
import { EXCHANGE_ROUTES } from './routes/exchanges.ts';
import { EXPORT_ROUTES } from './routes/export.ts';
import { INFO_ROUTES } from './routes/info.ts';
import { PAGE_ROUTES } from './routes/page.ts';
import { REGISTRY_ROUTES } from './routes/registry.ts';
import { RESET_ROUTES } from './routes/reset.ts';
import { SCENARIO_ROUTES } from './routes/scenario.ts';
import { VERIFY_ROUTES } from './routes/verify.ts';

const DOCUMENT = route({
  method: 'GET',
  path: '/openapi.json',
  id: 'openapi',
  tag: 'server',
  says: 'This API as an OpenAPI 3.1 document, made from the shapes that validate.',
  open: true,
  answers: { 200: ok('The document.', 'application/json') },
  handle({ house }) {
    document ??= openApiOf(ROUTES, house.version());
    return { json: document };
  },
});

/** Made once: it takes a moment, and never changes. */
let document: object | undefined;

/** The control API: one row for each call. */
export const ROUTES: readonly Route[] = [
  ...INFO_ROUTES,
  DOCUMENT,
  ...EXCHANGE_ROUTES,
  ...VERIFY_ROUTES,
  ...EVENT_ROUTES,
  ...SCENARIO_ROUTES,
  ...REGISTRY_ROUTES,
  ...CHANNEL_ROUTES,
  ...CLOCK_ROUTES,
  ...CONNECTION_ROUTES,
  ...RESET_ROUTES,
  ...EXPORT_ROUTES,
  ...PAGE_ROUTES,
];
