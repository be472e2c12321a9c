/** Should be thrown when a check needs what an earlier one was to find out. */
export class NotReached extends Error {
  override readonly name = 'NotReached';
}

/** How a run of checks went. */
export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly notReached: number;
}

/** Runs checks one after the other and prints each as it ends. */
export class Checks {
  private passed = 0;
  private failed = 0;
  private notReached = 0;

  constructor(private readonly print: (line: string) => void) {}

  async run(title: string, check: () => Promise<void>): Promise<void> {
    const begun = performance.now();
    const took = (): string => `(${Math.round(performance.now() - begun)} ms)`;
    try {
      await check();
      this.passed += 1;
      this.print(`✓ ${title} ${took()}`);
    } catch (error) {
      if (error instanceof NotReached) {
        this.notReached += 1;
        this.print(`- ${title}: not reached`);
        return;
      }
      this.failed += 1;
      this.print(`✗ ${title} ${took()}\n  ${reasonOf(error)}`);
    }
  }

  get outcome(): Outcome {
    const { passed, failed, notReached } = this;
    return { passed, failed, notReached };
  }
}

/** Throws when a claim does not hold; `found` is what was there instead. */
export function require(holds: boolean, claim: string, found?: unknown): asserts holds {
  if (!holds)
    throw new Error(
      found === undefined ? claim : `${claim}; found ${typeof found === 'string' ? found : JSON.stringify(found)}`,
    );
}

/** A value an earlier check has found. */
export function reached<T>(value: T | undefined): T {
  if (value === undefined) throw new NotReached();
  return value;
}

/** The messages of an error and of what caused it. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  const detail =
    cause instanceof Error ? reasonOf(cause) : cause && typeof cause === 'object' ? JSON.stringify(cause) : undefined;
  return detail ? `${error.message}: ${detail}` : error.message;
}
