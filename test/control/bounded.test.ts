// time limit: 360 s
/** A hundred thousand exchanges through a journal of ten thousand: memory stays flat, and what was lost is told. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { signProviderToken } from '../../server/shell/crypto.ts';
import { working } from '../patience.ts';
import { type ControlHouse, DEVICE, openControl } from './house.ts';
import { connectNobody } from './nobody.ts';

const ENTRIES = 10_000;
const EXCHANGES = 100_000;
const MEGABYTE = 1024 * 1024;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

let house: ControlHouse;
const test = suite('control: bounds');
test.before(async () => {
  house = await openControl([`--max-entries=${ENTRIES}`]);
});
test.after(() => house.stop());

test('100,000 exchanges, and somebody listening who cannot keep up', async () => {
  const { driver, certificates } = house.mock;
  const { p8, keyId, teamId } = certificates.providerKey;
  const token = signProviderToken({ p8, keyId, teamId, iat: Math.floor(Date.now() / 1000) });
  const line = connectNobody(driver);
  const body = Buffer.from(JSON.stringify({ aps: { alert: 'x'.repeat(500) } }));
  const headers = ['authorization', `bearer ${token}`, 'apns-topic', 'com.example.app', 'apns-push-type', 'alert'];
  const request = {
    method: 'POST',
    path: `/3/device/${DEVICE}`,
    authority: 'localhost',
    headers,
    body,
    size: body.length,
  };
  let stream = 1;
  const push = (count: number): void => {
    for (let i = 0; i < count; i++) {
      line.request(stream, request);
      stream += 2;
    }
  };
  const used = (): number => {
    collect();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };

  const events = await house.events('/api/v1/events');
  push(2 * ENTRIES);
  const before = used();
  push(EXCHANGES - 2 * ENTRIES);
  const grown = used() - before;
  // Eighty thousand exchanges kept would be a hundred megabytes; what a collection leaves for later is ten to twenty.
  assert.ok(grown < 40 * MEGABYTE, `grown by ${Math.round(grown / MEGABYTE)} MB`);

  const { json } = await house.get('/api/v1/info');
  assert.is(json.journal.entries, ENTRIES);
  assert.is(json.journal.dropped, json.journal.last - ENTRIES);
  assert.ok(json.journal.dropped >= EXCHANGES - ENTRIES);
  const early = await house.get('/api/v1/exchanges/3');
  assert.is(early.status, 404);
  assert.match(early.json.title, /the journal has #\d+ to #\d+/);
  assert.match((await house.get('/metrics')).text, /mock_apns_journal_dropped_total 9\d{4}/);
  assert.match((await house.get('/metrics')).text, /mock_apns_exchanges_total\{[^}]*\} 100000/);

  // The stream began before all of it and is told what it missed; then it has what is left.
  await events.until((seen) => seen.at(-1)?.data.seq === json.journal.last);
  const lost = events.seen.filter(({ event }) => event === 'lost');
  const told = events.seen.filter(({ event }) => event === 'exchange').length;
  const missing = lost.reduce((sum, { data }) => sum + data.count, 0);
  assert.ok(missing > 0);
  const connections = events.seen.filter(({ event }) => event === 'connection').length;
  assert.is(missing + told + connections, json.journal.last - events.seen[0]?.data.journal.last);
  events.end();

  const resumed = await house.events('/api/v1/events', { 'last-event-id': '5' });
  await resumed.until((seen) => seen.some(({ event }) => event === 'exchange'));
  assert.equal(
    resumed.seen.slice(0, 2).map(({ event, data }) => [event, data.count]),
    [
      ['hello', undefined],
      ['lost', json.journal.dropped - 5],
    ],
  );
  resumed.end();

  const worked = working();
  const found = await house.get('/api/v1/exchanges?q=payload.aps.alert:y&limit=1');
  assert.equal(found.json.exchanges, []);
  const took = worked();
  assert.ok(took < 5000, `a search through all of it took ${Math.round(took)} ms`);
  line.closed('the test is over');
});
test.run();
