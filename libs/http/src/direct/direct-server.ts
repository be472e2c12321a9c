import type { IncomingMessage, ServerResponse } from 'node:http';
import { runWithRequest } from '@cryptoutil/telemetry';
import type { FailedAuthentications } from '../access/failed-authentications.js';
import type { TokenVerifier } from '../access/token-verifier.js';
import type { CrossOrigin } from '../cors/cross-origin.js';
import type { InFlight } from '../limits/in-flight.js';
import type { ProblemFilter } from '../problem/problem-filter.js';
import { requestIdOf } from '../server/request-log.js';
import type { FindDirectRoute } from './direct-route.js';
import { Exchange } from './exchange.js';

/** What direct routes have in common with all others. */
export interface Surroundings {
  readonly verifier: TokenVerifier | undefined;
  readonly failures: FailedAuthentications;
  readonly inFlight: InFlight;
  readonly problems: ProblemFilter;
  readonly cors: CrossOrigin | undefined;
}

/** Answers the requests of direct routes. */
export class DirectServer {
  constructor(
    private readonly find: FindDirectRoute,
    private readonly surroundings: Surroundings,
  ) {}

  /** False when the request is for somebody else. */
  take(incoming: IncomingMessage, response: ServerResponse): boolean {
    const found = this.find(incoming);
    if (!found) return false;
    const requestId = requestIdOf(incoming);
    const exchange = new Exchange(found, incoming, response, requestId, this.surroundings);
    void runWithRequest({ requestId }, () => exchange.run());
    return true;
  }
}
