/** One thing a service depends on. */
export interface HealthCheck {
  /** As shown in the answer: `database`. */
  name: string;
  /** Resolves when all is well, with a word for the answer if there is something to say; rejects when not. */
  check: () => Promise<string | void>;
}

/** Reject a check with this to show a word in the answer (`sealed`). Other errors are shown as `unavailable` and nothing more. */
export class CheckFailed extends Error {
  constructor(readonly detail: string) {
    super(detail);
  }
}

export interface CheckResult {
  status: 'ok' | 'failing';
  detail?: string;
}

/** Runs a check, but not longer than `timeoutMs`. Never rejects. */
export async function runCheck({ check }: HealthCheck, timeoutMs: number): Promise<CheckResult> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<CheckResult>((resolve) => {
    timer = setTimeout(() => resolve({ status: 'failing', detail: 'timeout' }), timeoutMs);
    timer.unref();
  });
  const outcome = Promise.resolve()
    .then(check)
    .then((detail): CheckResult => (typeof detail === 'string' ? { status: 'ok', detail } : { status: 'ok' }))
    .catch((error: unknown): CheckResult => ({
      status: 'failing',
      detail: error instanceof CheckFailed ? error.detail : 'unavailable',
    }));
  try {
    return await Promise.race([outcome, late]);
  } finally {
    clearTimeout(timer);
  }
}
