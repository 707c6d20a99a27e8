// time limit: 720 s
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import * as assert from 'uvu/assert';
import { browserSuite } from './browser.ts';
import { openHouse } from './house.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** Everything axe looks at, best practices included. */
async function violations(tab: Page, where: string): Promise<string> {
  if ((await tab.evaluate('typeof axe')) === 'undefined') await tab.evaluate(AXE);
  const { violations: found } = (await tab.evaluate(`axe.run('${where}', { resultTypes: ['violations'] })`)) as {
    violations: Violation[];
  };
  return found
    .flatMap(({ id, help, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${help}\n  ${html}\n  ${failureSummary}`),
    )
    .join('\n');
}

const page = browserSuite('page: accessible');

for (const scheme of ['light', 'dark'] as const)
  for (const [device, viewport] of [
    ['desk', { width: 1360, height: 900 }],
    ['phone', { width: 390, height: 800 }],
  ] as const)
    page(`every view, ${scheme}, ${device}`, async ({ open }) => {
      const house = await openHouse();
      try {
        const { page: tab } = await open(house.url, { colorScheme: scheme, viewport });
        const found: string[] = [];
        const look = async (what: string, where = 'html'): Promise<void> => {
          const text = await violations(tab, where);
          if (text !== '') found.push(`${what}: ${text}`);
        };
        await tab.locator('.connect li').nth(2).waitFor();
        await look('empty');

        const channel = await house.createChannel();
        await house.push({ aps: { alert: { title: 'Hello', body: 'there' }, badge: '3', sound: 'default' } });
        await house.push({ aps: { alert: 'A' } }, {}, 'abc');
        await house.push(
          { aps: { alert: 'B' } },
          {},
          `${Buffer.from('TooManyRequests').toString('hex')}00`.padEnd(64, '0'),
        );
        await house.push(
          { aps: { 'content-available': 1 } },
          { 'apns-push-type': 'background', 'apns-priority': '10' },
        );
        await house.broadcast(channel, {
          aps: { event: 'update', 'content-state': { goals: 1 }, contentState: {}, 'dismissal-date': 1795287600000 },
        });
        await tab.locator('.line').nth(5).waitFor();
        await look('list');
        await tab.locator('#search').focus();
        await tab.locator('#hints [role=option]').first().waitFor();
        await look('hints');
        await tab.keyboard.press('Escape');
        await tab.locator('#search').fill('reson:Bad');
        await tab.locator('.search-told.bad').waitFor();
        await look('no search');
        await tab.locator('#search').fill('');
        await tab.locator('.line').nth(5).waitFor();
        await tab.locator('#search').blur();
        // What an exchange holds is the same on a phone; one of them shows how it fits.
        const lines = device === 'desk' ? await tab.locator('.line').count() : 1;
        for (let i = 0; i < lines; i++) {
          await tab.locator('.line').nth(i).click();
          await tab.locator('.verdict').waitFor();
          // The list beside it has been looked at.
          await look(`exchange ${i}`, i === 0 ? 'html' : '.detail');
          await tab.keyboard.press('Escape');
        }
        await tab.keyboard.press('?');
        await tab.locator('dialog[open]').waitFor();
        await look('help');
        await tab.keyboard.press('Escape');
        for (const view of ['channels', 'connections', 'scenario', 'clock', 'reasons']) {
          await tab.goto(`${house.url}#/${view}`);
          await tab.locator('h1').waitFor();
          await tab.waitForTimeout(200);
          await look(view);
        }
        await tab.goto(`${house.url}#/scenario`);
        await tab.locator('.editor summary').click();
        await tab.locator('.editor textarea').fill('version: 2');
        await tab.locator('.editor button').click();
        await tab.locator('.problems').waitFor();
        await look('no scenario');
        assert.is(found.join('\n'), '');
        // The page is no wider than the screen.
        assert.is(await tab.evaluate('document.documentElement.scrollWidth <= innerWidth'), true);
      } finally {
        await house.stop();
      }
    });

for (const scheme of ['light', 'dark'] as const)
  page(`the prompt for the API token, ${scheme}`, async ({ open }) => {
    const house = await openHouse({}, { MOCK_APNS_API_TOKEN: 'open-sesame' });
    try {
      const { page: tab } = await open(house.url, { colorScheme: scheme });
      await tab.locator('.token input').fill('wrong');
      await tab.locator('.token button').click();
      await tab.locator('.token-wrong').waitFor();
      assert.is(await violations(tab, 'html'), '');
    } finally {
      await house.stop();
    }
  });

page.run();
