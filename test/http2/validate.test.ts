/** What makes a request malformed (RFC 9113 section 8), and what must reach the application all the same. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Paths } from '../../server/http2/validate.ts';
import { CODE, END_HEADERS, END_STREAM, frame, literals, type Peer, PUSH, ready, request, T, u32 } from './kit.ts';

const test = suite('http2/validate');

type Headers = readonly (readonly [string, string])[];

function send(headers: Headers, paths: Paths = 'lenient'): Peer {
  return ready({ paths }).send(frame(T.HEADERS, END_HEADERS | END_STREAM, 1, literals(headers)));
}

const without = (name: string): Headers => PUSH.filter(([each]) => each !== name);
const withPath = (path: string): Headers => PUSH.map(([name, value]) => [name, name === ':path' ? path : value]);

const malformed: [what: string, headers: Headers, cause: RegExp][] = [
  ['8.2.1 upper case in a name', [...PUSH, ['Apns-Id', '1']], /"Apns-Id" has an upper-case letter/],
  ['8.2.1 a blank in a name', [...PUSH, ['apns id', '1']], /not allowed/],
  ['8.2.1 a byte above 0x7e in a name', [...PUSH, ['apns-\u00fcd', '1']], /not allowed/],
  ['8.2.1 a colon inside of a name', [...PUSH, ['apns:id', '1']], /not allowed/],
  ['8.2 an empty name', [...PUSH, ['', '1']], /empty name/],
  ['8.2.1 NUL in a value', [...PUSH, ['x', 'a\0b']], /NUL, CR or LF/],
  ['8.2.1 CR in a value', [...PUSH, ['x', 'a\rb']], /NUL, CR or LF/],
  ['8.2.1 LF in a pseudo-header', withPath('/a\nb'), /NUL, CR or LF/],
  ['8.2.1 a value that begins with a blank', [...PUSH, ['x', ' a']], /white space/],
  ['8.2.1 a value that ends with a tab', [...PUSH, ['x', 'a\t']], /white space/],
  ['8.2.1 a blank behind a token', [...PUSH, ['authorization', 'bearer x ']], /white space/],
  ['8.2.1 a blank before the scheme', [...PUSH, ['authorization', ' bearer']], /white space/],
  ['8.2.1 a scheme that is not authorization', [...PUSH, ['x', 'bearer ']], /white space/],
  ['8.2.2 connection', [...PUSH, ['connection', 'keep-alive']], /specific to a connection/],
  ['8.2.2 keep-alive', [...PUSH, ['keep-alive', '5']], /specific to a connection/],
  ['8.2.2 proxy-connection', [...PUSH, ['proxy-connection', '5']], /specific to a connection/],
  ['8.2.2 transfer-encoding', [...PUSH, ['transfer-encoding', 'chunked']], /specific to a connection/],
  ['8.2.2 upgrade', [...PUSH, ['upgrade', 'h2c']], /specific to a connection/],
  ['8.2.2 te other than trailers', [...PUSH, ['te', 'trailers, deflate']], /te says/],
  ['8.3 an unknown pseudo-header', [...PUSH, [':topic', 'a']], /:topic is not a pseudo-header/],
  ['8.3 a pseudo-header of responses', [...PUSH, [':status', '200']], /:status is not a pseudo-header/],
  ['8.3 a pseudo-header behind ordinary ones', [...without(':path'), ['x', '1'], [':path', '/']], /comes after/],
  ['8.3 two methods', [[':method', 'POST'], ...PUSH], /:method is there twice/],
  ['8.3 two paths', [[':path', '/'], ...PUSH], /:path is there twice/],
  ['8.3 two schemes', [[':scheme', 'https'], ...PUSH], /:scheme is there twice/],
  ['8.3 two authorities', [[':authority', 'a'], ...PUSH], /:authority is there twice/],
  ['8.3.1 no method', without(':method'), /:method is missing/],
  ['8.3.1 no scheme', without(':scheme'), /:scheme is missing/],
  ['8.3.1 no path', without(':path'), /:path is missing/],
  ['8.3.1 an empty path', withPath(''), /:path is empty/],
  [
    '8.5 CONNECT with a path',
    [
      [':method', 'CONNECT'],
      [':authority', 'a'],
      [':path', '/'],
    ],
    /CONNECT has/,
  ],
  ['8.5 CONNECT without an authority', [[':method', 'CONNECT']], /:authority is missing/],
  ['RFC 9110 8.6 two different content-lengths', [...PUSH, ['content-length', '0'], ['content-length', '1']], /twice/],
  ['RFC 9110 8.6 a content-length that is no number', [...PUSH, ['content-length', '-1']], /not a number/],
  ['8.1.1 a content-length without a body', [...PUSH, ['content-length', '1']], /content-length says 1/],
];
for (const [what, headers, cause] of malformed) {
  test(`malformed: ${what}`, () => {
    const peer = send(headers);
    assert.equal(peer.readType(T.RST), [{ type: T.RST, flags: 0, id: 1, payload: u32(CODE.PROTOCOL) }]);
    assert.match(peer.log.join(), cause);
    assert.is(peer.requests.length, 0);
    assert.not(peer.connection.ended);
  });
}

test('every byte in a name (8.2.1)', () => {
  for (let byte = 0; byte < 256; byte++) {
    const allowed = byte > 0x20 && byte < 0x7f && byte !== 0x3a && !(byte >= 0x41 && byte <= 0x5a);
    const peer = send([...PUSH, [`x${String.fromCharCode(byte)}y`, '1']]);
    assert.is(peer.requests.length, allowed ? 1 : 0, `byte ${byte}`);
  }
});

const fine: [what: string, headers: Headers][] = [
  ['te: trailers', [...PUSH, ['te', 'trailers']]],
  ['the same content-length twice', [...PUSH, ['content-length', '0'], ['content-length', '0']]],
  ['an empty value', [...PUSH, ['x', '']]],
  ['a scheme without a token', [...PUSH, ['authorization', 'Bearer ']]],
  ['blanks inside of a value', [...PUSH, ['x', 'a b\tc']]],
  [
    'OPTIONS *',
    [
      [':method', 'OPTIONS'],
      [':scheme', 'https'],
      [':path', '*'],
    ],
  ],
];
for (const [what, headers] of fine) {
  test(`fine: ${what}`, () => {
    const [seen] = send(headers, 'strict').requests;
    assert.equal(seen!.headers, headers.filter(([name]) => !name.startsWith(':')).flat());
  });
}

test('CONNECT has no path (8.5)', () => {
  const [seen] = send([
    [':method', 'CONNECT'],
    [':authority', 'a:1'],
  ]).requests;
  assert.equal([seen!.method, seen!.authority, seen!.path], ['CONNECT', 'a:1', '']);
});

const paths: [path: string, flaw: RegExp][] = [
  ['/3/device/00 11', /white space/],
  [' /3/device/00', /white space/],
  ['/3/device/00\t', /white space/],
  ['3/device/00', /does not begin/],
  ['*', /does not begin/],
];
for (const [path, flaw] of paths) {
  test(`the path ${JSON.stringify(path)} reaches the application, but for a strict server`, () => {
    const strict = send(withPath(path), 'strict');
    assert.match(strict.log.join(), flaw);
    assert.is(strict.readType(T.RST).length, 1);
    for (const lenient of ['lenient', 'any'] as const) {
      const [seen] = send(withPath(path), lenient).requests;
      assert.is(seen!.path, path);
      assert.match(seen!.pathFlaw, flaw);
    }
  });
}

test('an empty path reaches the application when told so', () => {
  const [seen] = send(withPath(''), 'any').requests;
  assert.is(seen!.path, '');
  assert.match(seen!.pathFlaw, /empty/);
});

test('host stands in for :authority, which goes before it (8.3.1)', () => {
  assert.is(send([...without(':authority'), ['host', 'a']]).requests[0]!.authority, 'a');
  assert.is(send([...without(':authority'), [':authority', ''], ['host', 'a']]).requests[0]?.authority ?? '', 'a');
  assert.is(send([...PUSH, ['host', 'a']]).requests[0]!.authority, 'localhost');
  assert.is(send(without(':authority')).requests[0]!.authority, '');
});

test('repeated headers come as they are, and bytes above 0x7f as characters of their own', () => {
  const headers: Headers = [
    ['apns-priority', '5'],
    ['apns-priority', '10'],
    ['x', '\u00c3\u00a9\u00ff'],
  ];
  assert.equal(send([...PUSH, ...headers]).requests[0]!.headers, headers.flat());
});

test('content-length against the body (8.1.1): short, long, long before the end, and right', () => {
  const cases: [length: string, error: boolean, ...frames: Buffer[]][] = [
    ['5', true, frame(T.DATA, END_STREAM, 1, '1234')],
    ['5', true, frame(T.DATA, END_STREAM, 1, '123456')],
    ['5', true, frame(T.DATA, 0, 1, '123456')],
    ['5', true, frame(T.DATA, 0, 1, '1234'), frame(T.HEADERS, END_HEADERS | END_STREAM, 1)],
    ['5', false, frame(T.DATA, 0, 1, '12345'), frame(T.DATA, END_STREAM, 1)],
    ['5', false, frame(T.DATA, END_STREAM, 1, '12345')],
  ];
  for (const [length, error, ...frames] of cases) {
    const peer = ready().send(request(1, [['content-length', length]], 0), ...frames);
    assert.is(peer.readType(T.RST).length, error ? 1 : 0);
    assert.is(peer.requests.length, error ? 0 : 1);
  }
});

test('trailers are validated too (8.1)', () => {
  const trailers = frame(T.HEADERS, END_HEADERS | END_STREAM, 1, literals([['Upper', '1']]));
  const peer = ready().send(request(1, [], 0), trailers);
  assert.match(peer.log.at(-1)!, /^stream error 1 1 .*upper-case/);
});

test('a block that comes again is the same request, until the table changes', () => {
  // The sixth request differs in nothing but what the index stands for.
  const peer = ready();
  const insert = (value: string): Buffer => literals([['x-new', value]], 0x40);
  const block = Buffer.concat([literals(PUSH), Buffer.from([0xbe])]);
  const send = (id: number, payload: Buffer): void => {
    peer.send(frame(T.HEADERS, END_HEADERS | END_STREAM, id, payload));
  };
  send(1, Buffer.concat([literals(PUSH), insert('1')]));
  for (const id of [3, 5, 7, 9]) send(id, block);
  send(11, Buffer.concat([literals(PUSH), insert('2')]));
  for (const id of [13, 15, 17]) send(id, block);
  assert.equal(
    peer.requests.map(({ headers }) => headers[1]),
    ['1', '1', '1', '1', '1', '2', '2', '2', '2'],
  );
  assert.is(peer.requests[4]!.headers, peer.requests[3]!.headers);
});

test('a header list beyond SETTINGS_MAX_HEADER_LIST_SIZE is refused with its cause (10.5.1)', () => {
  // Four pseudo-headers take 43 + 44 + 49 + 51 = 187 bytes; x takes 33 and its value.
  const peer = ready();
  peer.send(request(1, [['x', 'v'.repeat(8_000 - 187 - 33)]]), request(3, [['x', 'v'.repeat(8_001 - 187 - 33)]]));
  assert.equal(
    peer.requests.map(({ id }) => id),
    [1],
  );
  assert.equal(peer.readType(T.RST), [{ type: T.RST, flags: 0, id: 3, payload: u32(CODE.CALM) }]);
  assert.match(peer.log.at(-1)!, /a header list of 8001 bytes; SETTINGS_MAX_HEADER_LIST_SIZE is 8000/);
  assert.is(peer.send(request(5)).requests.length, 2);
});

test.run();
