/** A provider token opens doors: wherever a client puts one as its credentials, no output of ours repeats it. */
import { Writable } from 'node:stream';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startMock } from '../../server/mock.ts';
import { parseOptions } from '../../server/options.ts';
import { createClock } from '../../server/shell/clock.ts';
import { signProviderToken } from '../../server/shell/crypto.ts';
import { createLog } from '../../server/shell/log.ts';
import { BODY, push } from '../wire/house.ts';
import { Raw } from '../wire/raw.ts';

const test = suite('abuse: secrets');
const ports = ['--port', '--manage-port', '--manage-production-port', '--control-port', '--h2c-port'];

/** A place to write to, and what was written. */
function listen(): { readonly out: Writable; readonly logged: () => string } {
  let text = '';
  const out = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  return { out, logged: () => text };
}

for (const style of ['pretty', 'json'] as const)
  test(`neither journal nor API nor the ${style} log has a token or a private key`, async () => {
    const { out, logged } = listen();
    const clock = createClock();
    const log = createLog(style, out, clock);
    const argv = [...ports.flatMap((name) => [name, '0']), '--certs', 'memory'];
    const mock = await startMock(parseOptions({ argv, env: { MOCK_APNS_API_TOKEN: 'let-me-in-please' } }), log, clock);
    try {
      const { keyId, teamId, p8 } = mock.certificates.providerKey;
      const token = signProviderToken({ p8, keyId, teamId, iat: Math.floor(Date.now() / 1000) });
      const [, claims, signature] = token.split('.') as [string, string, string];
      const pem = p8.replaceAll(/\s/g, ' ');
      const secret = p8.split('\n')[1]!;

      const raw = await Raw.open({ port: Number(new URL(mock.urls.h2c ?? '').port) });
      const credentials: readonly (readonly string[])[] = [
        [`bearer ${token}`],
        [`Bearer ${token}`],
        [token],
        [`basic ${token}`],
        [`bearer  ${token}`],
        [`${token} bearer`],
        [`bearer:${token}`],
        [`bearer ${token}x`],
        [`bearer ${token}`, `bearer ${token}`],
        [`bearer ${pem}`],
        [pem],
      ];
      for (const values of credentials) {
        const stream = raw.ask(
          push('/3/device/c0ffee', ...values.map((value) => ['authorization', value] as const)),
          BODY,
        );
        await raw.settled(stream);
      }
      // One that is reset while it waits, and one that is never whole.
      const late = raw.freshStream();
      raw.write(Raw.request(late, push('/3/device/c0ffee', ['authorization', `bearer ${token}`]), null).fill(4, 4, 5));
      raw.write(Raw.reset(late, 'CANCEL'));
      await raw.fence();
      await raw.close();
      await mock.driver.idle();

      const outputs: Record<string, string> = {};
      const api = async (path: string, key = 'let-me-in-please'): Promise<string> =>
        (await fetch(`${mock.urls.control}${path}`, { headers: { authorization: `Bearer ${key}` } })).text();
      const PATHS = [
        '/api/v1/exchanges?kind=all&limit=1000',
        '/api/v1/exchanges/latest',
        '/api/v1/connections',
        '/api/v1/info',
        '/api/v1/env',
        '/api/v1/keys',
        '/api/v1/export?format=har',
        '/api/v1/export',
        '/metrics',
        '/bundle.pem',
        '/ca.pem',
      ];
      for (const path of PATHS) outputs[path] = await api(path);
      // What is refused is not repeated either.
      outputs['refused'] = await api('/api/v1/exchanges', 'not-the-right-one-at-all');
      log.flush();
      outputs['log'] = logged();
      assert.match(outputs['/api/v1/exchanges?kind=all&limit=1000']!, 'authorization');
      for (const [where, text] of Object.entries(outputs)) {
        assert.not(text.includes(signature), `the signature is in ${where}`);
        assert.not(text.includes(`${claims}.`), `the token is in ${where}`);
        assert.not(text.includes(secret), `the private key is in ${where}`);
        assert.not(text.includes('let-me-in-please'), `the API token is in ${where}`);
        assert.not(text.includes('not-the-right-one'), `a wrong API token is in ${where}`);
      }
      // Nor can it be found out by searching for it; what else there is is found in the same way.
      const find = async (q: string): Promise<number> => {
        const headers = { authorization: 'Bearer let-me-in-please' };
        const url = `${mock.urls.control}/api/v1/exchanges?limit=1000&q=${encodeURIComponent(q)}`;
        const response = await fetch(url, { headers });
        assert.is(response.status, 200, `${q}: ${await response.clone().text()}`);
        return ((await response.json()) as { exchanges: unknown[] }).exchanges.length;
      };
      const all = await find('');
      assert.ok(all > 5, `${all} exchanges`);
      const searches: readonly (readonly [field: boolean, (text: string) => string])[] = [
        [true, (text) => `*${text}*`],
        [true, (text) => `/${text.replaceAll('/', '\\/').replaceAll('+', '\\+')}/`],
        [true, (text) => `*${text.slice(1, 6)}*`],
        [false, (text) => `"${text}"`],
        [false, (text) => `"${text.slice(1, 6)}"`],
      ];
      for (const [field, spell] of searches) {
        for (const hidden of [signature, claims, secret]) {
          const query = `${field ? 'headers.authorization:' : ''}${spell(hidden)}`;
          assert.is(await find(query), 0, `${query} finds what is hidden`);
        }
        const query = `${field ? 'headers.apns-topic:' : ''}${spell('com.example.app')}`;
        assert.is(await find(query), all, `${query} does not find what is there`);
      }
    } finally {
      await mock.stop(200);
    }
  });

