import type { Driver, Line, Wire } from '../../server/shell/driver.ts';

const NOTHING = (): void => undefined;
const WIRE: Wire = {
  reply: NOTHING,
  headers: NOTHING,
  data: NOTHING,
  reset: NOTHING,
  goaway: NOTHING,
  end: NOTHING,
  drop: NOTHING,
  settings: NOTHING,
  pings: NOTHING,
  window: NOTHING,
  cannot: new Set(),
};

/** A connection without a socket, whose answers nobody reads: for filling a journal fast. */
export function connectNobody(driver: Driver): Line {
  const listener = { name: 'in-process', families: ['device'], environment: null } as const;
  const { session } = driver.arrive(listener, 'nobody');
  return driver.connect(
    { session, listener, alpn: 'h2', servername: '', remote: 'nobody', certificate: null, maxConcurrentStreams: null },
    WIRE,
  );
}
