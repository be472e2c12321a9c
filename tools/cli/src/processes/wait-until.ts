import { setTimeout as delay } from 'node:timers/promises';

/** Asks again every `intervalMs` until the condition holds; resolves to false when `timeoutMs` have passed before. */
export async function waitUntil(
  condition: () => boolean | Promise<boolean>,
  { timeoutMs, intervalMs = 50, signal }: { timeoutMs: number; intervalMs?: number; signal?: AbortSignal },
): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() >= deadline) return false;
    await delay(intervalMs, undefined, { signal });
  }
  return true;
}
