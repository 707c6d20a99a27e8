import type { Problem } from '../core/scenario/model.ts';

/** Where a mistake is, in data: by its path. `inside`: what was put around it. */
export function sayProblem({ path, message, suggestion }: Problem, inside = ''): string {
  const where = path.startsWith(inside) ? path.slice(inside.length).replace(/^\./, '') : path;
  const hint = suggestion === null ? '' : `; did you mean ${JSON.stringify(suggestion)}?`;
  return `${where === '' ? '' : `${where} `}${message}${hint}`;
}

/** In a text by line and column, in data by path. */
export async function sayProblems(problems: readonly Problem[]): Promise<readonly string[]> {
  const { formatProblem } = await import('../core/scenario/parse.ts');
  return problems.map((problem) => (problem.file === '' ? sayProblem(problem) : formatProblem(problem)));
}
