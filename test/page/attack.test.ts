// time limit: 360 s
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContext, chromium, type Frame } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { skip } from '../runner/skip.ts';
import { ARGS, executablePath } from './browser.ts';
import {
  ATTACKS,
  type Attack,
  CALLS,
  type Heard,
  hearBrowsers,
  openCareless,
  openHostile,
  SECRET,
  type Site,
} from './hostile.ts';
import { type House, openHouse } from './house.ts';

/**
 * Pages of strangers against the control port, in a real browser. The attacks are tried on a server without a guard as
 * well, where they succeed: so it is ours that stops them, and not the browser or a mistake in them.
 */
const LAUNCH = [
  ...ARGS,
  // As after a DNS rebind; and a private name, for which browsers do not tell which site asks.
  '--host-resolver-rules=MAP evil.example 127.0.0.1, MAP apns.test 127.0.0.1',
  // What newer browsers refuse by themselves.
  '--disable-features=LocalNetworkAccessChecks',
];

const tests = suite('page: pages of strangers');
const heard = hearBrowsers();
let browser: Browser;
let context: BrowserContext;
let house: House;
let hostile: Site;
let folder: string;

tests.before(async () => {
  if (executablePath === undefined) return;
  browser = await chromium.launch({ executablePath, args: LAUNCH });
  house = await openHouse();
  hostile = await openHostile();
  folder = mkdtempSync(join(tmpdir(), 'hostile-'));
  writeFileSync(join(folder, 'page.html'), '<!doctype html><body>');
});
tests.after(async () => {
  if (executablePath === undefined) return;
  await browser?.close();
  await hostile?.stop();
  await house?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function test(name: string, work: () => Promise<void>): void {
  if (executablePath === undefined) return void skip(tests, name, 'no Chromium: apt-get install chromium');
  tests(name, async () => {
    context = await browser.newContext();
    try {
      await work();
    } finally {
      await context.close();
    }
  });
}

/** A new page, or the frame in it. */
async function open(url: string): Promise<Frame> {
  const page = await context.newPage();
  await page.goto(url);
  return page.frames()[1] ?? page.mainFrame();
}

/** Everything that a page could want to change. */
async function stateOf({ url }: House): Promise<string> {
  const paths = ['exchanges?kind=all', 'scenario', 'rules', 'clock', 'apps', 'devices', 'channels', 'keys'];
  const texts = paths.map(async (path) => (await fetch(`${url}api/v1/${path}`)).text());
  // How far a clock that stands still is off grows.
  return (await Promise.all(texts)).join('\n').replace(/"offset(Ms)?":[^,}]+/g, '');
}

/** One exchange, one device, one channel, and a clock that stands still. */
async function prepare({ url, push, createChannel }: House): Promise<void> {
  const call = async (method: string, path: string, body = ''): Promise<void> => {
    assert.is((await fetch(`${url}api/v1/${path}`, { method, body })).status, 200, `${method} ${path}`);
  };
  await call('POST', 'reset');
  assert.is((await push({ aps: { alert: SECRET } })).status, 200);
  await createChannel();
  await call('PUT', 'devices/c0ffee');
  await call('PUT', 'clock', '{"frozen":true}');
}

/** Waits at most five seconds. */
async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !holds(); i++) await new Promise((go) => setTimeout(go, 10));
}

interface Outcome {
  readonly read: string;
  readonly requests: readonly Heard[];
  /** For messages. */
  readonly told: string;
}

/** Carries out an attack, and waits until its requests to the port are answered. */
async function tryOut({ name, script }: Attack, from: Frame, target: string): Promise<Outcome> {
  const first = heard.length;
  const read = String(await from.evaluate(script(target)));
  const port = Number(new URL(target).port);
  let requests: readonly Heard[] = [];
  await until(() => {
    requests = heard.slice(first).filter((each) => each.port === port);
    return requests.length > 0 && requests.every(({ response }) => response.writableFinished || response.destroyed);
  });
  for (const page of context.pages()) if (page !== from.page()) await page.close();
  const told = requests.map(({ line, response }) => `${line} ${response.statusCode}`).join(', ');
  return { read, requests, told: `${name} at ${target}: ${told || 'never came'}` };
}

async function allSucceed(attacks: readonly Attack[], from: Frame, target: string): Promise<void> {
  for (const attack of attacks) {
    await prepare(house);
    const before = await stateOf(house);
    const { read, requests, told } = await tryOut(attack, from, target);
    assert.ok(requests.length > 0, told);
    if (attack.gain === 'reads') assert.match(read, SECRET, `reads: ${told}`);
    if (attack.gain === 'changes') assert.is.not(await stateOf(house), before, `changes: ${told}`);
  }
}

