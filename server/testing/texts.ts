import type { Text } from './backend.ts';
import { ScenarioError } from './mistakes.ts';
import type { ScenarioInput } from './scenario.ts';

/** Data, text, or where the text is to be found. */
export async function textsOf(scenario: ScenarioInput | string): Promise<readonly Text[]> {
  if (typeof scenario !== 'string') return [{ file: '', text: JSON.stringify(scenario) }];
  // A path has neither of these; a scenario has a line break or is JSON.
  if (/[\n{]/.test(scenario)) return [{ file: 'scenario', text: scenario }];
  const { findScenarios, readScenarioFile, ScenarioFileError } = await import('../shell/scenarios.ts');
  try {
    return findScenarios(scenario)
      .map((path) => readScenarioFile(path))
      .map(({ name, text }) => ({ file: name, text }));
  } catch (error) {
    throw error instanceof ScenarioFileError ? new ScenarioError([error.message]) : error;
  }
}
