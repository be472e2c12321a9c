import { AsyncLocalStorage } from 'node:async_hooks';

/** What is known about the request being served; every log line written while it is served carries it. */
export interface RequestContext {
  /** The X-Request-Id of the request: taken from the peer when well formed, else made by the edge. */
  requestId: string;
}

const requests = new AsyncLocalStorage<Readonly<RequestContext>>();

/** Runs `work`, and everything it awaits, as part of the given request. Returns what `work` returns. */
export function runWithRequest<T>(request: RequestContext, work: () => T): T {
  return requests.run(request, work);
}

/** The id of the request being served, or undefined outside of one (start-up, timers, background jobs). */
export function currentRequestId(): string | undefined {
  return requests.getStore()?.requestId;
}