test('a provider token in a place that is not for it keeps its signature to itself', async () => {
  const { out, logged } = listen();
  const clock = createClock();
  const log = createLog('json', out, clock);
  const pretty = createLog('pretty', out, clock);
  const argv = [...ports.flatMap((name) => [name, '0']), '--certs', 'memory'];
  const mock = await startMock(parseOptions({ argv, env: {} }), log, clock);
  mock.driver.subscribe(pretty.entry!);
  try {
    const { keyId, teamId, p8 } = mock.certificates.providerKey;
    const token = signProviderToken({ p8, keyId, teamId, iat: Math.floor(Date.now() / 1000) });
    const [, claims, signature] = token.split('.') as [string, string, string];
    const header = Buffer.from(JSON.stringify({ kid: keyId, alg: 'ES256' }, null, 1)).toString('base64');
    const device = '/3/device/c0ffee';
    const plain = [
      ':method',
      'POST',
      ':scheme',
      'https',
      ':authority',
      'localhost',
      'authorization',
      `bearer ${token}`,
    ];
    const places: readonly (readonly [path: string, name: string, value: string])[] = [
      [device, 'x-auth', token],
      [device, 'x-auth', `${header}.${claims}.${signature}`],
      [device, 'x-auth', `v1/${token};bearer="${token}", a.b.c`],
      [device, 'proxy-authorization', `bearer ${token}`],
      [device, 'x-apns-token', `Bearer ${token}`],
      [device, 'apns-topic', token],
      [device, 'apns-id', token],
      [device, 'apns-priority', token],
      [device, 'apns-push-type', token],
      [`/3/device/${token}`, 'x-some', 'a.b.c'],
      [`/4/broadcasts/apps/${token}`, 'apns-channel-id', token],
      [`/1/apps/${token}/channels`, 'x-some', 'eyJ.b.c'],
      [`/nowhere/${token}`, 'x-some', 'www.example.com'],
    ];
    const raw = await Raw.open({ port: Number(new URL(mock.urls.h2c ?? '').port) });
    for (const [path, name, value] of places) {
      const pairs = [...plain, ':path', path, name, value];
      const list = pairs.flatMap((each, index) =>
        index % 2 === 0 ? [[each, pairs[index + 1] as string] as const] : [],
      );
      // Those with a colon come first.
      const sorted = [...list.filter(([key]) => key.startsWith(':')), ...list.filter(([key]) => !key.startsWith(':'))];
      await raw.settled(raw.ask(sorted, BODY));
    }
    await raw.fence();
    await raw.close();
    await mock.driver.idle();
    log.flush();
    pretty.flush();

    const get = async (path: string): Promise<string> => (await fetch(`${mock.urls.control}${path}`)).text();
    const outputs: Record<string, string> = { log: logged() };
    const paths = ['exchanges?kind=all&limit=1000', 'exchanges/latest', 'connections', 'export?format=har', 'export'];
    for (const path of [...paths, 'export?format=scenario', 'exchanges/wait?q=id:none&timeout=0ms'])
      outputs[path] = await get(`/api/v1/${path}`);
    outputs['metrics'] = await get('/metrics');
    for (const [where, text] of Object.entries(outputs))
      for (const piece of [signature, signature.slice(0, 8), signature.slice(-8)])
        assert.not(text.includes(piece), `${piece} is in ${where}`);
    const { exchanges } = JSON.parse(outputs['exchanges?kind=all&limit=1000']!);
    const headers = exchanges.flatMap(
      (each: { request?: { headers: [string, string][] } }) => each.request?.headers ?? [],
    );
    const shown = (name: string): string[] =>
      headers.filter(([key]: [string, string]) => key === name).map(([, value]: [string, string]) => value);
    assert.ok(shown('proxy-authorization')[0]?.endsWith(`.${claims}.(signature not shown)`));
    assert.equal(shown('x-some'), ['www.example.com', 'eyJ.b.c', 'a.b.c']);
    assert.ok(shown('x-auth')[0]?.endsWith(', a.b.c'), 'what is no token is shown');

    const find = async (q: string): Promise<number> =>
      JSON.parse(await get(`/api/v1/exchanges?limit=1000&q=${encodeURIComponent(q)}`)).exchanges.length;
    const piece = signature.slice(0, 20);
    for (const field of [
      'headers.x-auth:',
      'headers.proxy-authorization:',
      'topic:',
      'type:',
      'priority:',
      'id:',
      'channel:',
    ])
      assert.equal([await find(`${field}*${piece}*`), await find(`${field}*.${signature}`)], [0, 0], field);
    assert.equal([await find(`"${piece}"`), await find(`*${piece}*`)], [0, 0]);
    assert.ok((await find('headers.x-auth:*signature*')) > 0);
  } finally {
    await mock.stop(200);
  }
});

