import { ScenarioError as Mistaken, type Mock, startMock } from '../mock.ts';
import type { Options } from '../options.ts';
import { createClock } from '../shell/clock.ts';
import { createLog } from '../shell/log.ts';
import { sharedCertificates } from './certificates.ts';
import { ScenarioError } from './mistakes.ts';
import type { MockOptions } from './options.ts';
import { readOptions } from './read-options.ts';
import { sayProblems } from './say-problem.ts';
import { textsOf } from './texts.ts';

/**
 * @throws UsageError when an option is wrong, StartError when a port, a file or a key cannot be had, ScenarioError when
 *   the scenario has mistakes
 */
export async function start(options: MockOptions, defaults: Partial<Options>): Promise<Mock> {
  const all = readOptions(options, defaults);
  const initial = options.scenario === undefined ? [] : await textsOf(options.scenario);
  const clock = createClock();
  const certificates = all.certs === 'memory' ? await sharedCertificates([all.host, ...all.certNames], clock) : null;
  try {
    return await startMock(all, createLog(all.log, process.stderr, clock), clock, initial, certificates);
  } catch (error) {
    throw error instanceof Mistaken ? new ScenarioError(await sayProblems(error.problems)) : error;
  }
}
