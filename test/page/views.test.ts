import * as assert from 'uvu/assert';
import { browserSuite } from './browser.ts';
import { APP, openHouse } from './house.ts';

const page = browserSuite('page: the other views');

page('the clock moves on, and the server with it', async ({ open }) => {
  const house = await openHouse();
  try {
    const { page: tab, errors } = await open(`${house.url}#/clock`);
    await tab.locator('.clock-state', { hasText: 'runs' }).waitFor();
    const clockOf = async (): Promise<{ offsetMs: number; frozen: boolean }> =>
      (await (await fetch(`${house.url}api/v1/clock`)).json()) as { offsetMs: number; frozen: boolean };
    await tab.locator('button', { hasText: 'an hour' }).click();
    await tab.locator('.clock-state', { hasText: '1 h ahead' }).waitFor();
    assert.is(Math.round((await clockOf()).offsetMs / 1000), 3600);
    await tab.locator('.inline input').fill('30m');
    await tab.locator('button', { hasText: 'Advance' }).click();
    await tab.locator('.clock-state', { hasText: '1 h 30 min ahead' }).waitFor();
    await tab.locator('button', { hasText: 'Stop it' }).click();
    await tab.locator('.clock-state', { hasText: 'stands still' }).waitFor();
    assert.is((await clockOf()).frozen, true);
    await tab.locator('.inline input').fill('soon');
    await tab.locator('button', { hasText: 'Advance' }).click();
    const refusal = await tab.locator('.toast[data-tone=bad]').innerText();
    assert.match(refusal, /^Must be a duration such as [^:]*, not "soon"$/);
    await tab.locator('button', { hasText: 'machine’s time' }).click();
    await tab.locator('.clock-state', { hasText: /^runs$/ }).waitFor();
    // The refused duration is the one thing the console tells.
    assert.ok(
      errors.every((text) => text.includes('400')),
      errors.join('\n'),
    );
  } finally {
    await house.stop();
  }
});

page('a connection is shown with its claims, and told GOAWAY, reset and dropped', async ({ open }) => {
  const house = await openHouse();
  try {
    await house.push({ aps: { alert: 'A' } });
    const { page: tab } = await open(`${house.url}#/connections`);
    const card = tab.locator('.card');
    await card.waitFor();
    const { keyId, teamId } = house.mock.certificates.providerKey;
    assert.match(await card.innerText(), new RegExp(`kid\\s+${keyId}[\\s\\S]*iss\\s+${teamId}`));

    const goaway = new Promise<string>((resolve) => {
      house.session().once('goaway', (code, last, data) => resolve(`${code} ${last} ${data?.toString() ?? ''}`));
    });
    await card.locator('button', { hasText: 'GOAWAY' }).click();
    assert.match(await goaway, /^0 \d+ \{"reason":"Shutdown"\}$/);
    await tab.locator('.toast', { hasText: 'GOAWAY sent to' }).waitFor();
    await tab.locator('.hush', { hasText: 'Nobody is connected' }).waitFor();

    // A stream that waits is reset; the connection goes on.
    const stalled = house.push(
      { aps: { alert: 'B' } },
      {},
      `${Buffer.from('stall').toString('hex')}00`.padEnd(64, '0'),
    );
    const failure = stalled.then(
      () => 'answered',
      (error: Error) => error.message,
    );
    await card.filter({ hasText: 'wait' }).waitFor();
    await card.locator('button', { hasText: 'Reset' }).click();
    assert.match(await failure, /closed with error|stream/i);

    const closed = new Promise((resolve) => house.session().once('close', resolve));
    await card.locator('button', { hasText: 'Drop' }).click();
    await closed;
  } finally {
    await house.stop();
  }
});

