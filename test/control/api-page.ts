/** docs/api.md, from the table of routes and that of the search fields. */

import type { Route } from '../../server/adapters/control/route.ts';
import { ROUTES } from '../../server/adapters/control/routes.ts';
import { IS_WORDS, SEARCH_FIELDS } from '../../server/core/search/grammar.ts';

const TAGS: readonly (readonly [tag: string, title: string])[] = [
  ['journal', 'What arrived'],
  ['scenario', 'What goes wrong'],
  ['registry', 'Apps, channels, devices, keys'],
  ['connections', 'Live connections'],
  ['clock', 'Time'],
  ['server', 'The server'],
  ['trust', 'Trust'],
  ['probes', 'Probes'],
];

const cell = (text: string): string => text.replaceAll('|', '\\|');

function rowOf({ method, path, query, body, says, more }: Route): string {
  const asked = Object.keys(query).map((name) => `\`${name}\``);
  const takes = [...(body === null ? [] : ['a body']), ...asked].join(', ');
  return `| \`${method} ${path}\` | ${cell([says, more].filter(Boolean).join(' '))} | ${takes} |`;
}

const tables = TAGS.map(([tag, title]) => {
  const rows = ROUTES.filter((row) => row.tag === tag).map(rowOf);
  return `### ${title}\n\n| Call | Does | Takes |\n|---|---|---|\n${rows.join('\n')}\n`;
}).join('\n');

const fields = SEARCH_FIELDS.map(
  ({ name, says, example }) => `| \`${name}:\` | ${cell(says)} | \`${cell(example)}\` |`,
).join('\n');

export const API_PAGE = `# The control API

Plain HTTP/1.1 and JSON on the control port (2198). [\`GET /openapi.json\`](../server/adapters/control/openapi.ts)
describes it as OpenAPI 3.1, made from the shapes that validate: any generator of clients can read it. This page is
made from the same table.

Times are ISO 8601 in the server's own time, durations are written \`250ms\`, \`2s\`, \`1h\`. Errors are
\`application/problem+json\` (RFC 9457): \`title\` says what to do, \`problems\` lists everything that is wrong, each with
its \`path\`, a \`message\` and often a \`suggestion\`. Bodies are JSON whatever their content type says, so that
\`curl -d\` does; scenarios, rules and faults may be YAML. A body has 1 MiB at most.

## Say what should have come

\`\`\`sh
api=http://127.0.0.1:2198/api/v1

# Two broadcasts, whenever they come: the answer is there as soon as they are.
curl "$api/exchanges/wait?q=operation:broadcast.send&topic=com.example.scores&count=2&timeout=5s"

# These two, in this order, and nothing else for 300 ms.
curl "$api/verify" -d '{
  "topic": "com.example.scores",
  "match": {"operation": "broadcast.send"}, "count": {"exactly": 2},
  "order": [{"payload.aps.event": "update"}, {"payload.aps.event": "end"}],
  "quiet": "300ms", "timeout": "5s"
}'
\`\`\`

\`match\` and \`order\` take the fields of \`when\` in [scenario files](scenarios.md#what-fits-when), and \`status\`, \`reason\`, \`rule\`,
\`id\` and \`carriedOut\` besides. What does not come is told with what came instead:

\`\`\`
409 Expected exactly two broadcast.send answered 200, but there was one; the nearest is #8 broadcast.send
com.example.scores: status was 400, not 200; BadExpirationDate, because the header apns-expiration is missing; …
\`\`\`

\`expected\`, \`actual\`, \`nearMisses\` and \`offenders\` carry the same as data; \`hints\` names connections that failed, because
a request that never came may have been stopped by its certificate. \`wait\` answers 408 in the same way.

## Share one server

Give each suite a bundle id of its own, ask with \`topic=\`, and begin with \`POST /api/v1/reset?topic=com.example.mine\`. It
takes away the exchanges, channels, registrations, devices and rules that belong to that app alone, and restarts the
counters of the scenario's rules that name it. Clock, connections and scenario are everybody's.

## Follow what happens

\`GET /api/v1/events\` sends \`hello\` (with the \`run\` of the server, which changes when it starts anew), then \`exchange\` and
\`connection\` events with their numbers as ids. With \`last-event-id\` it goes on where it was; what the journal has let
go meanwhile is told by an event \`lost\` with its \`count\`. A reader too slow for the traffic is told \`lost\` as well.

## Who may ask

The server answers to \`localhost\`, to addresses, to names without a dot (what containers call each other), to
\`.localhost\`, \`.internal\` and \`.test\`, and to what \`MOCK_APNS_API_HOSTS\` lists (\`.svc.cluster.local\` stands for all that
end so); not to \`0.0.0.0\`, of which browsers do not say where a request comes from. Requests that a page elsewhere makes
are refused, links to the page itself excepted, and no answer can be framed. With \`MOCK_APNS_API_TOKEN\` all but probes, trust files, the
page and the OpenAPI document needs \`authorization: Bearer …\`. Nothing here reads or writes a path that the caller
names, and nothing asks another server. Provider tokens are shown as their claims; the one answer with a private key in
it is that of \`POST /api/v1/keys/generate\`, which makes it and keeps it nowhere.

## Search

One grammar for API, page and command line. Terms are separated by spaces, and all must fit; \`-\` negates. A value is
literal (letters of either case are alike), a \`*\` glob, a \`/regex/\`, a list \`a,b\` (any of them), or a comparison
\`>5\`, \`<=10\`; in quotes it is literal. \`status:4xx\` stands for all of them. \`field:""\` fits what is absent.

A word without a field is looked for everywhere, also as a part of a longer word. A \`*\` in it stands for any letters but a
space: \`com.example.sc*es\`. A \`/regex/\` or a list needs a field; without one it is taken literally, as paths have slashes
and bodies commas.

A search looks at exchanges, unless it names a \`kind:\`: \`kind:connection-refused\` finds connections that never came to a
request, in the list, as the latest and when waited for (\`/exchanges/wait?q=kind:goaway-sent\`). \`-kind:exchange\` is all
of them. The parameter \`kind=\` of the list says the same from outside. \`verify\` judges exchanges alone.

| Field | Is | Example |
|---|---|---|
${fields}
| \`payload.…:\` | a value in the JSON of the body | \`payload.aps.alert.title:"Hi"\` |
| \`headers.…:\` | a header of request or answer | \`headers.apns-collapse-id:score\` |

${IS_WORDS.map(({ word, says }) => `\`is:${word}\`: ${says}`).join('; ')}.

A look at a full journal takes a few milliseconds at a time, so that pushes are answered meanwhile. It finds what was there
when it began and still is; what comes meanwhile is for the next look. \`journal.last\` says how far this one has looked,
and is the \`after\` of the next.

## All calls

${tables}`;
