import * as assert from 'uvu/assert';
import { browserSuite } from './browser.ts';
import { APP, openHouse } from './house.ts';

/** What arrives is text. Each of these would call `alert` or set `window.pwned` if anything took it for a program. */
const EVIL = [
  '<script>window.pwned=1</script>',
  '<img src=x onerror="window.pwned=1">',
  '"><svg onload=window.pwned=1>',
  'javascript:window.pwned=1',
  "';window.pwned=1;//",
  '{{constructor.constructor("window.pwned=1")()}}',
];

const page = browserSuite('page: nothing that arrives runs');

page('scripts in every field of a push, a broadcast and a path stay text', async ({ open }) => {
  const house = await openHouse();
  try {
    const { page: tab, errors } = await open(house.url);
    let dialogs = 0;
    tab.on('dialog', (dialog) => {
      dialogs++;
      void dialog.dismiss();
    });
    const requests: string[] = [];
    tab.on('request', (request) => requests.push(request.url()));

    const channel = await house.createChannel();
    for (const evil of EVIL) {
      await house.push(
        {
          aps: {
            alert: { title: evil, subtitle: evil, body: evil, 'loc-key': evil },
            badge: evil,
            sound: evil,
            category: evil,
            'thread-id': evil,
            'interruption-level': evil,
          },
          [evil]: { [evil]: evil, href: 'javascript:window.pwned=1', __proto__: evil },
        },
        { 'apns-collapse-id': evil.slice(0, 60), 'x-evil': evil, 'user-agent': evil },
      );
      await house.push({ aps: { alert: evil } }, { 'apns-topic': evil });
      await house.push({ aps: { alert: evil } }, {}, encodeURI(evil));
      await house.request({ ':path': `/${encodeURI(evil)}`, 'apns-topic': APP }, evil);
      await house.push({ aps: { alert: evil } }, { 'apns-channel-id': evil, 'apns-push-type': evil });
      await house.broadcast(channel, {
        aps: { timestamp: evil, event: evil, 'stale-date': evil, 'content-state': { [evil]: evil }, alert: evil },
      });
    }
    await tab.locator('.place-count', { hasText: String(EVIL.length * 6 + 1) }).waitFor();

    // Opens every one of them.
    await tab.locator('.line').first().click();
    for (let i = 0; i < EVIL.length * 6; i++) {
      await tab.locator('.verdict').waitFor();
      assert.is(
        await tab.evaluate(
          `document.querySelectorAll('.detail script, .detail img, .detail [onerror], .detail [onload], [href^="javascript:"]').length`,
        ),
        0,
      );
      await tab.keyboard.press('j');
    }
    for (const view of ['channels', 'connections', 'scenario', 'clock', 'reasons']) {
      await tab.goto(`${house.url}#/${view}`);
      await tab.locator('h1').waitFor();
    }
    await tab.goto(`${house.url}#/exchanges?q=${encodeURIComponent(EVIL[0] as string)}`);
    await tab.locator('.search-told').waitFor();
    assert.is(await tab.evaluate('window.pwned'), undefined);
    assert.is(dialogs, 0);
    assert.ok(
      requests.every((url) => url.startsWith(house.url)),
      `asked elsewhere: ${requests.filter((url) => !url.startsWith(house.url)).join(', ')}`,
    );
    assert.equal(errors, []);
  } finally {
    await house.stop();
  }
});

page('the policy that comes with the page refuses inline scripts, eval and markup from text', async ({ open }) => {
  const house = await openHouse();
  try {
    const { page: tab } = await open(house.url);
    await tab.locator('.side').waitFor();
    // In a script of the page, and not from outside, whose calls the policy does not govern.
    const tried = await tab.evaluate(`new Promise((done) => {
      const refused = [];
      document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => refused.push(effectiveDirective));
      const script = document.createElement('script');
      try { script.textContent = 'window.pwned = 1'; document.body.append(script); } catch { refused.push('script-text'); }
      try { document.body.insertAdjacentHTML('beforeend', '<img src=x onerror="window.pwned=1">'); } catch { refused.push('markup'); }
      fetch('http://127.0.0.1:9/').catch(() => setTimeout(() => done(refused), 100));
    })`);
    const refused = tried as string[];
    assert.ok(refused.includes('markup'), refused.join());
    assert.ok(
      refused.some((each) => each.startsWith('connect-src')),
      refused.join(),
    );
    assert.is(await tab.evaluate('window.pwned'), undefined);
  } finally {
    await house.stop();
  }
});

page.run();
