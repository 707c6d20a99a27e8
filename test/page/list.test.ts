import * as assert from 'uvu/assert';
import { browserSuite } from './browser.ts';
import { APP, DEVICE, openHouse } from './house.ts';

const page = browserSuite('page: the list');

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

page('an empty journal shows the three lines needed to connect', async ({ open }) => {
  const house = await openHouse();
  try {
    const tab = await open(house.url);
    const lines = tab.page.locator('.connect li');
    await lines.nth(2).waitFor();
    assert.is(await lines.count(), 3);
    const text = await tab.page.locator('.connect').innerText();
    assert.ok(text.includes(house.mock.urls.send), text);
    assert.ok(text.includes('ca.pem'), text);
    // Without files there is no key to point at, so one is made.
    assert.ok(text.includes('/api/v1/keys/generate'), text);
    assert.equal(tab.errors, []);
  } finally {
    await house.stop();
  }
});

page(
  'what arrives is there without a reload, newest on top; a search finds it; opening it explains it',
  async ({ open }) => {
    const house = await openHouse();
    try {
      const { page: tab, errors } = await open(house.url);
      await tab.locator('.connect').waitFor();
      await house.push({ aps: { alert: { title: 'First', body: 'of them' } } });
      await tab.locator('.line', { hasText: 'First' }).waitFor();
      await house.push({ aps: { alert: 'Second' } }, {}, 'abc');
      const second = tab.locator('.line').first();
      await second.filter({ hasText: 'BadDeviceToken' }).waitFor();
      assert.is(await tab.locator('.line').count(), 2);

      await tab.locator('#search').fill('status:2xx');
      await tab.locator('.search-told', { hasText: '1 line found' }).waitFor();
      assert.match(await tab.locator('.line').innerText(), /First/);
      // What fits and comes later joins by itself.
      await house.push({ aps: { alert: 'Third' } });
      await tab.locator('.search-told', { hasText: '2 lines found' }).waitFor();
      await tab.locator('#search').fill('payload.aps.alert:Second');
      await tab.locator('.search-told', { hasText: '1 line found' }).waitFor();

      await tab.locator('.line').click();
      const summary = await tab.locator('.verdict h2').innerText();
      assert.match(summary, /^Alert push for com\.example\.shop .*sandbox was refused: 400 BadDeviceToken\.$/);
      assert.is(await tab.locator('.trail li[data-ok=false]').innerText(), 'device-token\nfailed');
      assert.ok((await tab.locator('.trail li[data-ok=true]').count()) > 5);
      assert.match(await tab.locator('.headers').first().innerText(), /apns-topic\s+com\.example\.shop/);
      assert.match(await tab.locator('.code').first().innerText(), /"alert": "Second"/);
      assert.match(await tab.locator('.banner').innerText(), /Second/);
      assert.match(await tab.locator('.wire').innerText(), /Reply/);
      // The token is told as its claims.
      assert.match(await tab.locator('.headers').first().innerText(), /authorization\s+bearer \(kid /);
      assert.equal(errors, []);
    } finally {
      await house.stop();
    }
  },
);

page('a link opens the same again, and Back goes back', async ({ open }) => {
  const house = await openHouse();
  try {
    await house.push({ aps: { alert: 'One' } });
    await house.push({ aps: { alert: 'Two' } });
    const { page: tab } = await open(`${house.url}#/exchanges?q=${encodeURIComponent('payload.aps.alert:One')}`);
    await tab.locator('.search-told', { hasText: '1 line found' }).waitFor();
    await tab.locator('.line').click();
    await tab.locator('.banner', { hasText: 'One' }).waitFor();
    const link = tab.url();
    await tab.goBack();
    await tab.locator('.detail').waitFor({ state: 'detached' });
    const other = await open(link);
    await other.page.locator('.banner', { hasText: 'One' }).waitFor();
    assert.is(await other.page.locator('#search').inputValue(), 'payload.aps.alert:One');
  } finally {
    await house.stop();
  }
});

page('filters are terms of the query, and count', async ({ open }) => {
  const house = await openHouse();
  try {
    const channel = await house.createChannel();
    await house.push({ aps: { alert: 'A' } });
    await house.push({ aps: { alert: 'B' } }, { 'apns-topic': 'com.example.chat' });
    await house.broadcast(channel, { aps: { timestamp: 1, event: 'update', 'content-state': { goals: 2 } } });
    const { page: tab } = await open(house.url);
    const filter = (name: string) => tab.locator('.side-filters .filter', { hasText: name });
    await filter('Broadcasts').click();
    await tab.locator('.search-told', { hasText: '1 line found' }).waitFor();
    assert.is(await tab.locator('#search').inputValue(), 'operation:broadcast.send');
    await filter('Device pushes').click();
    await tab.locator('.search-told', { hasText: '2 lines found' }).waitFor();
    await filter('com.example.chat').click();
    await tab.locator('.search-told', { hasText: '1 line found' }).waitFor();
    assert.is(await tab.locator('#search').inputValue(), 'operation:device.send topic:com.example.chat');
    await filter('com.example.chat').click();
    await filter('Device pushes').click();
    assert.is(await tab.locator('#search').inputValue(), '');
    await filter(channel.slice(0, 14)).click();
    await tab.locator('.line', { hasText: 'goals 2' }).waitFor();
    assert.is(await tab.locator('.side-filters .filter[aria-pressed=true]').count(), 1);
  } finally {
    await house.stop();
  }
});

page('the search completes terms, and says what is wrong with one', async ({ open }) => {
  const house = await openHouse();
  try {
    await house.push({ aps: { alert: 'A' } });
    const { page: tab } = await open(house.url);
    await tab.locator('.line').waitFor();
    const search = tab.locator('#search');
    await search.focus();
    await tab.locator('#hints [role=option]', { hasText: 'operation:' }).waitFor();
    await search.pressSequentially('top');
    await search.press('Tab');
    assert.is(await search.inputValue(), 'topic:');
    await tab.locator('#hints [role=option]', { hasText: APP }).waitFor();
    await search.press('ArrowDown');
    assert.is(await search.getAttribute('aria-activedescendant'), 'hint-0');
    await search.press('Enter');
    assert.is(await search.inputValue(), `topic:${APP} `);
    await search.fill('colour:red');
    await tab.locator('.search-told.bad', { hasText: 'colour' }).waitFor();
    await search.press('Escape');
    await search.press('Escape');
    assert.is(await search.inputValue(), '');
  } finally {
    await house.stop();
  }
});

page('what is no search finds nothing, deletes nothing, and says what was probably meant', async ({ open }) => {
  const house = await openHouse();
  try {
    await house.push({ aps: { alert: 'A' } });
    await house.push({ aps: { alert: 'B' } }, {}, 'abc');
    const { page: tab } = await open(house.url);
    const button = tab.locator('.search > .button');
    const told = tab.locator('.search-told');
    await tab.locator('#search').fill('status:2xx');
    await told.filter({ hasText: '1 line found' }).waitFor();
    await button.filter({ hasText: 'Delete found' }).waitFor();
    await tab.locator('#search').fill('reson:Bad colour:red');
    await told.filter({ hasText: '"reson:" is no field' }).waitFor();
    assert.match(await told.innerText(), /did you mean "reason:"\?\n+At character 11: "colour:"/);
    assert.is(await tab.locator('.line').count(), 0);
    assert.is(await button.count(), 0);
    assert.not.match(await tab.locator('.exchanges-list').innerText(), /fits this search|see problems/);
    // What is not typed to its end leaves the lines as they are, and says nothing of them.
    await tab.locator('#search').fill('status:2xx');
    await told.filter({ hasText: '1 line found' }).waitFor();
    await tab.locator('#search').fill('status:2xx topic:');
    await told.filter({ hasText: 'not complete' }).waitFor();
    assert.is(await tab.locator('.line').count(), 1);
    assert.is(await button.isDisabled(), true);
  } finally {
    await house.stop();
  }
});

page('a body longer than what is kept has no preview', async ({ open }) => {
  const house = await openHouse();
  try {
    await house.push({ aps: { alert: 'x'.repeat(6000) } });
    const { page: tab } = await open(house.url);
    await tab.locator('.line').click();
    const detail = tab.locator('.detail');
    await detail
      .locator('.section', { hasText: 'On the phone' })
      .filter({ hasText: 'longer than what is kept' })
      .waitFor();
    assert.is(await detail.locator('.screen').count(), 0);
    assert.not.match(await detail.innerText(), /no JSON/);
  } finally {
    await house.stop();
  }
});

page('a walk by keyboard', async ({ open }) => {
  const house = await openHouse();
  try {
    for (const word of ['one', 'two', 'three']) await house.push({ aps: { alert: word } });
    const { page: tab } = await open(house.url);
    await tab.locator('.line').nth(2).waitFor();
    const keys = async (...names: readonly string[]): Promise<void> => {
      for (const name of names) await tab.keyboard.press(name);
    };
    await keys('j', 'j');
    assert.match(await tab.locator('.line[data-cursor=true]').innerText(), /two/);
    await keys('Enter');
    await tab.locator('.banner', { hasText: 'two' }).waitFor();
    await keys('j');
    await tab.locator('.banner', { hasText: 'one' }).waitFor();
    await keys('k', 'k');
    await tab.locator('.banner', { hasText: 'three' }).waitFor();
    await keys('Escape');
    await tab.locator('.detail').waitFor({ state: 'detached' });
    await keys('/');
    await tab.locator('#search:focus').waitFor();
    await keys('Escape');
    await tab.locator('#search:not(:focus)').waitFor();
    await keys('?');
    await tab.locator('dialog[open]').waitFor();
    await keys('Escape');
    await tab.locator('dialog[open]').waitFor({ state: 'detached' });
    await keys('g', 'r');
    await tab.locator('h1', { hasText: 'Reasons' }).waitFor();
    await keys('g', 'e');
    await tab.locator('#list').waitFor();
    // The list says to assistive programs which line is active.
    await keys('Home', 'j');
    const active = await tab.locator('#list').getAttribute('aria-activedescendant');
    assert.match(await tab.locator(`#${active}`).innerText(), /two/);
  } finally {
    await house.stop();
  }
});

page('what is deleted elsewhere goes from the page, and what comes after it is there', async ({ open }) => {
  const house = await openHouse();
  const call = async (method: string, path: string): Promise<void> => {
    assert.is((await fetch(`${house.url}api/v1/${path}`, { method })).status, 200, path);
  };
  try {
    for (const alert of ['One', 'Two', 'Three']) await house.push({ aps: { alert } });
    const { page: tab, errors } = await open(house.url);
    const lines = tab.locator('.line');
    await lines.nth(2).waitFor();
    await tab.locator('#search').fill('payload.aps.alert:T*');
    await tab.locator('.search-told', { hasText: '2 lines found' }).waitFor();
    await lines.filter({ hasText: 'Two' }).click();
    await call('DELETE', 'exchanges?q=payload.aps.alert:Two');
    await tab.locator('.search-told', { hasText: '1 line found' }).waitFor();
    // Who reads it may go on.
    await tab.locator('.notice', { hasText: 'no longer in the list' }).waitFor();
    assert.match(await tab.locator('.code').first().innerText(), /"alert": "Two"/);
    await tab.keyboard.press('Escape');
    await tab.locator('#search').fill('');
    await lines.filter({ hasText: 'One' }).waitFor();
    assert.is(await lines.count(), 2);
    await call('POST', 'reset');
    await lines.first().waitFor({ state: 'detached' });
    await house.push({ aps: { alert: 'Four' } });
    await lines.filter({ hasText: 'Four' }).waitFor();
    assert.is(await lines.count(), 1);
    assert.equal(errors, []);
  } finally {
    await house.stop();
  }
});

page('however narrow the screen, words keep apart, and stay whole', async ({ open }) => {
  const house = await openHouse();
  try {
    await house.push({ aps: { alert: 'No topic', badge: '3' } }, { 'apns-topic': '' });
    await house.push({ aps: { 'content-available': 1, badge: '3' } }, { 'apns-push-type': 'background' });
    const { page: tab } = await open(house.url, { viewport: { width: 320, height: 700 } });
    await tab.locator('.line').nth(1).waitFor();
    /** Of what is to be seen. */
    const boxes = async (selector: string): Promise<readonly Box[]> => {
      const all = await tab.locator(selector).all();
      return (await Promise.all(all.map((each) => each.boundingBox()))).filter((box) => box !== null);
    };
    const names = await boxes('.places a span');
    assert.is(names.length, 6);
    names.reduce((before, after) => {
      assert.ok(
        before.x + before.width + 3 <= after.x,
        `a name ends at ${before.x + before.width}, the next begins at ${after.x}`,
      );
      return after;
    });
    const [brand] = await boxes('.brand-name');
    assert.ok(brand !== undefined && brand.height < 24, 'on one line');
    // The number of remarks ends before the time does begin.
    for (const line of await tab.locator('.line').all()) {
      const chip = await line.locator('.line-advice').boundingBox();
      const time = await line.locator('.line-when').boundingBox();
      assert.ok(chip !== null && time !== null && chip.width > 30 && chip.x + chip.width <= time.x);
    }
    await tab.setViewportSize({ width: 600, height: 700 });
    const [, where = ''] = await tab.locator('.line-where-short').allInnerTexts();
    assert.match(where, /^c0ffee/);
    await tab.setViewportSize({ width: 375, height: 700 });
    await tab.evaluate("location.hash = '#/connections'");
    await tab.locator('.card-tools').waitFor();
    const tools = await boxes('.card-tools button');
    assert.is(new Set(tools.map(({ y }) => Math.round(y))).size, 1);
  } finally {
    await house.stop();
  }
});

page('copies an exchange as curl, without the token', async ({ open }) => {
  const house = await openHouse();
  try {
    await house.push({ aps: { alert: "it's $HOME" } });
    const { page: tab } = await open(house.url, { permissions: ['clipboard-read', 'clipboard-write'] });
    await tab.locator('.line').click();
    await tab.locator('button', { hasText: 'Copy as curl' }).click();
    await tab.locator('button', { hasText: 'Copied' }).waitFor();
    const text = String(await tab.evaluate('navigator.clipboard.readText()'));
    assert.match(text, /^curl --http2 --cacert /);
    assert.ok(text.includes(`/3/device/${DEVICE}`), text);
    assert.ok(text.includes('authorization: bearer ${TOKEN:?'), text);
    assert.ok(text.includes(`it'\\''s $HOME`), text);
    assert.not.match(text, /eyJ/);
  } finally {
    await house.stop();
  }
});

page.run();
