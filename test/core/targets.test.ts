import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  readSpelled,
  SPELLED_FAULTS,
  spellBundleId,
  spellChannelId,
  spellDeviceToken,
} from '../../server/core/targets.ts';
import { FAMILIES, OPERATIONS } from '../../server/protocol/model.ts';
import { reasonsOf } from '../../server/protocol/reasons.ts';

const test = suite('core: targets');

test('the example of the contract', () => {
  assert.is(spellDeviceToken('Unregistered'), `556e72656769737465726564${'0'.repeat(40)}`);
  assert.is(spellChannelId('TooManyRequests'), Buffer.from('TooManyRequests').toString('base64'));
  assert.is(spellBundleId('CannotCreateChannelConfig'), 'com.example.mock.CannotCreateChannelConfig');
});
test('a token has an even number of digits, 64 at least, and a NUL behind the name', () => {
  for (const { name } of [...reasonsOf('device'), { name: 'x'.repeat(40) }]) {
    const token = spellDeviceToken(name);
    assert.match(token, /^([0-9a-f]{2}){32,}$/);
    assert.is(Buffer.from(token, 'hex').indexOf(0), name.length);
  }
});
for (const family of FAMILIES)
  for (const { name } of [...reasonsOf(family), ...SPELLED_FAULTS])
    test(`${family}: ${name} comes back from every target that can spell it`, () => {
      const wanted = (spelled: ReturnType<typeof readSpelled>): void =>
        assert.is(spelled?.kind === 'reason' ? spelled.row.name : spelled?.fault, name);
      if (family === 'device') return wanted(readSpelled('device.send', spellDeviceToken(name), undefined));
      const [named, addressed] =
        family === 'broadcast'
          ? (['broadcast.send', 'broadcast.send'] as const)
          : (['channels.create', 'channels.delete'] as const);
      wanted(readSpelled(named, spellBundleId(name), undefined));
      wanted(readSpelled(addressed, 'com.example.app', spellChannelId(name)));
    });
test('ordinary targets spell nothing, whatever they are', () => {
  const digits = fc.stringMatching(/^([0-9a-f]{2}){1,80}$/);
  fc.assert(fc.property(digits, (token) => assert.is(readSpelled('device.send', token, undefined), undefined)));
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (id) => {
      const text = Buffer.from(id).toString('base64');
      assert.is(readSpelled('broadcast.send', 'com.example.app', text), undefined);
    }),
  );
});
test('never throws', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...OPERATIONS),
      fc.string(),
      fc.option(fc.string(), { nil: undefined }),
      (operation, target, channel) => {
        const spelled = readSpelled(operation, target, channel);
        assert.ok(spelled === undefined || ['reason', 'fault'].includes(spelled.kind));
      },
    ),
  );
});
test('what leads nowhere spells nothing', () => {
  assert.is(readSpelled('unknown', spellDeviceToken('Shutdown'), undefined), undefined);
});
test.run();
