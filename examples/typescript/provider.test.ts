import assert from 'node:assert/strict';
import { appendFileSync, readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Scores } from './provider.ts';

const env = process.env as Readonly<Record<string, string>>;
const scores = new Scores({
  host: env['APNS_HOST'] as string,
  port: Number(env['APNS_PORT']),
  managePort: Number(new URL(env['APNS_MANAGE_URL'] as string).port),
  key: readFileSync(env['APNS_KEY_FILE'] as string, 'utf8'),
  keyId: env['APNS_KEY_ID'] as string,
  teamId: env['APNS_TEAM_ID'] as string,
});
after(() => scores.stop());

/** For the table in docs/languages.md. */
function measured(what: string): void {
  const file = env['EXAMPLE_RESULTS'];
  if (file !== undefined) appendFileSync(file, `${what}\t@parse/node-apn\n`);
}

test('a push', async () => {
  const { sent } = await scores.goal('c0ffee'.padEnd(64, '0'), 'Goal!');
  assert.equal(sent.length, 1);
  measured('push');
});

test('a device that is gone', async () => {
  // Hexadecimal of "Unregistered": the target spells its answer.
  const { failed } = await scores.goal(`${Buffer.from('Unregistered').toString('hex')}00`.padEnd(64, '0'), 'Goal!');
  assert.equal(failed[0]?.status, 410);
  assert.equal(failed[0]?.response?.reason, 'Unregistered');
  measured('410');
});

test('the server says goodbye; the next push takes a new connection', async () => {
  for (const end of ['1', '2']) {
    assert.equal((await scores.goal('90dbee'.padEnd(64, end), 'Goal!')).sent.length, 1);
    // What is sent before the GOAWAY has been read is lost with the connection.
    await pause(100);
    assert.equal((await scores.goal('af7e12'.padEnd(64, end), 'Goal!')).sent.length, 1);
  }
  measured('GOAWAY');
});

test('a channel and a broadcast', async () => {
  const channel = await scores.openChannel();
  const { sent, failed } = await scores.broadcast(channel, 1, 0);
  assert.deepEqual(failed, []);
  assert.equal(sent.length, 1);
  measured('broadcast');
  assert.ok(await scores.closeChannel(channel));
  measured('channels');
});
