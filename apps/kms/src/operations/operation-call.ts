import type { IncomingMessage } from 'node:http';
import { type DirectCall, type EndedCall, type Principal, parseInput, requestLine } from '@cryptoutil/http';
import { callerOf } from '../access/audited-request.js';
import { type AuditNote, tokenCaller } from '../access/caller.js';
import { requireReady } from '../access/served-while-sealed.js';
import { peerText } from '../audit/audit-trail.js';
import { refusedBy } from '../errors/kms-error.interceptor.js';
import type { CallRules } from './call-rules.js';
import { decodedId } from './operation-path.js';
import type { OperationDoorway } from './operation-door.js';
import type { BatchBody, RunOperation } from './run-operation.js';

/** A call to the route of an operation. What the routes of Nest have as guards, interceptors and decorators is here in the same order. */
export class OperationCall implements DirectCall {
  readonly #note: AuditNote = {};
  #principal: Principal | undefined;

  constructor(
    private readonly route: OperationDoorway,
    private readonly segment: string,
    private readonly incoming: IncomingMessage,
    private readonly runner: RunOperation,
    private readonly rules: CallRules,
  ) {}

  known(principal: Principal): void {
    this.#principal = principal;
    // Who is turned away for the scope is on record with the name and the tenant too.
    if (principal.token) tokenCaller(principal.token, this.#note);
  }

  judge(): void {
    const token = this.#principal?.token;
    this.rules.quotas.require(token);
    if (this.route.browser) this.rules.browser.require(this.incoming, token !== undefined);
    requireReady(this.rules.unseal);
  }

  async answer(input: unknown): Promise<string> {
    const { operation, performer, batch, body } = this.route;
    const caller = callerOf(this.#principal, this.#note);
    const id = decodedId(this.segment);
    const given = parseInput(body, input);
    const result = batch
      ? await this.runner.many(operation, performer, caller, id, given as BatchBody)
      : await this.runner.one(operation, performer, caller, id, given as Record<string, unknown>);
    return JSON.stringify(result);
  }

  refusal(error: unknown): unknown {
    return refusedBy(error, this.#note);
  }

  ended(call: EndedCall): void {
    const { method, status, requestId, from } = call;
    // Of who was turned away before the operation began.
    const operation = this.#note.operation ?? `${method} ${this.incoming.url!.split('?', 1)[0]}`;
    this.rules.trail.record(this.#note, { status, requestId, operation, peer: peerText(from) }, requestLine(call));
  }
}
