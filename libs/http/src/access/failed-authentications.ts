import type { IncomingMessage } from 'node:http';
import { InvalidToken, type QuestionGate } from '@cryptoutil/oauth';
import { peerIdentity } from '@cryptoutil/pki';
import { meter } from '@cryptoutil/telemetry';
import { BucketTable } from '../limits/bucket-table.js';
import { subscriberNetwork } from '../limits/subscriber-network.js';
import type { Rate, TokenBucket } from '../limits/token-bucket.js';
import { Problem } from '../problem/problem.js';
import { toProblem } from '../problem/to-problem.js';

/** How many networks are remembered: about 10 MB. */
const CAPACITY = 50_000;

/**
 * Limits how often a network (an IPv4 address, an IPv6 /64) may come without anything that lets it in. It is asked only when somebody was
 * refused: a good token or certificate is never held up, whoever else fails from the same network. The exception are tokens of which only the
 * issuer can tell whether they are good: nobody may have it asked more often than they may fail.
 */
export class FailedAuthentications implements QuestionGate {
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
    const { network, taken } = this.take(socket);
    this.failures.add(1, { limited: !taken });
    return taken ? error : tooManyFailures(network.retryAfterSeconds, toProblem(error).headers);
  }

  /** Puts a question to the issuer while as many failures as there are questions under way are still allowed. Errors: 429. */
  async ask<T>({ socket }: Pick<IncomingMessage, 'socket'>, question: () => Promise<T>): Promise<T> {
    if (peerIdentity(socket) !== undefined) return question();
    const { network, taken } = this.take(socket);
    if (!taken) {
      this.failures.add(1, { limited: true });
      throw tooManyFailures(network.retryAfterSeconds, {});
    }
    try {
      return await question();
    } finally {
      // A token that is bad is counted when that is answered.
      network.giveBack();
    }
  }

  private take({ remoteAddress = '' }: IncomingMessage['socket']): { network: TokenBucket; taken: boolean } {
    const now = this.now();
    const network = this.networks.of(subscriberNetwork(remoteAddress), now);
    return { network, taken: network.take(now) };
  }
}

/** No credentials, malformed ones or bad ones. A token that has just expired was good: its client has to learn that it needs a new one. */
const isFailure = (error: unknown): boolean => {
  if (error instanceof InvalidToken) return error.reason !== 'expired';
  return error instanceof Problem && error.getStatus() <= 401 && error.headers['WWW-Authenticate'] !== undefined;
};

const tooManyFailures = (retryAfterSeconds: number, headers: Readonly<Record<string, string>>): Problem =>
  new Problem({
    status: 429,
    code: 'too_many_requests',
    detail: 'Too many requests from this network came without good credentials. Try again later.',
    headers: { ...headers, 'Retry-After': String(retryAfterSeconds) },
  });
