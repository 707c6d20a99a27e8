/** A real browser for the tests of the page; without one they are skipped, and say so. */
import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { suite } from 'uvu';
import { PATIENCE } from '../patience.ts';
import { skip } from '../runner/skip.ts';

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
];
export const executablePath = PLACES.find((path) => existsSync(path));

export const ARGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A page, and what went wrong in it. */
export interface Tab {
  readonly page: Page;
  /** Errors of the program, of the console and of the content security policy. */
  readonly errors: readonly string[];
}

export interface Opener {
  /** Ends with the test. */
  readonly open: (url: string, options?: BrowserContextOptions) => Promise<Tab>;
}

type Work = (opener: Opener) => Promise<void>;

/** A suite whose tests get a browser. Register, then `run()`. */
export function browserSuite(name: string): { (test: string, work: Work): void; run: () => void } {
  const tests = suite(name);
  let browser: Browser | undefined;
  if (executablePath !== undefined) {
    tests.before(async () => {
      browser = await chromium.launch({ executablePath, args: ARGS });
    });
    tests.after(async () => {
      await browser?.close();
    });
  }
  const register = (test: string, work: Work): void => {
    if (executablePath === undefined) {
      skip(tests, test, 'no Chromium: apt-get install chromium');
      return;
    }
    tests(test, async () => {
      const ends: (() => Promise<void>)[] = [];
      try {
        await work({
          async open(url, options = {}) {
            const context = await (browser as Browser).newContext({
              viewport: { width: 1360, height: 860 },
              reducedMotion: 'reduce',
              ...options,
            });
            ends.push(() => context.close());
            const page = await context.newPage();
            page.setDefaultTimeout(PATIENCE);
            const errors: string[] = [];
            page.on('pageerror', ({ message }) => errors.push(message));
            page.on('console', (message) => {
              if (message.type() === 'error') errors.push(message.text());
            });
            await page.goto(url);
            return { page, errors };
          },
        });
      } finally {
        for (const end of ends) await end();
      }
    });
  };
  return Object.assign(register, { run: () => tests.run() });
}
