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
