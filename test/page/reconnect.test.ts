import * as assert from 'uvu/assert';
import { browserSuite } from './browser.ts';
import { openHouse } from './house.ts';

const page = browserSuite('page: a server that comes and goes');

page('after a restart the page comes back by itself, and says what is gone', async ({ open }) => {
  const first = await openHouse();
  const flags = { '--control-port': String(first.port) };
  let second: Awaited<ReturnType<typeof openHouse>> | undefined;
  try {
    await first.push({ aps: { alert: 'Before' } });
    const { page: tab } = await open(first.url);
    await tab.locator('.line', { hasText: 'Before' }).waitFor();
    await first.stop();
    await tab.locator('.link-state[data-state=lost]').waitFor();
    second = await openHouse(flags);
    await tab.locator('.link-state[data-state=live]').waitFor();
    await tab.locator('.toast', { hasText: /restarted: \d+ lines? of its last run (is|are) gone/ }).waitFor();
    await second.push({ aps: { alert: 'After' } });
    await tab.locator('.line', { hasText: 'After' }).waitFor();
    assert.is(await tab.locator('.line', { hasText: 'Before' }).count(), 0);
  } finally {
    await second?.stop();
  }
});

page('lines that came and went while nobody listened are counted', async ({ open }) => {
  const house = await openHouse({ '--max-entries': '20' });
  try {
    await house.push({ aps: { alert: 'Before' } });
    const { page: tab } = await open(house.url);
    await tab.locator('.line', { hasText: 'Before' }).waitFor();
    // The line breaks, and is kept broken while more arrives than the journal holds.
    await tab.context().setOffline(true);
    await tab.evaluate('window.stop()');
    await tab.locator('.link-state[data-state=lost]').waitFor();
    for (let i = 0; i < 50; i++) await house.push({ aps: { alert: `Number ${i}` } });
    await tab.context().setOffline(false);
    await tab.locator('.line', { hasText: 'Number 49' }).waitFor();
    const told = await tab.locator('.notice').innerText();
    const lost = Number(/(\d+) lines? came and went/.exec(told)?.[1]);
    assert.ok(lost >= 30 && lost <= 32, told);
  } finally {
    await house.stop();
  }
});

page('that the server is gone is said once, in words of the page, and is over when it is back', async ({ open }) => {
  const first = await openHouse();
  let second: Awaited<ReturnType<typeof openHouse>> | undefined;
  try {
    const { page: tab } = await open(first.url);
    await tab.locator('.link-state[data-state=live]').waitFor();
    await first.stop();
    await tab.locator('.link-state[data-state=lost]').waitFor();
    await tab.evaluate("location.hash = '#/scenario'");
    await tab.locator('.notice.bad', { hasText: 'The server does not answer' }).waitFor();
    // As soon as both have failed.
    await tab.locator('.page', { hasText: 'Asking the server' }).waitFor({ state: 'detached' });
    const text = await tab.locator('.page').innerText();
    assert.is(text.split('does not answer').length - 1, 1, text);
    assert.not.match(text, /Failed to fetch/);
    second = await openHouse({ '--control-port': String(first.port) });
    await tab.locator('.built-ins button').first().waitFor();
    await tab.locator('.notice.bad').waitFor({ state: 'detached' });
  } finally {
    await second?.stop();
  }
});

page('a server with an API token asks for it, once', async ({ open }) => {
  const house = await openHouse({}, { MOCK_APNS_API_TOKEN: 'open-sesame' });
  try {
    await house.push({ aps: { alert: 'Behind the door' } });
    const { page: tab } = await open(house.url);
    await tab.locator('.token input').fill('wrong');
    await tab.locator('.link-state', { hasText: 'Token needed' }).waitFor();
    assert.is(await tab.locator('.token-wrong').count(), 0);
    await tab.locator('.token button').click();
    await tab.locator('.token-wrong', { hasText: 'not its token' }).waitFor();
    await tab.locator('.hush', { hasText: 'without its token' }).waitFor();
    assert.is(await tab.locator('.link-state').innerText(), 'Token needed');
    // What cannot even be sent is no token either.
    await tab.locator('.token input').fill('“open-sesame”');
    await tab.locator('.token button').click();
    await tab.locator('.token-wrong', { hasText: 'not its token' }).waitFor();
    await tab.locator('.token input').fill('open-sesame');
    await tab.locator('.token button').click();
    await tab.locator('.line', { hasText: 'Behind the door' }).waitFor();
    await tab.locator('.link-state[data-state=live]').waitFor();
    await tab.reload();
    await tab.locator('.line', { hasText: 'Behind the door' }).waitFor();
    assert.is(await tab.locator('.token').count(), 0);
  } finally {
    await house.stop();
  }
});

page.run();
