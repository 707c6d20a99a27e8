import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readSpelled, SPELLED_FAULTS } from '../../server/core/targets.ts';
import { REASONS, reasonsOf } from '../../server/protocol/reasons.ts';
import { bundleId, type ChannelOutcome, channelId, type DeviceOutcome, deviceToken } from '../../server/targets.ts';

const targets = suite('targets');

const FAULTS = SPELLED_FAULTS.map(({ name }) => name);
const DEVICE = [...reasonsOf('device').map(({ name }) => name), ...FAULTS] as DeviceOutcome[];
const CHANNEL = [
  ...REASONS.filter(({ families }) => (families as readonly string[]).some((family) => family !== 'device')).map(
    ({ name }) => name,
  ),
  ...FAULTS,
] as ChannelOutcome[];

const nameOf = (spelled: ReturnType<typeof readSpelled>): string | undefined =>
  spelled?.kind === 'reason' ? spelled.row.name : spelled?.fault;

targets('every outcome of a device push is spelled by a token, with and without a number', () => {
  for (const outcome of DEVICE)
    for (const number of [undefined, 0, 1, 255, 0xffffffff]) {
      const token = deviceToken(outcome, number);
      assert.match(token, /^([0-9a-f]{2}){32,}$/, `${outcome} ${number}`);
      assert.is(nameOf(readSpelled('device.send', token, undefined)), outcome);
    }
});

targets('every outcome of a channel is spelled by an id and by a bundle id', () => {
  for (const outcome of CHANNEL) {
    for (const number of [undefined, 0, 1, 4_294_967_295]) {
      const id = channelId(outcome, number);
      assert.is(nameOf(readSpelled('broadcast.send', 'com.example', id)), outcome);
      assert.ok(id.length <= 64, `${outcome} ${number} makes an id of ${id.length} characters`);
    }
    for (const base of ['com.example', 'org.test.app'])
      assert.is(nameOf(readSpelled('channels.create', bundleId(outcome, base), undefined)), outcome);
  }
});

targets('numbers make targets differ', () => {
  const numbers = [0, 1, 2, 10, 1000, 0xffffffff];
  for (const outcome of ['Unregistered', 'TooManyProviderTokenUpdates', 'stall'] as const)
    assert.is(new Set(numbers.map((number) => deviceToken(outcome, number))).size, numbers.length);
  assert.is(new Set(numbers.map((number) => channelId('Shutdown', number))).size, numbers.length);
});

targets('as the contract writes them', () => {
  assert.ok(deviceToken('Unregistered').startsWith('556e7265676973746572656400'));
  assert.is(channelId('TooManyRequests'), 'VG9vTWFueVJlcXVlc3Rz');
  assert.is(bundleId('CannotCreateChannelConfig'), 'com.example.mock.CannotCreateChannelConfig');
});

targets('a name that is none is refused, with what was meant', () => {
  assert.throws(() => deviceToken('Unregisterd' as never), /did you mean "Unregistered"\?/);
  // Only channels have channel ids.
  assert.throws(() => deviceToken('BadChannelId' as never), /"BadChannelId" is nothing that a device push can end in/);
  assert.throws(() => channelId('Unregistered' as never), /nothing that a broadcast or channel request can end in/);
  for (const number of [-1, 0.5, 2 ** 32, Number.NaN])
    assert.throws(() => deviceToken('stall', number), /give a whole number/);
});

targets.run();

// The compiler knows the names, and which family each belongs to.
const never = (): void => {
  // @ts-expect-error: no reason of a device push
  deviceToken('BadChannelId');
  // @ts-expect-error: no reason of a channel
  channelId('Unregistered');
  // @ts-expect-error: mistyped
  bundleId('Shutdwon');
  deviceToken('ServiceUnavailable');
  channelId('Service Unavailable');
};
void never;
