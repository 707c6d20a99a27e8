/** One interface, two backends: whatever holds of a mock in this process holds of one behind its control API. */
import { AssertionError } from 'node:assert';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { deviceToken } from '../../server/targets.ts';
import { type Apns, connect, type EffectInput, type MockOptions, startApns } from '../../server/testing.ts';
import { APP, authorization, open, push, pushOn, TOKEN } from './push.ts';

interface House {
  readonly apns: Apns;
  readonly close: () => Promise<void>;
}

const HOUSES: Readonly<Record<string, (options?: MockOptions) => Promise<House>>> = {
  async startApns(options) {
    const apns = await startApns(options);
    return { apns, close: () => apns.stop() };
  },
  async connect(options) {
    const there = await startApns(options);
    const apns = await connect(there.controlUrl);
    return {
      apns,
      async close() {
        await apns.stop();
        await there.stop();
      },
    };
  },
};

const OTHER = 'b2'.repeat(32);

const unreachable = (): never => assert.unreachable() as never;

async function failure(
  promise: Promise<unknown>,
): Promise<AssertionError & { readonly nearMisses: readonly string[] }> {
  try {
    await promise;
  } catch (error) {
    assert.instance(error, AssertionError);
    return error as AssertionError & { readonly nearMisses: readonly string[] };
  }
  throw new Error('it did not fail');
}

async function mistakes(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    assert.is((error as Error).name, 'ScenarioError');
    assert.is((error as Error).message, (error as { problems: string[] }).problems.join('\n'));
    return (error as Error).message;
  }
  throw new Error('it did not fail');
}

