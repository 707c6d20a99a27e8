// time limit: 360 s
import type { Page } from 'playwright-core';
import * as assert from 'uvu/assert';
import { working } from '../patience.ts';
import { browserSuite } from './browser.ts';
import { openHouse } from './house.ts';

const page = browserSuite('page: ten thousand lines');

const MANY = 10_000;
const FRAMES = 60;
/** What page and server may do in all for a frame while it scrolls, and for what is asked for, ms of processor time. */
const FRAME_MS = 200;
const SOON_MS = 3_000;

/** Milliseconds of processor time that the page's main thread and this process, where the server is, have taken. */
async function stopwatch(tab: Page): Promise<() => Promise<number>> {
  const devtools = await tab.context().newCDPSession(tab);
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
  const worked = working();
  const taken = async (): Promise<number> => {
    const { metrics } = await devtools.send('Performance.getMetrics');
    return (metrics.find(({ name }) => name === 'ThreadTime')?.value ?? Number.NaN) * 1000 + worked();
  };
  let before = await taken();
  return async () => {
    const now = await taken();
    const took = now - before;
    before = now;
    return took;
  };
}

page('all are there, few are drawn, and scrolling, searching and arriving stay quick', async ({ open }) => {
  const house = await openHouse({ '--max-entries': String(MANY + 500) });
  try {
    for (let i = 0; i < MANY; i += 200)
      await Promise.all(Array.from({ length: 200 }, (_, j) => house.push({ aps: { alert: `Number ${i + j}` } })));
    // What runs from source is built at the first request, and that is not what is measured.
    await fetch(house.url);
    await fetch(`${house.url}api/v1/info`);
    const worked = working();
    const { page: tab, errors } = await open(house.url);
    await tab.locator('.line').first().waitFor();
    assert.ok(worked() < SOON_MS, `the first lines took the server ${worked()} ms`);
    await tab.locator('.place-count', { hasText: '10,000' }).waitFor();
    assert.ok((await tab.locator('.line').count()) < 60, 'only what can be seen is drawn');

    const took = await stopwatch(tab);
    await tab.evaluate(`(async () => {
      const list = document.getElementById('list');
      for (let i = 0; i < ${FRAMES}; i++) {
        list.scrollTop = (list.scrollHeight * i) / ${FRAMES};
        await new Promise((next) => requestAnimationFrame(next));
      }
      list.scrollTop = list.scrollHeight;
    })()`);
    const frame = (await took()) / FRAMES;
    assert.ok(frame < FRAME_MS, `a frame took ${frame} ms`);
    await tab.locator('.line', { hasText: 'Number 0' }).first().waitFor();

    // Who reads far down is told of what is new, and keeps the place.
    await house.push({ aps: { alert: 'The newest' } });
    await tab.locator('.to-top', { hasText: '1 new line' }).waitFor();
    await tab.locator('.line', { hasText: 'Number 0' }).first().waitFor();
    await tab.locator('.to-top').click();
    await tab.locator('.line', { hasText: 'The newest' }).waitFor();

    await took();
    await tab.locator('#search').fill('payload.aps.alert:"Number 4321"');
    await tab.locator('.search-told', { hasText: '1 line found' }).waitFor();
    const searching = await took();
    assert.ok(searching < SOON_MS, `a search through all of them took ${searching} ms`);

    await tab.locator('#search').fill('');
    await took();
    await Promise.all(Array.from({ length: 300 }, (_, i) => house.push({ aps: { alert: `Burst ${i}` } })));
    await tab.locator('.line', { hasText: 'Burst 299' }).first().waitFor();
    const burst = await took();
    assert.ok(burst < SOON_MS, `a burst took ${burst} ms`);
    assert.equal(errors, []);
  } finally {
    await house.stop();
  }
});

page.run();
