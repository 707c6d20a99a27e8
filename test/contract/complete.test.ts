/** The table of cases leaves nothing out: operations, reasons, checks. What it cannot hold is excused by name. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ORDER } from '../../server/core/checks/order.ts';
import { SPELLED_FAULTS } from '../../server/core/targets.ts';
import { FAMILIES, type Family, type Operation } from '../../server/protocol/model.ts';
import { REASONS, type ReasonRow } from '../../server/protocol/reasons.ts';
import type { Case } from './case.ts';
import { GOOD, type GoodName } from './cases/base.ts';
import { CASES } from './cases/index.ts';
import {
  BROADCAST_TABLE,
  DEVICE_TABLE,
  type DocumentedReason,
  OBSERVED_BROADCAST,
  OBSERVED_DEVICE,
} from './documented.ts';

const OPERATION: Readonly<Record<GoodName, Exclude<Operation, 'unknown'>>> = {
  push: 'device.send',
  broadcast: 'broadcast.send',
  create: 'channels.create',
  read: 'channels.read',
  remove: 'channels.delete',
  list: 'channels.list',
};
const goodOf = (each: Case): GoodName => each.name.slice(0, each.name.indexOf(':')) as GoodName;
const ROWS: readonly ReasonRow[] = REASONS;

/** Reasons that arise by themselves, but not from one request and its past. */
const NO_CASE: Readonly<Record<string, string>> = {
  Shutdown: 'needs the command to shut down: test/transcripts/shutdown.txt',
};

const tables = suite('completeness: the tables of reasons');
const TABLE: Readonly<Record<Family, readonly DocumentedReason[]>> = {
  device: [...DEVICE_TABLE, ...OBSERVED_DEVICE],
  broadcast: [...BROADCAST_TABLE, ...OBSERVED_BROADCAST],
  channels: [...BROADCAST_TABLE, ...OBSERVED_BROADCAST],
};
tables('Apple has 28 rows for broadcasts and channels, and 32 for devices', () => {
  assert.is(BROADCAST_TABLE.length, 28);
  assert.is(DEVICE_TABLE.length, 32);
});
for (const family of ['device', 'broadcast'] as const) {
  tables(`every row for ${family} is in REASONS, letter by letter and with its status`, () => {
    const missing = TABLE[family].filter(
      ({ reason, status }) => !ROWS.some((row) => row.name === reason && row.status === status),
    );
    assert.equal(missing, []);
  });
}
tables('REASONS gives every row of the device table to devices', () => {
  assert.equal(
    TABLE.device.filter(({ reason }) => !ROWS.find((row) => row.name === reason)?.families.includes('device')),
    [],
  );
});
tables('REASONS gives every row of the other table to broadcasts or channels', () => {
  const missing = TABLE.broadcast.filter(({ reason }) => {
    const families = ROWS.find((row) => row.name === reason)?.families ?? [];
    return !families.includes('broadcast') && !families.includes('channels');
  });
  assert.equal(missing, []);
});
tables('REASONS has nothing that no table has', () => {
  const known = new Set([...TABLE.device, ...TABLE.broadcast].map(({ reason }) => reason));
  assert.equal(
    ROWS.filter((row) => !known.has(row.name)),
    [],
  );
});
tables('what goes beyond a table of Apple is told as observed or assumed', () => {
  for (const row of ROWS)
    for (const family of row.families) {
      const documented = family === 'device' ? DEVICE_TABLE : BROADCAST_TABLE;
      if (documented.some(({ reason }) => reason === row.name)) continue;
      assert.ok(row.evidence === 'observed' || /assumed/.test(row.source), `${row.name} for ${family}`);
    }
});
tables.run();

