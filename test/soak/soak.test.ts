/** Ten seconds of the soak (`soak.ts`); half an hour of it is run by hand. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { soak } from './soak.ts';

const test = suite('soak');

for (const http2 of ['own', 'node'] as const)
  test(`a few seconds of everything at once, on ${http2}: nothing is lost, nothing stays open`, async () => {
    const report = await soak({ seconds: http2 === 'own' ? 7 : 3, http2, workers: 3 });
    assert.equal(report.complaints, []);
    assert.equal(report.lost.slice(0, 5), []);
    assert.is(report.gaps, 0, 'the journal has a gap');
    assert.ok(report.answered > 50, `${report.answered} answers of ${report.sent}`);
    const { before, after } = report.descriptors;
    assert.ok(after <= before + 2, `${before} descriptors before, ${after} after`);
    assert.ok(report.memory.late < 400, `${report.memory.late} MB`);
  });

test.run();
