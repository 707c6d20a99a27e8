/** Against node:http2, which nobody here wrote: header lists both ways, bodies, flow control, graceful ends. */
import * as http2 from 'node:http2';
import { Duplex } from 'node:stream';
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Connection, createConnection } from '../../server/http2/connection.ts';
import type { Request } from '../../server/http2/request.ts';
import type { ConnectionOptions } from '../../server/http2/state.ts';

const test = suite('http2/peer');

interface Pair {
  readonly client: http2.ClientHttp2Session;
  readonly server: Connection;
  readonly errors: string[];
  /** What the server does with a request; to be set before one is sent. */
  handle: (id: number, request: Request) => void;
  flush(): void;
}

/** A client of node:http2 and our machine, back to back, without a socket. */
function pair(options: ConnectionOptions = {}): Pair {
  const errors: string[] = [];
  let due = false;
  const socket = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      server.receive(chunk, performance.now());
      done();
      // Later, as a real socket would: node does not expect to be given bytes while it writes some.
      if (!due) setImmediate(flush);
      due = true;
    },
  });
  const flush = (): void => {
    due = false;
    const output = server.takeOutput();
    if (output !== undefined) socket.push(output);
    if (server.ended) socket.push(null);
  };
  const server = createConnection(options, {
    onRequest: (id, request) => made.handle(id, request),
    onError: (_code, name, cause) => errors.push(`${name}: ${cause}`),
    onStreamError: (id, _code, cause) => errors.push(`stream ${id}: ${cause}`),
  });
  const client = http2.connect('http://localhost', { createConnection: () => socket });
  client.on('error', (error) => errors.push(error.message));
  const made: Pair = { client, server, errors, flush, handle: (id) => void server.respond(id, 200, []) };
  flush();
  return made;
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: http2.IncomingHttpHeaders;
  readonly body: string;
}

function ask(client: http2.ClientHttp2Session, headers: http2.OutgoingHttpHeaders, body = ''): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const stream = client.request(
      { ':method': 'POST', ':path': '/3/device/0a', ...headers },
      { endStream: body === '' },
    );
    let received = '';
    let head: http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader = {};
    stream.on('response', (each) => {
      head = each;
    });
    stream.setEncoding('latin1').on('data', (text: string) => {
      received += text;
    });
    stream.on('error', reject).on('end', () => {
      const { ':status': status, ...rest } = head;
      resolve({ status, headers: { ...rest }, body: received });
    });
    if (body !== '') stream.end(body, 'latin1');
  });
}

const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/).map((text) => `x-${text}`);
/** What node lets through: visible ASCII and blanks inside, and bytes above 0x7f. */
const value = fc.oneof(
  fc.stringMatching(/^[!-~]{1,60}$/),
  fc.stringMatching(/^[!-~][ -~]{0,30}[!-~]$/),
  fc.stringMatching(/^[\u00a1-\u00ff]{1,10}$/),
  fc.constantFrom('application/json', '', 'a', 'v'.repeat(600)),
);
const list = fc.uniqueArray(fc.tuple(name, value), { selector: ([each]) => each, maxLength: 12 });

test('random header lists arrive as they were sent, both ways, over one connection', async () => {
  const both = pair({ settings: { maxHeaderListSize: 100_000 } });
  await fc.assert(
    fc.asyncProperty(list, list, fc.boolean(), async (sent, answered, sensitive) => {
      let seen: readonly string[] = [];
      both.handle = (id, request) => {
        seen = request.headers;
        both.server.respond(id, 418, answered.flat(), Buffer.from('tea'));
      };
      const never = sensitive ? { [http2.sensitiveHeaders]: sent.map(([each]) => each) } : {};
      const { status, headers, body } = await ask(both.client, { ...Object.fromEntries(sent), ...never });
      assert.equal(seen, sent.flat());
      assert.equal([status, body], [418, 'tea']);
      const { date: _, ...rest } = headers;
      assert.equal({ ...rest }, Object.fromEntries(answered));
    }),
    { numRuns: 150 },
  );
  assert.equal(both.errors, []);
  both.client.destroy();
});

test('a client with a small header table, or none at all', async () => {
  for (const headerTableSize of [0, 100, 65_536]) {
    const both = pair({ settings: { headerTableSize: headerTableSize === 65_536 ? 16_384 : headerTableSize } });
    both.client.settings({ headerTableSize });
    both.handle = (id) =>
      void both.server.respond(id, 410, ['content-type', 'application/json', 'x-n', 'y'.repeat(40)]);
    for (let i = 0; i < 20; i++) {
      const { status, headers } = await ask(both.client, { 'x-topic': 'a'.repeat(50 + i), 'x-same': 'b' });
      assert.equal([status, headers['content-type']], [410, 'application/json']);
    }
    assert.equal(both.errors, []);
    both.client.destroy();
  }
});

test('long bodies both ways, through windows that have to be opened again and again', async () => {
  const both = pair({ maxBody: 1_000_000, connectionWindow: 65_535 });
  const body = Array.from({ length: 60_000 }, (_, i) => String.fromCharCode(i % 251)).join('') + 'x'.repeat(300_000);
  both.handle = (id, request) => void both.server.respond(id, 200, [], Buffer.from(request.body));
  const answers = await Promise.all([
    ask(both.client, {}, body),
    ask(both.client, {}, body.slice(1)),
    ask(both.client, {}, 'z'),
  ]);
  assert.ok(answers[0]!.body === body && answers[1]!.body === body.slice(1) && answers[2]!.body === 'z');
  assert.is(both.server.waiting, 0);
  assert.equal(both.errors, []);
  both.client.destroy();
});

test('a thousand requests at once, answered in any order', async () => {
  const both = pair({ settings: { maxConcurrentStreams: 2_000 } });
  const waiting: { id: number; path: string }[] = [];
  both.handle = (id, { path }) => void waiting.push({ id, path });
  const asked = Array.from({ length: 1_000 }, (_, i) => ask(both.client, { ':path': `/${i}` }, `body ${i}`));
  while (waiting.length < 1_000) await new Promise((resolve) => setImmediate(resolve));
  for (const { id, path } of waiting.toReversed()) both.server.respond(id, 400, [], Buffer.from(path));
  both.flush();
  const bodies = (await Promise.all(asked)).map(({ body }) => body);
  assert.equal(
    bodies,
    bodies.map((_, i) => `/${i}`),
  );
  both.client.destroy();
});

test('GOAWAY behind an answer: the client gets the answer, and learns the code and the debug data', async () => {
  const both = pair();
  both.handle = (id) => {
    both.server.respond(id, 503, [], Buffer.from('{"reason":"Shutdown"}'));
    both.server.goaway({ debug: Buffer.from('{"reason":"Shutdown"}') });
  };
  const told = new Promise<unknown[]>((resolve) => {
    both.client.once('goaway', (code, last, debug) => resolve([code, last, String(debug)]));
  });
  const { body } = await ask(both.client, {});
  assert.is(body, '{"reason":"Shutdown"}');
  assert.equal(await told, [0, 1, '{"reason":"Shutdown"}']);
  assert.ok(both.server.idle);
  both.client.destroy();
});

test('a reset reaches the client with its code', async () => {
  const both = pair();
  both.handle = (id) => void both.server.reset(id, 7);
  await ask(both.client, {}).then(
    () => assert.unreachable(),
    (error: Error) => assert.match(error.message, /NGHTTP2_REFUSED_STREAM/),
  );
  both.client.destroy();
});

test.run();