/** @param untold the browser does not tell who asks: a GET is answered, out of the page's reach */
async function allFail(from: Frame, target: string, at = house, untold = false): Promise<void> {
  await prepare(at);
  const before = await stateOf(at);
  for (const attack of ATTACKS) {
    const { read, requests, told } = await tryOut(attack, from, target);
    assert.ok(requests.length > 0, told);
    assert.not.match(read, SECRET, `reads: ${told}`);
    assert.is(await stateOf(at), before, `changes: ${told}`);
    for (const { line, response } of requests) {
      // Refused whatever is asked: how long an answer takes would tell what a search finds.
      if (!untold || !line.startsWith('GET ') || line.includes('/exchanges/wait'))
        assert.is(response.statusCode, 403, told);
      assert.not.ok(response.getHeaderNames().some((name) => name.startsWith('access-control-')));
    }
  }
}

/** The page is loaded under a name that leads to this port of a stranger, and then to the same port of ours. */
async function rebind<T extends { stop: () => Promise<void> }>(
  start: (port: number) => Promise<T>,
  work: (from: Frame, target: string, server: T) => Promise<void>,
): Promise<void> {
  const before = await openHostile();
  const target = `http://evil.example:${before.port}`;
  const from = await open(target);
  await before.stop();
  const server = await start(before.port);
  try {
    await work(from, target, server);
  } finally {
    await server.stop();
  }
}

test('where nobody guards, every attack succeeds', async () => {
  const careless = await openCareless(house.port);
  try {
    const from = await open(`http://evil.example:${hostile.port}`);
    await allSucceed(ATTACKS, from, `http://127.0.0.1:${careless.port}`);
  } finally {
    await careless.stop();
  }
  await rebind(
    (port) => openCareless(house.port, port),
    (from, target) => allSucceed(ATTACKS, from, target),
  );
});

test('after a DNS rebind: nothing is read, nothing changes, and the page of the server is not there', async () => {
  await rebind(
    (port) => openHouse({ '--control-port': String(port) }),
    async (from, target, rebound) => {
      await allFail(from, target, rebound);
      const page = await context.newPage();
      assert.is((await page.goto(target))?.status(), 403);
      assert.is(await page.locator('.side').count(), 0);
    },
  );
});

for (const { name, from, to, untold } of [
  { name: 'another site', from: () => `http://evil.example:${hostile.port}`, to: '127.0.0.1' },
  { name: 'another site, to 0.0.0.0', from: () => `http://evil.example:${hostile.port}`, to: '0.0.0.0' },
  {
    name: 'another site, to a private name',
    from: () => `http://evil.example:${hostile.port}`,
    to: 'apns.test',
    untold: true,
  },
  { name: 'another port of localhost', from: () => `http://localhost:${hostile.port}`, to: 'localhost' },
  { name: 'a sandbox', from: () => `http://localhost:${hostile.port}/sandbox?/`, to: 'localhost' },
  { name: 'a data: address', from: () => 'data:text/html,<body>', to: '127.0.0.1' },
  { name: 'a file', from: () => pathToFileURL(join(folder, 'page.html')).href, to: '127.0.0.1' },
])
  test(`from ${name}: nothing is read, nothing changes`, async () => {
    await allFail(await open(from()), `http://${to}:${house.port}`, house, untold);
  });

test('no page frames ours, so that nobody is led to click in it', async () => {
  const careless = await openCareless(house.port);
  try {
    const frame = (site: string, src: string): Promise<Frame> => open(`http://${site}:${hostile.port}/frame?${src}`);
    await (await frame('evil.example', `http://127.0.0.1:${careless.port}/`)).locator('.side').waitFor();
    for (const site of ['evil.example', 'localhost'])
      for (const target of ['127.0.0.1', 'localhost', 'apns.test']) {
        const framed = await frame(site, `http://${target}:${house.port}/`);
        await until(() => framed.url() !== '');
        assert.is(framed.url(), 'chrome-error://chromewebdata/', `${target} in ${site}`);
      }
  } finally {
    await careless.stop();
  }
});

test('a link leads to our page from anywhere, and our page may do everything', async () => {
  for (const name of ['127.0.0.1', 'localhost']) {
    const target = `http://${name}:${house.port}`;
    const from = await open(`http://evil.example:${hostile.port}`);
    await from.evaluate(`location.href = '${target}/'`);
    await from.locator('.side').waitFor();
    await allSucceed(CALLS, await open(target), target);
  }
});

tests.run();