test('what a client sends cannot write to a terminal', async () => {
  let logged = '';
  const out = new Writable({
    write(chunk: Buffer, _encoding, done) {
      logged += chunk.toString('latin1');
      done();
    },
  });
  const clock = createClock();
  const log = createLog('json', out, clock);
  const argv = [...ports.flatMap((name) => [name, '0']), '--certs', 'memory', '--auth', 'off'];
  const mock = await startMock(parseOptions({ argv, env: {} }), log, clock);
  const pretty = createLog('pretty', out, clock);
  mock.driver.subscribe(pretty.entry!);
  try {
    const raw = await Raw.open({ port: Number(new URL(mock.urls.h2c ?? '').port) });
    const evil = '\u001b]0;owned\u0007\u001b[2J';
    for (const headers of [push(`/3/device/${evil}`), push(`/${evil}`), push('/3/device/c0', ['apns-topic', evil])])
      await raw.settled(raw.ask(headers, BODY));
    const late = raw.freshStream();
    raw.write(Raw.request(late, push(`/3/device/${evil}`), null).fill(4, 4, 5), Raw.reset(late, 'CANCEL'));
    await raw.fence();
    await raw.close();
    await mock.driver.idle();
    log.flush();
    pretty.flush();
    assert.not(logged.includes('\u001b]0;'), 'the title of a terminal can be set');
    assert.not(logged.includes('\u001b[2J'), 'a terminal can be cleared');
  } finally {
    await mock.stop(200);
  }
});

test.run();