page('channels show policy, the stored message and their traffic', async ({ open }) => {
  const house = await openHouse();
  try {
    const stores = await house.createChannel(APP, 1);
    await house.createChannel(APP, 0);
    const until = String(Math.floor(Date.now() / 1000) + 3600);
    await house.broadcast(
      stores,
      { aps: { timestamp: 1, event: 'update', 'content-state': { goals: 3 } } },
      { 'apns-expiration': until },
    );
    const { page: tab } = await open(`${house.url}#/channels`);
    const card = tab.locator('.card', { hasText: stores });
    await card.waitFor();
    assert.is(await tab.locator('.card').count(), 2);
    const text = await card.innerText();
    assert.match(text, /stores the latest/);
    assert.match(text, /goals\s+3/);
    await card.locator('button', { hasText: 'Traffic' }).click();
    await tab.locator('.line', { hasText: 'goals 3' }).waitFor();
    assert.is(await tab.locator('#search').inputValue(), `channel:${stores}`);
  } finally {
    await house.stop();
  }
});

page(
  'a built-in scenario is loaded, its rules are sentences with hits, and a bad text says where',
  async ({ open }) => {
    const house = await openHouse();
    try {
      const { page: tab } = await open(`${house.url}#/scenario`);
      await tab.locator('.built-ins button', { hasText: 'throttled-then-recovers' }).click();
      await tab.locator('.rules li').first().waitFor();
      assert.match(await tab.locator('.rules li').first().innerText(), /429|TooManyRequests/);
      await house.push({ aps: { alert: 'A' } });
      await tab.locator('.rules li[data-used=true]').first().waitFor();
      await tab.locator('.editor summary').click();
      await tab
        .locator('.editor textarea')
        .fill('version: 1\nrules:\n  - when: { operatoin: device.send }\n    then: { status: 500 }\n');
      await tab.locator('.editor button').click();
      await tab.locator('.problems', { hasText: 'operatoin' }).waitFor();
      assert.match(await tab.locator('.problems').innerText(), /3:\d+/);
      await tab
        .locator('.editor textarea')
        .fill('version: 1\nrules:\n  - when: { operation: device.snd }\n    then: { reason: Unregisterd }\n');
      await tab.locator('.editor button').click();
      await tab.locator('.problems', { hasText: 'Unregisterd' }).waitFor();
      const problems = await tab.locator('.problems').innerText();
      assert.match(problems, /3:\d+ rules\[0\]\.when\.operation: .*; did you mean "device\.send"\?/);
      assert.match(problems, /4:\d+ rules\[0\]\.then\.reason: .*; did you mean "Unregistered"\?/);
      assert.not.match(problems, /see problems/);
      await tab.locator('button', { hasText: 'Unload' }).click();
      await tab.locator('.page-head', { hasText: 'None is loaded' }).waitFor();
    } finally {
      await house.stop();
    }
  },
);

page('what is expected is said once, by its own name if it has one', async ({ open }) => {
  const house = await openHouse();
  try {
    const text =
      'version: 1\nexpect:\n  - match: { status: 200 }\n  - name: never gone\n    match: { status: 410 }\n    count: { exactly: 0 }\n';
    assert.is((await fetch(`${house.url}api/v1/scenario`, { method: 'PUT', body: text })).status, 200);
    const { page: tab } = await open(`${house.url}#/scenario`);
    await tab.locator('.rules .rule-text').nth(1).waitFor();
    const [first = '', second = ''] = await tab.locator('.rules .rule-text').allInnerTexts();
    assert.match(first, /^Expected at least one .*, but there were none$/);
    assert.match(second, /^never gone\n+No requests answered 410/);
  } finally {
    await house.stop();
  }
});

page('reasons have targets that force them', async ({ open }) => {
  const house = await openHouse();
  try {
    const { page: tab } = await open(`${house.url}#/reasons`, { permissions: ['clipboard-read', 'clipboard-write'] });
    await tab.locator('input[type=search]').fill('Unregistered');
    await tab.locator('button[aria-label="Copy the device token of Unregistered"]').click();
    const token = String(await tab.evaluate('navigator.clipboard.readText()'));
    const { status, body } = await house.push({ aps: { alert: 'A' } }, {}, token);
    assert.is(status, 410);
    assert.match(body, /Unregistered/);
  } finally {
    await house.stop();
  }
});

page.run();
