import { explainScenario } from '../core/scenario/explain.ts';
import { formatProblem, parseScenario } from '../core/scenario/parse.ts';
import { keyProblem } from '../shell/scenario-host.ts';
import { findScenarios, readScenarioFile, ScenarioFileError } from '../shell/scenarios.ts';
import type { Said } from './check.ts';

/** `mock-apns explain FILE`: each rule as one English sentence. */
export function explain(wanted: string): Said {
  try {
    const said: string[] = [];
    for (const path of findScenarios(wanted)) {
      const { name, text } = readScenarioFile(path);
      const parsed = parseScenario(name, text, { keyProblem });
      if (!parsed.ok) return { text: `${parsed.problems.map(formatProblem).join('\n')}\n`, code: 1 };
      said.push(explainScenario(parsed.scenario));
    }
    return { text: said.join('\n'), code: 0 };
  } catch (error) {
    if (error instanceof ScenarioFileError) return { text: `mock-apns: ${error.message}\n`, code: 1 };
    throw error;
  }
}
