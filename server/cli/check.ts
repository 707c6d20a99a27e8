import type { Problem } from '../core/scenario/model.ts';
import { formatProblem, parseScenario } from '../core/scenario/parse.ts';
import { keyProblem } from '../shell/scenario-host.ts';
import { findScenarios, readScenarioFile, ScenarioFileError } from '../shell/scenarios.ts';

/** What a command prints, and its exit code. */
export interface Said {
  readonly text: string;
  readonly code: number;
}

/** `mock-apns check FILE…`: every mistake in every file; exit code 1 where there is any. */
export function check(wanted: readonly string[]): Said {
  const lines: string[] = [];
  let mistakes = 0;
  for (const each of wanted) {
    for (const path of pathsOf(each, lines)) {
      const problems = problemsOf(path);
      mistakes += problems.length;
      lines.push(...(problems.length === 0 ? [`${path}: fine`] : problems));
    }
  }
  const missing = lines.filter((line) => line.startsWith(MISSING)).length;
  const all = mistakes + missing;
  if (all > 0) lines.push('', all === 1 ? '1 mistake' : `${all} mistakes`);
  return { text: `${lines.join('\n')}\n`, code: all > 0 ? 1 : 0 };
}

const MISSING = 'mock-apns: ';

function pathsOf(wanted: string, lines: string[]): readonly string[] {
  try {
    return findScenarios(wanted);
  } catch (error) {
    if (!(error instanceof ScenarioFileError)) throw error;
    lines.push(`${MISSING}${error.message}`);
    return [];
  }
}

function problemsOf(path: string): readonly string[] {
  try {
    const { name, text } = readScenarioFile(path);
    const parsed = parseScenario(name, text, { keyProblem });
    return parsed.ok ? [] : parsed.problems.map((problem: Problem) => formatProblem(problem));
  } catch (error) {
    if (!(error instanceof ScenarioFileError)) throw error;
    return [error.message];
  }
}
