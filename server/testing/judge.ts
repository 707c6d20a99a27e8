import type { Exchange } from '../core/exchange-shape.ts';
import type { Expectation } from '../core/scenario/model.ts';
import { ScenarioError } from './mistakes.ts';
import { sayProblem } from './say-problem.ts';
import type { ExpectationInput, MatchInput } from './scenario.ts';

/** What a test asks about exchanges is a part of the scenario language, and is read and judged by the same code. */

/** @throws ScenarioError */
export async function readExpectation(input: ExpectationInput): Promise<Expectation> {
  const { parseScenario } = await import('../core/scenario/parse.ts');
  const parsed = parseScenario('', JSON.stringify({ version: 1, expect: [input] }));
  if (!parsed.ok) throw new ScenarioError(parsed.problems.map((problem) => sayProblem(problem, 'expect[0]')));
  return parsed.scenario.expect[0] as Expectation;
}

export interface Search {
  readonly fits: (exchange: Exchange) => boolean;
  /** The nearest misses, a sentence each. */
  readonly misses: (exchanges: readonly Exchange[]) => readonly string[];
  /** What is searched for, in words. */
  readonly says: string;
}

/** @throws ScenarioError */
export async function readMatch(match: MatchInput): Promise<Search> {
  const expectation = await readExpectation({ match, count: { atLeast: 1 } });
  const { compileMatch, nearest } = await import('../core/scenario/expect.ts');
  const { sayExchanges } = await import('../core/scenario/explain.ts');
  return {
    fits: compileMatch(expectation.match),
    misses: (exchanges) => nearest(expectation.match, exchanges).map(({ sentence }) => sentence),
    says: sayExchanges(expectation.match, 'request'),
  };
}
