import * as v from 'valibot';
import type { Session } from '../../../core/sessions.ts';
import { ok, route } from '../route.ts';
import { CONNECTION_VIEW } from '../schemas.ts';

export const CONNECTION_ROUTES = [
  route({
    method: 'GET',
    path: '/api/v1/connections',
    id: 'listConnections',
    tag: 'connections',
    says: 'The connections that are open, oldest first.',
    answers: { 200: ok('What is known of each.', v.object({ connections: v.array(CONNECTION_VIEW) })) },
    handle: ({ house }) => ({ json: { connections: [...house.driver.engine.sessions.values()].map(viewOf) } }),
  }),
];

export function viewOf(session: Session): v.InferInput<typeof CONNECTION_VIEW> {
  const { certificate, bound } = session;
  return {
    id: session.id,
    openedAt: new Date(session.openedAt).toISOString(),
    listener: session.listener.name,
    environment: session.environment,
    remote: session.remote,
    servername: session.servername,
    alpn: session.alpn,
    auth: certificate !== null ? 'certificate' : bound !== null ? 'token' : 'none',
    keyId: bound?.keyId ?? null,
    teamId: bound?.teamId ?? null,
    certificate: certificate === null ? null : (certificate.commonName ?? certificate.subjectUid ?? ''),
    tokens: session.tokens.size,
    requests: session.requests,
    highestStream: session.highestStream,
    waiting: [...new Set([...session.waiting.keys(), ...session.stalled])].sort((a, b) => a - b),
    lastRequestAt: new Date(session.lastRequestAt).toISOString(),
    rule: session.rule,
  };
}
