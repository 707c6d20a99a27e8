import type { Problem } from '../core/scenario/model.ts';

/** Where a mistake is, in data: by its path. `inside`: what was put around it. */
export function sayProblem({ path, message, suggestion }: Problem, inside = ''): string {
  const where = path.startsWith(inside) ? path.slice(inside.length).replace(/^\./, '') : path;
  const hint = suggestion === null ? '' : `; did you mean ${JSON.stringify(suggestion)}?`;
  return `${where === '' ? '' : `${where} `}${message}${hint}`;
}
