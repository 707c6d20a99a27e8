import type { Problem } from '../core/scenario/model.ts';

/** A scenario, a rule, an effect or a match has mistakes. Nothing has changed. */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError';
  /** One sentence for each mistake. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/** Where a mistake is, in data: by its path. `inside`: what was put around it. */
export function sayProblem({ path, message, suggestion }: Problem, inside = ''): string {
  const where = path.startsWith(inside) ? path.slice(inside.length).replace(/^\./, '') : path;
  const hint = suggestion === null ? '' : `; did you mean ${JSON.stringify(suggestion)}?`;
  return `${where === '' ? '' : `${where} `}${message}${hint}`;
}
