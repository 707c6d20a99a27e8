import type { Route } from './route.ts';
import { CHANNEL_ROUTES } from './routes/channels.ts';
import { CLOCK_ROUTES } from './routes/clock.ts';
import { CONNECTION_ROUTES } from './routes/connections.ts';
import { EVENT_ROUTES } from './routes/events.ts';
import { EXCHANGE_ROUTES } from './routes/exchanges.ts';
import { INFO_ROUTES } from './routes/info.ts';
import { PAGE_ROUTES } from './routes/page.ts';

/** The control API: one row for each call. */
export const ROUTES: readonly Route[] = [
  ...INFO_ROUTES,
  ...EXCHANGE_ROUTES,
  ...EVENT_ROUTES,
  ...CHANNEL_ROUTES,
  ...CONNECTION_ROUTES,
  ...CLOCK_ROUTES,
  ...PAGE_ROUTES,
];
