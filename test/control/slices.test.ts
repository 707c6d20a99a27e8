// time limit: 360 s
/** Whoever looks at a full journal does not hold up the pushes beside it, and sees each exchange exactly once. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { working } from '../patience.ts';
import { type ControlHouse, DEVICE, openControl } from './house.ts';
import { connectNobody } from './nobody.ts';

const ENTRIES = 10_000;
const APP = 'com.example.full';
/**
 * How long a push may take that comes while somebody searches. What is measured is 10 to 20 ms: a slice for each way. A
 * machine that is busy with other things takes its time for both, hence also a share of what the search takes; in one
 * piece it would be all of that.
 */
const BESIDE_MS = 60;
const SHARE = 1 / 3;
const ATTEMPTS = 6;

let house: ControlHouse;
/** Puts so many exchanges into the journal, at once and without a socket. */
let fill: (count: number, topic?: string) => void;

const test = suite('control: long looks');
test.before(async () => {
  house = await openControl([`--max-entries=${ENTRIES}`, '--auth=off']);
  const { driver } = house.mock;
  const line = connectNobody(driver);
  let stream = 1;
  const text = 'all work and no play '.repeat(120);
  fill = (count, topic = APP) => {
    for (let i = 0; i < count; i++) {
      const body = Buffer.from(JSON.stringify({ aps: { alert: { title: `Number ${stream}`, body: text } } }));
      const headers = ['apns-topic', topic, 'apns-push-type', 'alert'];
      const path = `/3/device/${DEVICE}`;
      line.request(stream, { method: 'POST', path, authority: 'localhost', headers, body, size: body.length });
      stream += 2;
    }
  };
  // Loaded with the first call, which takes a moment itself.
  await house.get('/api/v1/info');
  await house.push(DEVICE, APP);
});
test.after(() => house.stop());

const LOOKS: readonly (readonly [string, string, unknown?])[] = [
  ['GET', '/api/v1/exchanges?q=payload.aps.alert.title:7'],
  ['GET', '/api/v1/exchanges?q=nowhere'],
  ['GET', '/api/v1/exchanges/latest?q=nowhere'],
  ['GET', '/api/v1/exchanges/wait?q=nowhere+status:200&timeout=0ms'],
  ['DELETE', '/api/v1/exchanges?q=nowhere'],
  ['GET', '/api/v1/export'],
  ['GET', '/api/v1/export?format=har'],
  ['GET', '/api/v1/export?format=scenario'],
  ['POST', '/api/v1/verify', { match: { 'payload.aps.badge': '7' }, count: { exactly: 1 } }],
  ['POST', '/api/v1/verify', { order: [{ status: 200 }, { 'payload.aps.badge': '7' }, { status: 410 }] }],
  ['GET', '/api/v1/scenario'],
  ['GET', '/api/v1/events?after=1'],
];
for (const [method, path, body] of LOOKS)
  test(`${method} ${path}${body === undefined ? '' : ` ${JSON.stringify(body)}`}: pushes are answered beside it`, async () => {
    if (house.mock.driver.engine.journal.held().entries < ENTRIES) fill(ENTRIES);
    if (path === '/api/v1/scenario') {
      const expect = [{ match: { 'payload.aps.badge': '7' }, count: { exactly: 1 } }];
      await house.call('PUT', path, { version: 1, name: 'full', expect });
    }
    const tries: string[] = [];
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const began = working();
      let over = false;
      // As text: what this test itself does with the answer would count as well.
      const asking = path.includes('/events') ? followed(path, `unheard${attempt}`) : plainly(method, path, body);
      const looking = asking.then((status) => {
        over = true;
        return { status, took: began() };
      });
      const beside: number[] = [];
      do {
        const since = working();
        assert.is((await house.push(DEVICE, APP)).status, 200);
        beside.push(since());
      } while (!over);
      const { status, took } = await looking;
      assert.ok(status === 200 || status === 404 || status === 408 || status === 409, `it answered ${status}`);
      const worst = Math.max(...beside);
      if (worst < Math.max(BESIDE_MS, took * SHARE)) return;
      tries.push(`${Math.round(worst)} ms of ${Math.round(took)}`);
    }
    assert.unreachable(`a push beside it took ${tries.join(', ')}`);
  });

