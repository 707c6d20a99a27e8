/** h2load and openssl: a short storm, and a strict look at the certificate. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { skip } from '../runner/skip.ts';
import { find, run } from './command.ts';
import { DEVICE, DOORS, type House, openHouse, TOPIC } from './house.ts';

for (const door of DOORS) {
  const test = suite(`h2load and openssl, door ${door}`);
  let house: House;
  test.before(async () => {
    house = await openHouse(door);
    writeFileSync(join(house.folder, 'body.json'), '{"aps":{"alert":"Hello"}}');
  });
  test.after(() => house.stop());
  test.before.each(() => void house.taken());

  if (find('h2load') === undefined) skip(test, 'h2load', 'it is not installed (Debian: nghttp2-client)');
  else
    for (const [clients, streams] of [
      [1, 1000],
      [4, 50],
    ] as const)
      test(`2000 pushes over ${clients} of its connections, ${streams} streams at a time`, async () => {
        const { code, stdout, stderr } = await run('h2load', [
          ...['--requests=2000', `--clients=${clients}`, `--max-concurrent-streams=${streams}`],
          ...[`--header=authorization: ${house.token()}`, `--header=apns-topic: ${TOPIC}`],
          ...[`--data=${join(house.folder, 'body.json')}`, new URL(`/3/device/${DEVICE}`, house.send).href],
        ]);
        assert.is(code, 0, stderr);
        assert.match(stdout, '2000 succeeded, 0 failed, 0 errored, 0 timeout');
        assert.match(stdout, 'status codes: 2000 2xx, 0 3xx, 0 4xx, 0 5xx');
        const exchanges = house.exchanges();
        assert.is(exchanges.length, 2000);
        assert.is(new Set(exchanges.map(({ connection }) => connection.id)).size, clients);
        assert.is(new Set(exchanges.map(({ response }) => response?.headers[0]?.[1])).size, 2000, 'an id for each');
      });

  if (find('openssl') === undefined) skip(test, 'openssl', 'it is not installed');
  else {
    const connect = (...options: string[]) =>
      run('openssl', [
        's_client',
        ...['-connect', `127.0.0.1:${house.send.port}`, '-servername', 'localhost', '-CAfile', house.caFile],
        ...['-verify_return_error', '-verify_hostname', 'localhost', '-x509_strict', ...options],
      ]);
    test('s_client: a strict verification, and h2 when it is offered', async () => {
      const { code, stdout, stderr } = await connect('-alpn', 'h2');
      assert.is(code, 0, stderr);
      assert.match(stdout, 'Verify return code: 0 (ok)');
      assert.match(stdout, 'ALPN protocol: h2');
      assert.match(stdout, /New, TLSv1\.3/);
    });
    test('s_client: without ALPN', async () => {
      const { code, stdout } = await connect('-tls1_2');
      assert.is(code, 0);
      assert.match(stdout, 'No ALPN negotiated');
      assert.match(stdout, /New, TLSv1\.2/);
    });
  }

  test.run();
}
