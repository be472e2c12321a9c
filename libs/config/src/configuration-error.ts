/** Thrown when the environment cannot be used. Lists every problem at once, one sentence each, naming the variable; values are never shown. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.length === 1 ? problems[0] : problems.map((problem) => `- ${problem}`).join('\n'));
    this.problems = problems;
  }
}
