import type { IncomingMessage } from 'node:http';
import type { Access } from '../access/declarations.js';
import type { Principal } from '../access/principal.js';
import type { AnsweredRequest } from '../server/request-log.js';

/**
 * A route that is answered before the framework sees it, because it is asked so often that routing, parsing and decorators would cost many times
 * what it does. Everything else is the same for its callers: access, limits, headers, problem documents, log and traces.
 */
export interface DirectRoute {
  /** For the log and for traces: segments can be secrets. */
  readonly pattern: string;
  readonly access: Access;
  /** Largest JSON body. */
  readonly bodyLimitBytes: number;
}

/** What a call was, when it is over. */
export type EndedCall = AnsweredRequest & { readonly requestId: string };

/** One call to such a route. The methods are called in this order; what is thrown by one of them is the end of the call. */
export interface DirectCall {
  /** Who asks is known; `judge` is next unless their scope does not do. */
  known(principal: Principal): void;
  /** They may call the route. The body was not looked at yet. */
  judge(): void;
  /** The JSON text of the answer to a body. */
  answer(body: unknown): Promise<string>;
  /** What an error of any step means; then it becomes a problem document. */
  refusal(error: unknown): unknown;
  /** The answer is sent, or the caller went away. Writes the line of the request. */
  ended(call: EndedCall): void;
}

/** The route of a request with the call that begins; undefined when it is for the framework. */
export type FindDirectRoute = (request: IncomingMessage) => { route: DirectRoute; call: DirectCall } | undefined;
