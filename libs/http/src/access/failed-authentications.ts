import type { IncomingMessage } from 'node:http';
import { InvalidToken } from '@cryptoutil/oauth';
import { peerIdentity } from '@cryptoutil/pki';
import { meter } from '@cryptoutil/telemetry';
import { BucketTable } from '../limits/bucket-table.js';
import { subscriberNetwork } from '../limits/subscriber-network.js';
import type { Rate } from '../limits/token-bucket.js';
import { Problem } from '../problem/problem.js';
import { toProblem } from '../problem/to-problem.js';

/** How many networks are remembered: about 10 MB. */
const CAPACITY = 50_000;

/**
 * Limits how often a network (an IPv4 address, an IPv6 /64) may come without anything that lets it in. It is asked only when somebody was
 * refused: a good token or certificate is never held up, whoever else fails from the same network.
 */
export class FailedAuthentications {
  private readonly networks: BucketTable;
  private readonly failures = meter().createCounter('cryptoutil.http.authentication_failures', {
    description:
      'Requests without a good access token or certificate where one is needed, by whether the limit answered',
  });

  constructor(
    ofNetwork: Rate,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.networks = new BucketTable(ofNetwork, CAPACITY);
  }

  /**
   * What somebody is answered who was not let in for `error`: the same, or 429 with Retry-After beyond the limit (RFC 6585 §4), still with the
   * challenge, since credentials would change the answer (RFC 9110 §11.6.1). Other errors stay what they are.
   */
  answerTo(error: unknown, { socket }: Pick<IncomingMessage, 'socket'>): unknown {
    if (!isFailure(error) || peerIdentity(socket) !== undefined) return error;
    const now = this.now();
    const network = this.networks.of(subscriberNetwork(socket.remoteAddress ?? ''), now);
    const limited = !network.take(now);
    this.failures.add(1, { limited });
    return limited ? tooManyFailures(network.retryAfterSeconds, error) : error;
  }
}

/** No credentials, malformed ones or bad ones. A token that has just expired was good: its client has to learn that it needs a new one. */
const isFailure = (error: unknown): boolean => {
  if (error instanceof InvalidToken) return error.reason !== 'expired';
  return error instanceof Problem && error.getStatus() <= 401 && error.headers['WWW-Authenticate'] !== undefined;
};

const tooManyFailures = (retryAfterSeconds: number, refused: unknown): Problem =>
  new Problem({
    status: 429,
    code: 'too_many_requests',
    detail:
      'Too many requests from this network came without good credentials. Try again later; with good ones it works now.',
    headers: { ...toProblem(refused).headers, 'Retry-After': String(retryAfterSeconds) },
    cause: refused,
  });
