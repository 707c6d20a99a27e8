import type { Problem } from '../../core/scenario/model.ts';
import { type ProblemItem, Refusal } from './problem.ts';

/** Mistakes in a scenario, or a part of one, as the API tells them. `shorten`: what stood around the part. */
export function refuseScenario(problems: readonly Problem[], what: string, shorten = ''): never {
  const items = problems.map((problem): ProblemItem => {
    const { path, line, column, message, suggestion } = problem;
    return {
      path: path.startsWith(shorten) ? path.slice(shorten.length).replace(/^\./, '') : path,
      message,
      ...(shorten === '' ? { line, column } : {}),
      ...(suggestion === null ? {} : { suggestion }),
    };
  });
  const [first] = items;
  const told =
    items.length === 1 && first !== undefined
      ? `: ${`${first.path} ${first.message}`.trim()}`
      : `: it has ${items.length} mistakes, see problems`;
  throw new Refusal(422, `Correct the ${what}${told}${shorten === '' ? '. Nothing has changed' : ''}`, {
    problems: items,
  });
}
