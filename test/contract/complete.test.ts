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