const cases = suite('completeness: the cases');
cases('have names of their own', () => {
  const seen = new Set<string>();
  const repeated = CASES.filter(({ name }) => seen.size === seen.add(name).size).map(({ name }) => name);
  assert.equal(repeated, []);
});
cases('begin with the name of the good request that they change', () => {
  assert.equal(
    CASES.filter((each) => !(goodOf(each) in GOOD)).map(({ name }) => name),
    [],
  );
});
cases('are data: they survive JSON', () => {
  assert.equal(JSON.parse(JSON.stringify(CASES)), CASES);
});
for (const [good, operation] of Object.entries(OPERATION)) {
  const mine = CASES.filter((each) => goodOf(each) === good);
  cases(`${operation}: accepted in both profiles`, () => {
    for (const profile of ['documented', 'observed'])
      assert.ok(
        mine.some(
          ({ setup, expected }) => setup.profile === profile && expected.reason === null && expected.delay === 0,
        ),
        profile,
      );
  });
  cases(`${operation}: every check of its order fails in some case`, () => {
    const failed = new Set(mine.map(({ expected }) => expected.failed));
    assert.equal(
      ORDER[operation].map((row) => row.name).filter((name) => !failed.has(name)),
      [],
    );
  });
  cases(`${operation}: every fault can be spelled`, () => {
    const told = mine.map(({ name }) => name);
    assert.equal(
      SPELLED_FAULTS.filter(({ name }) => !told.some((each) => each.endsWith(` spells ${name}`))),
      [],
    );
  });
}
cases('every failing check is one of the order', () => {
  const known = new Set(Object.values(ORDER).flatMap((rows) => rows.map((row) => row.name)));
  assert.equal(
    [...new Set(CASES.map(({ expected }) => expected.failed))].filter((name) => name !== null && !known.has(name)),
    [],
  );
});
for (const family of FAMILIES) {
  const mine = CASES.filter((each) => each.family === family);
  for (const row of ROWS.filter(({ families }) => families.includes(family))) {
    if (row.arises !== null && !(row.name in NO_CASE))
      cases(`${family}: ${row.name} arises by itself`, () => {
        const found = mine.filter(({ expected }) => expected.reason === row.name);
        assert.ok(found.length > 0, 'no case expects it');
        for (const { expected, name } of found)
          if (expected.status !== null) assert.is(expected.status, row.status, name);
        if (row.profile !== undefined)
          assert.ok(
            found.every(({ setup }) => setup.profile === row.profile),
            `arises beyond the profile ${row.profile}`,
          );
      });
    cases(`${family}: ${row.name} can be spelled`, () => {
      const found = mine.filter(
        ({ expected }) => expected.reason === null && expected.body.startsWith(`{"reason":${JSON.stringify(row.name)}`),
      );
      assert.ok(found.length > 0, 'no case forces it');
      for (const { expected, name } of found) assert.is(expected.status, row.status, name);
    });
  }
}
cases('every reason that never arises by itself is only ever forced', () => {
  const silent = ROWS.filter((row) => row.arises === null).map((row) => row.name);
  assert.equal(
    CASES.filter(({ expected }) => expected.reason !== null && silent.includes(expected.reason)),
    [],
  );
});
cases('every excuse is for a reason that exists and has no case', () => {
  for (const name of Object.keys(NO_CASE)) {
    assert.ok(
      ROWS.some((row) => row.name === name),
      name,
    );
    assert.not.ok(
      CASES.some(({ expected }) => expected.reason === name),
      `${name} needs no excuse`,
    );
  }
});
cases.run();

/** Rows of section 10 of the protocol notes, unknown in the wild: the case that holds what we do. */
const UNKNOWN: Readonly<Record<number, string>> = {
  1: 'broadcast: no priority',
  2: 'broadcast: the push type LIVEACTIVITY',
  3: 'create: the push type liveactivity',
  4: 'create: the policy as text',
  5: 'create: an unknown attribute',
  6: 'broadcast: the body "Goal!"',
  7: 'push: a body that is no JSON',
  8: 'read: observed: a channel that never existed',
  9: 'broadcast: an apns-request-id that is no UUID is answered with a new one',
  10: 'create: no apns-request-id: one is made, in lower case',
  11: 'list: an upper-case apns-request-id comes back as it is',
  12: 'broadcast: in production there is an apns-unique-id too',
  13: 'broadcast: a channel id of 65 characters',
  14: 'create: no capability and a body that is no JSON',
  15: 'broadcast: the expiration 1',
  16: 'push: the expiration 1795287600000',
  17: 'broadcast: the bundle id with .voip',
  18: 'push: an app of another team',
  19: 'list: of an app with capital letters',
  20: 'push: issued five minutes from now',
  24: 'push: the sixth token of a connection',
  25: 'push: GET on an unknown path',
  26: 'list: POST on all-channels',
  27: 'push: path: something else, without credentials',
  28: 'push: path: a slash at the end',
  29: 'push: a token with encoded digits',
  30: 'push: the device token spells TooManyRequests',
  31: 'remove: a channel id twice',
  32: 'push: the device token spells Forbidden',
  33: 'push: a certificate without topics',
  34: 'list: ten thousand channels in one body',
};
const UNKNOWN_ELSEWHERE: Readonly<Record<number, string>> = {
  21: 'a connection effect of scenarios',
  22: 'test/transcripts/shutdown.txt',
  23: 'a scenario',
  35: 'test/transcripts/channel-life.txt',
  36: 'test/transcripts/channel-life.txt',
  37: 'a matter of the wire',
};
const unknowns = suite('completeness: the unknowns');
unknowns('all 37 rows are held somewhere', () => {
  const rows = [...Object.keys(UNKNOWN), ...Object.keys(UNKNOWN_ELSEWHERE)].map(Number).sort((a, b) => a - b);
  assert.equal(
    rows,
    Array.from({ length: 37 }, (_, index) => index + 1),
  );
});
unknowns('every case that holds one exists', () => {
  const names = new Set(CASES.map(({ name }) => name));
  assert.equal(
    Object.values(UNKNOWN).filter((name) => !names.has(name)),
    [],
  );
});
unknowns.run();
