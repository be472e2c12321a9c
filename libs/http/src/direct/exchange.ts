import type { IncomingMessage, ServerResponse } from 'node:http';
import { peerIdentity } from '@cryptoutil/pki';
import { admit } from '../access/admit.js';
import type { Principal } from '../access/principal.js';
import { overloaded } from '../limits/in-flight.js';
import type { DirectCall, DirectRoute } from './direct-route.js';
import type { Surroundings } from './direct-server.js';
import { fixedHeaders } from '../server/security-headers.js';
import { readJson } from './read-json.js';

/** Header names and values in turn. */
const everywhere: readonly string[] = fixedHeaders.flat();
const json: readonly string[] = ['Content-Type', 'application/json; charset=utf-8'];

/** A request to a direct route and its answer. */
export class Exchange {
  private readonly startedAt = performance.now();
  private readonly route: DirectRoute;
  private readonly call: DirectCall;
  // Read now: the socket forgets both when it is closed.
  private readonly from: { peer: string | undefined; address: string | undefined };
  private principal: Principal | undefined;
  private status = 0;
  private problem: string | undefined;

  constructor(
    { route, call }: { route: DirectRoute; call: DirectCall },
    private readonly incoming: IncomingMessage,
    private readonly response: ServerResponse,
    private readonly requestId: string,
    private readonly surroundings: Surroundings,
  ) {
    this.route = route;
    this.call = call;
    this.from = { peer: peerIdentity(incoming.socket), address: incoming.socket.remoteAddress };
    // Traces are named by it, as those of the framework's routes are.
    (incoming as { route?: { path: string } }).route = { path: route.pattern };
  }

  /** Never rejects. */
  async run(): Promise<void> {
    const { inFlight } = this.surroundings;
    const entered = inFlight.enter();
    this.response.on('close', () => {
      if (entered) inFlight.leave();
      this.ended();
    });
    try {
      if (!entered) throw overloaded();
      this.send(200, json, await this.work());
    } catch (error) {
      this.refuse(error);
    }
  }

  private async work(): Promise<string> {
    const { call, route, incoming } = this;
    const { verifier, failures } = this.surroundings;
    await admit(route.access, incoming, verifier, failures, (principal) => {
      this.principal = principal;
      call.known(principal);
    });
    call.judge();
    return call.answer(await readJson(incoming, route.bodyLimitBytes));
  }

  private refuse(error: unknown): void {
    const { problems, failures } = this.surroundings;
    // Nobody is known yet: they were not let in.
    const answered = this.principal ? error : failures.answerTo(error, this.incoming);
    const { code, status, headers, body } = problems.document(this.call.refusal(answered));
    this.problem = code;
    if (this.response.headersSent) this.response.destroy();
    else this.send(status, Object.entries(headers).flat(), body);
  }

  private send(status: number, own: readonly string[], body: string): void {
    this.status = status;
    const { response, surroundings, incoming } = this;
    if (response.destroyed) return;
    const length = Buffer.byteLength(body);
    const headers = everywhere.concat(own, 'X-Request-Id', this.requestId, 'Content-Length', String(length));
    if (surroundings.cors) headers.push(...surroundings.cors.headers(incoming.url!, incoming.headers.origin).flat());
    response.writeHead(status, headers);
    // Text without multi-byte characters is the same in both encodings, and cheaper to write in this one.
    response.end(body, length === body.length ? 'latin1' : 'utf8');
  }

  private ended(): void {
    const { route, incoming, response, status, startedAt, from, problem, requestId } = this;
    this.call.ended({
      method: incoming.method!,
      route: route.pattern,
      ...{ requestId, startedAt, from, problem },
      // Who went away before there was an answer got none.
      status: status === 0 ? 499 : status,
      token: this.principal?.token,
      whole: response.writableFinished,
    });
  }
}