for (const [name, start] of Object.entries(HOUSES)) {
  const helper = suite(name);
  const each = (title: string, run: (apns: Apns) => Promise<void>, options?: MockOptions): void =>
    helper(title, async () => {
      const { apns, close } = await start(options);
      try {
        await run(apns);
      } finally {
        await close();
      }
    });

  each('has the members of the contract', async (apns) => {
    const port = /^https:\/\/127\.0\.0\.1:\d+$/;
    for (const url of [apns.sendUrl, apns.manageUrl, apns.manageProductionUrl]) assert.match(url, port);
    assert.match(apns.controlUrl, /^http:\/\/127\.0\.0\.1:\d+$/);
    assert.match(apns.ca, /^-----BEGIN CERTIFICATE-----/);
    assert.match(apns.key.p8, /^-----BEGIN PRIVATE KEY-----/);
    assert.match(apns.key.keyId, /^[A-Z0-9]{10}$/);
    assert.match(apns.key.teamId, /^[A-Z0-9]{10}$/);
    assert.type(apns[Symbol.asyncDispose], 'function');
  });

  each('a provider with its key and trust is served, its push is found', async (apns) => {
    const { status } = await push(apns, { payload: { aps: { alert: { title: 'Hi' } } } });
    assert.is(status, 200);
    await apns.verify({ operation: 'device.send', topic: APP, 'payload.aps.alert.title': 'Hi', status: 200 }, 1);
    await apns.verify({ keyId: apns.key.keyId, token: `${TOKEN.slice(0, 4)}*` });
    const [exchange, ...others] = await apns.exchanges.all();
    assert.is(others.length, 0);
    assert.is(exchange?.operation, 'device.send');
    assert.equal(exchange?.request.payload, { aps: { alert: { title: 'Hi' } } });
    assert.not.ok(JSON.stringify(exchange).includes(authorization(apns).slice(-40)), 'the token is shown');
  });

  each('an exchange is the same record here, over the API and in its stream: advice is a part of it', async (apns) => {
    await push(apns, { payload: { aps: { alert: 'x' } }, headers: { 'apns-push-type': 'background' } });
    const [first] = await apns.exchanges.all();
    assert.ok((first?.advice.length ?? 0) > 0, 'no advice');
    assert.equal(await apns.exchanges.next(), first);
    const answer = await fetch(`${apns.controlUrl}/api/v1/exchanges/latest`);
    assert.equal(await answer.json(), JSON.parse(JSON.stringify(first)));
  });

  each('verify fails with actual, expected and what came nearest', async (apns) => {
    await push(apns, { token: deviceToken('Unregistered') });
    const error = await failure(apns.verify({ operation: 'device.send', status: 200 }, 2));
    assert.is(error.code, 'ERR_ASSERTION');
    assert.is(error.expected, 'exactly two device.send answered 200');
    assert.is(error.actual, 'there were none');
    assert.match(
      error.message,
      /^expected exactly two device\.send answered 200, but there were none\nnearest misses:\n {2}#\d+ device\.send com\.example\.app: status was 410, not 200; .*Unregistered/,
    );
    assert.is(error.nearMisses.length, 1);
    assert.match(error.stack ?? '', /testing\.test\.ts/);
  });

  each('verify counts: just so many, bounds, none, one at least', async (apns) => {
    await apns.verify({}, 0);
    await failure(apns.verify({}));
    for (let i = 0; i < 3; i++) await push(apns);
    await apns.verify({});
    await apns.verify({}, 3);
    await apns.verify({}, { atLeast: 2, atMost: 3 });
    await failure(apns.verify({}, 2));
    await failure(apns.verify({}, { atMost: 2 }));
    await failure(apns.verify({}, { atLeast: 4 }));
    await apns.verify({}, 1, { distinctBy: 'token' });
    await failure(apns.verify({}, 3, { gap: '1h' }));
  });

  each('verify waits where it is told to', async (apns) => {
    const verified = apns.verify({ token: OTHER }, 1, { timeout: '60s' });
    await push(apns, { token: OTHER });
    await verified;
    await apns.verify({ token: OTHER }, 1, { quiet: '20ms' });
    let settled = false;
    const quiet = failure(apns.verify({ token: OTHER }, { atLeast: 1 }, { quiet: '60s' })).finally(() => {
      settled = true;
    });
    // Whenever it has begun to listen, one more comes.
    while (!settled) await push(apns, { token: OTHER });
    assert.match((await quiet).actual as string, /came/);
  });

  each('a match with a mistake says what was meant', async (apns) => {
    assert.is(
      await mistakes(apns.verify({ operaton: 'device.send' } as never)),
      'match.operaton is no key of a match; did you mean "operation"?',
    );
    await mistakes(apns.exchanges.next({ status: { gt: 5, lt: 4 } }));
  });

  each('next hands out each exchange once, oldest first, and waits for one to come', async (apns) => {
    await push(apns, { token: TOKEN });
    await push(apns, { token: OTHER });
    await push(apns, { token: TOKEN });
    const other = await apns.exchanges.next({ token: OTHER });
    const first = await apns.exchanges.next();
    const third = await apns.exchanges.next();
    assert.ok(first.seq < other.seq && other.seq < third.seq);
    const [later] = await Promise.all([apns.exchanges.next(), push(apns, { token: OTHER })]);
    assert.is(later.request.path, `/3/device/${OTHER}`);
  });

  each('next gives up, and says what came instead', async (apns) => {
    await push(apns);
    const error = await failure(apns.exchanges.next({ status: 410 }, { timeout: '30ms' }));
    assert.match(error.message, /within 30 ms 1 came that did not fit\nnearest misses:\n.*status was 200, not 410/);
    await apns.exchanges.next();
    assert.match((await failure(apns.exchanges.next({}, { timeout: 1 }))).message, /within 1 ms nothing came/);
  });

  each('who never got in is told', async (apns) => {
    const session = open({ ...apns, ca: '' });
    await new Promise((resolve) => session.once('close', resolve));
    const error = await failure(apns.exchanges.next({}, { timeout: 100 }));
    assert.match(error.message, /nothing came\nhints:\n.*connection-refused.*(does not trust|hung up)/s);
  });

  each('with: for as long as the block runs, also when it fails, the inner one first', async (apns) => {
    const statuses = await apns.with({ reason: 'TooManyRequests', retryAfter: 5 }, async () => {
      const outer = await push(apns);
      assert.is(outer.headers['retry-after'], '5');
      const inner = await apns.with({ when: { token: OTHER }, then: { reason: 'Shutdown' } }, async () => [
        (await push(apns)).status,
        (await push(apns, { token: OTHER })).status,
      ]);
      return [outer.status, ...inner, (await push(apns, { token: OTHER })).status];
    });
    assert.equal(statuses, [429, 429, 503, 429]);
    const sad = new Error('sad');
    await apns
      .with({ reason: 'Shutdown' }, () => Promise.reject(sad))
      .then(unreachable, (error) => assert.is(error, sad));
    assert.is((await push(apns)).status, 200);
    await apns.verify({ reason: 'TooManyRequests', rule: 'with(*' }, 3);
  });

  each('with: without a function nothing is changed, and it says what is missing', async (apns) => {
    await apns
      .with({ reason: 'Shutdown' }, undefined as never)
      .then(unreachable, ({ message }: TypeError) => assert.match(message, /needs a function.*\(\) =>/));
    assert.is((await push(apns)).status, 200);
  });

  each('with: what befalls the connection itself', async (apns) => {
    const bad: EffectInput[] = [
      { drop: true },
      { refuse: true },
      { certificate: 'expired' },
      { reset: 'REFUSED_STREAM' },
    ];
    for (const effect of bad)
      await apns
        .with(effect, () => push(apns))
        .then(
          () => assert.unreachable(JSON.stringify(effect)),
          () => undefined,
        );
    assert.is((await push(apns)).status, 200);
    assert.match(
      await mistakes(apns.with({ resaon: 'Shutdown' } as never, () => undefined)),
      /then\.resaon is no key of a then; did you mean "reason"\?/,
    );
  });

  each('scenario: as data, as text, by name; with mistakes nothing changes', async (apns) => {
    await apns.scenario.load({ version: 1, rules: [{ then: { reason: 'Shutdown' } }] });
    assert.is((await push(apns)).status, 503);
    assert.match(
      await mistakes(apns.scenario.load({ version: 1, rules: [{ then: { reason: 'Shutdwon' as never } }] })),
      /^rules\[0\]\.then\.reason .*did you mean "Shutdown"\?$/,
    );
    assert.match(await mistakes(apns.scenario.load('version: 1\nrulez: []\n')), /did you mean "rules"\?/);
    assert.match(await mistakes(apns.scenario.load('no-such-scenario')), /no built-in scenario of that name/);
    assert.is((await push(apns)).status, 503);
    await apns.scenario.load('version: 1\nrules:\n  - { nth: 1, then: { reason: TooManyRequests } }\n');
    assert.equal([(await push(apns)).status, (await push(apns)).status], [429, 200]);
    await apns.scenario.load('always-expired');
    assert.is((await push(apns)).status, 403);
    await apns.scenario.unload();
    assert.is((await push(apns)).status, 200);
  });

  each('clock: what falls due happens on the way', async (apns) => {
    await apns.clock.freeze();
    const before = await apns.clock.now();
    await apns.scenario.load({ version: 1, rules: [{ when: { token: OTHER }, then: { delay: '10m' } }] });
    const session = open(apns);
    const late = pushOn(session, apns, { token: OTHER });
    await apns.exchanges.next({ token: OTHER });
    await apns.clock.advance('10m');
    assert.is((await late).status, 200);
    session.destroy();
    assert.is((await apns.clock.now()).getTime() - before.getTime(), 600_000);
    await apns.clock.advance(3_600_000);
    assert.match((await push(apns)).body, /ExpiredProviderToken/);
    await apns.clock.resume();
    assert.ok((await apns.clock.now()).getTime() >= before.getTime() + 4_200_000);
    await apns.clock.advance('10ms');
    await apns.clock
      .advance('yesterday')
      .then(unreachable, (error) => assert.match(error.message, /give milliseconds, or a duration/));
  });

  each('connections: seen, told to go, cut', async (apns) => {
    const session = open(apns);
    await pushOn(session, apns);
    const [one, ...others] = await apns.connections.list();
    assert.is(others.length, 0);
    assert.is(one?.requests, 1);
    assert.is(one?.keyId, apns.key.keyId);
    assert.is(one?.alpn, 'h2');
    const settings = new Promise<number | undefined>((resolve) =>
      session.once('remoteSettings', ({ maxConcurrentStreams }) => resolve(maxConcurrentStreams)),
    );
    await apns.connections.streams(3);
    assert.is(await settings, 3);
    session.destroy();

    // Without a last stream all that is on its way is still answered, whatever else is said.
    for (const [goaway, last, debug] of [
      [undefined, 2 ** 31 - 1, '{"reason":"Shutdown"}'],
      [{ reason: 'Shutdown' }, 2 ** 31 - 1, '{"reason":"Shutdown"}'],
      [{ debug: 'bye' }, 2 ** 31 - 1, 'bye'],
      [{ reason: 'Shutdown', close: 'drained' }, 2 ** 31 - 1, '{"reason":"Shutdown"}'],
      [{ reason: 'Shutdown', lastStream: 'none' }, 0, '{"reason":"Shutdown"}'],
    ] as const) {
      const other = open(apns);
      await pushOn(other, apns);
      const goodbye = new Promise<unknown>((resolve) =>
        other.once('goaway', (_, stream, data) => resolve([stream, String(data)])),
      );
      await apns.connections.goaway(goaway, (await apns.connections.list()).at(-1)?.id ?? '');
      assert.equal(await goodbye, [last, debug]);
      other.destroy();
    }

    const cut = open(apns);
    await pushOn(cut, apns);
    const closed = new Promise((resolve) => cut.once('close', resolve));
    await apns.connections.drop();
    await closed;
    await apns.connections
      .drop('c999')
      .then(unreachable, (error) => assert.match(error.message, /no open connection c999/));
  });

  each('connections: waiting streams are reset', async (apns) => {
    const session = open(apns);
    const stalled = pushOn(session, apns, { token: deviceToken('stall') }).then(unreachable, (error) => error);
    await apns.exchanges.next();
    assert.equal((await apns.connections.list())[0]?.waiting, [1]);
    await apns.connections.reset('REFUSED_STREAM');
    assert.match((await stalled).message, /REFUSED_STREAM/);
    session.destroy();
  });

  each(
    'reset: back to the start, or for one app only',
    async (apns) => {
      assert.is((await push(apns)).status, 429);
      await apns.scenario.load({ version: 1, rules: [{ then: { reason: 'Shutdown' } }] });
      await push(apns);
      await push(apns, { headers: { 'apns-topic': 'com.example.other' } });
      await apns.clock.advance('1d');
      await apns.reset(APP);
      await apns.verify({ topic: APP }, 0);
      await apns.verify({ topic: 'com.example.other' }, 1);
      await apns.reset();
      await apns.verify({}, 0);
      assert.ok(Math.abs((await apns.clock.now()).getTime() - Date.now()) < 60_000);
      // The scenario of the start is in force again, its counters at nothing.
      assert.equal([(await push(apns)).status, (await push(apns)).status], [429, 200]);
    },
    { scenario: { version: 1, rules: [{ nth: 1, then: { reason: 'TooManyRequests' } }] } },
  );

  each(
    'the scenario of the start obeys its own clock, and times in its registries count from there',
    async (apns) => {
      const now = (await apns.clock.now()).getTime();
      assert.ok(now - Date.now() > 25 * 60_000, 'the clock is not turned');
      const device = async (): Promise<number> => {
        const answer = await fetch(`${apns.controlUrl}/api/v1/devices/${TOKEN}`);
        return Date.parse(((await answer.json()) as { since: string }).since);
      };
      assert.is(await device(), now + 600_000);
      await apns.reset();
      assert.is(await device(), (await apns.clock.now()).getTime() + 600_000);
      assert.is((await push(apns)).status, 200);
    },
    {
      scenario: {
        version: 1,
        clock: { offset: '30m', frozen: true },
        devices: [{ token: TOKEN, state: 'unregistered', since: 'in 10m' }],
      },
    },
  );

  helper.run();
}
