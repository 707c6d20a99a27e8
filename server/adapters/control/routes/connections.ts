import * as v from 'valibot';
import { parse } from 'yaml';
import { goawayByHand } from '../../../core/scenario/by-hand.ts';
import type { On } from '../../../core/scenario/model.ts';
import { parseEffect } from '../../../core/scenario/parse.ts';
import { THEN } from '../../../core/scenario/schema.ts';
import type { Session } from '../../../core/sessions.ts';
import { Refusal } from '../problem.ts';
import { ok, problem, route, textBody } from '../route.ts';
import { refuseScenario } from '../scenario-text.ts';
import { CONNECTION_VIEW, needs } from '../schemas.ts';

interface Fault {
  readonly name: 'goaway' | 'reset' | 'drop' | 'streams';
  readonly says: string;
  /** For the document. */
  readonly schema: v.GenericSchema;
  /** The effect that a body asks for: the whole `then`, or what stands behind the one key. */
  readonly effect: (given: unknown) => unknown;
  readonly on: On;
}

/** The whole effect if it names the key, else what belongs behind it. */
const behind =
  (key: string, usual: unknown) =>
  (given: unknown): unknown =>
    given === undefined
      ? usual === undefined
        ? undefined
        : { [key]: usual }
      : isMapping(given) && Object.hasOwn(given, key)
        ? given
        : { [key]: given };
const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const either = (schema: v.GenericSchema): v.GenericSchema => v.union([schema, THEN]);

const FAULTS: readonly Fault[] = [
  {
    name: 'goaway',
    says: 'Says goodbye on a connection; without a body as Apple does when it shuts down: {"reason":"Shutdown"}. Where the body says nothing of `lastStream`, all streams may still be answered (2^31-1); where it says nothing of `close` and `twice` either, a second GOAWAY with the highest stream follows after 100 ms of the server\'s time, and then the connection ends.',
    schema: either(THEN.entries.goaway),
    effect(given) {
      const effect = behind('goaway', {})(given) as Readonly<Record<string, unknown>>;
      return { ...effect, goaway: goawayByHand(given === undefined ? undefined : effect['goaway']) };
    },
    on: 'connection',
  },
  {
    name: 'reset',
    says: 'Resets every stream of a connection that waits for an answer; without a body with INTERNAL_ERROR.',
    schema: either(THEN.entries.reset),
    effect: behind('reset', 'INTERNAL_ERROR'),
    on: 'request',
  },
  {
    name: 'drop',
    says: 'Cuts the TCP connection.',
    schema: either(THEN.entries.drop),
    effect: behind('drop', true),
    on: 'connection',
  },
  {
    name: 'streams',
    says: 'Sends a new MAX_CONCURRENT_STREAMS; the body is the number.',
    schema: either(THEN.entries.streams),
    effect: behind('streams', undefined),
    on: 'connection',
  },
];

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
  ...FAULTS.map(({ name, says, schema, effect, on }) =>
    route({
      method: 'POST',
      path: `/api/v1/connections/{id}/${name}`,
      id: `${name}Connection`,
      tag: 'connections',
      says,
      more: `The body is that of \`${name}\` in the \`then\` of a scenario file; it may be left out where there is a usual form.`,
      params: { id: needs(v.string(), 'The connection, or `all`.', 'c7') },
      body: textBody(schema, true),
      answers: {
        200: ok('The connections it was done to.', v.object({ connections: v.array(v.string()) })),
        404: problem('There is no such connection.'),
        422: problem('The body has mistakes; each is told, and nothing was done.'),
      },
      handle({ path, body, house }) {
        const { sessions } = house.driver.engine;
        if (path.id !== 'all' && !sessions.has(path.id)) {
          const open = [...sessions.keys()].slice(0, 20);
          throw new Refusal(
            404,
            `There is no open connection ${path.id}: ${open.length === 0 ? 'none is open' : `open are ${open.join(', ')}`}`,
          );
        }
        const asked = effect(readText(body));
        if (asked === undefined) throw new Refusal(400, 'Send the number of streams as the body, such as 5');
        const parsed = parseEffect(name, JSON.stringify(asked), on);
        if (!parsed.ok) return refuseScenario(parsed.problems, 'body', ' ');
        const connections = path.id === 'all' ? [...sessions.keys()] : [path.id];
        house.driver.command({ do: 'operate', session: path.id, effect: parsed.effect });
        return { json: { connections } };
      },
    }),
  ),
];

/** YAML is read by the scenario's own reader; here it is only put into its place. @throws Refusal */
function readText(text: string): unknown {
  if (text.trim() === '') return undefined;
  try {
    return parse(text);
  } catch (error) {
    throw new Refusal(
      422,
      `Send JSON or YAML: the body is neither (${error instanceof Error ? error.message : String(error)})`,
    );
  }
}

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
