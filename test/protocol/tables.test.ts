import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { FAMILIES } from '../../server/protocol/model.ts';
import { bundleIdOf, PUSH_TYPES, pushType, suffixOf, TOPIC_SUFFIXES } from '../../server/protocol/push-types.ts';
import { findReason, REASONS, type ReasonRow, reasonRow, reasonsOf } from '../../server/protocol/reasons.ts';

const types = suite('protocol: push types');
types('the eleven of Apple, with their suffixes', () => {
  assert.equal(
    PUSH_TYPES.map(({ name, suffix }) => `${name} ${suffix}`.trim()),
    [
      'alert',
      'background',
      'location .location-query',
      'voip .voip',
      'complication .complication',
      'fileprovider .pushkit.fileprovider',
      'mdm',
      'liveactivity .push-type.liveactivity',
      'pushtotalk .voip-ptt',
      'widgets .push-type.widgets',
      'controls .push-type.controls',
    ],
  );
});
types('VoIP alone may be larger, background alone has one priority, location alone needs a token', () => {
  const odd = (want: (row: (typeof PUSH_TYPES)[number]) => boolean): string[] =>
    PUSH_TYPES.filter(want).map(({ name }) => name);
  assert.equal(
    odd(({ limit }) => limit !== 4096),
    ['voip'],
  );
  assert.is(pushType('voip')?.limit, 5120);
  assert.equal(
    odd(({ priorities }) => priorities.length !== 3),
    ['background'],
  );
  assert.equal(pushType('background')?.priorities, ['5']);
  assert.equal(
    odd(({ certificate }) => !certificate),
    ['location'],
  );
});
types('names are found letter by letter', () => {
  assert.is(pushType('Alert'), undefined);
  assert.is(pushType('constructor'), undefined);
});
types('a topic comes apart into bundle id and suffix', () => {
  for (const suffix of TOPIC_SUFFIXES) {
    assert.is(suffixOf(`com.example.app${suffix}`), suffix);
    assert.is(bundleIdOf(`com.example.app${suffix}`), 'com.example.app');
  }
  assert.is(suffixOf('com.example.app'), '');
  assert.is(bundleIdOf('com.example.app'), 'com.example.app');
});
types.run();

const ROWS: readonly ReasonRow[] = REASONS;
const reasons = suite('protocol: reasons');
reasons('no name twice', () => assert.is(new Set(ROWS.map(({ name }) => name)).size, ROWS.length));
for (const family of FAMILIES)
  reasons(`${family}: every row is found by its name, in any case, with and without blanks`, () => {
    for (const row of reasonsOf(family)) {
      assert.is(findReason(row.name, family), row);
      assert.is(findReason(row.name.toLowerCase().replaceAll(' ', ''), family), row);
    }
  });
reasons('the two spellings of 503 mean the row of the family', () => {
  assert.is(findReason('ServiceUnavailable', 'broadcast')?.name, 'Service Unavailable');
  assert.is(findReason('Service Unavailable', 'device')?.name, 'ServiceUnavailable');
});
reasons('a reason of another family is not found', () => {
  assert.is(findReason('ChannelNotRegistered', 'device'), undefined);
  assert.is(findReason('Unregistered', 'channels'), undefined);
  assert.is(findReason('', 'device'), undefined);
});
reasons('every row has its status', () => {
  for (const { name, status } of REASONS) assert.is(reasonRow(name).status, status);
});
reasons('sentences begin with a capital and end in a full stop, conditions do neither', () => {
  for (const { name, meaning, arises } of ROWS) {
    assert.match(meaning, /^[A-Z].*\.$/, name);
    if (arises !== null) assert.not.match(arises, /^[A-Z](?!OST|ET)|\.$/, name);
  }
});
reasons('410 alone is told with a time, 5xx and 429 alone are worth waiting for', () => {
  const later = ROWS.filter(({ retry }) => retry === 'later').map(({ status }) => status);
  assert.ok(later.every((status) => status === 429 || status >= 500));
  assert.ok(
    ROWS.filter(({ status }) => status === 429 || status >= 500).every(
      ({ retry }) => retry === 'later' || retry === 'new-connection',
    ),
  );
});
reasons.run();