async function plainly(method: string, path: string, body: unknown): Promise<number> {
  const response = await fetch(new URL(path, house.mock.urls.control), {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  for await (const _ of response.body ?? []);
  return response.status;
}

/** Reads the journal from its beginning until that word is there, which comes last. */
async function followed(path: string, word: string): Promise<number> {
  const gone = new AbortController();
  const response = await fetch(new URL(`${path}&q=${word}`, house.mock.urls.control), { signal: gone.signal });
  await house.push(DEVICE, `${APP}.${word}`);
  let text = '';
  for await (const part of response.body ?? []) {
    text += Buffer.from(part).toString();
    if (text.includes('event: exchange')) break;
  }
  gone.abort();
  return response.status;
}

const seqsOf = ({ exchanges }: { exchanges: readonly { seq: number }[] }): number[] => exchanges.map(({ seq }) => seq);

test('page for page while pushes arrive: each exchange once, and the next look begins where this one ended', async () => {
  await house.call('DELETE', '/api/v1/exchanges');
  fill(2000, 'com.example.pages');
  const { first, last: begin } = (await house.get('/api/v1/info')).json.journal;
  const found: number[] = [];
  let cursor = first - 1;
  for (let round = 0; round < 3; round++) {
    const got: number[] = [];
    let upTo = cursor;
    for (let before = ''; ; ) {
      const path = `/api/v1/exchanges?q=payload.aps.alert.title:Number*+topic:com.example.pages&limit=1000&after=${cursor}${before}`;
      const asking = house.get(path);
      const more = setInterval(() => fill(1, 'com.example.pages'), 1);
      const page = (await asking).json;
      clearInterval(more);
      if (before === '') upTo = page.journal.last;
      got.push(...seqsOf(page));
      if (!page.more) break;
      before = `&before=${got.at(-1)}`;
    }
    found.push(...got.reverse());
    cursor = upTo;
  }
  const rest = (await house.get(`/api/v1/exchanges?topic=com.example.pages&limit=1000&after=${cursor}`)).json;
  found.push(...seqsOf(rest).reverse());
  const pushed = house.mock.driver.engine.journal.range().last;
  assert.equal(
    found,
    Array.from({ length: pushed - first + 1 }, (_, index) => first + index),
  );
  assert.ok(pushed > begin + 20, 'something came meanwhile');
});

test('what the journal lets go meanwhile is just not there', async () => {
  await house.call('DELETE', '/api/v1/exchanges');
  fill(ENTRIES, 'com.example.gone');
  const asking = house.get('/api/v1/exchanges?q=payload.aps.alert.title:Number*&limit=1');
  const exporting = plainly('GET', '/api/v1/export?q=nowhere', undefined);
  await house.push(DEVICE, APP);
  fill(ENTRIES / 2);
  const { status, json } = await asking;
  assert.is(status, 200);
  assert.is(json.exchanges.length, 1);
  assert.ok(json.journal.dropped > 0);
  assert.is(await exporting, 200);
});

test('what comes while a search for the old is being cleared stays', async () => {
  await house.call('DELETE', '/api/v1/exchanges');
  fill(5000, 'com.example.old');
  const { last } = house.mock.driver.engine.journal.range();
  const clearing = house.call('DELETE', '/api/v1/exchanges?q=payload.aps.alert.title:Number*');
  // Its answer shows that the call before it has arrived as well.
  await house.get('/livez');
  fill(10, 'com.example.new');
  const { deleted } = (await clearing).json;
  const { exchanges } = (await house.get('/api/v1/exchanges?limit=1000')).json;
  assert.is(deleted + exchanges.length, 5010);
  assert.ok(exchanges.length <= 10);
  for (const { seq } of exchanges) assert.ok(seq > last);
});

test('a wait that reads a full journal takes note of what comes while it does', async () => {
  await house.call('DELETE', '/api/v1/exchanges');
  fill(5000, 'com.example.old');
  const waiting = house.get(
    '/api/v1/exchanges/wait?q=payload.aps.alert.title:Number*+topic:com.example.new&count=3&timeout=60s',
  );
  const more = setInterval(() => fill(1, 'com.example.new'), 1);
  const { status, json } = await waiting;
  clearInterval(more);
  assert.is(status, 200);
  const seqs = seqsOf(json);
  assert.is(seqs.length, 3);
  assert.equal(seqs, [seqs[0], (seqs[0] as number) + 1, (seqs[0] as number) + 2]);
  assert.is(json.journal.last, seqs[2]);
});

test('a verification that waits is judged again by what comes, wherever the reading stood', async () => {
  await house.call('DELETE', '/api/v1/exchanges');
  fill(5000, 'com.example.old');
  const q = 'payload.aps.alert.title:Number*';
  const asked = { q, match: { topic: 'com.example.new' }, count: { atLeast: 20 }, timeout: '60s' };
  const waiting = house.call('POST', '/api/v1/verify', asked);
  let left = 20;
  const more = setInterval(() => {
    if (left-- > 0) fill(1, 'com.example.new');
  }, 1);
  const { status, json } = await waiting;
  clearInterval(more);
  assert.is(status, 200, JSON.stringify(json));
  assert.is(json.count, 20);
});

test('who hangs up is not worked for any longer', async () => {
  await house.call('DELETE', '/api/v1/exchanges');
  fill(ENTRIES);
  const journal = house.mock.driver.engine.journal as { get: (seq: number) => unknown };
  const { get } = journal;
  let reads = 0;
  journal.get = (seq) => {
    reads++;
    return get(seq);
  };
  try {
    const gone = new AbortController();
    const url = new URL('/api/v1/exchanges?q=nowhere', house.mock.urls.control);
    const asked = Array.from({ length: 10 }, () => fetch(url, { signal: gone.signal }).catch(() => 'gone'));
    while (reads === 0) await new Promise((resolve) => setImmediate(resolve));
    gone.abort();
    assert.equal(await Promise.all(asked), Array(10).fill('gone'));
    for (let before = -1; before !== reads; ) {
      before = reads;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.ok(reads < 5 * ENTRIES, `${reads} entries were read for ten who had gone, of ${10 * ENTRIES}`);
  } finally {
    journal.get = get;
  }
});
test.run();
